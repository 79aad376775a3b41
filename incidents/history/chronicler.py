"""Keeps the chronicles of components at hand, and reads anew only what may have changed.

Everything is read once a day, when the days move on. In between an incident or announced work
costs the components it touches, and once a minute the present day is looked at.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial

from incidents.component import Component
from incidents.events import MaintenanceEvent
from incidents.history.chronicle import Chronicle, gone_on, period, told
from incidents.history.made_up import made_up_until
from incidents.history.reading import latency_of_days, sights
from incidents.history.sketch import Latency
from incidents.history.uptime import Period, Record, announced
from incidents.incident import Incident
from incidents.journal import Journal
from incidents.maintenance import Maintenance
from incidents.register import Register
from incidents.store import Store

LOOK_EVERY = timedelta(minutes=1)
"""How old the present day may grow before it is looked at again."""

_BACK = timedelta(minutes=10)
"""How far back a look at what was seen goes: well past the last one that was written."""

_BATCH = 500

_log = logging.getLogger(__name__)

_Sights = dict[str, Sequence[tuple[datetime, datetime]]]


@dataclass(slots=True)
class _Known:
    """What was read, for the days of ``when``; ``seq`` is the journal's entry it is as old as."""

    when: Period
    seq: int
    looked_at: datetime
    incidents: dict[str, Incident] = field(default_factory=dict)
    works: Sequence[Maintenance] = ()
    sights: _Sights = field(default_factory=dict)
    latency: Mapping[str, Mapping[date, Latency]] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        return datetime.fromtimestamp(self.when.borders[0], UTC)

    @property
    def today(self) -> Period:
        return Period(self.when.dates[-1:], self.when.borders[-2:])


class Chronicler:
    """Answers ``chronicles`` of ``components``. Refresh the register before asking.

    ``published_only`` leaves out what citizens were never told of, for their page.
    ``made_up_until``: up to when what it told was made up for show; None where all of it is true.
    """

    def __init__(
        self,
        *,
        store: Store,
        journal: Journal,
        register: Register,
        components: Sequence[Component],
        zone: tzinfo,
        published_only: bool = True,
    ) -> None:
        self._store = store
        self._journal = journal
        self._register = register
        self._components = components
        self._zone = zone
        self._published_only = published_only
        self.made_up_until: datetime | None = None
        self._known: _Known | None = None
        self._told: Mapping[str, Chronicle] = {}
        self._turn = asyncio.Lock()
        self._failing = False

    async def chronicles(self, now: datetime) -> Mapping[str, Chronicle]:
        """By the component's id; each is the very one answered before where nothing changed.

        Cheap where nothing happened. Takes a while on the first call and on the first of a day.
        What can't be read just now stays as it was told before: the page must go out.
        """
        async with self._turn:
            try:
                await self._tell(now)
                self._failing = False
            except sqlite3.Error:
                if not self._failing:
                    _log.exception("the history cannot be read; the days stay as they were")
                self._failing = True
            return self._told

    async def _tell(self, now: datetime) -> None:
        when, known = period(now, self._zone), self._known
        if known is None or known.when != when:
            known = await self._read(when, now)
            self._told = await self._retold(known, [c.id for c in self._components], now)
            self._known = known
            return
        changed = await self._follow(known)
        if changed:
            self._told = {**self._told, **await self._retold(known, changed, now)}
        if abs(now - known.looked_at) >= LOOK_EVERY:
            await self._look(known, now)

    async def _read(self, when: Period, now: datetime) -> _Known:
        known = _Known(when, self._register.seq, now)
        self.made_up_until = await made_up_until(self._store)
        incidents = [
            *self._register.open_incidents(),
            *await self._register.closed(since=known.since),
        ]
        known.incidents = {one.id: one for one in incidents}
        known.works = await self._register.past_maintenance(known.since)
        known.sights = dict(await sights(self._store, known.since))
        owner = {probe: one.id for one in self._components for probe in one.probes}
        known.latency = await latency_of_days(
            self._store, owner, since=when.dates[0], until=when.dates[-1]
        )
        return known

    async def _follow(self, known: _Known) -> Sequence[str]:
        """Take in what the journal says since; the components it is about."""
        seq, changed, has_work = self._register.seq, dict[str, None](), False
        while known.seq < seq:
            entries = [e for e in await self._journal.read(known.seq, _BATCH) if e.seq <= seq]
            for id_ in dict.fromkeys(entry.event.incident for entry in entries):
                incident = await self._register.find(id_)
                for one in filter(None, (known.incidents.get(id_), incident)):
                    changed.update(dict.fromkeys(_touched(one)))
                if incident is not None:
                    known.incidents[id_] = incident
            has_work = has_work or any(isinstance(e.event, MaintenanceEvent) for e in entries)
            known.seq = entries[-1].seq if entries else seq
        if has_work:
            works = await self._register.past_maintenance(known.since)
            news = [one for one in (*known.works, *works) if (one in known.works) != (one in works)]
            changed.update(dict.fromkeys(id_ for one in news for id_ in one.components))
            known.works = works
        return list(changed)

    async def _look(self, known: _Known, now: datetime) -> None:
        """What was seen since, and the present day of every component."""
        since = min(known.looked_at, now) - _BACK
        for component, fresh in (await sights(self._store, since)).items():
            before = known.sights.get(component, ())
            known.sights[component] = [*(s for s in before if s[1] < fresh[0][0]), *fresh]
        known.looked_at = now
        records = self._records(known, self._told)
        go_on = partial(gone_on, today=known.today, now=now, published_only=self._published_only)
        self._told = await asyncio.to_thread(
            lambda: {one.component: go_on(self._told[one.component], one) for one in records}
        )

    async def _retold(
        self, known: _Known, components: Iterable[str], now: datetime
    ) -> Mapping[str, Chronicle]:
        ours = {one.id for one in self._components}
        records = self._records(known, [id_ for id_ in components if id_ in ours])
        tell = partial(told, now=now, published_only=self._published_only)
        return await asyncio.to_thread(
            lambda: {
                one.component: tell(one, known.when, known.latency.get(one.component, {}))
                for one in records
            }
        )

    def _records(self, known: _Known, components: Iterable[str]) -> Sequence[Record]:
        touching: dict[str, list[Incident]] = {}
        for incident in known.incidents.values():
            for id_ in _touched(incident):
                touching.setdefault(id_, []).append(incident)
        working = {id_ for work in known.works for id_ in work.components}
        return [
            Record(
                id_,
                touching.get(id_, ()),
                announced(known.works, id_, known.when) if id_ in working else (),
                known.sights.get(id_, ()),
            )
            for id_ in components
        ]


def _touched(incident: Incident) -> Iterable[str]:
    return dict.fromkeys([incident.component, *(one.component for one in incident.affected)])
