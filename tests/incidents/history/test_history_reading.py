"""What is answered from the history's tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from incidents.history.keeper import Keeper
from incidents.history.reading import latency_by_day, latency_by_hour, sights, spans
from incidents.history.rollups import Batch
from incidents.history.span import observations_of
from incidents.history.writing import write
from incidents.store import Store
from probes.observation import Observation, Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
See = Callable[..., Observation]
Make = Callable[..., Keeper]


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def test_a_short_span_gives_its_observations_back_to_the_letter(
    keeper: Keeper, store: Store, seen: See
) -> None:
    made = [replace(seen("down", beat * 1.5), seconds=0.0) for beat in range(5)]
    for observation in made:
        keeper.observe(observation)
    await keeper.flush()
    (span,) = await spans(store, START, after(1))
    assert observations_of(span) == made


async def test_spans_come_oldest_first_whether_they_ended_or_not(
    keeper: Keeper, store: Store, seen: See
) -> None:
    for at, probe, outcome in ((0, "b", "up"), (5, "a", "up"), (10, "b", "down"), (20, "a", "up")):
        keeper.observe(seen(outcome, at, probe=probe))
    await keeper.flush()
    found = await spans(store, START, after(60))
    assert [(span.probe, span.first) for span in found] == [
        ("b", START),
        ("a", after(5)),
        ("b", after(10)),
    ]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [(0, 1, 1), (-10, 0, 0), (30, 31, 1), (31, 60, 0), (100, 101, 1), (0, 200, 2)],
)
async def test_only_spans_that_reach_into_the_time_asked_for_are_answered(
    keeper: Keeper, store: Store, seen: See, since: int, until: int, found: int
) -> None:
    for at, outcome in ((0, "up"), (30, "up"), (100, "down")):
        keeper.observe(seen(outcome, at))
    await keeper.flush()
    assert len(await spans(store, after(since), after(until))) == found


async def test_a_span_knows_whose_it_is(keeper: Keeper, store: Store, seen: See) -> None:
    keeper.observe(seen("degraded"))
    await keeper.flush()
    (span,) = await spans(store, START, after(1))
    assert (span.probe, span.kind, span.component, span.location, span.boot, span.reason) == (
        "sms-1",
        "http",
        "sms",
        "local",
        "boot-1",
        Reason.TIMEOUT,
    )


async def test_a_run_is_answered_once_though_the_next_isnt_written_yet(
    keeper: Keeper, store: Store, seen: See
) -> None:
    keeper.observe(seen())
    await keeper.flush()
    (span,) = await spans(store, START, after(1))
    ended = replace(span, count=2, last_ms=span.last_ms + 30_000)
    await store.write(lambda db: write(db, Batch(ended=(ended,)), {}))
    assert await spans(store, START, after(1)) == [ended]


async def test_sights_are_answered_by_component_and_from_an_instant_on(
    make_keeper: Make, store: Store, clock
) -> None:
    for boot, components in (("1", ["sms"]), ("2", ["sms", "login"])):
        keeper = make_keeper(store, boot=boot, in_sight=lambda _, c=components: c)
        await keeper.flush()
        clock.forward(seconds=30)
        await keeper.flush()
        clock.forward(seconds=70)
    early, late = (START, after(30)), (after(100), after(130))
    assert await sights(store, START) == {"sms": [early, late], "login": [late]}
    assert await sights(store, after(31)) == {"sms": [late], "login": [late]}
    assert await sights(store, START, component="login") == {"login": [late]}


async def test_stretches_that_a_clock_set_back_laid_over_each_other_are_one(
    make_keeper: Make, store: Store, clock
) -> None:
    keeper = make_keeper(store, in_sight=lambda _: ["sms"])
    for step in (30, 30, -45, 30):
        await keeper.flush()
        clock.forward(seconds=step)
    await keeper.flush()
    assert await sights(store, START) == {"sms": [(START, after(60))]}


async def test_hours_without_observations_are_absent(
    keeper: Keeper, store: Store, seen: See
) -> None:
    for hour in (0, 3):
        keeper.observe(seen("up", hour * 3600))
    await keeper.flush()
    hours = await latency_by_hour(store, "sms-1", START - timedelta(days=3))
    assert list(hours) == [START, after(3 * 3600)]
    assert list(await latency_by_hour(store, "sms-1", after(1800))) == list(hours)
    assert list(await latency_by_hour(store, "sms-1", after(3600))) == [after(3 * 3600)]


async def test_days_begin_at_the_portals_midnight(
    make_keeper: Make, store: Store, seen: See
) -> None:
    keeper = make_keeper(store, zone="Asia/Kamchatka")
    keeper.observe(seen("up", 0))  # 21:00 there
    keeper.observe(seen("up", 4 * 3600))  # 01:00 of the next day
    await keeper.flush()
    days = await latency_by_day(store, "sms-1", date(2026, 3, 1))
    assert {day: latency.count for day, latency in days.items()} == {
        date(2026, 3, 1): 1,
        date(2026, 3, 2): 1,
    }


async def test_of_a_probe_nobody_knows_there_is_nothing(
    keeper: Keeper, store: Store, seen: See
) -> None:
    assert await latency_by_day(store, "sms-1", date(2026, 3, 1)) == {}
    keeper.observe(seen())
    await keeper.flush()
    assert await latency_by_day(store, "unheard-of", date(2026, 3, 1)) == {}
