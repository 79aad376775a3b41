"""The shell around the machine: observations and commands in, journal entries out.

It loads what is known, asks ``decide``, appends, and on a conflict asks again. Nothing else
writes incidents down.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from incidents import evidence as ev
from incidents.commands import (
    BY_HAND,
    Acknowledge,
    IllegalCommandError,
    Open,
    Publish,
    Resolve,
    Update,
    Watch,
)
from incidents.component import Component
from incidents.events import Event, Imported, Opened, Reopened, Resolved
from incidents.evidence import Evidence
from incidents.incident import Incident
from incidents.journal import ConflictError, Entry
from incidents.machine import Rules, decide, speaks_for, wake_at
from incidents.register import Register, component_stream, own_stream, stream_of
from incidents.sqlite import SqliteJournal
from probes.observation import Observation

_log = logging.getLogger(__name__)

PROBES = "probes"
"""The actor of what nobody did by hand."""

_TRIES = 20
_EVENTS_AT_ONCE = 5
_CHUNK = 500  # a running service waits no longer for its turn to write
_SHORTEST_SLEEP = 0.02
_LONGEST_SLEEP = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What the recorder must know of a probe: when it opens, and how long its word is good."""

    open_after: int
    fresh_for: timedelta


@dataclass(frozen=True, slots=True)
class House:
    """What is watched, by which rules, and how incidents are numbered."""

    components: Mapping[str, Component]
    paces: Mapping[str, Pace]
    rules: Rules
    prefix: str = "INC"
    timezone: tzinfo = UTC

    def component(self, id_: str) -> Component:
        """A declared component, or the bare one that an import brought along."""
        return self.components.get(id_) or Component(id_, {})


class Recorder:
    """One per process. ``run`` keeps time; ``observe`` and the commands may come at any moment.

    ``heard`` is told of every entry as it is taken in, whoever wrote it. ``turned_at`` is when
    the loop last went round.
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
        self._heard = heard
        self._evidence: dict[str, Evidence] = {}
        self._lock = asyncio.Lock()
        self._stirred = asyncio.Event()
        self.turned_at: datetime | None = None

    def evidence(self, component: str) -> Evidence:
        """What the probes of a component have lately seen."""
        return self._evidence.get(component, Evidence())

    async def observe(self, seen: Observation) -> Sequence[Entry]:
        """Take one observation in, and write down what follows from it."""
        pace = self._house.paces.get(seen.probe)
        if pace is None:
            return ()  # of a probe that is no longer configured
        before = self.evidence(seen.component)
        after = ev.add(before, seen, open_after=pace.open_after, fresh_for=pace.fresh_for)
        self._evidence[seen.component] = after
        knows = self._register.seq >= 0
        if knows and ev.finding(after) is None and not self._is_open(seen.component):
            return ()
        async with self._lock:
            return await self._watch(seen.component)

    async def tick(self) -> Sequence[Entry]:
        """Look at everything open, for what time alone brings about."""
        async with self._lock:
            await self._refresh()
            entries: list[Entry] = []
            for incident in self._register.open_incidents():
                spoken = speaks_for(incident.component, self._of(incident.component))
                if spoken and spoken.id == incident.id:
                    entries += await self._watch(incident.component)
                else:
                    entries += await self._let_be_published(incident)
            return entries

    async def run(self) -> None:
        """Wake when something is due, or when somebody else has written."""
        while True:
            self._stirred.clear()
            try:
                await self.tick()
            except sqlite3.Error:
                # A full disk or a foreign lock passes; what is undecided is decided then.
                _log.exception("cannot write the journal; trying again")
            self.turned_at = self._clock()
            await self._sleep_until(self._next_due())

    async def open(self, command: Open, *, actor: str) -> Entry:
        """Open an incident by hand; its number is in the entry."""
        async with self._lock:
            return await self._append_new(command, actor)

    async def do(
        self, incident: str, command: Publish | Update | Acknowledge | Resolve, *, actor: str
    ) -> Entry | None:
        """Carry a person's command out; None when there was nothing left to do.

        Raises IllegalCommandError when it doesn't fit, or there is no such incident.
        """
        async with self._lock:
            for _ in range(_TRIES):
                await self._refresh()
                found = await self._register.find(incident)
                event = decide(found, Evidence(), command, self._house.rules)
                if event is None or found is None:
                    return None
                try:
                    entry = await self._append(stream_of(found), event, actor)
                except ConflictError:
                    continue
                return entry
        raise ConflictError(incident)

    async def import_all(self, records: Sequence[Imported], *, actor: str) -> int:
        """Write imported incidents down, but for those that are there just so; how many.

        Raises IllegalCommandError, having written nothing, for the number of an incident that
        was born here.
        """
        async with self._lock:
            await self._refresh()
            new = [record for record in records if not await self._has(record)]
            for start in range(0, len(new), _CHUNK):
                await self._import(new[start : start + _CHUNK], actor)
            return len(new)

    # ── inside ──

    async def _watch(self, component: str) -> Sequence[Entry]:
        return await self._settle(component, lambda: speaks_for(component, self._of(component)))

    async def _let_be_published(self, incident: Incident) -> Sequence[Entry]:
        """One that no probe speaks to; time alone can do nothing but make it public."""
        component = self._house.component(incident.component)
        event = decide(incident, Evidence(), Watch(self._clock(), component, ""), self._house.rules)
        if event is None:
            return ()
        try:
            return [await self._append(stream_of(incident), event, PROBES)]
        except ConflictError:
            return ()  # the next tick looks again: whoever wrote has stirred us

    async def _settle(
        self, component: str, which: Callable[[], Incident | None]
    ) -> Sequence[Entry]:
        """Ask the machine until it has nothing more to say."""
        entries: list[Entry] = []
        for _ in range(_TRIES):
            await self._refresh()
            incident = which()
            found = self._house.component(component)
            command = Watch(self._clock(), found, new_id="")
            evidence = self.evidence(component)
            event = decide(incident, evidence, command, self._house.rules)
            if isinstance(event, Opened):
                command = Watch(command.at, found, new_id=await self._new_id(command.at))
                event = decide(incident, evidence, command, self._house.rules)
            if event is None or len(entries) >= _EVENTS_AT_ONCE:
                break
            try:
                entries.append(await self._append(_stream(event, incident), event, PROBES))
            except ConflictError:
                continue
        return entries

    async def _import(self, records: Sequence[Imported], actor: str) -> None:
        items = [(own_stream(record.incident), record) for record in records]
        for _ in range(_TRIES):
            try:
                await self._journal.append_all(
                    items, self._register.token, at=self._clock(), actor=actor
                )
            except ConflictError:
                await self._refresh()
                continue
            await self._refresh()
            return
        raise ConflictError(items[0][0])

    async def _append_new(self, command: Open, actor: str) -> Entry:
        for _ in range(_TRIES):
            await self._refresh()
            number = await self._new_id(command.at)
            event = decide(None, Evidence(), replace(command, new_id=number), self._house.rules)
            if event is None:
                break
            try:
                return await self._append(own_stream(number), event, actor)
            except ConflictError:
                continue
        raise ConflictError(command.component.id)

    async def _append(self, stream: str, event: Event, actor: str) -> Entry:
        entry = await self._journal.append(
            stream, self._register.token, event, at=self._clock(), actor=actor
        )
        await self._refresh()
        self._stirred.set()
        _log.info("%s %s (%s)", type(event).__name__, event.incident, event.because.rule)
        return entry

    async def _refresh(self) -> None:
        for entry in await self._register.refresh():
            self._heard(entry)
            if isinstance(entry.event, Resolved) and entry.event.because == BY_HAND:
                # A person closed it: what was counted before then is spent.
                component = entry.event.component
                self._evidence[component] = ev.forget(self.evidence(component))

    async def _has(self, record: Imported) -> bool:
        known = await self._register.find(record.incident)
        if known is None:
            return False
        entries = await self._register.timeline(known)
        if not any(isinstance(e.event, Imported) for e in entries):
            raise IllegalCommandError(f"{record.incident} was not imported but opened here")
        last = next(e.event for e in reversed(entries) if isinstance(e.event, Imported))
        return last == record

    async def _new_id(self, at: datetime) -> str:
        year = at.astimezone(self._house.timezone).year
        return await self._register.next_id(self._house.prefix, year)

    def _of(self, component: str) -> tuple[Incident, ...]:
        return self._register.of_component(component)

    def _is_open(self, component: str) -> bool:
        return any(i.is_open for i in self._of(component))

    def _next_due(self) -> datetime | None:
        dues = (
            wake_at(
                incident,
                self.evidence(incident.component),
                self._house.component(incident.component).probes,
                self._house.rules,
            )
            for incident in self._register.open_incidents()
        )
        return min((due for due in dues if due is not None), default=None)

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


def _stream(event: Event, incident: Incident | None) -> str:
    if isinstance(event, Opened | Reopened) or incident is None:
        return component_stream(event.component)
    return stream_of(incident)
