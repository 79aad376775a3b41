"""Locks, merges, splits, re-openings and reminders: what people decide, and what holds then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from incidents.commands import (
    Absorb,
    Acknowledge,
    IllegalCommandError,
    Merge,
    Open,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
)
from incidents.component import Component
from incidents.events import EVERYBODY, Impact, Scope, Status
from incidents.machine import Rules
from probes.observation import Outcome

UP, DOWN, SLOW = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED
SMS = Component("sms", {"ru": "Коды"})
FIRST, SECOND = "ИНЦ-2026-0001", "ИНЦ-2026-0002"
QUICK = Rules(publish_after=timedelta(0), monitor_for=timedelta(minutes=5), remind_after=None)


@pytest.fixture
def quick(make_world: Callable):
    return make_world(QUICK)


async def locked(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do(FIRST, Update(locked=True), actor="anna")


async def test_a_locked_one_changes_by_nothing_but_people(make_world: Callable) -> None:
    world = make_world(Rules(remind_after=None))
    await locked(world)
    await world.sees(*[UP] * 9, *[SLOW] * 9, *[DOWN] * 9, *[UP, UP, DOWN, DOWN, DOWN] * 4)
    await world.wait(hours=2)
    assert await world.kinds() == ["Opened", "Updated"]


async def test_a_locked_one_is_published_when_a_person_had_scheduled_it(world) -> None:
    await locked(world)
    at = world.clock() + timedelta(minutes=10)
    await world.recorder.do(FIRST, Publish(at), actor="anna")
    await world.wait(minutes=10)
    assert (await world.kinds())[-1] == "Published"


async def test_when_the_lock_is_off_the_rules_go_on_at_once(world) -> None:
    await locked(world)
    await world.sees(UP, UP)
    await world.recorder.do(FIRST, Update(locked=False), actor="anna")
    await world.recorder.turn()
    assert (await world.kinds())[-1] == "Resolved"


async def test_a_lock_ends_with_its_incident(world) -> None:
    await locked(world)
    await world.recorder.do(FIRST, Resolve(), actor="anna")
    await world.sees(DOWN, DOWN, DOWN)
    assert (await world.kinds())[-1] == "Reopened"
    await world.sees(UP, UP)
    assert (await world.kinds())[-1] == "Resolved"


async def two(world) -> None:
    """One of sms and one of login, both open."""
    await world.see(3, sms=DOWN)
    await world.see(3, sms=DOWN, login=DOWN)


async def test_a_merged_one_is_part_of_the_other_until_it_recovers(world) -> None:
    await two(world)
    await world.recorder.merge(SECOND, FIRST, actor="anna")
    await world.see(3, sms=DOWN, login=DOWN)
    (incident,) = world.register.open_incidents()
    assert {a.component for a in incident.ailing()} == {"sms", "login"}
    await world.see(2, sms=DOWN, login=UP)
    assert (await world.story())[-1] == "Detached login 1"


async def test_a_merge_that_broke_off_half_way_is_finished_by_doing_it_again(world) -> None:
    await two(world)
    login = next(i for i in world.register.open_incidents() if i.component == "login")
    await world.recorder.do(FIRST, Absorb(login), actor="anna")
    again = world.restarted()
    await again.recorder.merge(SECOND, FIRST, actor="anna")
    assert (await again.story())[-2:] == ["Attached login 1", "Merged login 2"]
    before = await again.kinds()
    assert await again.recorder.do(SECOND, Merge(FIRST), actor="anna") is None
    assert await again.kinds() == before


async def test_a_merge_that_broke_off_ends_well_though_nobody_finishes_it(world) -> None:
    await two(world)
    login = next(i for i in world.register.open_incidents() if i.component == "login")
    await world.recorder.do(FIRST, Absorb(login), actor="anna")
    again = world.restarted()
    await again.see(6, sms=UP, login=UP)
    await again.recorder.turn()
    assert again.register.open_incidents() == []


@pytest.mark.parametrize("into", [FIRST, "ИНЦ-2026-0009"])
async def test_what_cannot_be_merged_is_refused(world, into: str) -> None:
    await two(world)
    with pytest.raises(IllegalCommandError):
        await world.recorder.merge(FIRST, into, actor="anna")
    assert len(world.register.open_incidents()) == 2


async def test_closed_ones_cannot_be_merged(world) -> None:
    await two(world)
    await world.recorder.do(FIRST, Resolve(), actor="anna")
    for one, other in ((FIRST, SECOND), (SECOND, FIRST)):
        with pytest.raises(IllegalCommandError):
            await world.recorder.merge(one, other, actor="anna")


async def test_the_merged_have_the_greater_impact(world) -> None:
    await world.see(3, sms=SLOW)
    await world.see(3, sms=SLOW, login=DOWN)
    await world.recorder.merge(SECOND, FIRST, actor="anna")
    (incident,) = world.register.open_incidents()
    assert incident.impact is Impact.MAJOR


async def test_the_impact_that_a_person_has_set_stays(world) -> None:
    await world.see(3, sms=SLOW)
    await world.recorder.do(FIRST, Update(impact=Impact.NONE), actor="anna")
    await world.see(3, sms=DOWN, login=DOWN)
    await world.recorder.merge(SECOND, FIRST, actor="anna")
    assert {i.impact for i in world.register.open_incidents()} == {Impact.NONE}


async def test_what_a_person_merged_and_outlives_the_other_has_its_own_number_back(quick) -> None:
    await two(quick)
    await quick.recorder.merge(SECOND, FIRST, actor="anna")
    await quick.see(5, sms=UP, login=DOWN)
    story = await quick.story()
    begin = story.index("Detached login 1")
    assert story[begin : begin + 2] == ["Detached login 1", "Reopened login 2"]


async def test_what_a_person_split_off_has_its_own_number_back(world) -> None:
    await two(world)
    await world.recorder.merge(SECOND, FIRST, actor="anna")
    await world.recorder.do(FIRST, Split("login"), actor="anna")
    await world.see(3, sms=DOWN, login=DOWN)
    assert (await world.story())[-2:] == ["Detached login 1", "Reopened login 2"]


@pytest.mark.parametrize("component", ["sms", "login"])
async def test_only_a_part_can_be_split_off(world, component: str) -> None:
    await world.see(3, sms=DOWN)
    with pytest.raises(IllegalCommandError):
        await world.recorder.do(FIRST, Split(component), actor="anna")


async def test_a_person_re_opens_and_probes_do_not_merge_it_away(make_world: Callable) -> None:
    chain = [
        Component("sms", {"ru": "Коды"}, probes=("sms",)),
        Component("login", {"ru": "Вход"}, probes=("login",), depends_on=("sms",)),
    ]
    world = make_world(components=chain)
    await world.see(3, login=DOWN)
    await world.see(3, login=DOWN, sms=DOWN)
    assert (await world.story())[-1] == "Merged login 1"
    await world.recorder.do(FIRST, Reopen(world.clock()), actor="anna")
    await world.see(6, login=DOWN, sms=DOWN)
    assert len(world.register.open_incidents()) == 2


async def test_an_open_one_is_not_re_opened(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    with pytest.raises(IllegalCommandError):
        await world.recorder.do(FIRST, Reopen(world.clock()), actor="anna")


async def test_a_component_has_one_open_automatic_incident_though_people_re_open(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP, UP)
    world.clock.forward(hours=1)
    await world.sees(DOWN, DOWN, DOWN)
    with pytest.raises(IllegalCommandError, match="already"):
        await world.recorder.do(FIRST, Reopen(world.clock()), actor="anna")


async def test_nobody_reopens_what_was_never_there(world) -> None:
    for command in (Reopen(world.clock()), Acknowledge(), Resolve(), Update()):
        with pytest.raises(IllegalCommandError):
            await world.recorder.do(FIRST, command, actor="anna")


# ── reminders ─────────────────────────────────────────────────────────────────


async def test_nobody_having_said_anything_somebody_is_reminded_every_hour(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do(FIRST, Publish(), actor="anna")
    await world.wait(minutes=59, seconds=59)
    assert "Reminded" not in await world.kinds()
    await world.wait(seconds=1)
    assert (await world.last()).because.values == {
        "quiet_for_seconds": 3600.0, "remind_after_seconds": 3600.0,
    }  # fmt: skip
    await world.wait(minutes=59)
    assert (await world.kinds()).count("Reminded") == 1
    await world.wait(minutes=1)
    assert (await world.kinds()).count("Reminded") == 2


async def test_the_hour_begins_with_the_publication(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=None))
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(minutes=30)
    await world.recorder.do(FIRST, Publish(), actor="anna")
    await world.wait(minutes=59)
    assert "Reminded" not in await world.kinds()
    await world.wait(minutes=1)
    assert (await world.kinds())[-1] == "Reminded"


async def test_a_word_puts_the_reminder_off(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do(FIRST, Publish(), actor="anna")
    await world.wait(minutes=30)
    await world.recorder.do(FIRST, Update(text={"ru": "Чиним"}), actor="anna")
    await world.wait(minutes=59)
    assert "Reminded" not in await world.kinds()
    await world.wait(minutes=1)
    assert (await world.kinds())[-1] == "Reminded"


async def test_a_promise_is_what_somebody_is_reminded_of(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do(FIRST, Publish(), actor="anna")
    soon = world.clock() + timedelta(minutes=20)
    await world.recorder.do(FIRST, Update(text={"ru": "Чиним"}, next_at=soon), actor="anna")
    await world.wait(minutes=19)
    assert "Reminded" not in await world.kinds()
    await world.wait(minutes=1)
    assert (await world.last()).because.rule == "promised"
    await world.wait(minutes=59)
    assert (await world.kinds()).count("Reminded") == 1
    await world.wait(minutes=1)
    assert (await world.last()).because.rule == "no_update"


async def test_a_note_for_operators_is_no_word_to_citizens(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do(FIRST, Publish(), actor="anna")
    await world.wait(minutes=30)
    await world.recorder.do(FIRST, Update(operator_note={"ru": "Роутер"}), actor="anna")
    await world.wait(minutes=30)
    assert (await world.kinds())[-1] == "Reminded"


async def test_nobody_is_reminded_of_what_is_not_public_or_being_watched(
    make_world: Callable,
) -> None:
    world = make_world(Rules(publish_after=None, remind_after=timedelta(minutes=1)))
    await world.see(5, sms=DOWN, login=DOWN)
    await world.recorder.do(SECOND, Update(status=Status.MONITORING), actor="anna")
    await world.wait(hours=5)
    assert "Reminded" not in await world.kinds()


async def test_reminders_may_be_switched_off(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=timedelta(0), remind_after=None))
    await world.sees(DOWN, DOWN, DOWN)
    await world.wait(days=3)
    assert await world.kinds() == ["Opened", "Published"]


async def test_people_are_reminded_of_their_own_incidents_too(world) -> None:
    asked = Open(world.clock(), SMS, {"ru": "Нет кодов"}, scope=Scope(region="Тверская область"))
    await world.recorder.open(asked, actor="anna")
    await world.wait(minutes=3)
    await world.wait(minutes=60)
    assert await world.kinds() == ["Opened", "Published", "Reminded"]
    assert asked.scope != EVERYBODY
