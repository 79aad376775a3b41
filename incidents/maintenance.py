"""Announced work: when it is, whom it covers, and what has been said of it. Pure.

Whether work is under way follows from the clock alone, so that a Vahta that slept through the
start suppresses nothing too late; the events of start and end exist to be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from incidents.component import Text
from incidents.events import (
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenanceEvent,
    MaintenancePlanned,
    MaintenanceStarted,
)

_MIDNIGHT = time()
_DAY = timedelta(days=1)

LONGEST = timedelta(days=31)
"""No single stretch of work lasts longer, so that looking back needs no limit of its own."""


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of work, ``[starts_at, ends_at)``."""

    maintenance: str
    starts_at: datetime
    ends_at: datetime

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Announced work as it stands. ``started_at`` is set while a stretch of it is under way."""

    id: str
    components: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    timezone: str
    announced_at: datetime
    changed_at: datetime
    repeats: str = ""
    title: Text = field(default_factory=dict)
    text: Text = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled_at: datetime | None = None
    is_over: bool = False

    def windows(self, since: datetime, until: datetime) -> Iterator[Window]:
        """The stretches that overlap ``[since, until)``, oldest first; calling it off ends it.

        A repetition starts at the same local time. Where the clocks skip that time, it starts
        as much later as they jump; where they show it twice, at the first. Its length stays.
        """
        lasts = self.ends_at - self.starts_at
        for start in self._starts(since - lasts, until):
            end = min(start + lasts, self.cancelled_at or start + lasts)
            if start < end and end > since and start < until:
                yield Window(self.id, start, end)

    def window_at(self, at: datetime) -> Window | None:
        """The stretch that is under way at ``at``."""
        return next(self.windows(at, at + timedelta(microseconds=1)), None)

    def next_window(self, after: datetime, *, within: timedelta) -> Window | None:
        """The first stretch to start after ``after``, looking ``within`` ahead."""
        ahead = self.windows(after, after + within)
        return next((window for window in ahead if window.starts_at > after), None)

    def _starts(self, since: datetime, until: datetime) -> Iterator[datetime]:
        if not self.repeats:
            yield self.starts_at
            return
        zone = ZoneInfo(self.timezone)
        first = self.starts_at.astimezone(zone).replace(tzinfo=None)
        days = (since.astimezone(zone) - _DAY).date(), (until.astimezone(zone) + _DAY).date()
        for local in _local_starts(self.repeats, first, *days):
            yield local.replace(tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=1024)
def _local_starts(
    repeats: str, first: datetime, first_day: date, last_day: date
) -> tuple[datetime, ...]:
    """By whole days, so that asking every second costs one reckoning a day."""
    rule = rrulestr(repeats, dtstart=first)
    between = datetime.combine(first_day, _MIDNIGHT), datetime.combine(last_day, _MIDNIGHT) + _DAY
    return tuple(rule.between(*between, inc=True))


def planned(event: MaintenancePlanned, at: datetime) -> Maintenance:
    """The work as it was announced at ``at``."""
    return Maintenance(
        id=event.incident,
        components=event.components,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        announced_at=at,
        changed_at=at,
        repeats=event.repeats,
        title=event.title,
        text=event.text,
    )


def evolve(work: Maintenance | None, event: MaintenanceEvent, *, at: datetime) -> Maintenance:
    """The work after ``event``, recorded at ``at``. Raises ValueError for one that can't follow."""
    if isinstance(event, MaintenancePlanned):
        return planned(event, at)
    if work is None:
        raise ValueError(f"{event.incident}: {type(event).__name__} before it was announced")
    work = replace(work, changed_at=at)
    match event:
        case MaintenanceStarted():
            return replace(work, started_at=event.starts_at, ended_at=None)
        case MaintenanceEnded():
            return replace(work, started_at=None, ended_at=at, is_over=event.is_last)
        case MaintenanceCancelled():
            return replace(work, started_at=None, cancelled_at=at, is_over=True)
        case _:
            assert_never(event)


def under_way(works: Iterable[Maintenance], component: str, at: datetime) -> Window | None:
    """The stretch of work that covers ``component`` at ``at``; the one that ends last."""
    found = [w for work in works if component in work.components and (w := work.window_at(at))]
    return max(found, key=lambda window: window.ends_at, default=None)


def last_end(works: Iterable[Maintenance], component: str, at: datetime) -> datetime | None:
    """When work on ``component`` last ended, up to ``at``, looking back ``LONGEST``."""
    ends = [
        window.ends_at
        for work in works
        if component in work.components
        for window in work.windows(at - LONGEST, at)
        if window.ends_at <= at
    ]
    return max(ends, default=None)
