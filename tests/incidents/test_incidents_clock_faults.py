"""Clocks that are set back or forward, or stand still: what is written down stays in order."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.audit import verify
from incidents.events import Opened, Resolved
from probes.observation import Outcome

BAD, GOOD = [Outcome.DOWN] * 3, [Outcome.UP] * 3
HOUR, DAY = 3600, 86_400


async def intact(world) -> bool:
    """The chain holds, numbers grow, and the register is what the events fold to."""
    await world.register.refresh()
    verdict, register = await world.store.read(verify)
    entries = await world.journal.read(0)
    in_order = [e.seq for e in entries] == list(range(1, len(entries) + 1))
    return in_order and verdict.flaw is None and not register.disagreements


# ── T1, T4: set back, by an hour or by a second ──


@pytest.mark.parametrize("back", [1, HOUR, DAY])
async def test_set_back_while_open_nothing_is_told_twice_and_it_still_ends(world, back) -> None:
    await world.sees(*BAD)
    world.clock.forward(seconds=-back)
    await world.sees(*BAD)
    assert (await world.kinds()).count("Opened") == 1
    await world.sees(*GOOD * 20)  # it may have been published, and is then monitored first
    assert (await world.kinds())[-1] == "Resolved"
    assert await intact(world)


@pytest.mark.parametrize("back", [1, HOUR])
async def test_entries_are_in_the_order_of_their_numbers_whatever_their_times(world, back) -> None:
    await world.sees(*BAD)
    world.clock.forward(seconds=-back)
    await world.sees(*GOOD)
    opened, *_, resolved = await world.journal.read(0)
    assert (type(opened.event), type(resolved.event)) == (Opened, Resolved)
    assert opened.seq < resolved.seq
    assert (await world.register.find("ИНЦ-2026-0001")).is_open is False


async def test_set_back_between_two_failures_they_still_count(world) -> None:
    await world.sees(*BAD[:2])
    world.clock.forward(hours=-1)
    await world.sees(*BAD)
    assert await world.kinds() == ["Opened"]


async def test_set_back_while_it_waits_to_be_published_it_is_published_in_its_time(world) -> None:
    """At the latest as long after the step as it would have been after the opening."""
    await world.sees(*BAD)
    world.clock.forward(hours=-1)
    await world.sees(*[Outcome.DOWN] * 20)
    assert "Published" in await world.kinds()


# ── T2: set forward ──


async def test_set_forward_by_a_day_nothing_expires_and_nothing_opens(world) -> None:
    await world.sees(*BAD)
    world.clock.forward(days=1)
    await world.recorder.turn()
    await world.sees(Outcome.DOWN, component="login")
    kinds = await world.kinds()
    assert kinds.count("Opened") == 1
    assert "Resolved" not in kinds
    await world.sees(*BAD)
    assert (await world.kinds()).count("Opened") == 1
    assert await intact(world)


# ── T5: stopped for a while ──


async def test_after_a_stop_what_was_seen_before_it_proves_nothing(world) -> None:
    """Two failures before the stop, one after: that isn't three in a row."""
    await world.sees(*BAD[:2])
    world.clock.forward(hours=2)
    await world.recorder.turn()
    await world.sees(Outcome.DOWN)
    assert await world.kinds() == []
    await world.sees(*BAD[:2])
    assert await world.kinds() == ["Opened"]


async def test_a_short_stop_resolves_nothing_by_itself(world) -> None:
    await world.sees(*BAD)
    world.clock.forward(seconds=60)
    await world.recorder.turn()
    assert (await world.register.find("ИНЦ-2026-0001")).is_open


# ── T3: the zone of the house ──


@pytest.fixture
def berlin() -> Iterator[ZoneInfo]:
    """This process lives where the clocks are put back on 25 October 2026 at 03:00."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield ZoneInfo("Europe/Berlin")
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


async def test_the_hour_that_comes_twice_is_two_hours_in_the_journal(world, berlin) -> None:
    world.clock.now = datetime(2026, 10, 25, 2, 50, tzinfo=berlin).astimezone(UTC)
    before = len(await world.journal.read(0))
    await world.sees(*BAD)
    world.clock.forward(hours=1)
    await world.sees(*GOOD)
    first, *_, last = (await world.journal.read(0))[before:]
    assert {first.at.utcoffset(), last.at.utcoffset()} == {timedelta(0)}
    assert timedelta(hours=1) < last.at - first.at < timedelta(hours=1, minutes=2)
    stored = await world.store.read(
        lambda db: [at for (at,) in db.execute("SELECT at FROM journal")]
    )
    assert all(at.endswith("+00:00") for at in stored)
