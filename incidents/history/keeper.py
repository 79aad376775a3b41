"""Keeps the history of observations in the state file, out of every decision's way.

What is observed is gathered in memory and written once a minute, a few hundred rows at a time:
whoever else wants to write waits for one such chunk at most.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, tzinfo
from functools import partial

from sqlite_utils import Database

from incidents.history.retention import SHELVES, Shelf
from incidents.history.rollups import Batch, Rollups
from incidents.history.writing import write
from incidents.store import Store
from probes.observation import Observation

CHUNK = 500
"""Rows in one transaction."""

LOOK_EVERY = 10.0
"""Seconds between two looks at what is in sight."""

_LOOKS_A_FLUSH = 6
_LOOKS_A_PRUNING = 360

_log = logging.getLogger(__name__)


class Keeper:
    """One per process. ``observe`` may come at any moment; ``run`` keeps time.

    ``boot`` names this run of the process and is used by no other. ``zone`` is the portal's.
    ``in_sight`` answers the ids of the components that can be seen at an instant.
    """

    def __init__(
        self,
        store: Store,
        *,
        boot: str,
        zone: tzinfo,
        clock: Callable[[], datetime],
        in_sight: Callable[[datetime], Collection[str]],
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._store = store
        self._zone = zone
        self._clock = clock
        self._in_sight = in_sight
        self._look_every = look_every
        self._rollups = Rollups(boot=boot, zone=zone)
        self._labels: Mapping[str, int] = {}
        self._lock = asyncio.Lock()
        self._failing = False

    @property
    def dropped(self) -> int:
        """How many rows were lost because the file could not be written for too long."""
        return self._rollups.dropped

    def observe(self, seen: Observation) -> None:
        """Take one observation in. No I/O; never raises."""
        self._rollups.observe(seen)

    async def run(self) -> None:
        """Look, flush and prune in turn; when cancelled, write down what there still is."""
        try:
            for turn in itertools.count(1):
                await asyncio.sleep(self._look_every)
                self._look()
                if turn % _LOOKS_A_FLUSH == 0:
                    # A chunk on its way cannot be called back; the last flush waits for it.
                    await asyncio.shield(self.flush())
                if turn % _LOOKS_A_PRUNING == _LOOKS_A_FLUSH:
                    await self.prune(self._clock())
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write down what has been gathered up to now; what cannot be written waits."""
        async with self._lock:
            self._look()
            for _ in range(self._rollups.waiting // CHUNK + 1):
                batch = self._rollups.take(CHUNK)
                if not batch or not await self._written(batch):
                    return
                await asyncio.sleep(0)  # a store without threads lets nobody else in

    async def prune(self, now: datetime) -> None:
        """Delete what has been kept long enough, chunk by chunk."""
        try:
            for shelf in SHELVES:
                await self._clear(shelf, now)
        except sqlite3.Error:
            self._fails()

    def _look(self) -> None:
        now = self._clock()
        self._rollups.look(now, self._in_sight(now))

    async def _written(self, batch: Batch) -> bool:
        try:
            found = await self._store.write(partial(write, batch=batch, known=self._labels))
        except sqlite3.Error:
            self._rollups.give_back(batch)
            self._fails()
            return False
        if found:
            self._labels = {**self._labels, **found}
        self._failing = False
        return True

    async def _clear(self, shelf: Shelf, now: datetime) -> None:
        bound = (shelf.bound(now, self._zone), CHUNK)

        def find(db: Database) -> list[tuple[int, ...]]:
            return db.conn.execute(shelf.find, bound).fetchall()

        while keys := await self._store.read(find):
            await self._store.write(partial(_delete, shelf.delete, keys))
            await asyncio.sleep(0)

    def _fails(self) -> None:
        """Say so once, until it can be written again."""
        if not self._failing:
            _log.exception("the history cannot be written; what is new waits in memory")
        self._failing = True


def _delete(statement: str, keys: Collection[tuple[int, ...]], db: Database) -> None:
    db.conn.executemany(statement, keys)
