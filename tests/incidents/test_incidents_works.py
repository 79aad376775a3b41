"""Announced work: what it holds back, when it is, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import announcing
from incidents.commands import BY_HAND, IllegalCommandError, Open, Publish
from incidents.component import Component
from incidents.events import MaintenanceCancelled, MaintenanceEnded, MaintenancePlanned
from incidents.machine import Rules
from incidents.maintenance import evolve, last_end, planned, under_way
from probes.observation import Outcome

UP, DOWN = Outcome.UP, Outcome.DOWN
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHAIN = [
    Component("base", {"ru": "База"}, probes=("base",)),
    Component("leaf", {"ru": "Лист"}, probes=("leaf",), depends_on=("base",)),
]


def work(starts: datetime, ends: datetime, *components: str, repeats: str = "", zone: str = "UTC"):
    first = components or ("sms",)
    return MaintenancePlanned("", first[0], BY_HAND, first, starts, ends, zone, repeats)


def stood(plan: MaintenancePlanned):
    return planned(plan, START)


async def announce(world, *components: str, after: float = 5, lasts: float = 10, **more: str):
    starts = world.clock() + timedelta(minutes=after)
    plan = work(starts, starts + timedelta(minutes=lasts), *components, **more)
    return (await world.recorder.announce(plan, actor="anna")).event.incident


async def test_nothing_opens_while_it_is_worked_on(world) -> None:
    await announce(world, "sms")
    await world.wait(minutes=5)
    await world.sees(DOWN, DOWN, DOWN, DOWN)
    assert await world.kinds() == ["MaintenancePlanned", "MaintenanceStarted"]


async def test_what_is_worked_on_later_opens_now(world) -> None:
    await announce(world, "sms")
    await world.sees(DOWN, DOWN, DOWN)
    assert (await world.kinds())[-1] == "Opened"


async def test_after_it_evaluation_starts_afresh(world) -> None:
    await announce(world, "sms", after=0, lasts=1)
    await world.sees(*[DOWN] * 7)  # the sixth look is at the very end, the seventh after it
    assert (await world.kinds())[-1] == "MaintenanceEnded"
    await world.sees(DOWN)
    assert (await world.kinds())[-1] == "MaintenanceEnded"
    await world.sees(DOWN)
    assert (await world.kinds())[-1] == "Opened"
    assert len((await world.last()).streak) == 3


async def test_work_on_a_parent_covers_its_children(make_world: Callable) -> None:
    world = make_world(components=CHAIN)
    await announce(world, "base", after=0)
    await world.see(4, leaf=DOWN)
    assert "Opened" not in await world.kinds()


async def test_work_on_a_child_does_not_cover_its_parent(make_world: Callable) -> None:
    world = make_world(components=CHAIN)
    await announce(world, "leaf", after=0)
    await world.see(4, base=DOWN)
    assert (await world.story())[-1] == "Opened base 1"


async def test_what_was_open_before_is_not_published_during_it(world) -> None:
    await announce(world, "sms", after=1, lasts=10)
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(minutes=5)
    assert "Published" not in await world.kinds()
    await world.wait(minutes=7)
    assert (await world.kinds())[-1] == "Published"


async def test_what_was_open_before_may_end_during_it(world) -> None:
    await announce(world, "sms", after=1, lasts=10)
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(minutes=1)
    await world.sees(UP, UP)
    assert (await world.kinds())[-1] == "Resolved"


async def test_nobody_is_reminded_of_what_is_worked_on(make_world: Callable) -> None:
    world = make_world(Rules(remind_after=timedelta(minutes=4)))
    await announce(world, "sms", after=1, lasts=10)
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    await world.wait(minutes=9)
    assert "Reminded" not in await world.kinds()
    await world.wait(minutes=2)
    assert (await world.kinds())[-1] == "Reminded"


async def test_a_person_may_publish_it_all_the_same(world) -> None:
    await announce(world, "sms", after=1, lasts=10)
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(minutes=2)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    assert (await world.kinds())[-1] == "Published"


async def test_called_off_early_it_holds_nothing_any_more(world) -> None:
    number = await announce(world, "sms", after=0, lasts=60)
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.cancel(number, actor="anna")
    await world.sees(DOWN, DOWN)
    assert "Opened" not in await world.kinds(), "what was seen during it doesn't count"
    await world.sees(DOWN)
    assert (await world.kinds())[-1] == "Opened"


async def test_calling_off_what_is_far_ahead_spends_no_evidence(world) -> None:
    number = await announce(world, "sms", after=600)
    await world.sees(DOWN, DOWN)
    await world.recorder.cancel(number, actor="anna")
    await world.sees(DOWN)
    assert (await world.kinds())[-1] == "Opened"


async def test_what_is_over_or_unknown_cannot_be_called_off(world) -> None:
    number = await announce(world, "sms", after=0, lasts=1)
    await world.wait(minutes=1)
    for wrong in (number, "РАБ-2026-9999"):
        with pytest.raises(IllegalCommandError):
            await world.recorder.cancel(wrong, actor="anna")


async def test_probes_do_not_join_peoples_incident_while_it_is_worked_on(world) -> None:
    asked = Open(world.clock(), Component("sms", {"ru": "Коды"}), {"ru": "Нет кодов"})
    await world.recorder.open(asked, actor="anna")
    await announce(world, "sms", after=0)
    await world.sees(DOWN, DOWN, DOWN, DOWN)
    assert "Joined" not in await world.kinds()


async def test_start_and_end_are_written_down_once_each(world) -> None:
    await announce(world, "sms", after=5, lasts=10)
    for _ in range(40):
        await world.wait(seconds=30)
    assert await world.kinds() == ["MaintenancePlanned", "MaintenanceStarted", "MaintenanceEnded"]
    assert (await world.last()).is_last
    started, ended = (await world.journal.read(0))[1:]
    assert ended.at - started.at == timedelta(minutes=10)


async def test_asleep_over_all_of_it_only_the_end_is_told(world) -> None:
    await announce(world, "sms", after=5, lasts=10)
    await world.wait(hours=2)
    assert await world.kinds() == ["MaintenancePlanned", "MaintenanceEnded"]
    assert (await world.last()).because.rule == "passed_unseen"


async def test_asleep_over_its_start_it_holds_all_the_same(world) -> None:
    await announce(world, "sms", after=5, lasts=30)
    world.clock.forward(minutes=10)
    await world.sees(DOWN, DOWN, DOWN)
    assert await world.kinds() == ["MaintenancePlanned", "MaintenanceStarted"]


async def test_asleep_over_the_end_of_one_stretch_and_the_start_of_the_next_both_are_told(
    world,
) -> None:
    await announce(world, "sms", after=5, lasts=60, repeats="FREQ=DAILY")
    await world.wait(minutes=10)
    await world.wait(days=1)
    kinds = await world.kinds()
    assert kinds[1:] == ["MaintenanceStarted", "MaintenanceEnded", "MaintenanceStarted"]


async def test_work_survives_a_restart(world) -> None:
    await announce(world, "sms", after=0, lasts=30)
    await world.recorder.turn()
    again = world.restarted()
    await again.sees(DOWN, DOWN, DOWN)
    assert "Opened" not in await again.kinds()
    await again.wait(minutes=31)
    assert (await again.kinds())[-1] == "MaintenanceEnded"


async def test_its_number_counts_on_from_the_incidents(world) -> None:
    first = await announce(world, "sms", after=5)
    second = await announce(world, "sms", after=60)
    assert (first, second) == ("WORK-2026-0001", "WORK-2026-0002")


# ── when it is ────────────────────────────────────────────────────────────────


def starts_of(plan: MaintenancePlanned, since: datetime, until: datetime, zone: str):
    windows = stood(plan).windows(since, until)
    return [f"{w.starts_at.astimezone(ZoneInfo(zone)):%m-%d %H:%M %z}" for w in windows]


@pytest.mark.parametrize(
    ("zone", "first", "month", "expected"),
    [
        (
            "Europe/Berlin",
            datetime(2026, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
            3,
            ["03-28 02:30 +0100", "03-29 03:30 +0200", "03-30 02:30 +0200"],
        ),
        (
            "Europe/Berlin",
            datetime(2026, 10, 24, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
            10,
            ["10-24 02:30 +0200", "10-25 02:30 +0200", "10-26 02:30 +0100"],
        ),
        (
            "Europe/Moscow",
            datetime(2026, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Moscow")),
            3,
            ["03-28 02:30 +0300", "03-29 02:30 +0300", "03-30 02:30 +0300"],
        ),
        (
            "Asia/Vladivostok",
            datetime(2026, 3, 28, 2, 30, tzinfo=ZoneInfo("Asia/Vladivostok")),
            3,
            ["03-28 02:30 +1000", "03-29 02:30 +1000", "03-30 02:30 +1000"],
        ),
    ],
    ids=["berlin_spring", "berlin_autumn", "moscow", "vladivostok"],
)
def test_it_repeats_by_the_clock_on_the_wall(zone, first, month, expected) -> None:
    plan = work(first, first + HOUR, repeats="FREQ=DAILY", zone=zone)
    assert starts_of(plan, first, first + timedelta(days=2, hours=12), zone) == expected


def test_a_repetition_keeps_its_length_across_the_change_of_clocks() -> None:
    first = datetime(2026, 3, 28, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    plan = work(first, first + 2 * HOUR, repeats="FREQ=DAILY", zone="Europe/Berlin")
    windows = list(stood(plan).windows(first, first + timedelta(days=3)))
    assert {w.ends_at - w.starts_at for w in windows} == {2 * HOUR}


def test_sundays_in_moscow_that_are_saturdays_in_london() -> None:
    first = datetime(2026, 3, 1, 1, 0, tzinfo=ZoneInfo("Europe/Moscow"))
    plan = work(first, first + HOUR, repeats="FREQ=WEEKLY;BYDAY=SU", zone="Europe/Moscow")
    assert starts_of(plan, START, START + timedelta(days=14), "Europe/Moscow") == [
        "03-08 01:00 +0300", "03-15 01:00 +0300",
    ]  # fmt: skip


def test_a_zone_that_changed_its_clocks_for_good_is_followed() -> None:
    first = datetime(2016, 7, 23, 3, 0, tzinfo=ZoneInfo("Asia/Novosibirsk"))
    plan = work(first, first + HOUR, repeats="FREQ=DAILY;COUNT=3", zone="Asia/Novosibirsk")
    assert starts_of(plan, first, first + timedelta(days=9), "Asia/Novosibirsk") == [
        "07-23 03:00 +0600", "07-24 03:00 +0700", "07-25 03:00 +0700",
    ]  # fmt: skip


def test_its_last_instant_is_not_part_of_it() -> None:
    once = stood(work(START, START + HOUR))
    assert once.window_at(START) is not None
    assert once.window_at(START + HOUR) is None
    assert once.window_at(START - timedelta(microseconds=1)) is None


def test_of_two_works_the_one_that_ends_last_is_named() -> None:
    short, long = stood(work(START, START + HOUR)), stood(work(START, START + 2 * HOUR))
    window = under_way([short, long], "sms", START)
    assert window is not None
    assert window.ends_at == START + 2 * HOUR
    assert under_way([short, long], "login", START) is None


def test_it_ended_last_when_its_latest_stretch_did() -> None:
    daily = stood(work(START, START + HOUR, repeats="FREQ=DAILY"))
    assert last_end([daily], "sms", START + timedelta(days=2)) == START + timedelta(days=1) + HOUR
    assert last_end([daily], "sms", START + HOUR) == START + HOUR
    assert last_end([daily], "sms", START) is None
    assert last_end([daily], "login", START + timedelta(days=2)) is None


def test_called_off_it_ended_then() -> None:
    off = MaintenanceCancelled("", "sms", BY_HAND)
    half = START + HOUR / 2
    ended = evolve(stood(work(START, START + HOUR)), off, at=half)
    assert (ended.window_at(half), last_end([ended], "sms", half)) == (None, half)
    early = evolve(stood(work(START, START + HOUR)), off, at=START - HOUR)
    assert last_end([early], "sms", START + HOUR) is None


def test_repeated_work_that_has_an_end_is_over_after_it() -> None:
    plan = stood(work(START, START + HOUR, repeats="FREQ=DAILY;COUNT=2"))
    begun = evolve(plan, announcing.next_event(plan, START), at=START)
    ended = announcing.next_event(begun, START + HOUR)
    assert ended == MaintenanceEnded("", "sms", ended.because, is_last=False)
    second = evolve(evolve(begun, ended, at=START + HOUR), announcing.next_event(plan, START + timedelta(days=1)), at=START)  # fmt: skip
    last = announcing.next_event(second, START + timedelta(days=1) + HOUR)
    assert last.is_last


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (work(START, START), "ends after it starts"),
        (work(START, START + timedelta(days=32)), "31 days"),
        (work(START, START + HOUR, repeats="EVERY DAY"), "no recurrence rule"),
        (work(START, START + HOUR, repeats="FREQ=HOURLY"), "once a day"),
        (work(START, START + HOUR, repeats="FREQ=DAILY;BYSECOND=1,2,3"), "no recurrence rule"),
        (work(START, START + HOUR, repeats="FREQ=DAILY;INTERVAL=0"), "no recurrence rule"),
        (work(START, START + HOUR, repeats="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31"), "never comes"),
        (work(START, START + HOUR, repeats="freq=minutely"), "once a day"),
        (work(START - 2 * HOUR, START - HOUR), "over already"),
        (work(START - 2 * HOUR, START), "over already"),
        (MaintenancePlanned("", "", BY_HAND, (), START, START + HOUR, "UTC"), "at least one"),
    ],
    ids=[
        "empty",
        "endless",
        "gibberish",
        "hourly",
        "seconds",
        "standstill",
        "never",
        "minutely",
        "over",
        "just_over",
        "of_nothing",
    ],
)
def test_work_that_makes_no_sense_is_refused(plan, says: str) -> None:
    with pytest.raises(IllegalCommandError, match=says):
        announcing.check(plan, now=START)


def test_work_of_exactly_the_longest_length_is_allowed() -> None:
    announcing.check(work(START, START + timedelta(days=31)), now=START)


@given(
    st.sampled_from(["", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU,WE", "FREQ=MONTHLY;COUNT=3"]),
    st.integers(1, 20),
    st.lists(st.integers(1, 60 * 40), max_size=12),
)
def test_the_clock_says_start_and_end_in_turn_and_then_waits(repeats, hours, minutes) -> None:
    plan, at, told = stood(work(START, START + hours * HOUR, repeats=repeats)), START - HOUR, []
    for step in (0, *minutes):
        at += timedelta(minutes=step)
        while (event := announcing.next_event(plan, at)) is not None:
            assert announcing.wake_at(plan, at) == at
            told.append(type(event).__name__)
            plan = evolve(plan, event, at=at)
        due = announcing.wake_at(plan, at)
        assert due is None or due > at
        assert plan.is_over or due is not None
        assert (plan.started_at is not None) == (plan.window_at(at) is not None)
    pairs = "".join("S" if kind == "MaintenanceStarted" else "E" for kind in told)
    assert "SS" not in pairs
