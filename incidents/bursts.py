"""Whether calls with one symptom are more than usual for the hour and weekday. Pure.

What is usual is learnt from the same hour of the same weekday in past weeks. Calls that come
by chance at a steady rate follow a Poisson law; the rate itself is known only roughly, from so
many weeks, which makes the count negative binomial (a gamma prior on the rate). A burst has to
be beyond chance by that law, and twice the usual besides, since weeks differ by more than
chance: paydays, deadlines, the news.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import exp, lgamma, log

WINDOW = timedelta(minutes=15)
"""The time in which calls are counted together."""

WEEKS = 8
"""How many past weeks say what is usual."""

FEWEST = 5
"""Fewer calls than this are no burst, however quiet the hour."""

TIMES_USUAL = 2.0
CHANCE = 1e-5
"""So unlikely must the count be: about once in ten weeks by chance, for a hundred symptoms."""

_PRIOR_CALLS = 0.5
_PRIOR_WINDOWS = 2.0
"""What is believed before anything is known: a call in four windows, and not firmly."""

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How it was reckoned: ``calls`` in the window, ``usual`` a window of this hour.

    ``weeks`` is how many past weeks it rests on (none in the first one, when all that has been
    noted so far stands in for them), ``chance`` the probability of so many calls.
    """

    calls: int
    usual: float
    weeks: int
    chance: float

    @property
    def is_burst(self) -> bool:
        return (
            self.calls >= FEWEST and self.calls >= TIMES_USUAL * self.usual and self.chance < CHANCE
        )


def reckon(
    calls: Sequence[datetime], now: datetime, zone: tzinfo, *, since: datetime
) -> Arithmetic:
    """The arithmetic of one symptom at ``now``.

    ``calls`` are the instants of all its calls; ``since`` is when calls were first noted at
    all, so that weeks before that don't count as quiet ones. Hours are those of ``zone``.
    """
    lately = sum(now - WINDOW < at <= now for at in calls)
    hours = _same_hours(now, zone, since)
    compared = hours or [(since, max(since, now - WINDOW))]
    past = sum(_falls_within(at, compared) for at in calls)
    windows = sum((end - begin) / WINDOW for begin, end in compared)
    chance = at_least(lately, shape=past + _PRIOR_CALLS, rate=windows + _PRIOR_WINDOWS)
    return Arithmetic(lately, past / windows if windows else 0.0, len(hours), chance)


def at_least(count: int, *, shape: float, rate: float) -> float:
    """P(X >= count) for a Poisson count whose rate is Gamma(``shape``, ``rate``) distributed."""
    below = sum(exp(_log_probability(k, shape, rate)) for k in range(count))
    if below < 1 - 1e-9:
        return 1 - below
    # Far out in the tail what is left of 1 is rounding: add the tail up instead.
    return sum(exp(_log_probability(k, shape, rate)) for k in range(count, count + 200))


def _log_probability(count: int, shape: float, rate: float) -> float:
    return (
        lgamma(shape + count)
        - lgamma(shape)
        - lgamma(count + 1)
        + shape * log(rate / (rate + 1))
        - count * log(rate + 1)
    )


def _same_hours(
    now: datetime, zone: tzinfo, since: datetime
) -> Sequence[tuple[datetime, datetime]]:
    """The hour around this time of day in each past week that was watched in full."""
    local = now.astimezone(zone)
    half = timedelta(minutes=30)
    middles = ((local - week * _WEEK) for week in range(1, WEEKS + 1))
    return [(m - half, m + half) for m in middles if m - half >= since]


def _falls_within(at: datetime, hours: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(begin <= at < end for begin, end in hours)
