"""What comes and goes, what comes back, and what people decide about it."""

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


# ── by hand ───────────────────────────────────────────────────────────────────


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
    assert (await quick.story())[-2:] == ["Detached login 1", "Reopened login 2"]


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


async def test_a_word_puts_the_reminder_off(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do(FIRST, Publish(), actor="anna")
    await world.wait(minutes=30)
    await world.recorder.do(FIRST, Update(text={"ru": "Чиним"}), actor="anna")
    await world.wait(minutes=59)
    assert "Reminded" not in await world.kinds()
    await world.wait(minutes=1)
    assert (await world.kinds())[-1] == "Reminded"


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
