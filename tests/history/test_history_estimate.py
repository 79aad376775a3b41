"""What similar ones took: only where there were enough, and in words people use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.events import Impact, Origin, Said, Status
from incidents.history.estimate import (
    Estimate,
    Outlook,
    durations,
    estimate,
    in_words,
    left_in_words,
    outlook,
    similar,
)
from incidents.incident import Incident
from probes.observation import Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def minutes(*numbers: float) -> list[timedelta]:
    return [timedelta(minutes=number) for number in numbers]


def guess(*numbers: float) -> Estimate:
    found = estimate(minutes(*numbers))
    assert found is not None
    return found


TYPICAL = guess(22, 25, 30, 31, 35, 38, 40, 50, 53, 5, 180, 600)


def test_the_shortest_interval_with_three_quarters_of_them_is_told_in_round_numbers() -> None:
    low, high, longest = minutes(20, 55, 600)
    assert Estimate(low, high, 9, 12, longest) == TYPICAL


def test_fewer_than_five_say_nothing() -> None:
    assert estimate(minutes(10, 10, 10, 10)) is None


def test_five_are_enough() -> None:
    assert estimate(minutes(10, 10, 10, 10, 10)) is not None


def test_those_that_rounding_takes_in_are_counted_too() -> None:
    assert guess(21, 22, 23, 24, 20).covered == 5


@pytest.mark.parametrize(
    ("numbers", "ru", "en"),
    [
        ((22, 25, 30, 50, 53), "20–50 минут (4 из 5)", "20–50 minutes (4 of 5)"),
        (
            (41, 45, 60, 70, 80),
            "от 40 минут до 2 часов (5 из 5)",
            "40 minutes to 2 hours (5 of 5)",
        ),
        ((61, 70, 80, 110, 119), "1–2 часа (5 из 5)", "1–2 hours (5 of 5)"),
        ((0.1, 1, 2, 3, 4), "до 3 минут (4 из 5)", "up to 3 minutes (4 of 5)"),
        ((0.1, 0.2, 0.3, 0.2, 0.1), "до 1 минуты (5 из 5)", "up to 1 minute (5 of 5)"),
        ((5, 5, 5, 5, 5), "около 5 минут (5 из 5)", "about 5 minutes (5 of 5)"),
        ((60, 60, 60, 60, 60), "около 1 часа (5 из 5)", "about 1 hour (5 of 5)"),
        ((3000, 3100, 3500, 4000, 4300), "2–3 дня (5 из 5)", "2–3 days (5 of 5)"),
        ((1400, 1500, 1600, 1600, 1600), "1–2 дня (4 из 5)", "1–2 days (4 of 5)"),
        (
            (1390, 1400, 1410, 1420, 1430),
            "от 23 часов до 1 дня (5 из 5)",
            "23 hours to 1 day (5 of 5)",
        ),
        ((50, 52, 54, 57, 58), "от 50 минут до 1 часа (5 из 5)", "50 minutes to 1 hour (5 of 5)"),
    ],
)
def test_an_estimate_in_words(numbers, ru: str, en: str) -> None:
    assert in_words(guess(*numbers), "ru") == f"Похожие сбои длились {ru}"
    assert in_words(guess(*numbers), "en") == f"Similar ones took {en}"


@pytest.mark.parametrize(
    ("elapsed", "state", "ru", "en"),
    [
        (
            5,
            Outlook.AHEAD,
            "если этот такой же, осталось 15–50 минут",
            "if this one does too, 15–50 minutes to go",
        ),
        (
            21,
            Outlook.WITHIN,
            "если этот такой же, осталось до 35 минут",
            "if this one does too, up to 35 minutes to go",
        ),
        (
            55,
            Outlook.LATE,
            "этот длится дольше, чем большинство из них",
            "this one is taking longer than most of them",
        ),
        (
            600,
            Outlook.LONGEST,
            "этот уже дольше любого из них",
            "this one has taken longer than any of them",
        ),
    ],
    ids=["ahead", "within", "late", "longest"],
)
def test_what_is_left_is_told_honestly(elapsed: int, state: Outlook, ru: str, en: str) -> None:
    (lasts,) = minutes(elapsed)
    assert outlook(TYPICAL, lasts) is state
    assert left_in_words(TYPICAL, lasts, "ru") == ru
    assert left_in_words(TYPICAL, lasts, "en") == en


times = st.lists(st.timedeltas(timedelta(), timedelta(days=20)), min_size=5, max_size=40)


@given(times)
def test_an_estimate_covers_what_it_says_and_at_least_three_quarters(took) -> None:
    found = estimate(took)
    assert found is not None
    assert sum(found.low <= one <= found.high for one in took) == found.covered
    assert 4 * found.covered >= 3 * found.total
    assert found.total == len(took)


@given(times, st.timedeltas(timedelta(), timedelta(days=30)))
def test_every_estimate_can_be_put_into_words(took, elapsed) -> None:
    found = estimate(took)
    assert found is not None
    for lang in ("ru", "en"):
        said = f"{in_words(found, lang)} {left_in_words(found, elapsed, lang)}"
        assert " 0 " not in said
        assert "{" not in said


# ── which are similar ──────────────────────────────────────────────────────────


def incident(id_: str = "A-1", **fields: object) -> Incident:
    given = {
        "id": id_,
        "component": "sms",
        "origin": Origin.PROBE,
        "status": Status.RESOLVED,
        "impact": Impact.MAJOR,
        "started_at": START,
        "opened_at": START,
        "changed_at": START,
        "published_at": START,
        "resolved_at": START + timedelta(minutes=40),
        "reason": Reason.CODE_LATE,
    }
    return Incident(**(given | fields))


NOW = incident("A-9", status=Status.INVESTIGATING, resolved_at=None)


@pytest.mark.parametrize("fields", [{}, {"status": Status.POSTMORTEM}, {"origin": Origin.PERSON}])
def test_one_of_the_same_component_and_reason_is_similar(fields) -> None:
    past = incident(**fields)
    assert similar([past], NOW) == [past]


@pytest.mark.parametrize(
    "fields",
    [
        {"id_": "A-9"},
        {"component": "login"},
        {"reason": Reason.CODE_NOT_ARRIVED},
        {"reason": None},
        {"status": Status.MONITORING, "resolved_at": None},
        {"published_at": None},
        {"merged_into": "A-2"},
        {"origin": Origin.IMPORT, "resolved_at": START},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_another_is_not(fields) -> None:
    assert not similar([incident(**fields)], NOW)


def test_without_a_reason_it_is_like_no_other() -> None:
    nobody_knows = incident("A-9", reason=None)
    assert not similar([incident(reason=None)], nobody_knows)


def test_a_duration_is_from_start_to_resolution() -> None:
    assert durations([incident(), NOW]) == minutes(40)


def test_a_duration_is_without_the_time_before_it_was_reopened() -> None:
    one = incident()
    said = (
        Said(one.started_at + timedelta(minutes=10), {}, Status.RESOLVED),
        Said(one.started_at + timedelta(minutes=25), {}, Status.INVESTIGATING),
        Said(one.started_at + timedelta(minutes=40), {}, Status.RESOLVED),
    )
    assert durations([incident(updates=said)]) == minutes(25)
