"""One layer of a rota: people who take turns, and when the layer counts at all. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notify.oncall.hours import HOLIDAY, Hours
from notify.oncall.wall import instant, wall

_DAY = timedelta(days=1)
# Two days, since a window may run into the next day, and a zone has been known to skip one.
_AROUND = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Layer:
    """``engineers`` by id, in order; the first has the turn that begins at ``starts``.

    ``starts`` is a wall time in ``zone``, and so is every hand-over, ``turn`` by the wall clock
    after the one before. Before it the layer has nobody. It counts within ``hours``, or always
    without any; they belong to the day on which they begin, and a date of ``holidays`` is no day
    of the week but notify.oncall.hours.HOLIDAY.
    """

    engineers: tuple[str, ...]
    starts: datetime
    turn: timedelta
    zone: ZoneInfo
    hours: tuple[Hours, ...] = ()
    holidays: frozenset[date] = frozenset()

    def who(self, at: datetime) -> str | None:
        """The engineer whose turn it is at ``at``, or None while the layer does not count."""
        if not self._counts(at):
            return None
        return self.engineers[self._turns(at) % len(self.engineers)]

    def edges(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Every instant within ``[since, until)`` at which ``who`` may change; in no order."""
        number = max(self._turns(since), 0)
        while (handover := self._handover(number)) < until:
            if handover >= since:
                yield handover
            number += 1
        for window in self._windows(since, until):
            yield from (edge for edge in window if since <= edge < until)

    def _counts(self, at: datetime) -> bool:
        if at < self._handover(0):
            return False
        return not self.hours or any(begins <= at < ends for begins, ends in self._windows(at, at))

    def _handover(self, number: int) -> datetime:
        return instant(self.starts + number * self.turn, self.zone)

    def _turns(self, at: datetime) -> int:
        """How many hand-overs lie behind ``at``; below nothing before the first turn."""
        number = (wall(at, self.zone) - self.starts) // self.turn
        while self._handover(number + 1) <= at:  # in the hour that clocks show a second time
            number += 1
        while self._handover(number) > at:
            number -= 1
        return number

    def _windows(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches in which it counts, of every day around ``[since, until]``."""
        day = wall(since - _AROUND, self.zone).date()
        last = wall(until + _AROUND, self.zone).date()
        while day <= last:
            kind = HOLIDAY if day in self.holidays else day.weekday()
            midnight = datetime.combine(day, time())
            for hours in self.hours:
                if kind in hours.days:
                    begins, ends = hours.span
                    yield (
                        instant(midnight + begins, self.zone),
                        instant(midnight + ends, self.zone),
                    )
            day += _DAY
