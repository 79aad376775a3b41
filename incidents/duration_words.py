"""Numbers with their nouns, and lengths of time in words, in Russian and English. Pure.

The one place for plurals: what notify, the desk and the page say of durations comes from here.
Words stand as the object of a verb: «длился 21 минуту», "lasted 21 minutes". A language that
isn't here is spoken to in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

MINUTE, HOUR, DAY = 60, 3600, 86400
_SECONDS_IN = MappingProxyType({"day": DAY, "hour": HOUR, "minute": MINUTE, "second": 1})
_RANGE = ("day", "hour", "minute")


def _one_few_many(number: int) -> int:
    """Which of a noun's forms: 1, 21; 2-4, 22; 5, 11-14, 20."""
    tens, ones = number % 100, number % 10
    if ones == 1 and tens != 11:  # noqa: PLR2004 - grammar
        return 0
    return 1 if ones in (2, 3, 4) and tens not in (12, 13, 14) else 2


def _one_other(number: int) -> int:
    return 0 if number == 1 else 1


@dataclass(frozen=True, slots=True)
class _Words:
    """``of`` are the forms after "of" and "from"; ``short`` is what stands in a narrow place."""

    form: Callable[[int], int]
    nouns: Mapping[str, Sequence[str]]
    of: Mapping[str, Sequence[str]]
    short: Mapping[str, str]
    under_a_minute: str
    about: str
    up_to: str
    between: str


_RU = _Words(
    form=_one_few_many,
    nouns={
        "second": ("секунду", "секунды", "секунд"),
        "minute": ("минуту", "минуты", "минут"),
        "hour": ("час", "часа", "часов"),
        "day": ("день", "дня", "дней"),
        "time": ("раз", "раза", "раз"),
    },
    of={
        "second": ("секунды", "секунд", "секунд"),
        "minute": ("минуты", "минут", "минут"),
        "hour": ("часа", "часов", "часов"),
        "day": ("дня", "дней", "дней"),
    },
    short={"second": "с", "minute": "мин", "hour": "ч", "day": "дн"},
    under_a_minute="меньше минуты",
    about="около {}",
    up_to="до {}",
    between="от {} до {}",
)
_EN_NOUNS: Mapping[str, Sequence[str]] = {
    "second": ("second", "seconds"),
    "minute": ("minute", "minutes"),
    "hour": ("hour", "hours"),
    "day": ("day", "days"),
    "time": ("time", "times"),
}
_EN = _Words(
    form=_one_other,
    nouns=_EN_NOUNS,
    of=_EN_NOUNS,
    short={"second": "s", "minute": "min", "hour": "h", "day": "d"},
    under_a_minute="less than a minute",
    about="about {}",
    up_to="up to {}",
    between="{} to {}",
)
_LANGUAGES = MappingProxyType({"ru": _RU, "en": _EN})


def _speak(lang: str) -> _Words:
    return _LANGUAGES.get(lang, _EN)


def plural(number: int, forms: Sequence[str], lang: str) -> str:
    """The one of ``forms`` that stands after ``number``: for 1, 2, 5 in Russian; 1, 2 else."""
    return forms[_speak(lang).form(number)]


def count(number: int, unit: str, lang: str) -> str:
    """A number and its noun: «21 минуту», "1 minute". Raises KeyError for another unit.

    Units are second, minute, hour, day, time («3 раза»).
    """
    return f"{number} {plural(number, _speak(lang).nouns[unit], lang)}"


def duration(length: timedelta, lang: str) -> str:
    """How long, in its one or two largest units; under a minute says just that.

    Only what is complete counts: 119 seconds are a minute. Less than nothing is nothing.
    """
    if length.total_seconds() < MINUTE:
        return _speak(lang).under_a_minute
    return exact_duration(length, lang)


def exact_duration(length: timedelta, lang: str) -> str:
    """The same, with seconds where there is no whole minute: «12 секунд»."""
    return " ".join(count(number, unit, lang) for unit, number in _largest(length))


def short_duration(length: timedelta, lang: str) -> str:
    """The same where there is little room: «1 ч 5 мин»."""
    words = _speak(lang)
    return " ".join(f"{number} {words.short[unit]}" for unit, number in _largest(length))


def _largest(length: timedelta) -> Sequence[tuple[str, int]]:
    """The one or two largest units; seconds only where they stand alone."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < MINUTE:
        return [("second", seconds)]
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    shown = [("day", days), ("hour", hours)] if days else [("hour", hours), ("minute", minutes)]
    return [(unit, number) for unit, number in shown if number]


def between(low: timedelta, high: timedelta, lang: str) -> str:
    """A stretch of time: «20–55 минут», «от 40 минут до 2 часов», "20–55 minutes".

    ``high`` is at least ``low`` and a minute. Each bound is told in the largest unit that
    measures it out, so give bounds that are round: what is left of a minute is dropped. From
    nothing is «до 5 минут», and twice the same «около 5 минут».
    """
    words = _speak(lang)
    unit, most = _whole(high)
    least_unit, least = _whole(low)
    if low.total_seconds() < MINUTE:
        return words.up_to.format(_of(most, unit, words))
    if (least, least_unit) == (most, unit):
        return words.about.format(_of(most, unit, words))
    if least_unit == unit:
        return f"{least}–{count(most, unit, lang)}"
    return words.between.format(_of(least, least_unit, words), _of(most, unit, words))


def up_to(length: timedelta, lang: str) -> str:
    """«до 35 минут», "up to 35 minutes"; ``length`` is round and at least a minute."""
    words = _speak(lang)
    unit, number = _whole(length)
    return words.up_to.format(_of(number, unit, words))


def _whole(length: timedelta) -> tuple[str, int]:
    """The largest unit that leaves no rest, and how many."""
    seconds = int(length.total_seconds())
    unit = next((u for u in _RANGE if seconds and seconds % _SECONDS_IN[u] == 0), "minute")
    return unit, seconds // _SECONDS_IN[unit]


def _of(number: int, unit: str, words: _Words) -> str:
    return f"{number} {words.of[unit][words.form(number)]}"
