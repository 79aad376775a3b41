"""What is unfinished of each recipient, and what they heard lately, read from the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from notify.delivery import Past, Telling
from notify.planning.quiet import HOUR, Recent
from notify.tables.rows import PAST, past_of, stamp

# Nothing about an incident overtakes what the same recipient is still to hear of it, nor that
# another one has become part of it.
CLAIMABLE = """
    d.state = 'planned' AND NOT EXISTS (
        SELECT 1 FROM delivery e
        WHERE e.incident = d.incident AND e.channel = d.channel AND e.recipient = d.recipient
            AND (e.seq < d.seq OR e.seq = d.seq AND e.step < d.step)
            AND e.state IN ('planned', 'sending'))
    AND NOT EXISTS (
        SELECT 1 FROM delivery e
        WHERE e.into_incident = d.incident AND e.into_incident <> ''
            AND e.channel = d.channel AND e.recipient = d.recipient
            AND e.seq < d.seq AND e.state IN ('planned', 'sending'))
"""

_LATE = "coalesce(finished_at, first_attempt_at)"

COLUMNS = f"{PAST}, incident, into_incident, weight, attempts, next_at, created_at, carrier"


@dataclass(frozen=True, slots=True)
class Row:
    """What is unfinished of a recipient."""

    past: Past
    incident: str
    into: str
    weight: int
    attempts: int
    next_at: str
    created_at: str
    carrier: str

    @property
    def matter(self) -> str:
        """What it is told with: the incident, or the one that it has become part of."""
        return self.into or self.incident


def first_due(db: Database, channel: str, seen: Sequence[str], now: datetime) -> Row | None:
    """Whose turn it is."""
    others = ", ".join("?" * len(seen))
    row = db.execute(
        f"SELECT {COLUMNS} FROM delivery d WHERE {CLAIMABLE} AND d.channel = ?"
        f" AND d.next_at <= ? AND d.recipient NOT IN ({others})"
        " ORDER BY d.next_at, d.seq LIMIT 1",
        [channel, stamp(now), *seen],
    ).fetchone()
    return row_of(row) if row else None


def unfinished_of(db: Database, whom: tuple[str, str]) -> list[Row]:
    """All that is unfinished, in the journal's order."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM delivery WHERE channel = ? AND recipient = ?"
        " AND state IN ('planned', 'sending') ORDER BY seq, step, id",
        [*whom],
    ).fetchall()
    return [row_of(one) for one in rows]


def row_of(columns: Sequence[Any]) -> Row:
    """From ``COLUMNS``."""
    return Row(past_of(columns[:-7]), *columns[-7:])


def recent(db: Database, whom: tuple[str, str], within: timedelta, now: datetime) -> list[Recent]:
    rows = db.execute(
        f"SELECT incident, {_LATE}, seq, event, weight FROM delivery WHERE carrier <> ''"
        f" AND channel = ? AND recipient = ? AND {_LATE} > ?"
        " AND (state IN ('sending', 'sent') OR ambiguous)",
        [*whom, stamp(now - within)],
    ).fetchall()
    return [
        Recent(about, datetime.fromisoformat(at), seq, Telling(event), weight)
        for about, at, seq, event, weight in rows
    ]


def messages(db: Database, whom: tuple[str, str], now: datetime) -> list[datetime]:
    rows = db.execute(
        f"SELECT max({_LATE}) FROM delivery WHERE carrier <> ''"
        f" AND channel = ? AND recipient = ? AND {_LATE} > ?"
        " AND (state IN ('sending', 'sent') OR ambiguous) GROUP BY carrier",
        [*whom, stamp(now - HOUR)],
    ).fetchall()
    return [datetime.fromisoformat(row[0]) for row in rows]
