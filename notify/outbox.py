"""The deliveries as the courier sees them: claim, settle. Functions inside its transaction.

A delivery is claimed and committed before it is sent, and recorded after; so a crash repeats
at most what was in flight. Rules about what is worth sending are in ``plan``; here is SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlite_utils import Database

from notify.company import Company, company
from notify.delivery import State
from notify.hearing import obsolete
from notify.hooks import Outcome
from notify.plans import cursor, past
from notify.receipt import Receipt, Refused, Sent, TryLater, redact
from notify.rows import PAST, cancel, past_of, stamp

# Nothing about an incident overtakes what the same recipient is still to hear of it, nor that
# another one has become part of it.
_CLAIMABLE = """
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


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that is now ours to send. ``message`` is JSON, as it was planned."""

    id: str
    channel: str
    recipient: str
    message: str
    attempts: int
    created_at: datetime
    company: Company = field(default_factory=Company)


@dataclass(slots=True)
class Claim:
    """What a look at the outbox gave: deliveries to send, and those settled without sending."""

    deliveries: list[Claimed] = field(default_factory=list)
    settled: list[tuple[str, Outcome]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stats:
    """What is unfinished; ``cursor`` is the last journal entry planned from."""

    pending: int
    oldest_pending_seconds: float
    cursor: int


def requeue(db: Database, now: datetime) -> int:
    """At the start: what a dead process was sending may have arrived, and is sent again."""
    return db.execute(
        "UPDATE delivery SET state = 'planned', ambiguous = 1, next_at = ?"
        # Both conditions, so that the index of what is unfinished serves.
        " WHERE state IN ('planned', 'sending') AND state = 'sending'",
        [stamp(now)],
    ).rowcount


def is_due(db: Database, channels: Iterable[str], *, now: datetime, horizon: timedelta) -> bool:
    """True when ``claim`` would find something to do. Only reads."""
    old = db.execute(
        "SELECT 1 FROM delivery WHERE state = 'planned' AND created_at < ? LIMIT 1",
        [stamp(now - horizon)],
    ).fetchone()
    due = next_due(db, channels)
    return old is not None or (due is not None and due <= now)


def next_due(db: Database, channels: Iterable[str]) -> datetime | None:
    """When the next delivery of these channels may be claimed, as far as is known now."""
    names = list(channels)
    row = db.execute(
        f"SELECT min(d.next_at) FROM delivery d WHERE {_CLAIMABLE}"
        f" AND d.channel IN ({', '.join('?' * len(names))})",
        names,
    ).fetchone()
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def claim(db: Database, slots: Mapping[str, int], *, now: datetime, horizon: timedelta) -> Claim:
    """Take up to ``slots[channel]`` due deliveries of each channel, and mark them as sending.

    What is past the horizon expires here; what isn't worth sending any more is cancelled.
    """
    found = Claim(settled=[(c, Outcome.EXPIRED) for c in _expire(db, now - horizon, now)])
    for channel, slot in slots.items():
        free = slot
        while free > 0 and (rows := _due(db, channel, free, now)):
            free -= _take(db, rows, found, now)
    return found


def settle(
    db: Database,
    one: Claimed,
    receipt: Receipt,
    *,
    now: datetime,
    retry_at: datetime,
    horizon: timedelta,
) -> Outcome:
    """Record what became of a claimed delivery. ``retry_at`` is used for TryLater."""
    outcome = _outcome(receipt, retry_at, one.created_at + horizon)
    state = _STATE_AFTER[outcome]
    reason, detail = ("", "") if isinstance(receipt, Sent) else (receipt.reason, receipt.detail)
    db.execute(
        "UPDATE delivery SET state = ?, finished_at = ?, error_class = ?, error_text = ?,"
        " ambiguous = max(ambiguous, ?), next_at = ?, provider_ref = ?"
        " WHERE id = ? AND attempts = ? AND state = 'sending'",
        [
            *(state.value, None if state is State.PLANNED else stamp(now)),
            *(reason or None, redact(detail) or None),
            int(isinstance(receipt, TryLater) and receipt.ambiguous),
            *(stamp(retry_at), receipt.ref if isinstance(receipt, Sent) else ""),
            *(one.id, one.attempts),
        ],
    )
    return outcome


def stats(db: Database, now: datetime) -> Stats:
    """Asked at every scrape: reads an index of what is unfinished, never the whole table."""
    pending, oldest = db.execute(
        "SELECT count(*), min(created_at) FROM delivery WHERE state IN ('planned', 'sending')"
    ).fetchone()
    age = (now - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0
    return Stats(
        pending=pending,
        oldest_pending_seconds=max(age, 0.0),
        cursor=cursor(db),
    )


_STATE_AFTER = {
    Outcome.SENT: State.SENT,
    Outcome.RETRIED: State.PLANNED,
    Outcome.REFUSED: State.REFUSED,
    Outcome.EXPIRED: State.EXPIRED,
}


def _outcome(receipt: Receipt, retry_at: datetime, expires_at: datetime) -> Outcome:
    match receipt:
        case Sent():
            return Outcome.SENT
        case Refused():
            return Outcome.REFUSED
        case TryLater():
            return Outcome.RETRIED if retry_at < expires_at else Outcome.EXPIRED
        case _:
            assert_never(receipt)


def _due(db: Database, channel: str, limit: int, now: datetime) -> list[Sequence[Any]]:
    sql = (
        f"SELECT {PAST}, incident, message, attempts, created_at FROM delivery d WHERE {_CLAIMABLE}"
        " AND d.channel = ? AND d.next_at <= ? ORDER BY d.next_at, d.seq LIMIT ?"
    )
    return db.execute(sql, [channel, stamp(now), limit]).fetchall()


def _take(db: Database, rows: Iterable[Sequence[Any]], found: Claim, now: datetime) -> int:
    """Mark each row as ours, or cancel it; answers how many are ours."""
    taken = 0
    for *head, about, message, attempts, created_at in rows:
        row = past_of(head)
        whom = row.channel, row.recipient
        why_not = obsolete(row, [other for other in past(db, about, whom) if other.id != row.id])
        if why_not is not None:
            cancel(db, [row.id], why_not, now)
            found.settled.append((row.channel, Outcome.CANCELLED))
            continue
        db.execute(
            "UPDATE delivery SET state = 'sending', attempts = attempts + 1,"
            " first_attempt_at = coalesce(first_attempt_at, ?) WHERE id = ?",
            [stamp(now), row.id],
        )
        taken += 1
        found.deliveries.append(
            Claimed(
                *(row.id, row.channel, row.recipient, message),
                attempts=attempts + 1,
                created_at=datetime.fromisoformat(created_at),
                company=company(db, about, row),
            )
        )
    return taken


def _expire(db: Database, before: datetime, now: datetime) -> list[str]:
    rows = db.execute(
        "UPDATE delivery SET state = 'expired', finished_at = ?,"
        " error_class = coalesce(error_class, 'expired')"
        " WHERE state = 'planned' AND created_at < ? RETURNING channel",
        [stamp(now), stamp(before)],
    ).fetchall()
    return [row[0] for row in rows]
