"""Keeps escalations. Functions on a Database, inside the planner's transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from notify.delivery import Telling
from notify.planning.escalation import Escalation, Policy, Stand
from notify.tables.rows import stamp

_COLUMNS = "incident, route, policy, stream, seq, telling, began_at, ring, since, due, stand"


def about(db: Database, incident: str) -> list[Escalation]:
    """All of one incident, whatever has become of them."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM escalation WHERE incident = ? ORDER BY route", [incident]
    ).fetchall()
    return [_read(row) for row in rows]


def due(db: Database, now: datetime) -> list[Escalation]:
    """Whose next step is to ring, the one that has waited longest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM escalation WHERE stand = 'ringing' AND due <= ?"
        " ORDER BY due, incident, route",
        [stamp(now)],
    ).fetchall()
    return [_read(row) for row in rows]


def stalled(db: Database) -> list[Escalation]:
    """Who is up and may have come to nobody: something of it was refused or given up.

    Those that have run to their end without a message are among them.
    """
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM escalation e WHERE stand IN ('ringing', 'unanswered') AND ring > 0"
        " AND (stand = 'unanswered' OR EXISTS (SELECT 1 FROM delivery d"
        " WHERE d.incident = e.incident AND d.seq >= e.seq AND d.state IN ('refused', 'expired')))"
        " ORDER BY incident, route"
    ).fetchall()
    return [_read(row) for row in rows]


def next_due(db: Database) -> datetime | None:
    """When the next step of any is to ring."""
    row = db.execute("SELECT min(due) FROM escalation WHERE stand = 'ringing'").fetchone()
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def save(db: Database, escalations: Iterable[Escalation]) -> None:
    """As they are now. The policy that an escalation began with stays."""
    for one in escalations:
        db.execute(
            f"INSERT INTO escalation ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (incident, route) DO UPDATE SET seq = excluded.seq,"
            " telling = excluded.telling, began_at = excluded.began_at, ring = excluded.ring,"
            " since = excluded.since, due = excluded.due, stand = excluded.stand",
            [
                *(one.incident, one.route, one.policy.to_json(), one.stream),
                *(one.seq, one.telling.value, stamp(one.began_at), one.ring),
                *(stamp(one.since), stamp(one.due), one.stand.value),
            ],
        )


def waits_past(db: Database, now: datetime) -> bool:
    """Whether anything waits since an instant that, by the clock, has yet to come. Only reads."""
    found = db.execute(
        "SELECT 1 FROM escalation WHERE stand = 'ringing' AND since > ? LIMIT 1", [stamp(now)]
    )
    return found.fetchone() is not None


def after_clock(db: Database, now: datetime) -> None:
    """Where the clock went back, nobody waits for as long as it did."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM escalation WHERE stand = 'ringing' AND since > ?", [stamp(now)]
    ).fetchall()
    save(db, [_read(row).by_clock(now) for row in rows])


def _read(row: Sequence[Any]) -> Escalation:
    incident, route, policy, stream, seq, telling, began_at, ring, since, due_at, stand = row
    return Escalation(
        *(incident, route, Policy.from_json(policy), stream, seq, Telling(telling)),
        datetime.fromisoformat(began_at),
        ring,
        since=datetime.fromisoformat(since),
        due=datetime.fromisoformat(due_at),
        stand=Stand(stand),
    )
