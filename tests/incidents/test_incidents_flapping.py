"""What comes and goes, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from incidents.commands import (
    Open,
    Resolve,
)
from incidents.component import Component
from incidents.events import Impact, Status, Step
from incidents.machine import Rules
from probes.observation import Outcome

UP, DOWN, SLOW = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED
SMS = Component("sms", {"ru": "Коды"})
FIRST, SECOND = "ИНЦ-2026-0001", "ИНЦ-2026-0002"
QUICK = Rules(publish_after=timedelta(0), monitor_for=timedelta(minutes=5), remind_after=None)


@pytest.fixture
def quick(make_world: Callable):
    return make_world(QUICK)


async def turns(world, count: int) -> None:
    """So often it fails or recovers, in turn."""
    for n in range(count):
        await world.sees(*([UP, UP] if n % 2 else [DOWN, DOWN, DOWN]))


async def test_after_four_turns_it_is_unstable_and_no_turn_is_told_any_more(quick) -> None:
    await turns(quick, 12)
    assert await quick.kinds() == [
        "Opened", "Published", "Recovering", "Relapsed", "Recovering", "Unstable",
    ]  # fmt: skip


async def test_three_turns_are_not_enough(quick) -> None:
    await turns(quick, 3)
    assert (await quick.kinds())[-1] == "Relapsed"


async def test_an_unstable_one_is_investigated_while_it_lasts(quick) -> None:
    await turns(quick, 6)
    (incident,) = quick.register.open_incidents()
    assert incident.status is Status.INVESTIGATING
    assert incident.unstable_since is not None


async def test_being_unstable_says_what_was_counted(quick) -> None:
    await turns(quick, 4)
    because = (await quick.last()).because
    assert because.rule == "flapping"
    assert because.values == {
        "turns": 4, "flap_after": 4, "within_seconds": 3600.0, "calm_for_seconds": 1800.0,
    }  # fmt: skip


async def test_only_calm_ends_it(quick) -> None:
    await turns(quick, 4)
    quick.seconds = 60
    await quick.sees(*[UP] * 29)
    assert (await quick.kinds())[-1] == "Unstable"
    await quick.sees(UP, UP)
    assert (await quick.kinds())[-1] == "Resolved"
    assert (await quick.last()).because.rule == "calm"


async def test_calm_is_counted_from_when_it_was_called_unstable(quick) -> None:
    await turns(quick, 4)
    quick.seconds = 60
    await quick.sees(*[UP] * 30)
    assert (await quick.last()).because.values["well_seconds"] == 1800
    (said,) = [e.at for e in await quick.journal.read(0) if type(e.event).__name__ == "Unstable"]
    assert quick.clock() == said + timedelta(minutes=30)


async def test_calm_comes_by_time_alone_while_looks_are_fresh(quick) -> None:
    await turns(quick, 4)
    said = quick.clock()
    assert quick.due() == said + timedelta(minutes=30)
    await quick.sees(DOWN)
    assert quick.due() is None


async def test_one_failure_begins_the_calm_anew(quick) -> None:
    await turns(quick, 4)
    quick.seconds = 60
    await quick.sees(*[UP] * 29, DOWN, *[UP] * 30)
    assert (await quick.kinds())[-1] == "Unstable"
    await quick.sees(UP)
    assert (await quick.kinds())[-1] == "Resolved"


async def test_it_goes_by_the_clock_not_by_the_number_of_looks(quick) -> None:
    quick.seconds = 110
    for _ in range(3):
        await quick.sees(*[DOWN] * 40, UP, UP)
    assert "Unstable" not in await quick.kinds()


async def test_blips_that_come_and_go_are_unstable_too(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=timedelta(hours=1), remind_after=None))
    await turns(world, 6)
    assert await world.kinds() == ["Opened", "Resolved", "Reopened", "Resolved", "Reopened", "Unstable"]  # fmt: skip
    (incident,) = world.register.open_incidents()
    assert incident.status is Status.SUSPECTED


async def test_that_it_is_about_to_be_called_unstable_is_written_where_it_opens_again(
    make_world: Callable,
) -> None:
    world = make_world(Rules(publish_after=timedelta(hours=1), remind_after=None))
    await turns(world, 6)
    gates = [
        gate.values
        for entry in await world.journal.read(0)
        for gate in entry.event.because.gates
        if type(entry.event).__name__ == "Reopened" and gate.step is Step.FLAPPING
    ]
    assert [one["flap_after"] <= one["turns"] + 1 for one in gates] == [False, True]


async def test_an_unstable_one_is_published_when_its_time_comes(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=timedelta(minutes=1), remind_after=None))
    await turns(world, 6)
    await world.sees(*[UP, DOWN] * 3)
    assert (await world.kinds())[-1] == "Published"


async def test_one_relapse_and_one_re_opening_are_not_yet_flapping(quick) -> None:
    await quick.sees(DOWN, DOWN, DOWN, UP, UP)
    quick.seconds = 60
    await quick.sees(*[UP] * 5)
    assert (await quick.kinds())[-1] == "Resolved"
    await quick.sees(DOWN, DOWN, DOWN)
    assert (await quick.kinds())[-1] == "Reopened"
    await quick.sees(UP, UP)
    assert (await quick.kinds())[-1] == "Unstable", "the fourth turn"


async def test_flapping_may_be_switched_off(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=timedelta(0), flap_after=0, remind_after=None))
    await turns(world, 12)
    assert "Unstable" not in await world.kinds()


async def test_turns_of_an_hour_ago_count_no_more(quick) -> None:
    await turns(quick, 3)
    quick.seconds = 100
    await quick.sees(*[DOWN] * 37)
    await quick.sees(UP, UP)
    assert (await quick.kinds())[-1] == "Recovering"


async def test_each_stretch_of_being_unwell_keeps_its_own_end(quick) -> None:
    await turns(quick, 3)
    await quick.recorder.do(FIRST, Resolve(), actor="anna")
    (incident,) = await quick.register.closed(1)
    first, second = incident.stretches("sms")
    assert first.since < first.until < second.since < second.until == quick.clock()


async def test_what_was_said_at_the_end_stays_in_the_timeline(quick) -> None:
    await quick.sees(DOWN, DOWN, DOWN)
    await quick.recorder.do(FIRST, Resolve({"ru": "Починили"}), actor="anna")
    (incident,) = await quick.register.closed(1)
    assert incident.updates[-1].text == {"ru": "Починили"}


async def test_slowness_right_after_an_outage_does_not_make_it_milder_yet(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, *[SLOW] * 9)
    assert await world.kinds() == ["Opened"]
    await world.sees(SLOW)
    assert await world.kinds() == ["Opened", "Reassessed"]
    assert (await world.last()).impact is Impact.MINOR


async def test_probes_change_their_minds_about_peoples_incident_four_times_at_most(world) -> None:
    await world.recorder.open(Open(world.clock(), SMS, {"ru": "Нет кодов"}), actor="anna")
    await turns(world, 12)
    assert await world.kinds() == [
        "Opened", "Joined", "Recovering", "Joined", "Recovering", "Published",
    ]  # fmt: skip


# ── coming back ───────────────────────────────────────────────────────────────


async def test_within_half_an_hour_it_is_the_same_number(quick) -> None:
    await quick.sees(DOWN, DOWN, DOWN)
    await quick.recorder.do(FIRST, Resolve(), actor="anna")
    quick.clock.forward(minutes=29, seconds=30)
    await quick.sees(DOWN, DOWN, DOWN)
    event = await quick.last()
    assert (event.incident, event.because.rule) == (FIRST, "failed_again_within_reopen_within")
    assert event.because.values["closed_for_seconds"] == 1800
    (incident,) = quick.register.open_incidents()
    assert incident.status is Status.INVESTIGATING


async def test_later_it_is_a_new_number_that_names_the_old(quick) -> None:
    await quick.sees(DOWN, DOWN, DOWN)
    await quick.recorder.do(FIRST, Resolve(), actor="anna")
    quick.clock.forward(minutes=29, seconds=31)
    await quick.sees(DOWN, DOWN, DOWN)
    opened = (await quick.journal.read(0))[-2].event
    assert (opened.incident, opened.previous) == (SECOND, FIRST)


async def test_the_first_ever_names_none(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    assert (await world.last()).previous is None


async def test_a_re_opened_blip_is_suspected_again(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP, UP, DOWN, DOWN, DOWN)
    (incident,) = world.register.open_incidents()
    assert (incident.status, incident.published_at) == (Status.SUSPECTED, None)


async def test_a_re_opened_blip_waits_anew_to_be_published(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP, UP)
    world.clock.forward(minutes=5)
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(minutes=2, seconds=59)
    assert (await world.kinds())[-1] == "Reopened"
    await world.wait(seconds=1)
    assert (await world.kinds())[-1] == "Published"
