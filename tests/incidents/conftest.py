"""A clock that is moved by hand, real SQLite files, and observations by the handful."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

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


def look(outcome: Outcome, at: datetime, component: str = "sms") -> Observation:
    reason = {Outcome.UP: None, Outcome.DEGRADED: Reason.SLOW, Outcome.UNKNOWN: Reason.PROBE_ERROR}
    return Observation(
        probe=component,
        component=component,
        kind="http",
        location="local",
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
    seconds: float = field(default=10)

    async def sees(self, *outcomes: Outcome, component: str = "sms") -> None:
        for outcome in outcomes:
            self.clock.forward(seconds=self.seconds)
            self.recorder.observe(look(outcome, self.clock(), component))
            await self.recorder.turn()

    async def kinds(self) -> list[str]:
        return [type(entry.event).__name__ for entry in await self.journal.read(0)]


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
    def make(rules: Rules | None = None) -> World:
        journal = SqliteJournal(store, poll_seconds=0.01)
        register = Register(store, journal)
        house = House(
            components={"sms": SMS, "login": LOGIN},
            paces={p: Pace(3, timedelta(minutes=2)) for p in ("sms", "login")},
            rules=rules or Rules(),
            prefix="ИНЦ",
        )
        recorder = Recorder(journal, register, house, clock=clock)
        return World(store, journal, register, recorder, clock)

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
