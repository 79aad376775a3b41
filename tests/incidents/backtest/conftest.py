"""A past that a real Recorder lived through on a real file, and the same past told again."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import incidents.history.schema
import incidents.schema
from incidents.backtest.recorded import recorded
from incidents.backtest.replay import Replay
from incidents.backtest.world import Happened
from incidents.component import Component
from incidents.history.keeper import Keeper
from incidents.house import House, Pace
from incidents.journal import Entry
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.rules import Rules
from incidents.sqlite import SqliteJournal
from incidents.store import Store, open_store
from probes.observation import Observation, Outcome, Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MIGRATIONS = [incidents.schema.migrations, incidents.history.schema.migrations]
REASONS = {Outcome.UP: None, Outcome.DEGRADED: Reason.SLOW, Outcome.UNKNOWN: Reason.PROBE_ERROR}
RULES = Rules(
    monitor_for=timedelta(seconds=30),
    publish_after=timedelta(seconds=20),
    reopen_within=timedelta(seconds=60),
    explained_within=timedelta(seconds=30),
    flap_within=timedelta(seconds=300),
    calm_for=timedelta(seconds=60),
    storm_components=3,
    storm_within=timedelta(seconds=60),
    remind_after=timedelta(seconds=90),
)
COMPONENTS = (
    Component("login", {"ru": "Вход"}, probes=("login",)),
    Component("sms", {"ru": "Коды"}, probes=("sms-a", "sms-b")),
    Component("upload", {"ru": "Файлы"}, depends_on=("login",), probes=("upload",)),
    Component("chat", {"ru": "Чат"}, probes=("chat",)),
    Component("hotline", {"ru": "Горячая линия"}),
)
HOUSE = House(
    components={c.id: c for c in COMPONENTS},
    paces={p: Pace(3, timedelta(seconds=60)) for c in COMPONENTS for p in c.probes},
    rules=RULES,
    prefix="ИНЦ",
    maintenance_prefix="РАБ",
)
HOMES = {p: c.id for c in COMPONENTS for p in c.probes}


def look(
    probe: str,
    outcome: Outcome,
    at: datetime,
    *,
    reason: Reason | None = None,
    location: str = "local",
) -> Observation:
    return Observation(
        probe=probe,
        component=HOMES.get(probe, "sms"),
        kind="http",
        location=location,
        at=at,
        outcome=outcome,
        reason=reason or REASONS.get(outcome, Reason.TIMEOUT),
        detail="",
        seconds=0.1,
    )


@dataclass
class Life:
    """A service that is driven by hand: it turns every second, as long as it runs."""

    store: Store
    house: House = HOUSE
    now: datetime = START
    boot: int = 0
    looked_at: bool = False
    recorder: Recorder = field(init=False)
    register: Register = field(init=False)
    keeper: Keeper = field(init=False)

    def clock(self) -> datetime:
        return self.now

    async def begin(self) -> None:
        """A new process: whatever the last one had in memory is gone."""
        if self.boot:
            await self.keeper.flush()
        self.boot += 1
        journal = SqliteJournal(self.store)
        self.register = Register(self.store, journal)
        self.recorder = Recorder(journal, self.register, self.house, clock=self.clock)
        self.keeper = Keeper(
            self.store,
            boot=f"boot-{self.boot}",
            zone=UTC,
            clock=self.clock,
            in_sight=lambda _: (),
        )
        await self.settle()

    async def settle(self) -> None:
        while await self.recorder.turn():
            pass

    async def pass_(self, seconds: int) -> None:
        """Time goes by, turn after turn, up to the second before."""
        for _ in range(seconds - 1):
            self.now += timedelta(seconds=1)
            await self.settle()
        self.now += timedelta(seconds=1)

    async def after(
        self, seconds: int, *looks: tuple[str, Outcome], by_hand: Awaitable[Any] | None = None
    ) -> None:
        await self.pass_(seconds)
        for probe, outcome in sorted(looks):
            self.sees(look(probe, outcome, self.now))
        if by_hand is not None:
            await by_hand
        await self.settle()

    async def after_all(self, looks: dict[str, Outcome]) -> None:
        """The first looks of a process that has just begun."""
        for probe, outcome in sorted(looks.items()):
            self.sees(look(probe, outcome, self.now))
        await self.settle()

    def sees(self, seen: Observation) -> None:
        self.keeper.observe(seen)
        self.recorder.observe(seen)

    async def journal(self) -> Sequence[Entry]:
        return await SqliteJournal(self.store).read(0, 100_000)

    async def again(
        self,
        house: House | None = None,
        *,
        since: datetime = START,
        until: datetime | None = None,
    ) -> tuple[Replay, Sequence[Happened]]:
        """The same past, told again."""
        await self.keeper.flush()

        def told(db: Any) -> tuple[Replay, Sequence[Happened]]:
            past = recorded(db, since=since, until=until or self.now, prefixes=("ИНЦ", "РАБ"))
            replay = Replay(
                house or self.house,
                past.known,
                spans=past.spans,
                journal=past.entries,
                stretch=past.stretch,
            )
            return replay, list(replay.run())

        return await self.store.read(told)


@asynccontextmanager
async def living(house: House = HOUSE) -> AsyncIterator[Life]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(
            Path(folder) / "vahta.sqlite3", MIGRATIONS, now=START, threads=False, busy_seconds=0
        )
        life = Life(store, house)
        await life.begin()
        try:
            yield life
        finally:
            await store.close()


def told(entries: Sequence[Entry] | Sequence[Happened]) -> list[tuple[Any, ...]]:
    """What two pasts are compared by: everything but where it is kept."""
    plain = [e.entry if isinstance(e, Happened) else e for e in entries]
    return [(e.at, e.actor, e.event) for e in plain]


@dataclass(frozen=True)
class Kit:
    """The helpers, for tests, which cannot import from here."""

    start: datetime = START
    house: House = HOUSE
    rules: Rules = RULES
    look: Callable[..., Observation] = look
    told: Callable[..., list[tuple[Any, ...]]] = told
    living: Callable[..., Any] = living

    def live(self, script: Callable[[Life], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with living() as life:
                return await script(life)

        return asyncio.run(run())


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit()
