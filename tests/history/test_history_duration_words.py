"""Numbers and their nouns, as people say them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from babel.core import Locale
from babel.plural import to_python
from hypothesis import given
from hypothesis import strategies as st

from incidents.duration_words import (
    between,
    count,
    duration,
    exact_duration,
    plural,
    short_duration,
)

S, M, H, D = 1, 60, 3600, 86400


@pytest.mark.parametrize(
    ("number", "ru"),
    [
        (0, "0 минут"),
        (1, "1 минуту"),
        (2, "2 минуты"),
        (5, "5 минут"),
        (11, "11 минут"),
        (14, "14 минут"),
        (21, "21 минуту"),
        (24, "24 минуты"),
        (111, "111 минут"),
        (101, "101 минуту"),
    ],
)
def test_russian_counts(number: int, ru: str) -> None:
    assert count(number, "minute", "ru") == ru


@pytest.mark.parametrize(("number", "en"), [(0, "0 times"), (1, "1 time"), (2, "2 times")])
def test_english_counts(number: int, en: str) -> None:
    assert count(number, "time", "en") == en


@given(st.integers(0, 100_000))
def test_plurals_are_those_of_the_unicode_tables(number: int) -> None:
    forms = ("one", "few", "many")
    rules = {lang: to_python(Locale(lang).plural_form) for lang in ("ru", "en")}
    assert plural(number, forms, "ru") == rules["ru"](number)
    assert plural(number, ("one", "other"), "en") == rules["en"](number)


@pytest.mark.parametrize(
    ("seconds", "said", "exact", "short"),
    [
        (-5, "меньше минуты", "0 секунд", "0 с"),
        (12, "меньше минуты", "12 секунд", "12 с"),
        (119, "1 минуту", "1 минуту", "1 мин"),
        (H, "1 час", "1 час", "1 ч"),
        (H + 5 * M + 59, "1 час 5 минут", "1 час 5 минут", "1 ч 5 мин"),
        (2 * D + 5 * M, "2 дня", "2 дня", "2 дн"),
        (21 * D + 3 * H + 5 * M, "21 день 3 часа", "21 день 3 часа", "21 дн 3 ч"),
    ],
)
def test_a_length_in_its_largest_units(seconds, said: str, exact: str, short: str) -> None:
    length = timedelta(seconds=seconds)
    assert duration(length, "ru") == said
    assert exact_duration(length, "ru") == exact
    assert short_duration(length, "ru") == short


def test_a_language_without_words_is_spoken_to_in_english() -> None:
    assert duration(timedelta(hours=2, minutes=1), "kk") == "2 hours 1 minute"


@pytest.mark.parametrize(
    ("low", "high", "ru", "en"),
    [
        (M, 2 * M, "1–2 минуты", "1–2 minutes"),
        (M, H, "от 1 минуты до 1 часа", "1 minute to 1 hour"),
        (5 * H, 2 * D, "от 5 часов до 2 дней", "5 hours to 2 days"),
        (0, 0, "до 0 минут", "up to 0 minutes"),
    ],
)
def test_a_stretch(low: int, high: int, ru: str, en: str) -> None:
    spans = timedelta(seconds=low), timedelta(seconds=high)
    assert between(*spans, "ru") == ru
    assert between(*spans, "en") == en
