"""Keeps plans: how far the journal was read, what is to be said, what is left unsaid and why.

Functions on a Database, inside the planner's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlite_utils import Database

from notify.delivery import Because, Past, Plan, State, Untold
from notify.hooks import Outcome
from notify.plan import Notice
from notify.receipt import redact
from notify.rows import PAST, cancel, past_of, stamp


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


def past(db: Database, incident: str) -> list[Past]:
    """Every delivery about an incident, oldest first."""
    sql = f"SELECT {PAST} FROM delivery WHERE incident = ? ORDER BY seq"
    return [past_of(row) for row in db.execute(sql, [incident]).fetchall()]


def store_plan(
    db: Database, notice: Notice, planned: Plan, messages: Mapping[str, str], *, now: datetime
) -> Sequence[tuple[str, Outcome]]:
    """Write a plan down. ``messages`` are JSON by channel. Answers what was settled at once."""
    seq, incident = notice.seq, notice.incident.id
    nobody = [Untold(planned.because)] if planned.because is not None else []
    for untold in (*nobody, *planned.untold):
        note_untold(db, seq, incident, untold, now=now)
    settled = [(c, Outcome.CANCELLED) for c in cancel(db, planned.cancel, Because.SUPERSEDED, now)]
    for one in planned.deliveries:
        finished = stamp(now) if one.state is State.EXPIRED else None
        inserted = db.execute(
            "INSERT OR IGNORE INTO delivery (id, seq, step, incident, event, route, channel,"
            " recipient, because, message, state, next_at, created_at, finished_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(one.id, seq, one.step, incident, notice.telling.value),
                *(one.route, one.channel, one.recipient, one.because.value),
                messages[one.channel],
                *(one.state.value, stamp(now), stamp(now), finished),
            ],
        ).rowcount
        if finished and inserted:
            settled.append((one.channel, Outcome.EXPIRED))
    return settled


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
