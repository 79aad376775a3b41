"""A clock that is moved by hand, real SQLite files, and observations by the handful."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from incidents.agenda import next_due
from incidents.component import Component
from incidents.house import House, Pace
from incidents.machine import Rules
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.schema import migrations
from incidents.sqlite import SqliteJournal
from incidents.store import Store, open_store
from probes.observation import Observation, Outcome, Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SMS = Component("sms", {"ru": "Коды по СМС", "en": "SMS codes"}, probes=("sms",))
LOGIN = Component("login", {"ru": "Вход"}, probes=("login",))


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> datetime:
        self.now += timedelta(**amount)
        return self.now


def look(
    outcome: Outcome, at: datetime, component: str = "sms", location: str = "local"
) -> Observation:
    reason = {Outcome.UP: None, Outcome.DEGRADED: Reason.SLOW, Outcome.UNKNOWN: Reason.PROBE_ERROR}
    return Observation(
        probe=component,
        component=component,
        kind="http",
        location=location,
        at=at,
        outcome=outcome,
        reason=reason.get(outcome, Reason.CODE_NOT_ARRIVED),
        detail="",
        seconds=0.1,
    )


@dataclass
class World:
    """A recorder on a real file, and the clock it goes by."""

    store: Store
    journal: SqliteJournal
    register: Register
    recorder: Recorder
    clock: Clock
    house: House
    seconds: float = field(default=10)

    async def sees(self, *outcomes: Outcome, component: str = "sms") -> None:
        for outcome in outcomes:
            self.clock.forward(seconds=self.seconds)
            self.recorder.observe(look(outcome, self.clock(), component))
            await self.recorder.turn()

    async def see(self, times: int = 1, **seen: Outcome) -> None:
        """Looks at several components at the same instants, ``times`` over."""
        for _ in range(times):
            self.clock.forward(seconds=self.seconds)
            for component, outcome in seen.items():
                self.recorder.observe(look(outcome, self.clock(), component))
            await self.recorder.turn()

    async def see_from(self, times: int = 1, **seen: Outcome) -> None:
        """Looks at ``sms`` from several places at the same instants, ``times`` over."""
        for _ in range(times):
            self.clock.forward(seconds=self.seconds)
            for location, outcome in seen.items():
                self.recorder.observe(look(outcome, self.clock(), "sms", location))
            await self.recorder.turn()

    async def see_by(self, outcome: Outcome, probe: str) -> None:
        """One look at ``sms`` by another probe than its first."""
        self.clock.forward(seconds=self.seconds)
        self.recorder.observe(replace(look(outcome, self.clock()), probe=probe))
        await self.recorder.turn()

    def due(self) -> datetime | None:
        """When there is something to decide though nothing new is seen."""
        return next_due(self.recorder._situation())

    async def wait(self, **amount: float) -> None:
        self.clock.forward(**amount)
        await self.recorder.turn()

    async def kinds(self) -> list[str]:
        return [type(entry.event).__name__ for entry in await self.journal.read(0)]

    async def story(self) -> list[str]:
        """What happened to which component by which incident: ``Attached sms 1``."""
        return [
            f"{type(e.event).__name__} {e.event.component} {int(e.event.incident[-4:])}"
            for e in await self.journal.read(0)
        ]

    async def last(self) -> Any:
        return (await self.journal.read(0))[-1].event

    def restarted(self) -> World:
        """Another process on the same file: what was only in memory is gone."""
        register = Register(self.store, self.journal)
        recorder = Recorder(self.journal, register, self.house, clock=self.clock)
        return replace(self, register=register, recorder=recorder)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "vahta.sqlite3"


@pytest.fixture
async def store(state_file: Path) -> AsyncIterator[Store]:
    store = open_store(state_file, [migrations], now=START, threads=False)
    yield store
    await store.close()


@pytest.fixture
def make_world(store: Store, clock: Clock) -> Callable[..., World]:
    def make(
        rules: Rules | None = None, *, components: Iterable[Component] = (SMS, LOGIN), **more: Any
    ) -> World:
        journal = SqliteJournal(store, poll_seconds=0.01)
        register = Register(store, journal)
        listed = {component.id: component for component in components}
        house = House(
            components=listed,
            paces={p: Pace(3, timedelta(minutes=2)) for c in listed.values() for p in c.probes},
            rules=rules or Rules(),
            prefix="ИНЦ",
            **more,
        )
        recorder = Recorder(journal, register, house, clock=clock)
        return World(store, journal, register, recorder, clock, house)

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
