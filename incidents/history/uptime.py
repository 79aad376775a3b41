"""How a component was, day by day: by arithmetic of intervals, not by counting checks. Pure.

Four things say how it was at an instant, the first that says anything wins: announced work, an
incident, that it was seen and nothing was wrong, and else nobody knows. Seconds are whole: an
instant counts as the second it lies in, so the seconds of a day add up exactly.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from incidents.health import ComponentStatus, claim
from incidents.incident import Affected, Incident
from incidents.maintenance import Maintenance

Stretch: TypeAlias = tuple[datetime, datetime | None]
"""From an instant to another, or to now: aware UTC, the second one not included."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """How much of a stretch of time a component was in each state; whole seconds."""

    operational: int = 0
    degraded: int = 0
    partial_outage: int = 0
    major_outage: int = 0
    under_maintenance: int = 0
    unknown: int = 0

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(
            self.operational + other.operational,
            self.degraded + other.degraded,
            self.partial_outage + other.partial_outage,
            self.major_outage + other.major_outage,
            self.under_maintenance + other.under_maintenance,
            self.unknown + other.unknown,
        )

    @property
    def total(self) -> int:
        return self.up() + self.down() + self.under_maintenance + self.unknown

    def down(self, *, degraded_is_up: bool = True) -> int:
        """Outage that nobody had announced."""
        slow = 0 if degraded_is_up else self.degraded
        return self.partial_outage + self.major_outage + slow

    def up(self, *, degraded_is_up: bool = True) -> int:
        return self.operational + (self.degraded if degraded_is_up else 0)


_NAMES = tuple(field.name for field in fields(Seconds))
_STATUSES = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL,
    ComponentStatus.MAJOR,
    ComponentStatus.MAINTENANCE,
    ComponentStatus.UNKNOWN,
)
"""In the order of the fields of Seconds. The later of the first five wins where they overlap."""

_SEEN, _MAINTENANCE, _UNKNOWN = 0, 4, 5


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a component where the portal is. What is still to come counts as nothing.

    ``incidents`` are the ids of those that touched it, in the order in which they began.
    """

    date: date
    seconds: Seconds
    incidents: tuple[str, ...] = ()

    @property
    def worst(self) -> ComponentStatus:
        """The gravest that it was; a day without a fault is what it was for the longest.

        So work at night doesn't colour a day, nor does a day that hardly anybody saw look well.
        """
        one = self.seconds
        if one.major_outage:
            return ComponentStatus.MAJOR
        if one.partial_outage:
            return ComponentStatus.PARTIAL
        if one.degraded:
            return ComponentStatus.DEGRADED
        if not one.total:
            return ComponentStatus.UNKNOWN
        longest = max(one.unknown, one.under_maintenance, one.operational)
        if one.unknown == longest:
            return ComponentStatus.UNKNOWN
        mostly_work = one.under_maintenance == longest
        return ComponentStatus.MAINTENANCE if mostly_work else ComponentStatus.OPERATIONAL


@dataclass(frozen=True, slots=True)
class Period:
    """Days in a row and where they begin and end, in seconds since 1970; make it once for all."""

    dates: tuple[date, ...]
    borders: tuple[int, ...]

    @classmethod
    def between(cls, first: date, last: date, zone: tzinfo) -> Period:
        """Both days included. Raises ValueError when ``last`` is before ``first``."""
        if last < first:
            raise ValueError(f"{last} is before {first}")
        dates = [first + timedelta(days=n) for n in range((last - first).days + 2)]
        borders = (datetime.combine(day, time(), zone).timestamp() for day in dates)
        return cls(tuple(dates[:-1]), tuple(int(border) for border in borders))

    @classmethod
    def month(cls, month: date, zone: tzinfo) -> Period:
        """The whole month that ``month`` lies in."""
        first = month.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
        return cls.between(first, after - timedelta(days=1), zone)

    def holds(self, at: datetime) -> bool:
        return self.borders[0] <= at.timestamp() < self.borders[-1]


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of one component: its incidents, announced work, and when it was seen.

    ``name`` is how a report calls it, in the language of the report.

    ``sights`` are the stretches in which at least one probe saw anything. They may overlap and
    come in any order; incidents of other components may be among the rest and are passed over.
    """

    component: str
    incidents: Sequence[Incident] = ()
    maintenance: Sequence[Stretch] = ()
    sights: Sequence[Stretch] = ()
    name: str = ""


def days(
    record: Record, period: Period, *, now: datetime, published_only: bool = False
) -> Sequence[Day]:
    """Every day of ``period``. Incidents and work count whether or not anybody was looking.

    ``published_only`` leaves out what citizens were never told of (blips), for their page;
    a report counts all.
    """
    incidents = [i for i in record.incidents if i.is_public or not published_only]
    claims = [(i.id, *s) for i in incidents for s in stretches(i, record.component)]
    changes = _Changes(period.borders[0], min(period.borders[-1], int(now.timestamp())))
    for began, ended in record.sights:
        changes.add(_SEEN, began, ended)
    for began, ended in record.maintenance:
        changes.add(_MAINTENANCE, began, ended)
    for _, began, ended, status in claims:
        if status is not ComponentStatus.OPERATIONAL:  # it claims nothing is wrong, not that we saw
            changes.add(_STATUSES.index(status), began, ended)
    counted = _counted(changes.segments(), period.borders)
    touched = _touched(claims, period.borders, now)
    return [
        Day(day, seconds, ids)
        for day, seconds, ids in zip(period.dates, counted, touched, strict=True)
    ]


def stretches(
    incident: Incident, component: str
) -> list[tuple[datetime, datetime | None, ComponentStatus]]:
    """When ``component`` was unwell by ``incident``, and how; it ended None while it still is."""
    found = incident.stretches(component)
    if not incident.affected and component == incident.component:  # as older versions kept it
        found = (Affected(component, incident.started_at, incident.resolved_at, incident.outcome),)
    return [(one.since, one.until, claim(incident, one)) for one in found]


def announced(works: Iterable[Maintenance], component: str, period: Period) -> list[Stretch]:
    """When work on ``component`` was under way in ``period``, for a Record.

    Only from when it was announced, for an outage isn't made work afterwards; and only up to
    when it was called off.
    """
    since, until = (datetime.fromtimestamp(period.borders[n], UTC) for n in (0, -1))
    found = [
        (max(window.starts_at, work.announced_at), min(window.ends_at, work.cancelled_at or until))
        for work in works
        if component in work.components
        for window in work.windows(since, until)
    ]
    return [(began, ended) for began, ended in found if began < ended]


def ratio(days: Iterable[Day], *, degraded_is_up: bool = True) -> float | None:
    """The share of known time in which it worked, 0 to 1; None when nothing was known.

    Announced work and what nobody saw are neither. Slow counts as working, since citizens got
    through; pass ``degraded_is_up=False`` for a promise that says otherwise.
    """
    return ratio_of(sum((day.seconds for day in days), Seconds()), degraded_is_up=degraded_is_up)


def ratio_of(seconds: Seconds, *, degraded_is_up: bool = True) -> float | None:
    """The same of seconds already added up."""
    up = seconds.up(degraded_is_up=degraded_is_up)
    known = up + seconds.down(degraded_is_up=degraded_is_up)
    return up / known if known else None


# ── how it is counted ─────────────────────────────────────────────────────────


class _Changes:
    """What begins and what ends, between two instants."""

    def __init__(self, first: int, last: int) -> None:
        self._first = first
        self._last = last
        self._at: list[tuple[int, int, int]] = []

    def add(self, level: int, began: datetime, ended: datetime | None) -> None:
        start = max(int(began.timestamp()), self._first)
        end = self._last if ended is None else min(int(ended.timestamp()), self._last)
        if start < end:
            self._at += ((start, level, 1), (end, level, -1))

    def segments(self) -> Iterator[tuple[int, int, int]]:
        """``(level, from, to)`` in order, without gaps; nothing for a period still to come."""
        running = [0] * _UNKNOWN
        at, level = self._first, _UNKNOWN
        for moment, changed, by in sorted(self._at):
            if moment > at:
                yield level, at, moment
                at = moment
            running[changed] += by
            level = next((n for n in range(_MAINTENANCE, -1, -1) if running[n]), _UNKNOWN)
        if self._last > at:
            yield level, at, self._last


def _counted(segments: Iterable[tuple[int, int, int]], borders: Sequence[int]) -> Iterator[Seconds]:
    days = [[0] * len(_NAMES) for _ in borders[1:]]
    day = 0
    for level, start, end in segments:
        at = start
        while at < end:
            while borders[day + 1] <= at:
                day += 1
            until = min(end, borders[day + 1])
            days[day][level] += until - at
            at = until
    return (Seconds(*numbers) for numbers in days)


def _touched(
    claims: Iterable[tuple[str, datetime, datetime | None, ComponentStatus]],
    borders: Sequence[int],
    now: datetime,
) -> Sequence[tuple[str, ...]]:
    """Which incidents touched each day; one that ended at midnight didn't touch the next."""
    found: list[dict[str, None]] = [{} for _ in borders[1:]]
    for id_, began, ended, _ in sorted(claims, key=lambda claim: (claim[1], claim[0])):
        if began > now:
            continue
        start, end = began.timestamp(), (min(ended, now) if ended else now).timestamp()
        first = bisect_right(borders, start) - 1
        last = max(bisect_left(borders, end) - 1, first)
        for day in range(max(first, 0), min(last, len(found) - 1) + 1):
            found[day][id_] = None
    return [tuple(ids) for ids in found]
