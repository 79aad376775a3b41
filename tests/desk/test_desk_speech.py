"""Instants and spans in words, in the portal's zone and the reader's language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.speech import load

SPEECHES = load(["ru", "en", "kk"], ZoneInfo("Europe/Moscow"))
NOW = datetime(2026, 10, 18, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "ru", "en"),
    [
        (timedelta(seconds=-5), "меньше минуты", "less than a minute"),
        (timedelta(seconds=59), "меньше минуты", "less than a minute"),
        (timedelta(minutes=18), "18 мин", "18 min"),
        (timedelta(minutes=120), "2 ч", "2 h"),
        (timedelta(minutes=125), "2 ч 5 мин", "2 h 5 min"),
        (timedelta(days=2), "2 дн", "2 d"),
        (timedelta(days=2, hours=4, minutes=59), "2 дн 4 ч", "2 d 4 h"),
    ],
)
def test_a_span_has_its_two_largest_units(length: timedelta, ru: str, en: str) -> None:
    assert (SPEECHES["ru"].span(length), SPEECHES["en"].span(length)) == (ru, en)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 10, 18, 9, 5, tzinfo=UTC), "12:05"),
        (datetime(2026, 10, 17, 20, 59, tzinfo=UTC), "17 окт, 23:59"),
        (datetime(2026, 10, 17, 21, 0, tzinfo=UTC), "00:00"),
        (datetime(2025, 5, 1, 9, 0, tzinfo=UTC), "1 мая 2025, 12:00"),
    ],
)
def test_an_instant_says_no_more_than_is_needed(at: datetime, words: str) -> None:
    assert SPEECHES["ru"].moment(at, NOW) == words


def test_a_language_the_desk_lacks_is_spoken_in_english() -> None:
    assert SPEECHES["kk"].span(timedelta(minutes=3)) == "3 min"
    assert SPEECHES["kk"].lang == "kk"


def test_a_word_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        SPEECHES["ru"].say("lookup.nonsense")
