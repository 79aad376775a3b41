"""The deliveries as the courier sees them: claim, settle. Functions inside its transaction.

A delivery is claimed and committed before it is sent, and recorded after; so a crash repeats
at most what was in flight. What goes together is decided in
``claiming``, what is worth sending in ``plan``; here is SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from sqlite_utils import Database

from notify.delivery import Because, State
from notify.hooks import Outcome
from notify.planning.quiet import Quiet
from notify.receipt import Receipt, Refused, Sent, TryLater, redact
from notify.tables.claiming import Claim, Claimed, claim_due
from notify.tables.plans import cursor
from notify.tables.queue import CLAIMABLE
from notify.tables.rows import stamp


@dataclass(frozen=True, slots=True)
class Stats:
    """What is unfinished; ``cursor`` is the last journal entry planned from.

    ``held``: how much of it waits for a time to come, and why. It is not late before then.
    """

    pending: int
    oldest_pending_seconds: float
    cursor: int
    held: Mapping[Because, int] = field(default_factory=dict)


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
        "SELECT 1 FROM delivery WHERE state = 'planned' AND state IN ('planned', 'sending')"
        " AND due_at < ? LIMIT 1",
        [stamp(now - horizon)],
    ).fetchone()
    due = next_due(db, channels)
    return old is not None or (due is not None and due <= now)


def next_due(db: Database, channels: Iterable[str]) -> datetime | None:
    """When the next delivery of these channels may be claimed, as far as is known now."""
    due = []
    for channel in channels:
        row = db.execute(
            f"SELECT d.next_at FROM delivery d WHERE {CLAIMABLE} AND d.channel = ?"
            " ORDER BY d.next_at LIMIT 1",
            [channel],
        ).fetchone()
        due += [datetime.fromisoformat(row[0])] if row else []
    return min(due, default=None)


def claim(
    db: Database,
    slots: Mapping[str, int],
    *,
    now: datetime,
    horizon: timedelta,
    quiet: Quiet,
) -> Claim:
    """Take up to ``slots[channel]`` due messages of each channel, and mark them as sending.

    What is past the horizon expires here; what isn't worth sending any more is cancelled.
    """
    found = Claim(settled=[(c, Outcome.EXPIRED) for c in _expire(db, now - horizon, now)])
    for channel, slot in slots.items():
        claim_due(db, channel, slot, found, now=now, quiet=quiet)
    return found


def settle(
    db: Database,
    one: Claimed,
    receipt: Receipt,
    *,
    now: datetime,
    retry_at: datetime,
    horizon: timedelta,
) -> list[Outcome]:
    """Record what became of a claimed message, for each of its deliveries.

    ``retry_at`` is used for TryLater. What surely has not arrived may be told together with
    something else the next time; what may have arrived is repeated as it was.
    """
    reason, detail = ("", "") if isinstance(receipt, Sent) else (receipt.reason, receipt.detail)
    is_doubtful = int(isinstance(receipt, TryLater) and receipt.ambiguous)
    ref = receipt.ref if isinstance(receipt, Sent) and one.is_one else ""
    outcomes = []
    for row in one.rows:
        outcome = _outcome(receipt, retry_at, row.due_at + horizon)
        state = _STATE_AFTER[outcome]
        is_over = state is not State.PLANNED
        db.execute(
            "UPDATE delivery SET state = ?, finished_at = ?, error_class = ?, error_text = ?,"
            " ambiguous = max(ambiguous, ?), next_at = ?, provider_ref = ?,"
            " carrier = iif(? OR max(ambiguous, ?), carrier, '')"
            " WHERE id = ? AND attempts = ? AND state = 'sending'",
            [
                *(state.value, stamp(now) if is_over else None),
                *(reason or None, redact(detail) or None),
                *(is_doubtful, stamp(retry_at), ref),
                *(is_over, is_doubtful, row.id, row.attempts),
            ],
        )
        outcomes.append(outcome)
    if isinstance(receipt, Sent):
        # It works again: what waits to be tried again need not wait, and goes together.
        db.execute(
            "UPDATE delivery SET next_at = ? WHERE channel = ? AND recipient = ?"
            " AND state IN ('planned', 'sending') AND state = 'planned'"
            " AND attempts > 0 AND carrier = '' AND next_at > ?",
            [stamp(now), one.channel, one.recipient, stamp(now)],
        )
    return outcomes


def stats(db: Database, now: datetime) -> Stats:
    """Asked at every scrape: reads an index of what is unfinished, never the whole table."""
    pending, oldest = db.execute(
        "SELECT count(*), min(due_at) FROM delivery WHERE state IN ('planned', 'sending')"
    ).fetchone()
    held = db.execute(
        "SELECT held, count(*) FROM delivery WHERE state IN ('planned', 'sending')"
        " AND due_at > ? AND held <> '' GROUP BY held",
        [stamp(now)],
    ).fetchall()
    age = (now - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0
    return Stats(
        pending=pending,
        oldest_pending_seconds=max(age, 0.0),
        cursor=cursor(db),
        held={Because(because): number for because, number in held},
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


def _expire(db: Database, before: datetime, now: datetime) -> list[str]:
    rows = db.execute(
        "UPDATE delivery SET state = 'expired', finished_at = ?,"
        " error_class = coalesce(error_class, 'expired')"
        " WHERE state = 'planned' AND state IN ('planned', 'sending') AND due_at < ?"
        " RETURNING channel",
        [stamp(now), stamp(before)],
    ).fetchall()
    return [row[0] for row in rows]
