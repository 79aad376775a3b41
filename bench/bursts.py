"""Simulated weeks of calls: how often ordinary traffic passes for a burst, and how soon one is seen.

    python bench/bursts.py [--weeks 10] [--symptoms 30]

Thirty symptoms, from one call in two hours to one a minute at the busiest, with a profile by hour and
weekday that is steepest on Monday morning. "Poisson": chance alone. "Uneven": besides, every day
has a level of its own (deviation 25 %), every symptom and hour as well (20 %). The first weeks
are learnt from and count separately, as a fresh installation. Then bursts are put into the
ordinary traffic, and the calls counted until they are seen.
"""

from __future__ import annotations

import argparse
import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp
from zoneinfo import ZoneInfo

from incidents.bursts import FEWEST, WEEKS, WINDOW, Arithmetic, Count, past_of, reckon

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 1, 11, 21, 0, tzinfo=UTC)  # Monday, midnight in Moscow
_HOURS = [1, 1, 1, 1, 1, 2, 4, 9, 22, 38, 40, 36, 30, 32, 34, 32, 28, 24, 18, 13, 9, 6, 4, 2]
_DAYS = [1.6, 1.1, 1.0, 1.0, 0.95, 0.4, 0.35]
_PEAK = 40 * 1.6
Rates = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Line:
    """Instants in seconds since START, sorted: of each symptom, and of all together."""

    symptoms: Sequence[Sequence[float]]
    everything: Sequence[float]

    def reckon(self, symptom: int, at: float, since: float = 0.0) -> Arithmetic:
        """As the desk does when a call comes in."""
        now = START + timedelta(seconds=at)
        past = past_of(now, ZONE, since=START + timedelta(seconds=since))
        spans = [
            ((b - START).total_seconds(), (e - START).total_seconds()) for b, e in past.stretches
        ]
        own, whole = (
            Count(
                bisect_right(calls, at) - bisect_right(calls, at - WINDOW.total_seconds()),
                sum(bisect_left(calls, e) - bisect_left(calls, b) for b, e in spans),
            )
            for calls in (self.symptoms[symptom], self.everything)
        )
        return reckon(own, Count(whole.now - own.now, whole.past - own.past), past)

    def bursts(
        self, begin: float, end: float, since: float = 0.0
    ) -> Iterator[tuple[int, float, Arithmetic]]:
        """Every symptom and instant that would open an incident; the next is an hour later at the soonest."""
        for number, calls in enumerate(self.symptoms):
            quiet_until = begin
            for n in range(bisect_left(calls, begin) + FEWEST, bisect_left(calls, end)):
                if (
                    calls[n] < quiet_until
                    or calls[n] - calls[n - FEWEST + 1] > WINDOW.total_seconds()
                ):
                    continue
                found = self.reckon(number, calls[n], since)
                if found.is_burst:
                    yield number, calls[n], found
                    quiet_until = calls[n] + 3600


def hourly(
    dice: random.Random, *, weeks: int, symptoms: int, uneven: bool, most: float = 60.0
) -> Rates:
    """Calls an hour to expect, by symptom and hour; ``most`` of the commonest at its busiest."""
    busiest = [most * 0.82**n + 0.5 for n in range(symptoms)]
    levels = [exp(dice.gauss(0, 0.25)) if uneven else 1.0 for _ in range(7 * weeks)]
    return [
        [
            peak * _HOURS[h % 24] * _DAYS[h // 24 % 7] / _PEAK * levels[h // 24]
            * (exp(dice.gauss(0, 0.2)) if uneven else 1.0)
            for h in range(168 * weeks)
        ]
        for peak in busiest
    ]  # fmt: skip


def ordinary(dice: random.Random, rates: Rates) -> Line:
    """Calls at those rates, which go over into one another from hour to hour."""
    drawn = [sorted(_calls(dice, by_hour)) for by_hour in rates]
    return Line(drawn, sorted(at for calls in drawn for at in calls))


def _calls(dice: random.Random, by_hour: Sequence[float]) -> Iterator[float]:
    for hour, rate in enumerate(by_hour):
        after = by_hour[hour + 1] if hour + 1 < len(by_hour) else rate
        most = max(rate, after)
        at = dice.expovariate(most) if most else 1.0
        while at < 1:
            if dice.random() * most < rate + (after - rate) * at:
                yield (hour + at) * 3600
            at += dice.expovariate(most)


def until_seen(
    line: Line, symptom: int, at: float, *, an_hour: float, dice: random.Random
) -> tuple[int, float] | None:
    """A burst of so many calls an hour begins: how many of its calls and seconds until it is seen."""
    added, moment = [], at
    while moment < at + 3600:
        moment += dice.expovariate(an_hour) * 3600
        added.append(moment)
        before = line.symptoms[symptom]
        both = sorted([*before, *added])
        symptoms = [*line.symptoms[:symptom], both, *line.symptoms[symptom + 1 :]]
        if Line(symptoms, _Both(line.everything, added)).reckon(symptom, moment).is_burst:
            return len(added), moment - at
    return None


class _Both(Sequence[float]):
    """Two sorted sequences as one, without copying the long one for every call."""

    def __init__(self, long: Sequence[float], short: Sequence[float]) -> None:
        begin, end = short[0] - 7200, short[-1] + 7200
        low, high = bisect_left(long, begin), bisect_left(long, end)
        self._long, self._low, self._high = long, low, high
        self._middle = sorted([*long[low:high], *short])

    def __len__(self) -> int:
        return self._low + len(self._middle) + len(self._long) - self._high

    def __getitem__(self, at: int) -> float:  # type: ignore[override]  # a rate by the instant, not an item
        if at < self._low:
            return self._long[at]
        if at < self._low + len(self._middle):
            return self._middle[at - self._low]
        return self._long[at - len(self._middle) - self._low + self._high]


def _hour(week: int, day: int, hour: float) -> float:
    return ((week * 7 + day) * 24 + hour) * 3600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=10)
    parser.add_argument("--symptoms", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    weeks, learnt = given.weeks + WEEKS, _hour(WEEKS, 0, 0)
    print(
        "ordinary traffic        calls   false in the first week   in the next 7   in the last",
        given.weeks,
    )
    lines = {}
    for uneven in (False, True):
        for seed in range(given.seeds):
            dice = random.Random(seed)
            began = time.perf_counter()
            line = ordinary(dice, hourly(dice, weeks=weeks, symptoms=given.symptoms, uneven=uneven))
            lines[uneven] = line
            found = list(line.bursts(0, _hour(weeks, 0, 0)))
            false = [
                sum(a <= at < b for _, at, _ in found)
                for a, b in ((0, _hour(1, 0, 0)), (_hour(1, 0, 0), learnt), (learnt, 1e12))
            ]
            name = f"{'uneven' if uneven else 'Poisson'}, seed {seed}"
            print(
                f"{name:<20} {len(line.everything):>8} {false[0]:>20} {false[1]:>18} {false[2]:>16}   ({time.perf_counter() - began:.0f} s)"
            )
            for one in found[:5]:
                print(
                    "      ", one[0], (START + timedelta(seconds=one[1])).astimezone(ZONE), one[2]
                )
    print(
        "\nbursts in uneven traffic: of 20, seen; calls of the burst until then (median, most); minutes"
    )
    line, dice = lines[True], random.Random(99)
    last = given.weeks + WEEKS - 1
    for name, day, hour in (
        ("quiet night", 2, 3.3),
        ("Monday morning", 0, 9.6),
        ("afternoon", 3, 15.2),
        ("Sunday", 6, 12.5),
    ):
        for symptom, what in (
            (0, "the commonest"),
            (8, "a middling"),
            (given.symptoms - 1, "the rarest"),
        ):
            for an_hour in (60, 240):
                seen = [
                    until_seen(
                        line,
                        symptom,
                        _hour(last - n % given.weeks, day, hour + 0.05 * (n // given.weeks)),
                        an_hour=an_hour,
                        dice=dice,
                    )
                    for n in range(20)
                ]
                ok = sorted(s for s in seen if s)
                usual = line.reckon(symptom, _hour(last, day, hour)).usual
                if ok:
                    print(
                        f"{name:<15} {what:<14} usual {usual:6.2f}  +{an_hour:>3}/h: {len(ok):>2} seen, {ok[len(ok) // 2][0]:>3}, {ok[-1][0]:>3} calls, {max(s[1] for s in ok) / 60:5.1f} min"
                    )
                else:
                    print(f"{name:<15} {what:<14} usual {usual:6.2f}  +{an_hour:>3}/h: none seen")


if __name__ == "__main__":
    main()
