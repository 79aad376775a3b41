"""Ringing one after another until somebody takes it: the rules without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.delivery import Because, Telling
from notify.oncall.people import NOBODY, People, Targets
from notify.planning.escalation import Policy, Stand, Step, begin, ring

START = datetime(2026, 11, 22, 11, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PEOPLE = People(engineers={who: [("mail", f"{who}@x")] for who in ("ann", "bob", "eve")})


def step(minutes, *engineers):
    return Step(minutes * MINUTE, Targets(engineers=engineers))


POLICY = Policy("p", (step(0, "ann"), step(10, "bob")), wait=5 * MINUTE)
FULL = replace(POLICY, repeat=1, last_resort=Targets(engineers=("eve",)))


def begun(policy=POLICY):
    cause = SimpleNamespace(about="ИНЦ-1", stream="s", seq=7, telling=Telling.OPENED, at=START)
    return begin(policy, "nights", cause)


def play(it, people=PEOPLE, *, until=timedelta(days=400), late=timedelta()):
    """Ring whatever comes due, each ``late``; answers when whom."""
    rung = []
    now = it.due + late
    while it.stand is Stand.RINGING and now < START + until:
        it, found = ring(it, people.reach, now)
        rung.append(((now - START) // MINUTE, [one.engineer for one in found.whom]))
        now = it.due + late
    return it, rung


def test_each_step_rings_so_long_after_the_beginning():
    assert play(begun())[1] == [(0, ["ann"]), (10, ["bob"])]


def test_the_steps_begin_again_and_then_comes_the_last_resort():
    after, rung = play(begun(FULL))
    assert rung == [(0, ["ann"]), (10, ["bob"]), (15, ["ann"]), (25, ["bob"]), (30, ["eve"])]
    assert after.stand is Stand.UNANSWERED


def test_a_first_step_may_leave_time_to_get_well():
    policy = replace(POLICY, steps=(step(2, "ann"), step(10, "bob")), repeat=1)
    assert [at for at, _ in play(begun(policy))[1]] == [2, 10, 17, 25]


def test_only_the_last_resort_is_told_that_it_is():
    it, found = begun(FULL), []
    while it.stand is Stand.RINGING:
        it, one = ring(it, PEOPLE.reach, it.due)
        found.append(one.last_resort)
    assert found == [False, False, False, False, True]


def test_a_step_that_comes_to_nobody_does_not_keep_the_next_one_waiting():
    people = replace(PEOPLE, engineers={"bob": [("mail", "b")]})
    it, found = ring(begun(), people.reach, START)
    assert [(one.engineer, one.step) for one in found.whom] == [("bob", 1)]
    assert [(one.because, one.who) for one in found.untold] == [(Because.NO_REACH, "ann")]
    assert it.stand is Stand.UNANSWERED


def test_where_no_step_comes_to_anybody_each_still_has_its_time():
    it, found = ring(begun(FULL), People().reach, START)
    assert (found.whom, it.ring, it.due) == ((), 1, START + 10 * MINUTE)
    after, rung = play(it, PEOPLE)
    assert [at for at, _ in rung] == [10, 15, 25, 30]
    assert after.stand is Stand.UNANSWERED


def test_that_nobody_at_all_is_left_is_said():
    it = begun(replace(POLICY, steps=(step(0, "ann"),)))
    after, found = ring(it, People().reach, START)
    assert after.stand is Stand.UNANSWERED
    assert Because.NOBODY_LEFT in [one.because for one in found.untold]


def test_whoever_is_on_call_is_asked_when_it_rings():
    policy = Policy("p", (Step(timedelta(), Targets(oncall=("duty",))),), wait=MINUTE, repeat=2)
    it, rung = begun(policy), []
    for who in ("ann", None, "bob"):
        people = replace(PEOPLE, on_call={"duty": who})
        it, found = ring(it, people.reach, it.due)
        rung.append([(one.engineer, one.rota) for one in found.whom])
    assert rung == [[("ann", "duty")], [], [("bob", "duty")]]


def test_after_a_long_sleep_a_step_rings_once_and_the_next_one_waits():
    it, _ = ring(begun(FULL), PEOPLE.reach, START)
    woken = START + timedelta(hours=5)
    it, found = ring(it, PEOPLE.reach, woken)
    assert [one.engineer for one in found.whom] == ["bob"]
    assert it.due == woken + 5 * MINUTE


def test_where_the_clock_went_back_nobody_waits_for_as_long():
    it, _ = ring(begun(), PEOPLE.reach, START)
    back = START - timedelta(hours=1)
    assert it.by_clock(back).due == back + 10 * MINUTE
    assert it.by_clock(START + MINUTE) == it


def test_a_policy_is_kept_to_the_letter():
    assert Policy.from_json(FULL.to_json()) == FULL


NAMES = st.sampled_from(["ann", "bob", "eve", "nobody"])
TARGETS = st.builds(Targets, engineers=st.lists(NAMES, min_size=1, max_size=3).map(tuple))


@st.composite
def policies(draw):
    afters = draw(st.lists(st.integers(0, 500), min_size=1, max_size=4, unique=True).map(sorted))
    return Policy(
        "p",
        tuple(Step(after * MINUTE, draw(TARGETS)) for after in afters),
        wait=draw(st.integers(1, 100)) * MINUTE,
        repeat=draw(st.integers(0, 3)),
        last_resort=draw(st.one_of(st.just(NOBODY), TARGETS)),
    )


@given(policy=policies(), late=st.integers(0, 3000))
def test_it_ends_and_nobody_whom_it_names_is_passed_over(policy, late):
    it = begun(policy)
    after, rung = play(it, late=late * MINUTE)
    assert after.stand is Stand.UNANSWERED
    assert len(rung) <= len(policy)
    named = {who for n in range(len(policy)) for who in policy.targets(n).engineers} - {"nobody"}
    assert {who for _, whom in rung for who in whom} == named
    assert all(whom for _, whom in rung) or not named or rung[-1][1] == []


@given(policy=policies(), late=st.integers(0, 3000))
def test_however_late_steps_keep_their_distance_where_all_can_be_reached(policy, late):
    people = replace(PEOPLE, engineers={**PEOPLE.engineers, "nobody": [("mail", "n")]})
    _, rung = play(begun(policy), people, late=late * MINUTE)
    assert len(rung) == len(policy)
    gaps = [later - at for (at, _), (later, _) in pairwise(rung)]
    assert gaps == [policy.pause(n) // MINUTE + late for n in range(1, len(policy))]


@pytest.mark.parametrize("stand", [Stand.TAKEN, Stand.OVER, Stand.UNANSWERED])
def test_nothing_is_due_once_it_is_taken_over_or_in_vain(stand):
    assert not begun().but(stand).is_due(START + timedelta(days=9))
