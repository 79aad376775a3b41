"""Reads the journal after its cursor and plans deliveries; both move in one transaction."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlite_utils import Database

from incidents.events import Impact, Opened
from incidents.incident import Incident, evolve
from incidents.journal import Entry, Journal
from incidents.store import Store
from notify import outbox
from notify.delivery import Because
from notify.hooks import Hooks, Outcome
from notify.kind import Channel
from notify.message import Composer
from notify.plan import Notice, Route, impact_after, notice_of, plan, telling_of

_log = logging.getLogger(__name__)

_BATCH = 100
_PAUSE = 1.0


class Register(Protocol):
    """What is known of incidents; incidents.register.Register keeps this. It may lag behind."""

    async def find(self, incident: str, /) -> Incident | None: ...


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry, its incident as it stood after it (None: not needed), or what went wrong."""

    entry: Entry
    incident: Incident | None = None
    error: Exception | None = None


@dataclass(kw_only=True)
class Planner:
    """One per state. ``planned`` is called after each commit that may have stored deliveries."""

    store: Store
    journal: Journal
    register: Register
    composer: Composer
    channels: Mapping[str, Channel]
    routes: Sequence[Route]
    clock: Callable[[], datetime]
    lang: str = "ru"
    hooks: Hooks = field(default_factory=Hooks)
    planned: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Plan for ever. What fails is waited out, and nothing is skipped for it."""
        while True:
            try:
                await self.plan_pending()
                await self.journal.changed(await self.store.read(outbox.cursor))
            except Exception:  # noqa: BLE001 - whatever it is, news must not be lost for it
                _log.exception("cannot plan what the journal says; trying again")
                await asyncio.sleep(_PAUSE)

    async def plan_pending(self) -> int:
        """Plan all that the journal holds beyond the cursor; answers how many entries it read."""
        total = 0
        seq = await self.store.read(outbox.cursor)
        while entries := await self.journal.read(seq, _BATCH):
            reads = [await self._read(entry) for entry in entries]
            settled = await self.store.write(partial(self._store, reads=reads))
            self.hooks.checkpoint("after_commit")
            for channel, outcome in settled:
                self.hooks.settled(channel, outcome)
            self.planned()
            seq = entries[-1].seq
            total += len(entries)
        return total

    async def _read(self, entry: Entry) -> _Read:
        """Look the incident up, unless the entry isn't told anyhow."""
        try:
            if telling_of(entry.event, None) is Because.NOT_TOLD_KIND:
                return _Read(entry)
            return _Read(entry, await self._incident(entry))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - one bad entry must not silence the rest
            return _Read(entry, error=error)

    async def _incident(self, entry: Entry) -> Incident:
        """The incident as of ``entry``, whether the register is behind it or ahead of it."""
        event = entry.event
        before = None if isinstance(event, Opened) else await self.register.find(event.incident)
        if before is None and not isinstance(event, Opened):
            earlier, _ = await self.journal.load(entry.stream)
            for one in earlier:
                if one.event.incident == event.incident and one.seq < entry.seq:
                    before = evolve(before, one.event, at=one.at, actor=one.actor)
        return evolve(before, event, at=entry.at, actor=entry.actor)

    # ── inside the transaction ──

    def _store(self, db: Database, reads: Sequence[_Read]) -> list[tuple[str, Outcome]]:
        settled: list[tuple[str, Outcome]] = []
        for read in reads:
            try:
                if read.error is not None:
                    raise read.error
                with db.atomic():
                    settled += self._store_one(db, read)
            except sqlite3.Error:
                raise
            except Exception as error:  # noqa: BLE001 - as above
                self._skip(db, read.entry, error)
        outbox.move_cursor(db, reads[-1].entry.seq)
        self.hooks.checkpoint("before_commit")
        return settled

    def _store_one(self, db: Database, read: _Read) -> Sequence[tuple[str, Outcome]]:
        entry = read.entry
        known = outbox.impact(db, entry.event.incident)
        before = Impact(known) if known else None
        after = impact_after(entry.event, before)
        if after is not before:
            outbox.set_impact(db, entry.event.incident, after.value if after else None)
        if read.incident is None:
            return ()
        notice = notice_of(entry, read.incident, before)
        if isinstance(notice, Because):
            outbox.note_untold(db, entry.seq, entry.event.incident, notice, now=self.clock())
            return ()
        return self._plan(db, notice)

    def _plan(self, db: Database, notice: Notice) -> Sequence[tuple[str, Outcome]]:
        now = self.clock()
        planned = plan(
            notice,
            routes=self.routes,
            recipients={id_: channel.recipients for id_, channel in self.channels.items()},
            past=outbox.past(db, notice.incident.id),
            now=now,
        )
        if planned.because is not None:
            outbox.note_untold(db, notice.seq, notice.incident.id, planned.because, now=now)
        messages = self._messages(notice, {one.channel for one in planned.deliveries})
        return outbox.store_plan(db, notice, planned, messages, now=now)

    def _messages(self, notice: Notice, channels: set[str]) -> dict[str, str]:
        """The message as JSON by channel, composed once for each language."""
        langs = {
            id_: self.channels[id_].lang if id_ in self.channels else self.lang for id_ in channels
        }
        composed = {lang: self.composer.compose(notice, lang) for lang in set(langs.values())}
        for message in composed.values():
            if message.fault:
                _log.error("entry %d is told in plain words: %s", notice.seq, message.fault)
        return {id_: composed[lang].to_json() for id_, lang in langs.items()}

    def _skip(self, db: Database, entry: Entry, error: Exception) -> None:
        _log.error("entry %d cannot be told and is skipped", entry.seq, exc_info=error)
        outbox.note_untold(
            db,
            entry.seq,
            entry.event.incident,
            Because.POISON,
            detail=f"{type(error).__name__}: {error}",
            now=self.clock(),
        )
