"""Keeps plans: how far the journal was read, what is to be said, what is left unsaid and why.

Functions on a Database, inside the planner's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from notify.delivery import Past, State, Untold
from notify.hooks import Outcome
from notify.planning.decided import Decided
from notify.planning.notice import News
from notify.planning.plan import Plan
from notify.receipt import redact
from notify.tables import escalations
from notify.tables.rows import PAST, cancel, past_of, stamp

_INHERITED = "into_incident = ? AND into_incident <> ''"
"""As the index has it."""


def cursor(db: Database) -> int:
    row = db.execute("SELECT seq FROM notify_cursor WHERE consumer = 'planner'").fetchone()
    return int(row[0]) if row else 0


def move_cursor(db: Database, seq: int) -> None:
    """Forward only."""
    db.execute(
        "INSERT INTO notify_cursor (consumer, seq) VALUES ('planner', ?)"
        " ON CONFLICT (consumer) DO UPDATE SET seq = max(seq, excluded.seq)",
        [seq],
    )


def past(db: Database, about: str, whom: tuple[str, str] | None = None) -> list[Past]:
    """Every delivery about an incident or work, oldest first; ``whom``: channel and recipient.

    Those by which other incidents became part of it are among them.
    """
    also = " AND channel = ? AND recipient = ?" if whom else ""
    found = []
    for condition, is_inherited in (("incident = ?", False), (_INHERITED, True)):
        sql = f"SELECT {PAST} FROM delivery WHERE {condition}{also}"
        rows = db.execute(sql, [about, *(whom or ())]).fetchall()
        found += [replace(past_of(row), inherited=is_inherited) for row in rows]
    return sorted(found, key=lambda p: p.order)


def store_plan(
    db: Database, news: News, planned: Plan, messages: Mapping[str, str], *, now: datetime
) -> Decided:
    """Write a plan down. ``messages`` are JSON by delivery."""
    seq, about = news.seq, news.about
    untolds = [Untold(planned.because)] if planned.because is not None else []
    untolds += planned.untold
    for untold in untolds:
        note_untold(db, seq, about, untold, now=now)
    escalations.save(db, planned.escalations)
    gone = cancel(db, planned.cancel, planned.cancelled_by, now)
    settled = [(channel, Outcome.CANCELLED) for channel in gone]
    for one in planned.deliveries:
        whom, finished = one.whom, stamp(now) if one.state is State.EXPIRED else None
        due = stamp(one.until or now)
        inserted = db.execute(
            "INSERT OR IGNORE INTO delivery (id, seq, step, incident, event, route, channel,"
            " recipient, engineer, rota, because, message, state, next_at, created_at,"
            " finished_at, into_incident, due_at, held, weight)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(one.id, seq, whom.step, about, news.telling.value),
                *(whom.route, whom.channel, whom.recipient, whom.engineer, whom.rota),
                *(one.because.value, messages[one.id]),
                *(one.state.value, due, stamp(now), finished, news.into),
                *(due, one.held.value if one.held else "", one.weight),
            ],
        ).rowcount
        if finished and inserted:
            settled.append((whom.channel, Outcome.EXPIRED))
        elif inserted:
            _release(db, about, (whom.channel, whom.recipient), due)
    told = [(one.id, one.because) for one in planned.deliveries]
    return Decided(seq, told, untolds, settled)


def _release(db: Database, about: str, whom: tuple[str, str], due: str) -> None:
    """What waits to be told of it, or of what has become part of it, need not wait for longer."""
    known, new = {about}, [about]
    while new:
        parts = db.execute(
            f"SELECT DISTINCT incident FROM delivery WHERE {_INHERITED} AND channel = ?"
            " AND recipient = ? AND held <> '' AND state = 'planned'",
            [new.pop(), *whom],
        ).fetchall()
        new += [part for (part,) in parts if part not in known]
        known |= set(new)
    for one in sorted(known):
        db.execute(
            "UPDATE delivery SET next_at = ?, due_at = ? WHERE incident = ? AND channel = ?"
            # The plus keeps it to the index of what is about one thing: much else may wait, too.
            " AND recipient = ? AND held <> '' AND state = 'planned' AND +next_at > ?",
            [due, due, one, *whom, due],
        )


def note_untold(db: Database, seq: int, incident: str, untold: Untold, *, now: datetime) -> None:
    """Remember whom an entry leaves untold, and why."""
    db.execute(
        "INSERT OR IGNORE INTO notify_untold"
        " (seq, incident, route, channel, who, because, detail, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(seq, incident, untold.route, untold.channel, untold.who),
            *(untold.because.value, redact(untold.detail), stamp(now)),
        ],
    )
