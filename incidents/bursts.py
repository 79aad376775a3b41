"""Whether calls with one symptom are more than usual for the hour and weekday. Pure.

What is usual is learnt from the same hour of the same weekday in past weeks, and moved to the
level of today: on a payday, at a deadline or after the news people call more about everything.
How much more is seen by the calls about everything else. Before there is a past week, what has
been noted so far stands in for it, and then the others' calls say all of how busy an hour is.

Calls that come by chance at a steady rate follow a Poisson law. The rate is known only roughly,
and differs from week to week by more than chance; both make the count negative binomial. A
burst is a count that this law all but rules out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import exp, lgamma, log

WINDOW = timedelta(minutes=15)
"""The time in which calls are counted together."""

WEEKS = 8
"""How many past weeks say what is usual."""

FEWEST = 5
"""Fewer calls than this are no burst, however quiet the hour."""

CHANCE = 2e-7
"""So unlikely must the count be: chance alone would open an incident in half a year or more."""

_UNEVEN = 1 / 16
"""How much one symptom's rate differs between weeks: the square of a quarter either way."""

_BUSIEST = 3.0
"""How far above its past an hour's level may go: a fault of everything must not explain itself."""

_QUIETEST = 0.25
"""How far below, before the hour has a past of its own: a silent night says little."""

_PRIOR_CALLS = 1.0
_PRIOR_WINDOWS = 4.0
"""What is believed before anything is known: a call in four windows, and not firmly."""

_PRIOR_SHARE = 1 / 30
"""What part of all calls one symptom is taken for, before there is a past week."""

_PRIOR_OTHERS = 2.0
"""Others' calls in a window that are taken for granted, so that two of them prove little."""

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Past:
    """What a window is compared with: half-open ``stretches``, from so many past ``weeks``.

    No weeks: there is none yet, and the one stretch is all of the time since the first call.
    """

    stretches: tuple[tuple[datetime, datetime], ...]
    weeks: int

    @property
    def windows(self) -> float:
        """How many windows long it is."""
        return sum((end - begin) / WINDOW for begin, end in self.stretches)


@dataclass(frozen=True, slots=True)
class Count:
    """Calls in the window and in the past it is compared with."""

    now: int
    past: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How it was reckoned: ``calls`` in the window, ``usual`` in one of this hour.

    ``level`` is how busy the line is beside its usual self, and already in ``usual``; ``weeks``
    are the past weeks that it rests on; ``chance`` is the probability of so many calls.
    """

    calls: int
    usual: float
    level: float
    weeks: int
    chance: float

    @property
    def is_burst(self) -> bool:
        return self.calls >= FEWEST and self.chance < CHANCE


def past_of(now: datetime, zone: tzinfo, *, since: datetime) -> Past:
    """What the window that ends at ``now`` is compared with; hours are those of ``zone``.

    ``since`` is when calls were first noted at all: weeks before that were not quiet ones.
    """
    middle, half = (now - WINDOW / 2).astimezone(zone), timedelta(minutes=30)
    hours = [(middle - n * _WEEK - half, middle - n * _WEEK + half) for n in range(1, WEEKS + 1)]
    full = tuple((begin, end) for begin, end in hours if begin >= since)
    return Past(full or ((since, max(since, now - WINDOW)),), len(full))


def reckon(symptom: Count, others: Count, past: Past) -> Arithmetic:
    """The arithmetic of one symptom, ``others`` being the calls about everything else."""
    windows = past.windows + _PRIOR_WINDOWS
    if past.weeks:
        usual = others.past / windows
        level = min(max(_busy(others.now, usual), 1.0), _BUSIEST)
        prior = _PRIOR_CALLS
    else:
        usual = (others.now + others.past) / (windows + 1)  # there is little but this window
        level = max(_busy(others.now, usual), _QUIETEST)
        prior = _PRIOR_CALLS + usual * _PRIOR_SHARE * _PRIOR_WINDOWS
    known = symptom.past + prior
    mean, shape = known / windows * level, 1 / (1 / known + _UNEVEN)
    chance = at_least(symptom.now, shape=shape, rate=shape / mean)
    return Arithmetic(symptom.now, mean, level, past.weeks, chance)


def _busy(now: int, usual: float) -> float:
    """How many times as busy as usual the line is with everything else."""
    return (now + _PRIOR_OTHERS) / (usual + _PRIOR_OTHERS)


def at_least(count: int, *, shape: float, rate: float) -> float:
    """P(X >= count) for a Poisson count whose rate is Gamma(``shape``, ``rate``) distributed."""
    below = sum(exp(_log_probability(k, shape, rate)) for k in range(count))
    if below < 1 - 1e-9:
        return 1 - below
    # Far out in the tail what is left of 1 is rounding: add the tail up instead.
    tail, k = 0.0, count
    while (term := exp(_log_probability(k, shape, rate))) > tail * 1e-6:
        tail, k = tail + term, k + 1
    return tail


def _log_probability(count: int, shape: float, rate: float) -> float:
    return (
        lgamma(shape + count)
        - lgamma(shape)
        - lgamma(count + 1)
        + shape * log(rate / (rate + 1))
        - count * log(rate + 1)
    )
