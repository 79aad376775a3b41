"""Keeps what probes note down in the state file: a cap or a back-off must outlive the process."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Mapping
from functools import partial

from sqlite_utils import Database, Migrations

from incidents.store import Store
from probes.memory import Memory

LOOK_EVERY = 0.5
"""Seconds between two looks at the notes: what a kill -9 may lose at most."""

_log = logging.getLogger(__name__)

migrations = Migrations("notebook")


@migrations()
def m001_note(db: Database) -> None:
    """The notes of each probe, as one JSON object."""
    db.execute("CREATE TABLE probe_note (probe TEXT PRIMARY KEY, notes TEXT NOT NULL) STRICT")


class Notebook:
    """One per process. ``recall`` before the first probe asks; ``flush`` after the last one did.

    Notes are looked at from time to time, so that no probe waits for the disk.
    """

    def __init__(self, store: Store, memory: Memory, *, look_every: float = LOOK_EVERY) -> None:
        self._store = store
        self._memory = memory
        self._look_every = look_every
        self._kept: dict[str, str] = {}
        self._failing = False

    async def recall(self) -> None:
        """Put what was kept back into the memory. What cannot be read is said and forgotten."""
        try:
            rows = await self._store.read(_rows)
        except sqlite3.Error:
            _log.exception("the probes' notes cannot be read: caps and back-offs begin anew")
            return
        for probe, text in rows:
            try:
                notes = json.loads(text)
                self._memory.notes(probe).update(notes)
            except (ValueError, TypeError):
                _log.error("the notes of probe %s cannot be read: they begin anew", probe)
            else:
                self._kept[probe] = text

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._look_every)
            # A write on its way cannot be called back; the last flush waits behind it.
            await asyncio.shield(self.flush())

    async def flush(self) -> bool:
        """Write down what has changed; what cannot be written waits. Whether all is written."""
        changed = self._changed()
        if not changed:
            return True
        try:
            await self._store.write(partial(_write, changed=changed))
        except sqlite3.Error:
            if not self._failing:
                _log.exception("the probes' notes cannot be written; they wait in memory")
            self._failing = True
            return False
        self._kept |= changed
        self._failing = False
        return True

    def _changed(self) -> Mapping[str, str]:
        now = {
            probe: json.dumps(notes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            for probe, notes in self._memory.all_notes().items()
        }
        return {probe: text for probe, text in now.items() if text != self._kept.get(probe, "{}")}


def _rows(db: Database) -> list[tuple[str, str]]:
    return db.conn.execute("SELECT probe, notes FROM probe_note").fetchall()


def _write(db: Database, changed: Mapping[str, str]) -> None:
    db.conn.executemany("INSERT OR REPLACE INTO probe_note VALUES (?, ?)", changed.items())
