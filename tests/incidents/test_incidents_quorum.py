"""How many places must agree, and what a failure in a few of them is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import evidence as ev
from incidents.component import Component, Criticality
from incidents.events import Impact, Status
from incidents.evidence import Evidence
from incidents.machine import Rules, impact_of
from incidents.rules import quorum, storm_needs
from incidents.wellness import seeing_since, well_for, well_since, well_until
from probes.observation import Observation, Outcome, Reason

UP, DOWN, SLOW, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
FRESH = timedelta(minutes=2)
PLACES = ["east", "north", "south", "west", "kazan"]


def look(outcome: Outcome, seconds: float, place: str, reason=None, probe: str = "sms"):
    at = START + timedelta(seconds=seconds)
    reason = reason or (Reason.TIMEOUT if outcome.is_bad else None)
    return Observation(probe, "sms", "http", place, at, outcome, reason, "", 0.1)


def gather(looks) -> Evidence:
    evidence = Evidence()
    for seen in looks:
        evidence = ev.add(evidence, seen, open_after=3, fresh_for=FRESH)
    return evidence


def found_in(looks, **how):
    looks = list(looks)
    return ev.finding(gather(looks), now=max(seen.at for seen in looks), **how)


def runs(**places: list[Outcome]):
    """Looks from each place every ten seconds, all at the same instants."""
    return [look(o, 10 * n, place) for place, row in places.items() for n, o in enumerate(row)]


@pytest.mark.parametrize(
    ("fresh", "needed"),
    [(1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4), (9, 5)],
)
def test_so_many_places_must_agree(fresh: int, needed: int) -> None:
    assert quorum(fresh) == needed


@pytest.mark.parametrize(("locations", "fewest"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (9, 5)])
def test_half_of_the_places_must_see(locations: int, fewest: int) -> None:
    assert Rules(locations=locations).fewest_fresh == fewest


@pytest.mark.parametrize(
    ("components", "needed"), [(1, 5), (8, 5), (16, 5), (17, 6), (100, 30), (1000, 300)]
)
def test_a_storm_needs_five_and_a_third_of_the_house(components: int, needed: int) -> None:
    assert storm_needs(Rules(), components) == needed


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=40), st.integers(2, 5))
def test_one_bad_network_never_opens(row: list[Outcome], places: int) -> None:
    others = dict.fromkeys(PLACES[1:places], [UP] * len(row))
    found = found_in(runs(east=row, **others))
    assert found is None or found.is_partial


@given(st.data())
def test_permuting_the_places_changes_nothing_but_their_names(data) -> None:
    rows = data.draw(
        st.lists(st.lists(st.sampled_from(Outcome), min_size=5, max_size=5), min_size=1, max_size=5)
    )
    mixed = data.draw(st.permutations(rows))
    one, other = (found_in(runs(**dict(zip(PLACES, r, strict=False)))) for r in (rows, mixed))
    assert (one is None) == (other is None)
    if one and other:
        same = ("failing", "fresh", "quorum", "outcome", "is_partial", "is_settled", "since")
        assert [getattr(one, n) for n in same] == [getattr(other, n) for n in same]
    seen = [gather(runs(**dict(zip(PLACES, r, strict=False)))) for r in (rows, mixed)]
    assert len({well_for(evidence, ["sms"], now=START) for evidence in seen}) == 1
    assert len({well_since(evidence, now=START) for evidence in seen}) == 1


@given(st.permutations([(place, n) for place in PLACES[:3] for n in range(3)]))
def test_the_order_of_simultaneous_looks_changes_nothing(order) -> None:
    by_time = sorted(order, key=lambda one: one[1])
    reasons = dict(zip(PLACES, [Reason.TIMEOUT, Reason.HTTP_5XX, Reason.SLOW], strict=False))
    looks = [look(DOWN, n, place, reasons[place]) for place, n in by_time]
    assert found_in(looks).reason is found_in(sorted(looks, key=lambda s: s.location)).reason


@given(st.lists(st.lists(st.sampled_from(Outcome), min_size=6, max_size=6), min_size=1, max_size=5))
def test_no_component_is_failing_and_well_at_once(rows) -> None:
    looks = runs(**dict(zip(PLACES, rows, strict=False)))
    found = found_in(looks)
    now = max(seen.at for seen in looks)
    assert found is None or found.is_partial or not well_for(gather(looks), ["sms"], now=now)


def test_who_failed_first_has_the_word_however_often_the_others_look() -> None:
    looks = [*runs(north=[DOWN] * 6, east=[UP, DOWN, DOWN, DOWN, DOWN, DOWN])]
    looks += [look(DOWN, 51 + n, "east", Reason.HTTP_5XX) for n in range(5)]
    found = found_in(looks)
    assert (found.location, found.reason) == ("north", Reason.TIMEOUT)


def test_down_in_one_place_and_slow_in_another_is_slow() -> None:
    found = found_in(runs(east=[DOWN] * 3, north=[SLOW] * 3))
    assert (found.outcome, found.is_partial) == (SLOW, False)


def test_down_in_two_of_three_places_is_down_though_the_third_is_slow() -> None:
    found = found_in(runs(east=[DOWN] * 3, north=[DOWN] * 3, south=[SLOW] * 3))
    assert (found.outcome, found.failing, found.fresh) == (DOWN, 3, 3)


def test_what_was_seen_up_to_the_very_instant_does_not_count() -> None:
    looks = runs(east=[DOWN] * 4)
    assert found_in(looks, spent=START).since == START + timedelta(seconds=10)
    assert found_in(looks, spent=START + timedelta(seconds=10)) is None


def test_what_is_well_since_then_has_not_failed() -> None:
    evidence = Evidence()
    for n in range(4):
        evidence = ev.add(evidence, look(UP, n, "east"), open_after=1, fresh_for=FRESH)
    now = START + timedelta(seconds=3)
    assert ev.finding(evidence, now=now, spent=START + timedelta(seconds=1)) is None


def test_of_two_probes_the_graver_has_the_word_though_it_failed_later() -> None:
    slow = [look(SLOW, n, "east", probe="a") for n in range(9)]
    down = [look(DOWN, n, "east", probe="b") for n in range(5, 9)]
    assert found_in([*slow, *down]).probe == "b"


def test_of_two_probes_the_one_that_enough_places_see_has_the_word() -> None:
    few = [look(DOWN, n, "east", probe="a") for n in range(9)]
    few += [look(UP, n, "north", probe="a") for n in range(9)]
    enough = [look(SLOW, n, p, probe="b") for n in range(5, 9) for p in ("east", "north")]
    assert found_in([*few, *enough]).probe == "b"


def test_too_few_places_that_see_are_no_data() -> None:
    looks = runs(east=[DOWN] * 3)
    assert found_in(looks, fewest_fresh=1)
    assert found_in(looks, fewest_fresh=2) is None


def test_a_place_between_well_and_failing_leaves_it_unsettled() -> None:
    assert (
        found_in(runs(east=[DOWN] * 3, north=[DOWN, DOWN, UP]), close_after=2).is_settled is False
    )
    assert found_in(runs(east=[DOWN] * 3, north=[DOWN, UP, UP]), close_after=2).is_settled is True


# ── recovery ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("good", "well"),
    [
        ({"east": 4}, 4),
        ({"east": 4, "north": 0}, 4),
        ({"east": 4, "north": 0, "south": 0}, 0),
        ({"east": 4, "north": 3, "south": 0}, 3),
        ({"east": 4, "north": 3, "south": 2, "west": 0}, 2),
        ({"east": 4, "north": 3, "south": 2, "west": 0, "kazan": 0}, 2),
        ({"east": 4, "north": 3, "south": 0, "west": 0, "kazan": 0}, 0),
    ],
)
def test_as_many_places_are_well_as_leave_no_quorum(good: dict[str, int], well: int) -> None:
    looks = runs(**{place: [DOWN] * (5 - n) + [UP] * n for place, n in good.items()})
    assert well_for(gather(looks), ["sms"], now=looks[-1].at) == well


def test_a_failing_place_that_falls_silent_has_not_recovered() -> None:
    looks = runs(east=[DOWN] * 3, north=[DOWN] * 3, south=[UP] * 3)
    looks += [look(UP, s, "south") for s in range(30, 240, 10)]
    looks += [look(DOWN, s, "east") for s in range(30, 240, 10)]
    assert well_for(gather(looks), ["sms"], now=START + timedelta(seconds=230)) == 0


def test_all_probes_of_a_component_must_be_well() -> None:
    looks = [*runs(east=[UP] * 3), *(look(DOWN, n, "east", probe="other") for n in range(3))]
    now = START + timedelta(seconds=20)
    assert well_for(gather(looks), ["sms"], now=now) == 3
    assert well_for(gather(looks), ["sms", "other"], now=now) == 0
    assert well_for(gather(looks), ["sms", "never"], now=now) == 0
    assert well_for(gather(looks), [], now=now) == 0


def test_too_few_places_that_see_are_no_recovery() -> None:
    looks = runs(east=[UP] * 3)
    assert well_for(gather(looks), ["sms"], now=START, fewest_fresh=2) == 0


def test_well_ends_when_the_first_needed_place_falls_silent() -> None:
    looks = runs(east=[UP] * 3, north=[UP] * 2, south=[UP])
    evidence, now = gather(looks), START + timedelta(seconds=20)
    end = well_until(evidence, now=now)
    assert end == START + timedelta(seconds=10) + FRESH
    assert well_for(evidence, ["sms"], now=end) > 0
    assert well_for(evidence, ["sms"], now=end + timedelta(microseconds=1)) == 0


def test_well_ends_when_too_few_see() -> None:
    evidence = gather(runs(east=[UP] * 3, north=[DOWN]))
    now = START + timedelta(seconds=20)
    assert well_until(evidence, now=now, fewest_fresh=2) == START + FRESH
    assert well_until(evidence, now=now) == now + FRESH


def test_it_is_well_since_the_last_of_the_needed_places_is() -> None:
    evidence = gather(runs(east=[DOWN, UP, UP], north=[DOWN, DOWN, UP], south=[DOWN] * 3))
    assert well_since(evidence, now=START + timedelta(seconds=20)) == START + timedelta(seconds=20)


def test_it_is_not_well_since_any_time_while_too_few_are() -> None:
    evidence = gather(runs(east=[UP] * 3, north=[DOWN] * 3, south=[DOWN] * 3))
    assert well_since(evidence, now=START + timedelta(seconds=20)) is None
    assert well_since(Evidence(), now=START) is None


def test_it_is_seen_since_the_last_gap() -> None:
    looks = [look(UP, s, "east") for s in (0, 10, 20, 200, 210)]
    now = START + timedelta(seconds=210)
    assert seeing_since(gather(looks), now=now) == START + timedelta(seconds=200)
    assert seeing_since(gather(looks), now=now + FRESH * 2) is None
    assert seeing_since(Evidence(), now=now) is None


def test_of_two_probes_the_one_that_came_round_later_counts() -> None:
    looks = [*runs(east=[UP] * 3), *(look(UP, n, "east", probe="other") for n in (10, 20))]
    now = START + timedelta(seconds=20)
    assert well_since(gather(looks), now=now) == START + timedelta(seconds=10)
    assert seeing_since(gather(looks), now=now) == START + timedelta(seconds=10)
    silent = [*looks, *(look(UP, n, "east") for n in range(30, 200, 10))]
    later = START + timedelta(seconds=190)
    assert well_since(gather(silent), now=later) is None
    assert seeing_since(gather(silent), now=later) is None


def test_how_long_a_look_is_good_for_is_its_probes_affair() -> None:
    evidence = ev.add(Evidence(), look(UP, 0, "east"), open_after=1, fresh_for=timedelta(seconds=7))
    assert well_for(evidence, ["sms"], now=START + timedelta(seconds=7)) == 1
    assert well_for(evidence, ["sms"], now=START + timedelta(seconds=8)) == 0
    assert evidence.of("sms", "east").last is UP
    assert ev.is_fresh(evidence, START + timedelta(seconds=7))
    blind = ev.add(evidence, look(UNKNOWN, 1, "east"), open_after=1, fresh_for=timedelta(seconds=7))
    assert not ev.is_fresh(blind, START + timedelta(seconds=7))


# ── in the house ──────────────────────────────────────────────────────────────


async def test_one_of_three_places_opens_nothing(make_world: Callable) -> None:
    world = make_world(Rules(locations=3))
    await world.see_from(8, east=DOWN, north=UP, south=UP)
    assert await world.kinds() == []


async def test_two_of_three_places_open_and_say_so(make_world: Callable) -> None:
    world = make_world(Rules(locations=3))
    await world.see_from(3, east=DOWN, north=DOWN, south=UP)
    event = await world.last()
    gate = next(g for g in event.because.gates if g.step == "quorum")
    assert gate.values == {"failing": 2, "fresh": 3, "needed": 2}
    assert not gate.held


async def test_different_reasons_in_two_places_are_told_once(make_world: Callable) -> None:
    world = make_world(Rules(locations=2, publish_after=None))
    at = world.clock()
    for n in range(12):
        for place, reason in (("east", Reason.TIMEOUT), ("north", Reason.HTTP_5XX)):
            world.clock.now = at + timedelta(seconds=10 * n + (place == "north"))
            seen = look(DOWN, 0, place, reason)
            world.recorder.observe(replace(seen, at=world.clock()))
            await world.recorder.turn()
    assert await world.kinds() == ["Opened"]


async def test_an_ordinary_recovery_is_not_told_as_a_partial_failure_first(
    make_world: Callable,
) -> None:
    world = make_world(Rules(locations=3, publish_after=timedelta(0)))
    await world.see_from(3, east=DOWN, north=DOWN, south=DOWN)
    await world.see_from(1, east=UP, north=DOWN, south=DOWN)
    await world.see_from(1, east=UP, north=UP, south=DOWN)
    await world.see_from(1, east=UP, north=UP, south=DOWN)
    assert await world.kinds() == ["Opened", "Published", "Recovering"]


async def test_a_few_places_count_only_inside_an_open_incident(make_world: Callable) -> None:
    world = make_world(Rules(locations=3, publish_after=None))
    await world.see_from(3, east=DOWN, north=DOWN, south=UP)
    world.seconds = 60
    await world.see_from(3, east=DOWN, north=DOWN)  # the third can't see any more
    await world.see_from(3, east=DOWN, north=UP)
    (incident,) = world.register.open_incidents()
    assert (incident.partial, incident.impact) == (True, Impact.MINOR)
    assert await world.kinds() == ["Opened", "Reassessed"]


async def test_it_grows_again_with_the_places(make_world: Callable) -> None:
    world = make_world(Rules(locations=3, publish_after=None))
    await world.see_from(3, east=DOWN, north=DOWN, south=UP)
    world.seconds = 60
    await world.see_from(3, east=DOWN, north=DOWN)
    await world.see_from(3, east=DOWN, north=UP)
    await world.see_from(3, east=DOWN, north=DOWN)
    (incident,) = world.register.open_incidents()
    assert (incident.partial, incident.impact) == (False, Impact.MAJOR)


async def test_most_places_well_end_it_though_one_still_fails(make_world: Callable) -> None:
    world = make_world(Rules(locations=3, monitor_for=timedelta(0), publish_after=timedelta(0)))
    await world.see_from(3, east=DOWN, north=DOWN, south=DOWN)
    await world.see_from(2, east=DOWN, north=UP, south=UP)
    assert (await world.kinds())[-1] == "Resolved"


@pytest.mark.parametrize(
    ("criticality", "outcome", "whole", "partial"),
    [
        (Criticality.LOW, SLOW, Impact.NONE, Impact.NONE),
        (Criticality.LOW, DOWN, Impact.MINOR, Impact.NONE),
        (Criticality.NORMAL, SLOW, Impact.MINOR, Impact.MINOR),
        (Criticality.NORMAL, DOWN, Impact.MAJOR, Impact.MINOR),
        (Criticality.HIGH, SLOW, Impact.MAJOR, Impact.MINOR),
        (Criticality.HIGH, DOWN, Impact.CRITICAL, Impact.MINOR),
        (Criticality.HIGH, UP, Impact.NONE, Impact.NONE),
        (Criticality.HIGH, UNKNOWN, Impact.NONE, Impact.NONE),
    ],
)
def test_impact_is_criticality_by_state_by_share(criticality, outcome, whole, partial) -> None:
    assert impact_of(outcome, criticality) is whole
    assert impact_of(outcome, criticality, partial=True) is partial


async def test_a_critical_component_opens_a_critical_incident(make_world: Callable) -> None:
    vital = Component("sms", {"ru": "Коды"}, probes=("sms",), criticality=Criticality.HIGH)
    world = make_world(components=[vital])
    await world.sees(DOWN, DOWN, DOWN)
    event = await world.last()
    assert event.impact is Impact.CRITICAL
    gate = event.because.gates[-1]
    assert gate.values == {
        "outcome": "down", "criticality": "high", "partial": False, "impact": "critical",
    }  # fmt: skip


async def test_the_gates_are_taken_in_order(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    event = await world.last()
    assert [gate.step.value for gate in event.because.gates] == [
        "confirm", "quorum", "witness", "dependency", "storm", "maintenance", "flapping", "severity",
    ]  # fmt: skip
    assert not any(gate.held for gate in event.because.gates)


async def test_a_component_may_have_rules_of_its_own(make_world: Callable) -> None:
    slow, quick = Rules(publish_after=None), Rules(publish_after=timedelta(0), close_after=1)
    world = make_world(slow, exceptions={"login": quick})
    await world.see(3, sms=DOWN, login=DOWN)
    assert {i.component: i.status for i in world.register.open_incidents()} == {
        "sms": Status.SUSPECTED, "login": Status.INVESTIGATING,
    }  # fmt: skip
    await world.see(1, sms=UP, login=UP)
    assert {i.component: i.status for i in world.register.open_incidents()} == {
        "sms": Status.SUSPECTED, "login": Status.MONITORING,
    }  # fmt: skip
