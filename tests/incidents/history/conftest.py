"""Observations by the handful, and keepers on a real file that has the history's tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import incidents.schema
from incidents.history.keeper import Keeper
from incidents.history.schema import migrations
from incidents.store import Store, open_store
from probes.observation import Observation, Outcome, Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MIGRATIONS = [incidents.schema.migrations, migrations]


@pytest.fixture
def seen() -> Callable[..., Observation]:
    def make(
        outcome: str = "up",
        after: float = 0,
        *,
        probe: str = "sms-1",
        component: str = "sms",
        location: str = "local",
        seconds: float = 0.1,
    ) -> Observation:
        return Observation(
            probe=probe,
            component=component,
            kind="http",
            location=location,
            at=START + timedelta(seconds=after),
            outcome=Outcome(outcome),
            reason=None if outcome == "up" else Reason.TIMEOUT,
            detail="",
            seconds=seconds,
        )

    return make


@pytest.fixture
async def store(state_file: Path) -> AsyncIterator[Store]:
    """Runs inline, and gives up at once where another process writes."""
    store = open_store(state_file, MIGRATIONS, now=START, threads=False, busy_seconds=0)
    yield store
    await store.close()


@pytest.fixture
async def busy_store(state_file: Path) -> AsyncIterator[Store]:
    """Has threads, as in service."""
    store = open_store(state_file, MIGRATIONS, now=START)
    yield store
    await store.close()


@pytest.fixture
def make_keeper(clock) -> Callable[..., Keeper]:
    def make(
        store: Store,
        *,
        boot: str = "boot-1",
        zone: str = "Europe/Moscow",
        in_sight: Callable[[datetime], Collection[str]] = lambda _: (),
    ) -> Keeper:
        return Keeper(
            store, boot=boot, zone=ZoneInfo(zone), clock=clock, in_sight=in_sight, look_every=0
        )

    return make


@pytest.fixture
def keeper(make_keeper: Callable[..., Keeper], store: Store) -> Keeper:
    return make_keeper(store)
