"""What cannot be seen: no data opens nothing, ends nothing, and stops every clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from incidents.commands import BY_HAND, Publish, Resolve
from incidents.component import Component
from incidents.events import MaintenancePlanned, Status
from incidents.house import Pace
from incidents.machine import Rules
from probes.observation import Outcome

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN


async def test_failures_with_a_gap_between_are_not_in_a_row(world) -> None:
    await world.sees(DOWN, DOWN)
    world.clock.forward(minutes=3)
    await world.sees(DOWN, DOWN)
    assert await world.kinds() == []
    await world.sees(DOWN)
    assert await world.kinds() == ["Opened"]


async def test_failures_at_the_edge_of_being_fresh_are_in_a_row(world) -> None:
    world.seconds = 120
    await world.sees(DOWN, DOWN, DOWN)
    assert await world.kinds() == ["Opened"]


async def test_successes_with_a_gap_between_are_not_in_a_row(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP)
    world.clock.forward(minutes=2, seconds=30)
    await world.sees(UP)
    assert (await world.kinds())[-1] == "Opened"
    await world.sees(UP)
    assert (await world.kinds())[-1] == "Resolved"


async def test_silence_holds_what_is_open(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=None))
    await world.sees(DOWN, DOWN, DOWN)
    for _ in range(100):
        await world.wait(minutes=5)
    assert await world.kinds() == ["Opened"]


async def test_time_in_which_nothing_was_seen_is_no_time_of_being_well(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    await world.sees(UP, UP)
    world.seconds = 60
    await world.sees(UP, UP, UP, UP)
    world.clock.forward(hours=1)
    await world.sees(UP, UP, UP, UP, UP)
    assert (await world.kinds())[-1] == "Recovering"
    await world.sees(UP)
    assert (await world.kinds())[-1] == "Resolved"
    assert (await world.last()).because.values["well_seconds"] == 300


async def test_blind_looks_of_a_few_seconds_cost_no_time(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    await world.sees(UP, UP)
    world.seconds = 60
    await world.sees(UP, UNKNOWN, UP, UP, UP)
    assert (await world.kinds())[-1] == "Resolved"


async def test_a_restart_begins_the_watching_anew(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    await world.sees(UP, UP)
    world.seconds = 60
    await world.sees(UP, UP, UP, UP)
    again = world.restarted()
    await again.sees(UP, UP, UP, UP, UP)
    assert (await again.kinds())[-1] == "Recovering"
    await again.sees(UP)
    assert (await again.kinds())[-1] == "Resolved"


async def test_two_of_three_silent_places_are_no_data(make_world: Callable) -> None:
    world = make_world(Rules(locations=3, publish_after=None))
    await world.see_from(5, east=DOWN)
    assert await world.kinds() == []
    await world.see_from(3, east=DOWN, north=DOWN)
    assert await world.kinds() == ["Opened"]
    world.clock.forward(minutes=10)
    await world.see_from(9, east=UP)
    assert await world.kinds() == ["Opened"]
    await world.see_from(2, east=UP, north=UP)
    assert await world.kinds() == ["Opened", "Resolved"]


async def test_the_end_of_the_watching_is_due_while_it_is_well(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    await world.sees(UP, UP)
    (incident,) = world.register.open_incidents()
    assert world.due() == incident.monitoring_at + timedelta(minutes=5)
    await world.sees(DOWN)
    assert world.due() is None


# ── our own line ──────────────────────────────────────────────────────────────


async def test_blindness_holds_everything(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.recorder.blind_since = world.clock()
    await world.see(9, login=DOWN, sms=UP)
    await world.wait(minutes=20)
    assert await world.kinds() == ["Opened"]


async def test_while_blind_nothing_is_due(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    assert world.due() is not None
    world.recorder.blind_since = world.clock()
    assert world.due() is None


async def test_while_it_is_worked_on_nothing_is_due_before_the_end(world) -> None:
    starts = world.clock()
    await world.sees(DOWN, DOWN, DOWN)
    plan = MaintenancePlanned(
        "", "sms", BY_HAND, ("sms",), starts, starts + timedelta(hours=1), "UTC"
    )
    await world.recorder.announce(plan, actor="anna")
    (incident,) = world.register.open_incidents()
    assert world.recorder._situation().due(incident) == starts + timedelta(hours=1)


async def test_blindness_is_a_gate_that_is_told(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    gate = next(g for g in (await world.last()).because.gates if g.step == "witness")
    assert gate.values == {"blind": False}


async def test_what_was_seen_of_a_dead_line_opens_nothing_afterwards(world) -> None:
    await world.sees(DOWN, DOWN)
    world.recorder.blind_since = world.clock()
    await world.sees(DOWN, DOWN, DOWN)
    world.recorder.blind_since = None
    await world.sees(DOWN, DOWN)
    assert await world.kinds() == []
    await world.sees(DOWN)
    assert await world.kinds() == ["Opened"]


async def test_after_blindness_what_was_due_happens(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.recorder.blind_since = world.clock()
    await world.wait(minutes=20)
    world.recorder.blind_since = None
    await world.recorder.turn()
    assert await world.kinds() == ["Opened", "Published"]


# ── other rules of time ───────────────────────────────────────────────────────


async def test_it_is_published_once_nothing_says_any_more_that_it_recovers(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP)
    await world.wait(minutes=1, seconds=59)
    assert await world.kinds() == ["Opened"]
    await world.wait(minutes=1)
    assert await world.kinds() == ["Opened", "Published"]


async def test_it_is_published_as_soon_as_the_first_of_its_probes_falls_silent(
    make_world: Callable,
) -> None:
    both = Component("sms", {"ru": "Коды"}, probes=("sms", "other"))
    world = make_world(components=[both])
    await world.sees(DOWN, DOWN, DOWN, UP)
    seen = world.clock()
    for n in range(1, 11):
        world.clock.now = seen + timedelta(seconds=10 * n - 10)
        await world.see_by(UP, probe="other")
    assert "Published" not in await world.kinds()
    (incident,) = world.register.open_incidents()
    due = world.recorder._situation().due(incident)
    assert due == incident.opened_at + timedelta(minutes=3)


async def test_what_is_scheduled_is_published_then(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=None))
    await world.sees(DOWN, DOWN, DOWN)
    at = world.clock() + timedelta(minutes=30)
    await world.recorder.do("ИНЦ-2026-0001", Publish(at), actor="anna")
    await world.wait(minutes=29)
    assert "Published" not in await world.kinds()
    await world.wait(minutes=1)
    assert (await world.last()).because.rule == "publish_at"


async def test_what_is_scheduled_later_than_usual_is_published_later(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    at = world.clock() + timedelta(minutes=30)
    await world.recorder.do("ИНЦ-2026-0001", Publish(at), actor="anna")
    await world.wait(minutes=29)
    assert "Published" not in await world.kinds()


async def test_a_schedule_does_not_outlive_its_outage(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=None))
    await world.sees(DOWN, DOWN, DOWN)
    at = world.clock() + timedelta(minutes=5)
    await world.recorder.do("ИНЦ-2026-0001", Publish(at), actor="anna")
    await world.sees(UP, UP)
    world.clock.forward(minutes=10)
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(minutes=10)
    assert (await world.kinds())[-1] == "Reopened"


async def test_never_means_that_only_a_person_publishes(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=None))
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(days=2)
    assert await world.kinds() == ["Opened"]
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    assert (await world.kinds())[-1] == "Published"


# ── clocks that are put back and forth ────────────────────────────────────────


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_step_of_the_clock_opens_nothing_by_itself(world, days: int) -> None:
    await world.sees(UP, DOWN, DOWN)
    await world.wait(days=days)
    await world.sees(DOWN, DOWN)
    assert await world.kinds() == []


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_step_of_the_clock_ends_nothing_early(world, days: int) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    await world.sees(UP, UP)
    await world.wait(days=days)
    world.seconds = 60
    await world.sees(UP, UP, UP, UP, UP)
    assert (await world.kinds())[-1] == "Recovering"
    await world.sees(UP)
    assert (await world.kinds())[-1] == "Resolved"


async def test_put_back_a_day_it_is_published_at_once_not_in_a_day(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(days=-1)
    (incident,) = world.register.open_incidents()
    assert incident.status is Status.INVESTIGATING


async def test_put_back_a_day_after_a_person_closed_it_failures_count_again(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Resolve(), actor="anna")
    await world.wait(days=-1)
    await world.sees(DOWN, DOWN, DOWN)
    assert (await world.kinds())[-1] == "Reopened"


async def test_put_back_a_day_nobody_is_reminded_all_the_time(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    world.clock.forward(days=-1)
    await world.see(20, sms=DOWN)
    assert "Reminded" not in await world.kinds()


async def test_put_back_a_day_an_unstable_one_still_becomes_calm(make_world: Callable) -> None:
    rules = Rules(
        publish_after=timedelta(0),
        monitor_for=timedelta(0),
        calm_for=timedelta(minutes=3),
        remind_after=None,
    )
    world = make_world(rules)
    for _ in range(3):
        await world.sees(DOWN, DOWN, DOWN, UP, UP)
    assert "Unstable" in await world.kinds()
    await world.wait(days=-1)
    await world.sees(*[UP] * 30)
    assert (await world.kinds())[-1] == "Resolved"


async def test_a_probe_that_is_configured_no_more_has_no_say(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=None))
    world.house.paces["old"] = Pace(3, timedelta(minutes=2))
    for _ in range(4):
        await world.see_by(DOWN, probe="old")
    assert await world.kinds() == []
