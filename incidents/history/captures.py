"""Keeps records of failed runs in the state file, few and small: what an incident links to.

What a record says is its maker's affair: here it is a text, made only once it is to be kept.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import blake2b

from sqlite_utils import Database

from incidents.history.instants import from_ms, to_ms
from incidents.store import Store
from probes.observation import Observation, Outcome, Reason

KEEP_GOOD = timedelta(days=2)
MOST_A_DAY = 40
"""Of one probe at one location; above that one an hour, so that no day is without any."""

MOST = 20_000
"""In the whole file; past that the oldest go."""

_IN_A_ROW = 5
_THEN_EVERY = timedelta(minutes=10)
_RARELY = timedelta(hours=1)
_MOST_WAITING = 200
_REST = 0.5
_PRUNE_EVERY = timedelta(hours=1)
_CHUNK = 500
_OF_FAILURE = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{12}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """One record as it was given."""

    id: str
    probe: str
    location: str
    at: datetime
    text: str


@dataclass(slots=True)
class _Tally:
    """What was kept of one probe at one location."""

    day: date
    today: int = 0
    in_row: int = 0
    last: tuple[Outcome, Reason | None] | None = None
    last_bad: datetime | None = None
    last_good: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: str
    seen: Observation
    render: Callable[[], str]


class Captures:
    """One per process. ``take`` may come at any moment; ``run`` writes and prunes.

    The first failures of a kind in a row are kept, then one every ten minutes; and of each
    probe the latest success, no fresher than ten minutes.
    """

    def __init__(
        self,
        store: Store,
        *,
        keep: timedelta,
        clock: Callable[[], datetime],
        most: int = MOST,
    ) -> None:
        self._store = store
        self._keep = keep
        self._most = most
        self._clock = clock
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._waiting: deque[_Waiting] = deque()
        self._stirred = asyncio.Event()
        self._pruned_at: datetime | None = None
        self._failing = False

    def take(self, seen: Observation, render: Callable[[], str]) -> str:
        """The id under which ``render``'s text will be kept; empty where it won't be.

        ``render`` is called later, in a thread.
        """
        key = (seen.probe, seen.location)
        tally = self._tallies.setdefault(key, _Tally(seen.at.date()))
        if len(self._waiting) >= _MOST_WAITING or not _is_wanted(tally, seen):
            return ""
        id_ = _id(seen)
        self._waiting.append(_Waiting(id_, seen, render))
        self._stirred.set()
        return id_

    async def run(self) -> None:
        """Until cancelled; then what waits is written still."""
        try:
            while True:
                await self._due()
                await asyncio.shield(self.flush())
                now = self._clock()
                if self._pruned_at is None or abs(now - self._pruned_at) >= _PRUNE_EVERY:
                    self._pruned_at = now
                    await self.prune(now)
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write down what waits; what cannot be written waits on."""
        while self._waiting:
            one = self._waiting[0]
            row = await asyncio.to_thread(_row, one)
            try:
                if row is not None:
                    await self._store.write(partial(_write, row=row))
            except sqlite3.Error:
                self._fails()
                return
            if self._waiting and self._waiting[0] is one:
                self._waiting.popleft()
            self._failing = False

    async def prune(self, now: datetime) -> None:
        """Delete what has been kept long enough, and the oldest of what is too much."""
        bounds = {
            "bad": to_ms(now - self._keep),
            "good": to_ms(now - min(KEEP_GOOD, self._keep)),
            "most": self._most,
            "chunk": _CHUNK,
        }
        try:
            deleted = 1
            while deleted:
                deleted = await self._store.write(partial(_delete, bounds=bounds))
        except sqlite3.Error:
            self._fails()

    async def _due(self) -> None:
        """Return when something waits, or once in a while."""
        try:
            async with asyncio.timeout(_PRUNE_EVERY.total_seconds()):
                await self._stirred.wait()
        except TimeoutError:
            return
        self._stirred.clear()
        await asyncio.sleep(_REST)  # failures come in swarms

    def _fails(self) -> None:
        """Say so once, until it can be written again."""
        if not self._failing:
            _log.exception("records of failures cannot be written; a few wait in memory")
        self._failing = True


async def find(store: Store, id_: str) -> Kept | None:
    """The record of that id, if there is one (still, or already)."""
    rows = await store.read(lambda db: db.conn.execute(f"{_SELECT} WHERE id = ?", [id_]).fetchall())
    return _kept(rows[0]) if rows else None


def made_at(id_: str) -> datetime | None:
    """When the failure of that id was seen, to the second; None for what is no such id."""
    if _OF_FAILURE.fullmatch(id_) is None:
        return None
    try:
        return datetime.strptime(id_[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


async def latest(store: Store, probe: str, *, limit: int = 20) -> Sequence[Kept]:
    """The newest records of a probe, the latest success among them; newest first."""
    sql = f"{_SELECT} WHERE probe = ? ORDER BY at_ms DESC LIMIT ?"
    rows = await store.read(lambda db: db.conn.execute(sql, [probe, limit]).fetchall())
    return [_kept(row) for row in rows]


def _is_wanted(tally: _Tally, seen: Observation) -> bool:
    """Whether to keep it, which is noted."""
    if seen.outcome is Outcome.UNKNOWN:
        return False
    if seen.outcome is Outcome.UP:
        tally.last, tally.in_row = None, 0
        is_due = _passed(tally.last_good, seen.at) >= _THEN_EVERY
        if is_due:
            tally.last_good = seen.at
        return is_due
    if seen.at.date() != tally.day:
        tally.day, tally.today = seen.at.date(), 0
    what = (seen.outcome, seen.reason)
    tally.in_row = tally.in_row + 1 if what == tally.last else 1
    tally.last = what
    passed = _passed(tally.last_bad, seen.at)
    is_new = tally.in_row <= _IN_A_ROW or passed >= _THEN_EVERY
    if not is_new or (tally.today >= MOST_A_DAY and passed < _RARELY):
        return False
    tally.today += 1
    tally.last_bad = seen.at
    return True


def _passed(since: datetime | None, now: datetime) -> timedelta:
    return timedelta.max if since is None else abs(now - since)


def _id(seen: Observation) -> str:
    """Derived from what it is of; a probe's latest success has always the same."""
    if seen.outcome is Outcome.UP:
        return f"good-{_digest(seen.probe, seen.location)}"
    return f"{seen.at:%Y%m%dT%H%M%S}-{_digest(seen.probe, seen.location, seen.at.isoformat())}"


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=6).hexdigest()


_Row = tuple[str, str, str, int, int, bytes]


def _row(one: _Waiting) -> _Row | None:
    seen = one.seen
    try:
        text = one.render()
    except Exception as error:  # noqa: BLE001 - one record is lost, whatever is wrong with it
        # Only its name: its words may quote what is not masked.
        _log.error("a run of probe %s has no record: %s", seen.probe, type(error).__name__)
        return None
    packed = zlib.compress(text.encode(), 9)
    is_good = int(seen.outcome is Outcome.UP)
    return one.id, seen.probe, seen.location, to_ms(seen.at), is_good, packed


def _write(db: Database, row: _Row) -> None:
    db.conn.execute("INSERT OR REPLACE INTO capture VALUES (?, ?, ?, ?, ?, ?)", row)


def _delete(db: Database, bounds: dict[str, int]) -> int:
    return db.conn.execute(_PRUNE, bounds).rowcount


_SELECT = "SELECT id, probe, location, at_ms, document FROM capture"
_PRUNE = """
    DELETE FROM capture WHERE rowid IN (
        SELECT rowid FROM capture WHERE at_ms < CASE is_good WHEN 1 THEN :good ELSE :bad END
        UNION ALL
        SELECT rowid FROM (SELECT rowid FROM capture ORDER BY at_ms DESC LIMIT -1 OFFSET :most)
        LIMIT :chunk
    )
"""


def _kept(row: tuple[str, str, str, int, bytes]) -> Kept:
    id_, probe, location, at_ms, packed = row
    return Kept(id_, probe, location, from_ms(at_ms), zlib.decompress(packed).decode())
