"""Writes decisions down: decide on what is known, append, and when somebody was first, again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from incidents.codec import tag
from incidents.commands import IllegalCommandError
from incidents.events import (
    Called,
    Event,
    Imported,
    IncidentEvent,
    MaintenanceEvent,
    MaintenancePlanned,
    Opened,
    Origin,
)
from incidents.house import House
from incidents.journal import ConflictError, Entry
from incidents.privacy import masked
from incidents.register import (
    Register,
    component_stream,
    maintenance_stream,
    own_stream,
    stream_of,
)
from incidents.sqlite import SqliteJournal

_log = logging.getLogger(__name__)

Decision: TypeAlias = Callable[[], Awaitable[Event | None]]

_TRIES = 20
_CHUNK = 500  # a running service waits no longer for its turn to write


class Scribe:
    """The only one who appends. ``heard`` is told of every entry taken in, whoever wrote it."""

    def __init__(
        self,
        journal: SqliteJournal,
        register: Register,
        house: House,
        *,
        clock: Callable[[], datetime],
        heard: Callable[[Entry], None],
    ) -> None:
        self._journal = journal
        self._register = register
        self._house = house
        self._clock = clock
        self._heard = heard

    async def refresh(self) -> None:
        """Take in what is new in the journal."""
        for entry in await self._register.refresh():
            self._heard(entry)

    async def write(self, decision: Decision, actor: str) -> Entry | None:
        """Append what ``decision`` comes to; None when that is nothing.

        Raises IllegalCommandError from the decision, sqlite3.Error while the file cannot be
        written, and ConflictError when others never let it.
        """
        for _ in range(_TRIES):
            await self.refresh()
            event = await decision()
            if event is None:
                return None
            event = masked(await self._numbered(event))
            stream = await self._stream(event)
            token = self._register.token
            try:
                entry = await self._journal.append(
                    stream, token, event, at=self._clock(), actor=actor
                )
            except ConflictError:
                continue
            await self.refresh()
            _log.info("%s %s (%s)", tag(event), event.incident, event.because.rule)
            return entry
        raise ConflictError(f"could not get a word in, in {_TRIES} tries")

    async def import_all(self, records: Sequence[Imported], actor: str) -> int:
        """Write imported incidents down, but for those that are there just so; how many.

        Raises IllegalCommandError, having written nothing, for the number of an incident that
        was born here.
        """
        named = (
            replace(r, component_name=self._house.component(r.component).name) for r in records
        )
        clean = [record for record in map(masked, named) if isinstance(record, Imported)]
        await self.refresh()
        new = [record for record in clean if not await self._has(record)]
        for start in range(0, len(new), _CHUNK):
            await self._import(new[start : start + _CHUNK], actor)
        return len(new)

    async def _import(self, records: Sequence[Imported], actor: str) -> None:
        for _ in range(_TRIES):
            todo = [record for record in records if not await self._has(record)]
            items = [(own_stream(record.incident), record) for record in todo]
            try:
                await self._journal.append_all(
                    items, self._register.token, at=self._clock(), actor=actor
                )
            except ConflictError:
                await self.refresh()
                continue
            await self.refresh()
            return
        raise ConflictError(f"could not get a word in, in {_TRIES} tries")

    async def _has(self, record: Imported) -> bool:
        known = await self._register.find(record.incident)
        if known is None:
            return False
        born = [e.event for e in await self._register.timeline(known)]
        imports = [event for event in born if isinstance(event, Imported)]
        if not imports:
            raise IllegalCommandError(f"{record.incident} was not imported but opened here")
        return replace(imports[-1], component_name=record.component_name) == record

    async def _numbered(self, event: Event) -> Event:
        """What is born gets its number when it is written down."""
        if not isinstance(event, Opened | MaintenancePlanned):
            return event
        is_work = isinstance(event, MaintenancePlanned)
        prefix = self._house.maintenance_prefix if is_work else self._house.prefix
        year = self._clock().astimezone(self._house.timezone).year
        return replace(event, incident=await self._register.next_id(prefix, year))

    async def _stream(self, event: Event) -> str:
        """A component's own stream for what probes open; all else has one to itself."""
        if isinstance(event, MaintenanceEvent):
            return maintenance_stream(event.incident)
        if isinstance(event, Called):
            return f"call/{event.call}"
        if isinstance(event, Opened):
            automatic = event.origin is Origin.PROBE
            return component_stream(event.component) if automatic else own_stream(event.incident)
        return await self._stream_of(event)

    async def _stream_of(self, event: IncidentEvent) -> str:
        incident = await self._register.find(event.incident)
        if incident is None:
            raise IllegalCommandError(f"{event.incident}: there is no such incident")
        return stream_of(incident)
