"""What the board lets through, and when two boards are one page."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.component import Component
from incidents.events import (
    Because,
    Impact,
    Merged,
    Opened,
    Origin,
    Published,
    Recovering,
    Relapsed,
    Reopened,
    Resolved,
    Status,
    Unstable,
    Updated,
)
from incidents.fold import evolve
from incidents.health import ComponentStatus, Health
from probes.observation import Outcome
from statuspage.board import Overall, board, overall
from statuspage.crowd import recent
from statuspage.months import months
from statuspage.timeline import Turn, timeline

S = ComponentStatus


def health(status: ComponentStatus, *, measured: bool = True) -> Health:
    return Health(Component("a", {"en": "A"}, probes=("p",) if measured else ()), status)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], Overall.NOTHING),
        ([S.OPERATIONAL] * 3, Overall.WORKS),
        ([S.OPERATIONAL, S.DEGRADED], Overall.SOME_FALTER),
        ([S.OPERATIONAL, S.PARTIAL], Overall.SOME_FALTER),
        ([S.DEGRADED, S.PARTIAL], Overall.ALL_FALTER),
        ([S.OPERATIONAL, S.MAJOR], Overall.SOME_DOWN),
        ([S.UNKNOWN, S.MAJOR], Overall.SOME_DOWN),
        ([S.MAJOR, S.MAJOR], Overall.ALL_DOWN),
        ([S.OPERATIONAL, S.UNKNOWN], Overall.PARTLY_UNSEEN),
        ([S.UNKNOWN, S.UNKNOWN], Overall.UNSEEN),
        ([S.OPERATIONAL, S.MAINTENANCE], Overall.MAINTENANCE),
        ([S.MAINTENANCE, S.UNKNOWN], Overall.PARTLY_UNSEEN),
    ],
)
def test_the_sentence_on_top_says_the_gravest_thing(seen, expected):
    assert overall([health(status) for status in seen]) is expected


@given(st.lists(st.sampled_from([s for s in S if s is not S.OPERATIONAL]), min_size=1))
def test_nothing_but_operational_components_is_ever_said_to_work(seen):
    assert overall([health(status) for status in seen]) not in (
        Overall.WORKS,
        Overall.MEASURED_WORKS,
    )


def test_a_component_nobody_measures_is_not_said_to_work():
    both = [health(S.OPERATIONAL), health(S.UNKNOWN, measured=False)]
    assert overall(both) is Overall.MEASURED_WORKS
    assert overall(both[1:]) is Overall.NOTHING


def test_a_blip_is_nowhere_on_the_board(bench):
    blip = bench.resolved(1, bench.now - timedelta(hours=1), published_at=None)
    made = board(bench.snapshot(blip, bench.incident(2, published_at=None)))
    assert made.stories == ()


def test_open_and_past_incidents_come_newest_first(bench):
    ages = [timedelta(hours=5), timedelta(hours=1), timedelta(days=3)]
    stories = board(
        bench.snapshot(
            *(bench.incident(n, started_at=bench.now - age) for n, age in enumerate(ages)),
            *(bench.resolved(10 + n, bench.now - age) for n, age in enumerate(ages)),
        )
    )
    for group in (stories.open, stories.past, stories.stories):
        assert all(a.incident.started_at >= b.incident.started_at for a, b in pairwise(group))
    assert [story.is_open for story in stories.open] == [True] * 3


def test_the_page_is_the_same_when_only_time_went_by(bench):
    before = board(bench.snapshot(bench.incident()))
    after = board(bench.snapshot(bench.incident(), now=bench.now + timedelta(seconds=30), seq=99))
    assert before == after


def test_the_page_is_the_same_when_only_engineers_know_the_difference(bench):
    shown = bench.incident()
    quiet = replace(
        shown,
        acknowledged_at=bench.now,
        acknowledged_by="ana",
        operator_note={"ru": "скажите так"},
        changed_at=bench.now,
    )
    assert board(bench.snapshot(shown)) == board(bench.snapshot(quiet))


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.MONITORING},
        {"title": {"ru": "Другое"}},
        {"public_text": {"ru": "Другое"}},
        {"component": "login"},
        {"impact": Impact.MINOR},
    ],
)
def test_the_page_is_another_when_the_public_can_see_the_difference(bench, change):
    assert board(bench.snapshot(bench.incident())) != board(
        bench.snapshot(bench.incident(**change))
    )


def test_the_page_is_another_when_a_component_changes(bench):
    assert board(bench.snapshot()) != board(bench.snapshot(states={"sms": S.UNKNOWN}))


def test_no_internal_note_reaches_the_board(bench):
    made = board(bench.snapshot(bench.incident(operator_note={"ru": "только для операторов"})))
    assert "только для операторов" not in repr(made)


def test_a_private_contact_is_left_out(bench):
    public, private = bench.snapshot().contacts
    made = board(bench.snapshot(contacts=(public, replace(private, public=False))))
    assert made.contacts == (public,)


def test_a_component_that_left_the_config_is_shown_while_it_is_unwell(bench):
    orphan = bench.incident(component="old", component_name={"ru": "Старый сервис"})
    made = board(bench.snapshot(orphan))
    assert made.components[-1].component.id == "old"
    assert made.components[-1].status is S.MAJOR
    assert made.overall is Overall.SOME_DOWN


def test_history_goes_by_the_month_where_the_portal_is(bench):
    late_in_october_utc = bench.now.replace(month=10, day=31, hour=22)
    made = board(bench.snapshot(bench.resolved(1, late_in_october_utc)))
    assert [f"{month.first:%Y-%m}" for month in months(made)] == ["2026-11"]


def test_recent_days_hold_a_fortnight(bench):
    made = board(
        bench.snapshot(
            *(
                bench.resolved(n, bench.now - timedelta(days=d))
                for n, d in enumerate((1, 1, 13, 15))
            )
        )
    )
    assert [len(stories) for _, stories in recent(made).days] == [2, 1]


def test_a_timeline_tells_publication_words_and_end_newest_first(bench):
    incident = bench.resolved(
        1,
        bench.now - timedelta(hours=1),
        resolved_at=bench.now,
        updates=(bench.said("чиним", minutes=20, status=Status.IDENTIFIED),),
    )
    lines = timeline(incident)
    assert [line.turn for line in lines] == [Turn.RESOLVED, Turn.SAID, Turn.PUBLISHED]
    assert [line.status for line in lines] == [
        Status.RESOLVED,
        Status.IDENTIFIED,
        Status.INVESTIGATING,
    ]


def test_what_was_said_before_publication_stays_inside(bench):
    incident = bench.incident(updates=(bench.said("тссс", minutes=37, status=Status.SUSPECTED),))
    assert "тссс" not in repr(timeline(incident))


def test_a_last_word_at_the_end_is_not_repeated_by_ours(bench):
    said = bench.said("всё починили", minutes=0, status=Status.RESOLVED)
    incident = bench.resolved(
        1, bench.now - timedelta(hours=1), resolved_at=said.at, updates=(said,)
    )
    assert [line.turn for line in timeline(incident)] == [Turn.SAID, Turn.PUBLISHED]


def test_lines_keep_their_names_as_the_timeline_grows(bench):
    said = bench.said("чиним", minutes=20)
    short = timeline(bench.incident(updates=(said,)))
    long = timeline(
        bench.incident(
            updates=(said, bench.said("почти", minutes=10)),
            status=Status.MONITORING,
            monitoring_at=bench.now,
        )
    )
    assert {line.id for line in short} < {line.id for line in long}
    assert len({line.id for line in long}) == len(long)


def test_an_imported_incident_begins_no_later_than_its_first_word(bench):
    incident = bench.incident(
        origin=Origin.IMPORT, published_at=bench.now, updates=(bench.said("было", minutes=30),)
    )
    lines = timeline(incident)
    assert lines[-1].turn is Turn.PUBLISHED
    assert lines[-1].at == bench.now - timedelta(minutes=30)


def test_what_was_once_public_stays_in_the_timeline(bench):
    """Resolved, back again, watched, back again: no line of it is ever taken away."""
    because = Because("by_hand")
    about = ("A-1", "sms", because)
    at, incident, before = bench.now, None, ()
    opened = Opened("A-1", "sms", Origin.PROBE, Impact.MAJOR, at, because, outcome=Outcome.DOWN)
    failed = {"impact": Impact.MAJOR, "outcome": Outcome.DOWN}
    for event in (
        opened,
        Published(*about),
        Resolved(*about),
        Reopened(*about, started_at=at, **failed),
        Updated(*about, status=Status.MONITORING),
        Relapsed(*about, outcome=Outcome.DOWN, reason=None),
        Resolved(*about, text={"ru": "Починили"}),
    ):
        at += timedelta(minutes=1)
        incident = evolve(incident, event, at=at, actor="anna")
        lines = timeline(incident)
        assert lines[len(lines) - len(before) :] == before
        before = lines
    assert [line.turn for line in reversed(before)] == [
        Turn.PUBLISHED,
        Turn.RESOLVED,
        Turn.REOPENED,
        Turn.MONITORING,
        Turn.REOPENED,
        Turn.SAID,
    ]


def test_what_a_reopening_undoes_stays_in_the_timeline(bench):
    """Unstable, merged, split off again: nothing that was told is taken back."""
    because = Because("by_hand")
    about = ("A-1", "sms", because)
    at, incident, before = bench.now - timedelta(minutes=40), None, ()
    failed = {"impact": Impact.MAJOR, "outcome": Outcome.DOWN}
    for event in (
        Opened("A-1", "sms", Origin.PROBE, Impact.MAJOR, at, because, outcome=Outcome.DOWN),
        Published(*about),
        Unstable(*about),
        Recovering(*about),
        Unstable(*about),
        Merged(*about, into="ИНЦ-2026-0002"),
        Reopened(*about, started_at=at, **failed),
    ):
        at += timedelta(minutes=1)
        incident = evolve(incident, event, at=at, actor="anna")
        lines = timeline(incident)
        assert lines[len(lines) - len(before) :] == before
        before = lines
    assert [line.turn for line in reversed(before)] == [
        Turn.PUBLISHED,
        Turn.UNSTABLE,
        Turn.MONITORING,
        Turn.UNSTABLE,
        Turn.MERGED,
        Turn.REOPENED,
    ]
    page = bench.render(bench.snapshot(incident, bench.incident(2)))["incidents/A-1.html"].decode()
    assert "под номером ИНЦ-2026-0002" in page
    alone = bench.render(bench.snapshot(incident))["incidents/A-1.html"].decode()
    assert "0002" not in alone
    assert "мы занимаемся ими вместе" in alone


def test_the_time_it_was_over_is_not_its_length(bench):
    because = Because("by_hand")
    about = ("A-1", "sms", because)
    start = bench.now - timedelta(hours=3)
    incident = None
    for minutes, event in (
        (0, Opened("A-1", "sms", Origin.PROBE, Impact.MAJOR, start, because)),
        (1, Published(*about)),
        (30, Resolved(*about)),
        (150, Reopened(*about, started_at=start, impact=Impact.MAJOR)),
    ):
        incident = evolve(incident, event, at=start + timedelta(minutes=minutes), actor="anna")
    page = bench.render(bench.snapshot(incident))["index.html"].decode()
    assert "длится 1 час." in page


def test_the_next_words_keep_the_promise(bench):
    because = Because("by_hand")
    about = ("A-1", "sms", because)
    soon, promises = bench.now + timedelta(minutes=30), []
    incident = None
    for event in (
        Opened("A-1", "sms", Origin.PROBE, Impact.MAJOR, bench.now, because),
        Published(*about),
        Updated(*about, text={"ru": "Чиним"}, next_at=soon),
        Updated(*about, operator_note={"ru": "Не обещать минут"}),
        Updated(*about, text={"ru": "Починили"}),
    ):
        incident = evolve(incident, event, at=bench.now, actor="anna")
        promises.append(incident.next_at)
    assert promises == [None, None, soon, soon, None]


def test_what_was_said_of_a_blip_is_not_told_when_it_comes_back(bench):
    because = Because("by_hand")
    about = ("A-1", "sms", because)
    at, incident = bench.now, None
    for event in (
        Opened("A-1", "sms", Origin.PROBE, Impact.MAJOR, at, because),
        Resolved(*about),
        Reopened(*about, started_at=at, impact=Impact.MAJOR),
        Published(*about),
    ):
        at += timedelta(minutes=1)
        incident = evolve(incident, event, at=at, actor="anna")
    assert [line.turn for line in timeline(incident)] == [Turn.PUBLISHED]
