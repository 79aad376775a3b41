"""The shell around the machine: observations and commands in, journal entries out.

It loads what is known, asks ``decide``, appends, and on a conflict asks again. Nothing else
writes incidents down.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from incidents import evidence as ev
from incidents.codec import tag
from incidents.commands import (
    BY_HAND,
    Acknowledge,
    Command,
    IllegalCommandError,
    Open,
    Publish,
    Resolve,
    Update,
    Watch,
)
from incidents.events import Event, Imported, Opened, Origin, Resolved
from incidents.evidence import Evidence
from incidents.house import House
from incidents.incident import Incident
from incidents.journal import PROBES, ConflictError, Entry
from incidents.machine import decide, speaks_for, wake_at
from incidents.privacy import masked
from incidents.register import Register, component_stream, own_stream, stream_of
from incidents.sqlite import RefusedError, SqliteJournal
from probes.observation import Observation

_log = logging.getLogger(__name__)

_Decided: TypeAlias = tuple[Incident | None, Event | None]
"""What a decision was about, and what it was."""

_TRIES = 20
_EVENTS_AT_ONCE = 5
_CHUNK = 500  # a running service waits no longer for its turn to write
_PAUSE = 1.0
_SHORTEST_SLEEP = 0.02
_LONGEST_SLEEP = 5.0


class Recorder:
    """One per process. ``run`` keeps time; ``observe`` and the commands may come at any moment.

    ``heard`` is told of every entry as it is taken in, whoever wrote it. ``turned_at`` is when
    the loop last went round, ``failing_since`` since when the file cannot be written.
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
        self._seen: set[str] = set()
        self.turned_at: datetime | None = None
        self.failing_since: datetime | None = None

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
        if ev.finding(after) is not None or self._is_open(seen.component):
            self._seen.add(seen.component)
            self._stirred.set()

    async def turn(self) -> Sequence[Entry]:
        """Write down what follows from what was seen, and from time alone.

        Raises sqlite3.Error while the file cannot be written; nothing is forgotten by that.
        """
        async with self._lock:
            await self._refresh()
            entries: list[Entry] = []
            while self._seen:
                component = self._seen.pop()
                try:
                    entries += await self._watch(component)
                except BaseException:
                    self._seen.add(component)  # to be looked at again
                    raise
            for incident in self._register.open_incidents():
                due = self._due(incident)
                if due is not None and due <= self._clock():
                    entries += await self._on_time(incident)
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
            await self._sleep_until(self._next_due())

    async def open(self, command: Open, *, actor: str) -> Entry:
        """Open an incident by hand; its number is in the entry."""
        async with self._lock:
            entry = await self._write(lambda: self._decided(None, command), actor)
            if entry is None:
                raise IllegalCommandError("nothing was opened")
            return entry

    async def do(
        self, incident: str, command: Publish | Update | Acknowledge | Resolve, *, actor: str
    ) -> Entry | None:
        """Carry a person's command out; None when there was nothing left to do.

        Raises IllegalCommandError when it doesn't fit, or there is no such incident.
        """
        async with self._lock:
            return await self._write(lambda: self._decided(incident, command), actor)

    async def import_all(self, records: Sequence[Imported], *, actor: str) -> int:
        """Write imported incidents down, but for those that are there just so; how many.

        Raises IllegalCommandError, having written nothing, for the number of an incident that
        was born here.
        """
        named = (
            replace(r, component_name=self._house.component(r.component).name) for r in records
        )
        clean = [record for record in map(masked, named) if isinstance(record, Imported)]
        async with self._lock:
            await self._refresh()
            new = [record for record in clean if not await self._has(record)]
            for start in range(0, len(new), _CHUNK):
                await self._import(new[start : start + _CHUNK], actor)
            return len(new)

    # ── inside ──

    async def _watch(self, component: str) -> Sequence[Entry]:
        """Ask the machine until it has nothing more to say."""
        entries: list[Entry] = []
        while len(entries) < _EVENTS_AT_ONCE:
            entry = await self._write(lambda: self._seen_by_probes(component), PROBES)
            if entry is None:
                break
            entries.append(entry)
        return entries

    async def _on_time(self, incident: Incident) -> Sequence[Entry]:
        """Its time has come. To one that no probe speaks to, it can only bring publication."""
        spoken = speaks_for(incident.component, self._of(incident.component))
        if spoken and spoken.id == incident.id:
            return await self._watch(incident.component)
        watch = Watch(self._clock(), self._house.component(incident.component))
        entry = await self._write(lambda: self._decided(incident.id, watch), PROBES)
        return [entry] if entry else ()

    async def _wait_out(self) -> None:
        """A full disk or a foreign lock passes; what is undecided is decided then."""
        if self.failing_since is None:
            self.failing_since = self._clock()
            _log.exception("the journal cannot be written; trying again until it can")
        await asyncio.sleep(_PAUSE)

    async def _seen_by_probes(self, component: str) -> _Decided:
        incident = speaks_for(component, self._of(component))
        watch = Watch(self._clock(), self._house.component(component))
        event = decide(incident, self.evidence(component), watch, self._house.rules)
        return incident, event

    async def _decided(self, incident: str | None, command: Command) -> _Decided:
        found = await self._register.find(incident) if incident else None
        return found, decide(found, Evidence(), command, self._house.rules)

    async def _write(self, decided: Callable[[], Awaitable[_Decided]], actor: str) -> Entry | None:
        """Decide on what is known and append; when somebody else was first, decide again."""
        for _ in range(_TRIES):
            await self._refresh()
            incident, event = await decided()
            if event is None:
                return None
            if isinstance(event, Opened):
                event = replace(event, incident=await self._new_id())
            try:
                entry = await self._journal.append(
                    _stream(event, incident),
                    self._register.token,
                    masked(event),
                    at=self._clock(),
                    actor=actor,
                )
            except ConflictError:
                continue
            await self._refresh()
            self._stirred.set()
            _log.info("%s %s (%s)", tag(event), event.incident, event.because.rule)
            return entry
        raise ConflictError(f"could not get a word in, in {_TRIES} tries")

    async def _import(self, records: Sequence[Imported], actor: str) -> None:
        for _ in range(_TRIES):
            todo = [record for record in records if not await self._has(record)]
            items = [(own_stream(record.incident), record) for record in todo]
            try:
                await self._journal.append_all(
                    items, self._register.token, at=self._clock(), actor=actor
                )
            except ConflictError:
                await self._refresh()
                continue
            await self._refresh()
            return
        raise ConflictError(f"could not get a word in, in {_TRIES} tries")

    async def _refresh(self) -> None:
        for entry in await self._register.refresh():
            self._heard(entry)
            event = entry.event
            if (
                isinstance(event, Resolved)
                and event.because == BY_HAND
                and entry.stream == component_stream(event.component)
            ):
                # A person closed it: what was counted before then is spent.
                self._evidence[event.component] = ev.forget(self.evidence(event.component))

    async def _has(self, record: Imported) -> bool:
        known = await self._register.find(record.incident)
        if known is None:
            return False
        born = [e.event for e in await self._register.timeline(known)]
        imports = [event for event in born if isinstance(event, Imported)]
        if not imports:
            raise IllegalCommandError(f"{record.incident} was not imported but opened here")
        return replace(imports[-1], component_name=record.component_name) == record

    async def _new_id(self) -> str:
        year = self._clock().astimezone(self._house.timezone).year
        return await self._register.next_id(self._house.prefix, year)

    def _of(self, component: str) -> tuple[Incident, ...]:
        return self._register.of_component(component)

    def _is_open(self, component: str) -> bool:
        return any(i.is_open for i in self._of(component))

    def _due(self, incident: Incident) -> datetime | None:
        component = self._house.component(incident.component)
        evidence = self.evidence(incident.component)
        return wake_at(incident, evidence, component.probes, self._house.rules)

    def _next_due(self) -> datetime | None:
        dues = map(self._due, self._register.open_incidents())
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
    """A component's own stream for what probes open; what people open has one to itself."""
    if isinstance(event, Opened):
        automatic = event.origin is Origin.PROBE
        return component_stream(event.component) if automatic else own_stream(event.incident)
    return stream_of(incident) if incident else component_stream(event.component)
