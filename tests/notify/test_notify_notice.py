"""Which entries are news: the gates of the machine, many that fail at once, what comes and goes."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from incidents.commands import BY_HAND
from incidents.events import (
    Because as Cause_,
)
from incidents.events import (
    Cause,
    Detached,
    Event,
    Gate,
    Impact,
    Joined,
    Step,
)
from incidents.fold import evolve
from incidents.journal import Entry
from incidents.maintenance import evolve as evolve_work
from notify.delivery import Because, Telling
from notify.planning.notice import Notice, WorkNotice, notice_of, telling_of, work_notice_of
from probes.observation import Outcome, Reason

UNDER_WORK = (Gate(Step.MAINTENANCE, {"under_way": True}, held=True),)


@pytest.fixture
def last(story):
    """What the last of an incident's events tells, or why not."""

    def make(*events):
        incident = before = None
        for minute, event in enumerate(events):
            at, before = story.START + timedelta(minutes=minute), incident
            incident = evolve(incident, event, at=at, actor="probes")
        found = notice_of(Entry(9, "s", at, "probes", event), before, incident)
        return found.telling if isinstance(found, Notice) else found

    return make


@pytest.fixture
def last_of_work(story):
    def make(*events, at=None):
        work = before = None
        for event in events:
            before, work = work, evolve_work(work, event, at=at or story.START)
        entry = Entry(9, "s", at or story.START, "probes", event)
        found = work_notice_of(entry, before, work)
        return found.telling if isinstance(found, WorkNotice) else found

    return make


def held(event):
    return replace(event, because=replace(event.because, gates=UNDER_WORK))


# ── one incident, many components ──


def test_a_component_that_another_explains_is_not_told_of(last, story):
    assert last(story.opened(), story.attached("login", Cause.DEPENDENCY)) is Because.EXPLAINED


def test_a_component_that_a_person_merged_is_told_of_by_the_other_incident_s_end(last, story):
    assert last(story.opened(), story.attached("login", Cause.MERGE)) is Because.TAKEN_IN


def test_the_first_of_a_storm_is_told(last, story):
    assert last(story.opened(), story.attached("login", Cause.STORM)) is Telling.SPREAD


def test_a_dependency_before_it_does_not_silence_a_storm(last, story):
    explained = story.attached("login", Cause.DEPENDENCY)
    assert last(story.opened(), explained, story.attached("pay", Cause.STORM)) is Telling.SPREAD


def test_the_next_of_a_storm_are_not_told(last, story):
    storm = [story.attached(c, Cause.STORM) for c in ("login", "pay")]
    assert last(story.opened(), *storm) is Because.ALREADY_SPREAD


def test_a_storm_whose_first_recovered_meanwhile_is_still_the_same_storm(last, story):
    first, again = story.attached("login", Cause.STORM), story.attached("pay", Cause.STORM)
    well = Detached(story.NUMBER, "login", Cause_("confirmed_recovery"))
    assert last(story.opened(), first, well, again) is Because.ALREADY_SPREAD


def test_a_storm_after_a_reopening_is_another_storm(last, story):
    storm = story.attached("login", Cause.STORM)
    assert last(story.opened(), storm, story.resolved(), story.reopened(), storm) is Telling.SPREAD


def test_a_component_that_leaves_is_the_desk_s_business(last, story):
    explained = story.attached("login", Cause.DEPENDENCY)
    well = Detached(story.NUMBER, "login", Cause_("confirmed_recovery"))
    assert last(story.opened(), explained, well) is Because.NOT_TOLD_KIND


def test_what_becomes_part_of_another_is_told_as_its_end(last, story):
    assert last(story.opened(), story.merged("ИНЦ-2026-0002")) is Telling.RESOLVED


# ── what comes and goes ──


def test_that_it_comes_and_goes_is_told(last, story):
    assert last(story.opened(), story.unstable()) is Telling.UNSTABLE


@pytest.mark.parametrize("kind", ["reassessed", "joined"])
def test_what_probes_see_of_an_unstable_incident_is_not_told(last, story, kind):
    joined = Joined(story.NUMBER, "sms", Cause_("x"), Impact.MAJOR, Outcome.DOWN, Reason.TIMEOUT)
    event = {"reassessed": story.reassessed(Impact.CRITICAL), "joined": joined}[kind]
    assert last(story.opened(), story.unstable(), event) is Because.FLAPPING


def test_what_people_say_of_an_unstable_incident_is_told(last, story):
    assert last(story.opened(), story.unstable(), story.said("чиним")) is Telling.UPDATED


def test_the_end_of_an_unstable_incident_is_told_and_so_is_its_return(last, story):
    events = [story.opened(), story.unstable(), story.resolved()]
    assert last(*events) is Telling.RESOLVED
    assert last(*events, story.reopened()) is Telling.REOPENED


def test_a_reminder_is_told(last, story):
    assert last(story.opened(), story.reminded()) is Telling.REMINDED


# ── announced work keeps quiet ──


def test_what_is_seen_during_announced_work_is_not_told(last, story):
    worse = held(story.reassessed(Impact.CRITICAL))
    assert last(story.opened(impact=Impact.MINOR), worse) is Because.MAINTENANCE
    assert last(held(story.opened())) is Because.MAINTENANCE


def test_a_resolution_during_announced_work_is_told(last, story):
    assert last(story.opened(), held(story.resolved())) is Telling.RESOLVED


@pytest.mark.parametrize("step", sorted(set(Step) - {Step.MAINTENANCE}))
def test_the_other_gates_do_not_silence_what_was_written_down(last, story, step):
    event = story.opened()
    gates = (Gate(step, {}, held=True),)
    assert last(replace(event, because=replace(event.because, gates=gates))) is Telling.OPENED


# ── announced work itself ──


def test_work_is_told_when_it_is_planned_starts_and_ends(last_of_work, story):
    planned, started = story.announced(), story.started()
    assert last_of_work(planned) is Telling.MAINTENANCE_PLANNED
    assert last_of_work(planned, started) is Telling.MAINTENANCE_STARTED
    assert last_of_work(planned, started, story.ended()) is Telling.MAINTENANCE_ENDED
    assert last_of_work(planned, story.called_off()) is Telling.MAINTENANCE_CANCELLED


def test_work_that_begins_as_it_is_announced_is_told_by_its_start_alone(last_of_work, story):
    at_once = story.announced(starts_at=story.START)
    assert last_of_work(at_once) is Because.UNDER_WAY


def test_an_incident_s_entry_is_no_news_of_work_nor_the_other_way_round(story):
    with pytest.raises(TypeError, match="no announced work"):
        work_notice_of(Entry(1, "s", story.START, "x", story.opened()), None, None)
    with pytest.raises(TypeError, match="no incident"):
        notice_of(Entry(1, "s", story.START, "x", story.ended()), None, None)


def test_every_kind_of_event_is_told_or_has_its_reason():
    kinds = [kind for group in get_args(Event) for kind in (get_args(group) or (group,))]
    assert len(kinds) > 20
    for kind in kinds:
        event = object.__new__(kind)
        for name, value in (
            ("impact", None),
            ("text", {}),
            ("status", None),
            ("cause", Cause.STORM),
            ("because", BY_HAND),
        ):
            if name in kind.__dataclass_fields__:
                object.__setattr__(event, name, value)
        if "impact" in kind.__dataclass_fields__ and kind.__name__ == "Reassessed":
            object.__setattr__(event, "impact", Impact.MAJOR)
        assert isinstance(telling_of(event, None), Telling | Because)


def test_all_causes_are_told_or_have_their_reason(story):
    for cause in Cause:
        assert isinstance(telling_of(story.attached("login", cause), None), Telling | Because)


def test_each_telling_is_a_because_of_the_same_name():
    assert {t.value for t in Telling} <= {b.value for b in Because}
