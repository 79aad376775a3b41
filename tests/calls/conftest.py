"""A reception over a real file, with a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import desk.calls.schema
import incidents.schema
from desk.calls.call import Call, Draft
from desk.calls.cipher import Cipher
from desk.calls.ledger import Ledger
from desk.calls.reception import Reception
from incidents.component import Component, listed
from incidents.house import House
from incidents.incident import Incident
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.rules import Rules
from incidents.sqlite import SqliteJournal
from incidents.store import Store, open_store
from incidents.texts import Texts

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LOGIN = Component("login", {"ru": "Вход в личный кабинет", "en": "Signing in"})
SMS = Component("sms", {"ru": "Коды по СМС", "en": "SMS codes"})
MIGRATIONS = [incidents.schema.migrations, desk.calls.schema.migrations]


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Line:
    """The hotline: ``rings`` notes calls, so many, so far apart."""

    clock: Clock
    store: Store
    ledger: Ledger
    reception: Reception
    register: Register
    recorder: Recorder
    journal: SqliteJournal

    async def rings(self, times: int, draft: Draft, *, every: float = 20) -> list[Call]:
        calls = []
        for _ in range(times):
            self.clock.forward(seconds=every)
            calls.append(await self.reception.note(draft, operator="olga"))
        return calls

    def open(self) -> list[Incident]:
        return list(self.register.open_incidents())


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts.load(["ru", "en"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path / "vahta.sqlite3", MIGRATIONS, now=START, threads=False)
    yield store
    await store.close()


@pytest.fixture
def ledger(store: Store, clock: Clock) -> Ledger:
    cipher = Cipher(bytes(32))
    return Ledger(store, cipher, prefix="ЗВ", zone=ZONE, clock=clock)


@pytest.fixture
async def line(store: Store, clock: Clock, ledger: Ledger, texts: Texts) -> Line:
    journal = SqliteJournal(store, poll_seconds=0.01)
    register = Register(store, journal)
    components = {c.id: c for c in (LOGIN, SMS)}
    house = House(components=components, paces={}, rules=Rules(), prefix="ИНЦ", timezone=ZONE)
    recorder = Recorder(journal, register, house, clock=clock)
    await register.refresh()
    reception = Reception(
        ledger=ledger,
        recorder=recorder,
        register=register,
        texts=texts,
        components=lambda: listed(components.values(), register.components()),
        languages=("ru", "en"),
        zone=ZONE,
        clock=clock,
    )
    return Line(clock, store, ledger, reception, register, recorder, journal)
