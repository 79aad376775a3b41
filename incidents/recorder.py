"""The shell around the machine: observations and commands in, journal entries out.

It loads what is known, asks ``decide``, appends, and on a conflict asks again. Nothing else
writes incidents down.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime

from incidents import announcing
from incidents import evidence as ev
from incidents.agenda import Agenda, Question, concerns, next_due
from incidents.commands import (
    Absorb,
    ByHand,
    IllegalCommandError,
    Merge,
    Open,
    Reopen,
    opened_by_hand,
)
from incidents.events import (
    Called,
    Event,
    Imported,
    IncidentEvent,
    MaintenancePlanned,
)
from incidents.evidence import Evidence
from incidents.house import House
from incidents.incident import Incident
from incidents.journal import PROBES, ConflictError, Entry
from incidents.machine import decide
from incidents.register import Register
from incidents.scribe import Scribe
from incidents.situation import Situation
from incidents.sqlite import RefusedError, SqliteJournal
from probes.observation import Observation

_log = logging.getLogger(__name__)

_EVENTS_AT_ONCE = 5
_PAUSE = 1.0
_SHORTEST_SLEEP = 0.02
_LONGEST_SLEEP = 5.0


class Recorder:
    """One per process. ``run`` keeps time; ``observe`` and the commands may come at any moment.

    ``heard`` is told of every entry as it is taken in, whoever wrote it. ``turned_at`` is when
    the loop last went round, ``failing_since`` since when the file cannot be written. Whoever
    knows that our own line is dead sets ``blind_since``: until it is None again, nothing that
    is seen opens or ends an incident.
    """

    def __init__(
        self,
        journal: SqliteJournal,
        register: Register,
        house: House,
        *,
        clock: Callable[[], datetime],
        heard: Callable[[Entry], None] = lambda _: None,
    ) -> None:
        self._journal = journal
        self._register = register
        self._house = house
        self._clock = clock
        self._tell = heard
        self._scribe = Scribe(journal, register, house, clock=clock, heard=self._heard)
        self._evidence: dict[str, Evidence] = {}
        self._lock = asyncio.Lock()
        self._stirred = asyncio.Event()
        self._agenda = Agenda()
        self._blind_since: datetime | None = None
        self.turned_at: datetime | None = None
        self.failing_since: datetime | None = None

    @property
    def blind_since(self) -> datetime | None:
        """Since when our own line is dead."""
        return self._blind_since

    @blind_since.setter
    def blind_since(self, since: datetime | None) -> None:
        if since is None and self._blind_since is not None:
            self._evidence.clear()  # what was seen of a dead line is no evidence afterwards either
        self._blind_since = since
        self._stirred.set()

    def evidence(self, component: str) -> Evidence:
        """What the probes of a component have lately seen."""
        return self._evidence.get(component, Evidence())

    def observe(self, seen: Observation) -> None:
        """Take one observation in. What follows from it, the next turn decides and writes down."""
        pace = self._house.paces.get(seen.probe)
        if pace is None:
            return  # of a probe that is no longer configured
        before = self.evidence(seen.component)
        after = ev.add(before, seen, open_after=pace.open_after, fresh_for=pace.fresh_for)
        self._evidence[seen.component] = after
        if concerns(after, self._register.open_incidents(), seen.component, seen.at):
            self._agenda.look_at(seen.component)
            self._stirred.set()

    async def turn(self) -> Sequence[Entry]:
        """Write down what follows from what was seen, and from time alone.

        Raises sqlite3.Error while the file cannot be written; nothing is forgotten by that.
        """
        async with self._lock:
            await self._scribe.refresh()
            entries: list[Entry] = []
            with closing(self._agenda.turn(self._situation)) as steps:
                question = next(steps, None)
                while question is not None:
                    written = await self._write(question)
                    entries += written
                    try:
                        question = steps.send(bool(written))
                    except StopIteration:
                        break
            return entries

    async def run(self) -> None:
        """Turn when something was seen, is due, or was written by somebody else."""
        while True:
            self._stirred.clear()
            try:
                await self.turn()
            except (sqlite3.Error, ConflictError, RefusedError):
                await self._wait_out()
                continue
            self.failing_since = None
            self.turned_at = self._clock()
            await self._sleep_until(next_due(self._situation()))

    # ── what people ask ──

    async def open(self, command: Open, *, actor: str) -> Entry:
        """Open an incident by hand; its number is in the entry."""
        return await self._must(lambda: opened_by_hand(command), actor)

    async def do(self, incident: str, command: ByHand, *, actor: str) -> Entry | None:
        """Carry a person's command out; None when there was nothing left to do.

        Raises IllegalCommandError when it doesn't fit, or there is no such incident.
        """

        async def decided() -> IncidentEvent | None:
            found = await self._register.find(incident)
            if found is None:
                raise IllegalCommandError(f"{incident}: there is no such incident")
            if isinstance(command, Reopen):
                self._refuse_second(found)
            return decide(found, Evidence(), command, self._house.rules)

        async with self._lock:
            entry = await self._scribe.write(decided, actor)
            self._stirred.set()
            return entry

    async def merge(self, incident: str, into: str, *, actor: str) -> Entry | None:
        """``incident`` becomes part of ``into``, with all its components.

        Raises IllegalCommandError when one of them isn't open or isn't there. Done again after
        a crash half way, it goes on where it was.
        """
        while True:
            found = await self._register.find(incident)
            if found is None:
                raise IllegalCommandError(f"{incident}: there is no such incident")
            if await self.do(into, Absorb(found), actor=actor) is None:
                return await self.do(incident, Merge(into), actor=actor)

    async def called(self, call: Called, *, actor: str) -> Entry:
        """Write down that somebody called; what they said is kept elsewhere."""
        return await self._must(lambda: call, actor)

    async def announce(self, work: MaintenancePlanned, *, actor: str) -> Entry:
        """Announce work; its number is in the entry. Raises IllegalCommandError."""

        def decided() -> Event:
            announcing.check(work, now=self._clock())
            return work

        return await self._must(decided, actor)

    async def cancel(self, maintenance: str, *, actor: str) -> Entry:
        """Call announced work off. Raises IllegalCommandError when there is none to call off."""

        def decided() -> Event:
            found = [w for w in self._register.maintenance() if w.id == maintenance]
            return announcing.cancelled(found[0] if found else None, maintenance)

        return await self._must(decided, actor)

    async def import_all(self, records: Sequence[Imported], *, actor: str) -> int:
        """Write imported incidents down, but for those that are there just so; how many.

        Raises IllegalCommandError, having written nothing, for the number of an incident that
        was born here.
        """
        async with self._lock:
            return await self._scribe.import_all(records, actor)

    # ── inside ──

    async def _must(self, decision: Callable[[], Event], actor: str) -> Entry:
        async def decided() -> Event:
            return decision()

        async with self._lock:
            entry = await self._scribe.write(decided, actor)
            self._stirred.set()
            if entry is None:
                raise IllegalCommandError("there was nothing to write down")
            return entry

    async def _write(self, question: Question) -> Sequence[Entry]:
        async def decided() -> Event | None:
            return question(self._situation())

        entry = await self._scribe.write(decided, PROBES)
        return [entry] if entry else ()

    def _situation(self) -> Situation:
        return Situation(
            self._house,
            self._register.at_hand(),
            self._register.maintenance(),
            self._evidence,
            self._clock(),
            blind_since=self.blind_since,
        )

    def _heard(self, entry: Entry) -> None:
        self._tell(entry)
        self._agenda.heard(entry.event, self._situation())
        if self._agenda:
            self._stirred.set()

    def _refuse_second(self, incident: Incident) -> None:
        """A component has at most one open automatic incident."""
        for other in self._register.open_incidents():
            both = other.is_automatic and incident.is_automatic
            if both and other.component == incident.component and other.id != incident.id:
                raise IllegalCommandError(f"{other.id} is open for {incident.component} already")

    async def _wait_out(self) -> None:
        """A full disk or a foreign lock passes; what is undecided is decided then."""
        if self.failing_since is None:
            self.failing_since = self._clock()
            _log.exception("the journal cannot be written; trying again until it can")
        await asyncio.sleep(_PAUSE)

    async def _sleep_until(self, due: datetime | None) -> None:
        """Return at ``due``, or when this process or another has appended."""
        waits = [
            asyncio.create_task(self._stirred.wait()),
            asyncio.create_task(self._journal.changed(self._register.seq)),
        ]
        seconds = (due - self._clock()).total_seconds() if due else _LONGEST_SLEEP
        seconds = min(max(seconds, _SHORTEST_SLEEP), _LONGEST_SLEEP)
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
