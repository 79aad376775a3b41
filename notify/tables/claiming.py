"""What one recipient is told next: all that may be said together, as one message.

Functions inside the courier's transaction. The rules are in ``plan`` and ``quiet``; here is SQL.
Who is told what together is written down with the claim, so that a repeat is the same message.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlite_utils import Database

from notify.delivery import Because, State
from notify.hooks import Outcome
from notify.planning.hearing import obsolete
from notify.planning.quiet import UMBRELLA, Matter, Quiet, Recent, hold_matter
from notify.tables.plans import past
from notify.tables.queue import COLUMNS, Row, first_due, messages, recent, row_of, unfinished_of
from notify.tables.rows import cancel, stamp
from notify.writing.company import Company, company

_RIDES = (Because.GATHERING, Because.LIMIT)
"""What waits for one of these goes with whatever goes before its time."""

_MOST = 1000
"""Rows in one message."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One row of a claimed message. ``due_at`` is when it could first be sent."""

    id: str
    attempts: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message that is now ours to send, and the rows that it settles.

    ``messages`` are JSON, as they were planned, in the journal's order. Of a repeat they are
    those of the first time, while some of its ``rows`` may have been settled since. Only what
    ``is_one``, about one thing, has ``company``, and can be amended later.
    """

    id: str
    channel: str
    recipient: str
    messages: tuple[str, ...]
    rows: tuple[Carried, ...]
    is_one: bool
    company: Company

    @property
    def attempts(self) -> int:
        return max(row.attempts for row in self.rows)


@dataclass(slots=True)
class Claim:
    """What a look at the outbox gave: messages to send, and deliveries settled without sending.

    ``held`` counts what was found to wait after all.
    """

    deliveries: list[Claimed] = field(default_factory=list)
    settled: list[tuple[str, Outcome]] = field(default_factory=list)
    held: dict[tuple[str, Because], int] = field(default_factory=lambda: defaultdict(int))


def claim_due(
    db: Database, channel: str, free: int, found: Claim, *, now: datetime, quiet: Quiet
) -> None:
    """Claim up to ``free`` messages of what is due; each recipient is looked at once."""
    seen: list[str] = []
    while free > 0 and (head := first_due(db, channel, seen, now)) is not None:
        whom = channel, head.past.recipient
        seen.append(head.past.recipient)
        if head.carrier:
            taken = _claimed(db, head.carrier, whom, _carried(db, head.carrier), now)
        else:
            rows = [head]
            if quiet.gathers(channel):
                rows = _together(db, whom, found, now=now, quiet=quiet)
            ids = _taken(db, rows, whom, found, now)
            taken = _claimed(db, _message_id(ids), whom, ids, now)
        if taken is not None:
            found.deliveries.append(taken)
            free -= 1


def _carried(db: Database, carrier: str) -> list[str]:
    rows = db.execute("SELECT id FROM delivery WHERE carrier = ? ORDER BY seq, id", [carrier])
    return [row[0] for row in rows.fetchall()]


def _together(
    db: Database, whom: tuple[str, str], found: Claim, *, now: datetime, quiet: Quiet
) -> list[Row]:
    """What a recipient is told next, if anything need not wait."""
    waiting = unfinished_of(db, whom)
    due = list(_unblocked(waiting, {row.past.id for row in waiting if _is_due(row, now)}))
    held = _hold(db, whom, due, quiet, now)
    for because in held.values():
        found.held[whom[0], because] += 1
    passing = [row for row in due if row.past.id not in held]
    if not passing:
        return []
    is_alone = quiet.one_by_one(whom[0]) > 1 and passing[0].past.held not in _RIDES
    if is_alone:
        passing = [row for row in passing if row.matter == passing[0].matter]
    going = {row.past.id for row in passing}
    going |= set(_riders(waiting, going, held, is_alone=is_alone))
    return list(_unblocked(waiting, going))


def _is_due(row: Row, now: datetime) -> bool:
    return row.past.is_waiting and not row.carrier and row.next_at <= stamp(now)


def _riders(
    queue: Sequence[Row], due: set[str], held: Mapping[str, Because], *, is_alone: bool
) -> Iterator[str]:
    """What need not wait any longer, since something goes to its recipient anyway.

    Not beside an umbrella: what is part of it is about to become so, and then is not told alone.
    """
    going = {row.matter for row in queue if row.past.id in due}
    is_alone = is_alone or any(row.weight >= UMBRELLA for row in queue if row.past.id in due)
    for row in queue:
        if (
            row.past.is_waiting
            and not row.carrier
            and (
                (row.matter in going and row.past.held is Because.PART_OF)
                or (held.get(row.past.id, row.past.held) in _RIDES and not is_alone)
            )
        ):
            yield row.past.id


@dataclass(slots=True)
class _Blocked:
    """What must not be told yet, because something before it is not told either."""

    since: dict[str, tuple[int, int]] = field(default_factory=dict)

    def holds(self, row: Row) -> bool:
        return self.since.get(row.incident, row.past.order) < row.past.order

    def add(self, row: Row) -> None:
        for incident in {row.incident, row.into} - {""}:
            self.since.setdefault(incident, row.past.order)


def _unblocked(queue: Iterable[Row], wanted: set[str]) -> Iterator[Row]:
    blocked, number = _Blocked(), 0
    for row in queue:
        if row.past.id in wanted and not blocked.holds(row) and number < _MOST:
            number += 1
            yield row
        else:
            blocked.add(row)


# ── what waits after all ──────────────────────────────────────────────────────


def _hold(
    db: Database, whom: tuple[str, str], due: Sequence[Row], quiet: Quiet, now: datetime
) -> Mapping[str, Because]:
    """Put off what was told enough of lately; answers which rows wait, and why."""
    matters: dict[str, list[Row]] = defaultdict(list)
    for row in due:
        matters[row.matter].append(row)
    lately, sent = recent(db, whom, quiet.gather, now), messages(db, whom, now)
    held: dict[str, Because] = {}
    first = quiet.one_by_one(whom[0])
    for about, rows in matters.items():
        matter = replace(_matter(about, rows), first=first)
        hold = hold_matter(matter, lately, sent, quiet, now=now)
        if hold is None:
            if first > 1:  # it goes before the next one, by itself
                last = rows[-1]
                lately.append(Recent(about, now, last.past.seq, last.past.telling, matter.weight))
            continue
        until, because = hold
        for row in rows:
            held[row.past.id] = because
            db.execute(
                "UPDATE delivery SET next_at = ?, due_at = ?, held = ? WHERE id = ?",
                [stamp(until), stamp(until), because.value, row.past.id],
            )
    return held


def _matter(about: str, rows: Sequence[Row]) -> Matter:
    return Matter(
        about,
        frozenset(row.past.telling for row in rows),
        weight=max(row.weight for row in rows),
        since=datetime.fromisoformat(min(row.created_at for row in rows)),
        is_repeat=any(row.attempts for row in rows),
    )


# ── taking ────────────────────────────────────────────────────────────────────


def _taken(
    db: Database, rows: Iterable[Row], whom: tuple[str, str], found: Claim, now: datetime
) -> list[str]:
    """Mark each row as ours, or cancel it; answers which are ours."""
    taken = []
    for row in rows:
        others = [other for other in past(db, row.incident, whom) if other.id != row.past.id]
        why_not = obsolete(row.past, others)
        if why_not is not None:
            cancel(db, [row.past.id], why_not, now)
            found.settled.append((whom[0], Outcome.CANCELLED))
            continue
        # At once: what follows in the same message asks whether this may be known.
        db.execute("UPDATE delivery SET state = 'sending' WHERE id = ?", [row.past.id])
        taken.append(row.past.id)
    return taken


def _message_id(ids: Sequence[str]) -> str:
    """Of one row its own id; of several one that the same rows give again."""
    if len(ids) < 2:  # noqa: PLR2004 - a pair is the smallest group
        return "".join(ids)
    together = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
    return f"{ids[-1]}/{len(ids)}-{together}"


def _claimed(
    db: Database, carrier: str, whom: tuple[str, str], ids: Sequence[str], now: datetime
) -> Claimed | None:
    """Write down that these rows are being told by one message."""
    for id_ in ids:
        db.execute(
            "UPDATE delivery SET state = 'sending', attempts = attempts + 1, carrier = ?,"
            " first_attempt_at = coalesce(first_attempt_at, ?)"
            " WHERE id = ? AND state IN ('planned', 'sending')",
            [carrier, stamp(now), id_],
        )
    found = [_carried_row(db, id_) for id_ in ids]
    rows = tuple(carried for row, _, carried in found if row.past.state is State.SENDING)
    if not rows:
        return None
    own = [row for row, _, _ in found if not row.into] or [row for row, _, _ in found]
    is_one = len({row.matter for row, _, _ in found}) == 1
    return Claimed(
        *(carrier, *whom),
        tuple(message for _, message, _ in found),
        rows,
        is_one,
        company(db, own[-1].incident, own[-1].past, carrier) if is_one else Company(),
    )


def _carried_row(db: Database, id_: str) -> tuple[Row, str, Carried]:
    message, due_at, *row = db.execute(
        f"SELECT message, due_at, {COLUMNS} FROM delivery WHERE id = ?", [id_]
    ).fetchone()
    one = row_of(row)
    return one, message, Carried(id_, one.attempts, datetime.fromisoformat(due_at))
