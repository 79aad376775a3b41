"""How long things took: from when, to when, and what doesn't count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.events import Because, Impact, Origin, Said, Status
from incidents.history.measures import Measures, Summary, measure, summary
from incidents.incident import Incident

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
WHY = Because("x")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def incident(**fields: object) -> Incident:
    given = {
        "id": "A-1",
        "component": "sms",
        "origin": Origin.PROBE,
        "status": Status.RESOLVED,
        "impact": Impact.MAJOR,
        "started_at": START,
        "opened_at": at(1),
        "changed_at": at(60),
        "first_acknowledged_at": at(6),
        "published_at": at(4),
        "resolved_at": at(60),
    }
    return Incident(**(given | fields))


def test_detection_and_the_end_count_from_the_start_the_rest_from_the_opening() -> None:
    assert measure(incident()) == Measures(minutes(1), minutes(5), minutes(3), minutes(60))


def test_what_did_not_happen_has_no_time() -> None:
    bare = incident(
        status=Status.SUSPECTED, first_acknowledged_at=None, published_at=None, resolved_at=None
    )
    assert measure(bare) == Measures(minutes(1), None, None, None)


def test_of_one_that_a_person_opened_nobody_knows_how_long_it_took_to_notice() -> None:
    assert measure(incident(origin=Origin.PERSON, started_at=at(1))).detect is None


def test_a_person_who_says_since_when_lets_it_be_known() -> None:
    assert measure(incident(origin=Origin.PERSON, started_at=at(-9))).detect == minutes(10)


REOPENED = {
    "reopened_at": at(70),
    "resolved_at": at(90),
    "updates": (
        Said(at(4), {}, Status.INVESTIGATING),
        Said(at(60), {"ru": "Всё"}, Status.RESOLVED),
        Said(at(65), {}, Status.POSTMORTEM),
        Said(at(70), {}, Status.INVESTIGATING),
        Said(at(90), {}, Status.RESOLVED),
    ),
}


def test_what_was_closed_in_between_is_not_time_to_resolve() -> None:
    assert measure(incident(**REOPENED)).resolve == minutes(80)


def test_one_that_was_reopened_and_is_open_is_not_resolved() -> None:
    still = incident(**REOPENED | {"status": Status.INVESTIGATING, "resolved_at": None})
    assert measure(still).resolve is None


def test_an_import_tells_only_how_long_it_lasted() -> None:
    brought = incident(origin=Origin.IMPORT, opened_at=START, published_at=START)
    assert measure(brought) == Measures(None, None, None, minutes(60))


def test_an_import_without_an_end_does_not_even_tell_that() -> None:
    endless = incident(origin=Origin.IMPORT, opened_at=START, resolved_at=START)
    assert measure(endless) == Measures(None, None, None, None)


def test_a_clock_that_was_set_back_makes_no_time_of_less_than_nothing() -> None:
    found = measure(incident(opened_at=at(-5), first_acknowledged_at=at(-6), resolved_at=at(-4)))
    assert found.detect == found.acknowledge == found.resolve == timedelta()


def test_a_summary_leaves_out_what_did_not_happen() -> None:
    assert summary([None, minutes(3), None, minutes(1)]) == Summary(2, minutes(2), minutes(3))


@pytest.mark.parametrize(
    ("count", "p90"), [(1, 1), (2, 2), (9, 9), (10, 9), (11, 10), (20, 18), (100, 90)]
)
def test_nine_of_ten_take_no_longer_than_p90(count: int, p90: int) -> None:
    found = summary([minutes(n) for n in range(count, 0, -1)])
    assert found is not None
    assert found.p90 == minutes(p90)


def test_nothing_has_no_summary() -> None:
    assert summary([None]) is None


@given(st.lists(st.timedeltas(timedelta(), timedelta(days=9)), min_size=1))
def test_a_summary_lies_among_what_it_sums_up(times: list[timedelta]) -> None:
    found = summary(times)
    assert found is not None
    assert min(times) <= found.median <= found.p90 <= max(times)
    assert found.p90 in times
