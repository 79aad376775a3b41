"""A component that cannot do without another one, and many that fail at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from incidents.commands import Acknowledge, Open, Publish, Resolve, Split, Update
from incidents.component import Component
from incidents.events import Cause, Impact, Status
from incidents.machine import Rules
from probes.observation import Outcome

UP, DOWN, SLOW = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED


def component(name: str, *depends_on: str) -> Component:
    return Component(name, {"ru": name}, depends_on=depends_on, probes=(name,))


CHAIN = [component("base"), component("middle", "base"), component("leaf", "middle")]
HOURS = Rules(publish_after=None, remind_after=None)


@pytest.fixture
def chain(make_world: Callable):
    return make_world(HOURS, components=CHAIN)


@pytest.fixture
def monitored(make_world: Callable):
    rules = Rules(publish_after=timedelta(0), monitor_for=timedelta(minutes=5), remind_after=None)
    return make_world(rules, components=CHAIN)


async def test_a_child_joins_the_incident_of_its_parent(chain) -> None:
    await chain.see(3, base=DOWN)
    await chain.see(3, base=DOWN, leaf=DOWN)
    assert await chain.story() == ["Opened base 1", "Attached leaf 1"]
    event = await chain.last()
    assert event.cause is Cause.DEPENDENCY
    assert event.because.values["explained_by"] == "base"
    assert [g.step for g in event.because.gates if g.held] == ["dependency"]


async def test_the_nearest_ancestor_explains(chain) -> None:
    await chain.see(3, base=DOWN)
    await chain.see(3, base=DOWN, middle=DOWN)
    await chain.see(3, base=DOWN, middle=DOWN, leaf=DOWN)
    assert (await chain.last()).because.values["explained_by"] == "middle"
    assert len(chain.register.open_incidents()) == 1


async def test_a_child_that_failed_first_goes_over_to_its_parent(chain) -> None:
    await chain.see(3, leaf=DOWN)
    await chain.see(3, leaf=DOWN, base=DOWN)
    assert await chain.story() == [
        "Opened leaf 1", "Opened base 2", "Attached leaf 2", "Merged leaf 1",
    ]  # fmt: skip
    (merged,) = await chain.register.closed(5)
    assert merged.merged_into == "ИНЦ-2026-0002"


async def test_a_child_that_failed_long_before_stays_alone(chain) -> None:
    await chain.see(40, leaf=DOWN)
    await chain.see(3, leaf=DOWN, base=DOWN)
    assert await chain.story() == ["Opened leaf 1", "Opened base 2"]


async def test_how_long_it_fails_is_known_after_a_restart_too(chain) -> None:
    await chain.see(60, leaf=DOWN)
    again = chain.restarted()
    await again.see(4, leaf=DOWN, base=DOWN)
    assert await again.story() == ["Opened leaf 1", "Opened base 2"]


async def test_a_new_reason_does_not_make_an_old_failure_young(chain) -> None:
    await chain.see(40, leaf=SLOW)
    await chain.see(3, leaf=DOWN)
    await chain.see(3, leaf=DOWN, base=DOWN)
    assert await chain.story() == ["Opened leaf 1", "Reassessed leaf 1", "Opened base 2"]


async def test_a_child_that_failed_again_just_now_goes_over_though_it_is_an_old_number(chain):
    await chain.see(3, leaf=DOWN)
    await chain.see(60, leaf=UP)
    await chain.see(3, leaf=DOWN)
    await chain.see(3, leaf=DOWN, base=DOWN)
    assert (await chain.story())[-2:] == ["Attached leaf 2", "Merged leaf 1"]


async def test_what_a_person_has_touched_is_not_merged_away(chain) -> None:
    await chain.see(3, leaf=DOWN)
    await chain.recorder.do("ИНЦ-2026-0001", Acknowledge(), actor="anna")
    await chain.see(3, leaf=DOWN, base=DOWN)
    assert len(chain.register.open_incidents()) == 2


async def test_three_generations_end_in_one_incident_whoever_fails_first(chain) -> None:
    await chain.see(3, leaf=DOWN)
    await chain.see(3, leaf=DOWN, middle=DOWN)
    await chain.see(3, leaf=DOWN, middle=DOWN, base=DOWN)
    (incident,) = chain.register.open_incidents()
    assert incident.component == "base"
    assert {a.component for a in incident.ailing()} == {"base", "middle", "leaf"}
    assert (await chain.story())[-3:] == ["Attached middle 3", "Attached leaf 3", "Merged middle 2"]


async def test_what_its_parts_suffer_keeps_an_incident_grave(chain) -> None:
    await chain.see(3, base=DOWN)
    await chain.see(3, base=DOWN, leaf=DOWN)
    await chain.see(12, base=SLOW, leaf=DOWN)
    (incident,) = chain.register.open_incidents()
    assert (incident.outcome, incident.impact) == (SLOW, Impact.MAJOR)


async def test_a_child_that_recovers_first_leaves(chain) -> None:
    await chain.see(3, base=DOWN)
    await chain.see(3, base=DOWN, leaf=DOWN)
    await chain.see(2, base=DOWN, leaf=UP)
    event = await chain.last()
    assert (event.component, event.because.rule) == ("leaf", "confirmed_recovery")
    (incident,) = chain.register.open_incidents()
    assert [a.component for a in incident.ailing()] == ["base"]


async def test_a_child_that_outlives_its_cause_opens_its_own(monitored) -> None:
    await monitored.see(3, base=DOWN)
    await monitored.see(3, base=DOWN, leaf=DOWN)
    await monitored.see(2, base=UP, leaf=DOWN)
    await monitored.see(3, base=UP, leaf=DOWN)
    story = await monitored.story()
    begin = story.index("Detached leaf 1")
    assert story[begin - 1 :] == [
        "Detached base 1",
        "Detached leaf 1",
        "Opened leaf 2",
        "Published leaf 2",
        "Recovering base 1",
    ]
    detached = (await monitored.journal.read(0))[begin].event
    assert detached.because.rule == "outlived_its_cause"


async def test_what_citizens_know_is_never_hidden_from_them_again(make_world: Callable) -> None:
    rules = Rules(publish_after=timedelta(minutes=3), monitor_for=timedelta(0), remind_after=None)
    world = make_world(rules, components=CHAIN)
    await world.see(3, base=DOWN, leaf=DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    began = world.register.open_incidents()[0].stretches("leaf")[0].since
    for _ in range(6):
        await world.see(1, base=UP, leaf=DOWN)
        public = [i for i in world.register.open_incidents() if i.is_public]
        assert any(i.ails("leaf") for i in public)
    (own,) = world.register.open_incidents()
    assert (own.component, own.started_at) == ("leaf", began)


async def test_after_the_parents_end_a_child_begins_afresh(make_world: Callable) -> None:
    rules = Rules(publish_after=timedelta(0), monitor_for=timedelta(0), remind_after=None)
    world = make_world(rules, components=CHAIN)
    await world.see(3, base=DOWN)
    await world.see(3, base=DOWN, leaf=DOWN)
    await world.see(2, base=UP, leaf=DOWN)
    assert (await world.story())[-1] == "Detached base 1"
    await world.see(2, base=UP, leaf=DOWN)
    assert (await world.story())[-1] == "Detached base 1"
    await world.see(1, base=UP, leaf=DOWN)
    assert "Opened leaf 2" in await world.story()
    assert (await world.story())[-1] == "Resolved base 1"


async def test_a_person_who_ends_the_parents_frees_the_children(chain) -> None:
    await chain.see(3, base=DOWN)
    await chain.see(3, base=DOWN, leaf=DOWN)
    await chain.recorder.do("ИНЦ-2026-0001", Resolve(), actor="anna")
    await chain.see(2, base=UP, leaf=DOWN)
    assert (await chain.kinds())[-1] == "Resolved"
    await chain.see(1, base=UP, leaf=DOWN)
    assert (await chain.story())[-1] == "Opened leaf 2"


async def test_what_a_person_split_off_is_never_taken_in_again(chain) -> None:
    await chain.see(3, base=DOWN)
    await chain.see(3, base=DOWN, leaf=DOWN)
    await chain.recorder.do("ИНЦ-2026-0001", Split("leaf"), actor="anna")
    await chain.see(5, base=DOWN, leaf=DOWN)
    await chain.see(3, base=DOWN, leaf=UP)
    await chain.see(5, base=DOWN, leaf=DOWN)
    assert not any(kind.startswith("Attached") for kind in (await chain.story())[2:])
    assert len(chain.register.open_incidents()) == 2


async def test_a_child_that_has_left_twice_within_the_hour_stays_until_it_is_calm(chain) -> None:
    await chain.see(3, base=DOWN)
    for _ in range(8):
        await chain.see(3, base=DOWN, leaf=DOWN)
        await chain.see(2, base=DOWN, leaf=UP)
    assert (await chain.story()).count("Attached leaf 1") == 3
    await chain.see(185, base=DOWN, leaf=UP)
    assert (await chain.story())[-1] == "Detached leaf 1"


async def test_an_incident_of_peoples_that_probes_support_explains_too(chain) -> None:
    asked = Open(chain.clock(), CHAIN[0], {"ru": "Не входит"})
    await chain.recorder.open(asked, actor="anna")
    await chain.see(3, leaf=DOWN)
    assert (await chain.story())[-1] == "Opened leaf 2"
    await chain.see(3, base=DOWN, leaf=DOWN)
    assert (await chain.story())[-3:] == ["Joined base 1", "Attached leaf 1", "Merged leaf 2"]
    await chain.see(2, base=UP, leaf=DOWN)
    await chain.see(3, base=UP, leaf=DOWN)
    assert (await chain.story())[-2:] == ["Detached leaf 1", "Reopened leaf 2"]


# ── storms ────────────────────────────────────────────────────────────────────

EIGHT = [component(f"c{n}") for n in range(8)]


@pytest.fixture
def eight(make_world: Callable):
    return make_world(HOURS, components=EIGHT)


async def one_by_one(world, count: int) -> None:
    """Each fails twenty seconds after the one before, and goes on failing."""
    for n in range(count):
        await world.see(2, **{f"c{m}": DOWN for m in range(n + 1)})
    await world.see(2, **{f"c{m}": DOWN for m in range(count)})


async def test_four_of_eight_are_four_matters(eight) -> None:
    await one_by_one(eight, 4)
    assert len(eight.register.open_incidents()) == 4


async def test_the_fifth_makes_it_one_and_the_four_go_over(eight) -> None:
    await one_by_one(eight, 5)
    (umbrella,) = eight.register.open_incidents()
    assert umbrella.id == "ИНЦ-2026-0001"
    assert umbrella.is_umbrella
    assert {a.component for a in umbrella.ailing()} == {f"c{n}" for n in range(5)}
    story = await eight.story()
    assert sum(line.startswith("Opened") for line in story) == 4
    assert sum(line.startswith("Merged") for line in story) == 3


async def test_all_at_once_are_one_from_the_first(eight) -> None:
    await eight.see(3, **{f"c{n}": DOWN for n in range(8)})
    assert (await eight.story())[0] == "Opened c0 1"
    assert {line.split()[0] for line in (await eight.story())[1:]} == {"Attached"}
    event = await eight.last()
    gate = next(g for g in event.because.gates if g.step == "storm")
    assert (gate.values["needed"], gate.values["umbrella"]) == (5, "ИНЦ-2026-0001")


async def test_an_incident_of_peoples_is_no_umbrella(eight) -> None:
    asked = Open(eight.clock(), EIGHT[0], {"ru": "Не открывается"})
    await eight.recorder.open(asked, actor="anna")
    await eight.see(3, **{f"c{n}": DOWN for n in range(8)})
    people, umbrella = sorted(eight.register.open_incidents(), key=lambda i: i.id)
    assert [a.component for a in people.ailing()] == ["c0"]
    assert len(umbrella.ailing()) == 7


async def test_a_storm_does_not_go_over_to_the_cause_of_one_of_its_many(make_world) -> None:
    many = [component("c0", "base"), *(component(f"c{n}") for n in range(1, 6))]
    world = make_world(HOURS, components=[component("base"), *many])
    await world.see(3, **{f"c{n}": DOWN for n in range(6)})
    await world.see(13, **{f"c{n}": DOWN for n in range(6)})
    await world.see(3, base=DOWN, **{f"c{n}": DOWN for n in range(6)})
    umbrella, cause = sorted(world.register.open_incidents(), key=lambda i: i.id)
    assert (umbrella.component, cause.component) == ("c0", "base")
    assert len(umbrella.ailing()) == 6


async def test_who_has_an_incident_goes_over_before_the_many_others_are_taken_in(eight) -> None:
    await eight.see(3, c6=DOWN, c7=DOWN)
    await eight.see(3, **{f"c{n}": DOWN for n in range(8)})
    story = await eight.story()
    assert story[:2] == ["Opened c6 1", "Opened c7 2"]
    merged = story.index("Merged c7 2")
    assert merged < story.index("Attached c1 1")


async def test_later_ones_join_the_storm(eight) -> None:
    await one_by_one(eight, 6)
    await eight.see(2, **{f"c{m}": DOWN for m in range(8)})
    await eight.see(2, **{f"c{m}": DOWN for m in range(8)})
    assert len(eight.register.open_incidents()) == 1


async def test_one_that_fails_long_after_is_another_matter(eight) -> None:
    await one_by_one(eight, 5)
    await eight.see(15, **{f"c{m}": DOWN for m in range(5)})
    await eight.see(3, **{f"c{m}": DOWN for m in range(6)})
    assert len(eight.register.open_incidents()) == 2


async def test_one_that_recovers_and_fails_again_is_in_the_storm_again(eight) -> None:
    five = {f"c{m}": DOWN for m in range(5)}
    await one_by_one(eight, 5)
    await eight.see(15, **{**five, "c3": UP})
    await eight.see(3, **five)
    assert (await eight.story())[-2:] == ["Detached c3 1", "Attached c3 1"]


async def test_the_first_that_fails_again_is_in_it_again(eight) -> None:
    five = {f"c{m}": DOWN for m in range(5)}
    await one_by_one(eight, 5)
    await eight.see(3, **{**five, "c0": UP})
    await eight.see(3, **five)
    assert (await eight.story())[-2:] == ["Detached c0 1", "Attached c0 1"]
    assert len(eight.register.open_incidents()) == 1


async def test_a_storm_ends_with_the_last(eight) -> None:
    await one_by_one(eight, 5)
    await eight.see(3, c0=UP, c1=UP, c2=DOWN, c3=UP, c4=UP)
    assert len(eight.register.open_incidents()) == 1
    await eight.see(2, c0=UP, c1=UP, c2=UP, c3=UP, c4=UP)
    assert (await eight.story())[-2:] == ["Detached c2 1", "Resolved c0 1"]


async def test_five_over_a_long_time_are_no_storm(eight) -> None:
    eight.seconds = 25
    for n in range(5):
        await eight.see(3, **{f"c{m}": DOWN for m in range(n + 1)})
    assert len(eight.register.open_incidents()) == 5


async def test_five_of_many_are_no_storm(make_world: Callable) -> None:
    world = make_world(HOURS, components=[component(f"c{n}") for n in range(20)])
    await world.see(3, **{f"c{n}": DOWN for n in range(5)})
    assert len(world.register.open_incidents()) == 5
    await world.see(3, **{f"c{n}": DOWN for n in range(6)})
    assert len(world.register.open_incidents()) == 1


async def test_children_of_what_failed_are_no_storm(make_world: Callable) -> None:
    children = [component(f"c{n}", "base") for n in range(5)]
    world = make_world(HOURS, components=[component("base"), component("x"), *children])
    await world.see(3, base=DOWN, x=DOWN, **{f"c{n}": DOWN for n in range(5)})
    assert {i.component for i in world.register.open_incidents()} == {"base", "x"}


async def test_a_storm_may_be_switched_off(make_world: Callable) -> None:
    world = make_world(Rules(storm_components=0, remind_after=None), components=EIGHT)
    await world.see(3, **{f"c{n}": DOWN for n in range(8)})
    assert len(world.register.open_incidents()) == 8


async def test_what_a_person_has_touched_stays_out_of_the_storm(eight) -> None:
    await one_by_one(eight, 3)
    await eight.recorder.do("ИНЦ-2026-0002", Acknowledge(), actor="anna")
    await eight.see(3, **{f"c{n}": DOWN for n in range(8)})
    assert {i.id[-1] for i in eight.register.open_incidents()} == {"1", "2"}


async def test_an_umbrella_that_a_person_watches_does_not_end_before_the_last(
    make_world: Callable,
) -> None:
    rules = Rules(publish_after=timedelta(0), remind_after=None, monitor_for=timedelta(minutes=1))
    world = make_world(rules, components=EIGHT)
    await one_by_one(world, 5)
    number = world.register.open_incidents()[0].id
    await world.recorder.do(number, Update(status=Status.MONITORING), actor="anna")
    await world.see(20, c0=UP, c1=UP, c2=UP, c3=UP, c4=DOWN)
    assert [i.id for i in world.register.open_incidents()] == [number]


async def test_a_storm_of_a_hundred_is_written_down_once_each(make_world: Callable) -> None:
    world = make_world(HOURS, components=[component(f"c{n}") for n in range(100)])
    await world.see(3, **{f"c{n}": DOWN for n in range(100)})
    await world.see(2, **{f"c{n}": UP for n in range(100)})
    kinds = await world.kinds()
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Opened": 1, "Attached": 99, "Detached": 100, "Resolved": 1,
    }  # fmt: skip
