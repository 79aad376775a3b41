"""A component's last ninety days, as a page draws them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo

from incidents.health import ComponentStatus
from incidents.history.sketch import Latency
from incidents.history.uptime import Day, Period, Record, Seconds, days, ratio_of

DAYS = 90
"""How many days a chronicle tells of, the present one included."""

_LAG = timedelta(minutes=2)
"""What is seen is written down once a minute: until the next time it counts as seen still."""

_STEP = 300
"""Seconds by which what goes on may grow before a page says so."""


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Ninety days of one component, oldest first; the last one is the present day, unfinished.

    ``days``: how each went (incidents.history.uptime). ``Day.worst`` is the colour of its bar:
    UNKNOWN where nobody could see for most of the day and nothing is known to have been wrong;
    ``Day.incidents`` are the ids of what touched it, all of them published where the chronicle
    is for the public; ``Day.seconds`` says for how long it was what, whole seconds in the
    portal's zone, ``unknown`` apart from everything else.

    The present day's ``operational`` seconds are as old as the day's last event. Say of it what
    went wrong and for how long, and what nobody saw: that is fresh to five minutes, and exact
    when an incident is over.

    ``latency``: how long the checks of all its probes took that day, in milliseconds, by the
    day; days without any are absent. The present day is not in it: half a day is no day.
    """

    component: str
    days: tuple[Day, ...]
    latency: Mapping[date, Latency]
    known: Seconds = field(init=False, compare=False, repr=False)
    """All its seconds, added up."""
    looks: tuple[ComponentStatus, ...] = field(init=False, compare=False, repr=False)
    """``Day.worst`` of each day."""

    def __post_init__(self) -> None:
        # Reckoned once, for it is asked for by every page that is made.
        object.__setattr__(self, "known", sum((day.seconds for day in self.days), Seconds()))
        object.__setattr__(self, "looks", tuple(day.worst for day in self.days))

    @property
    def uptime(self) -> float | None:
        """The share of known time in which it worked, 0 to 1; None when nothing is known.

        Slow counts as working; announced work and what nobody saw count as neither.
        """
        return ratio_of(self.known)


def period(now: datetime, zone: tzinfo) -> Period:
    """The days that a chronicle made at ``now`` tells of."""
    today = now.astimezone(zone).date()
    return Period.between(today - timedelta(days=DAYS - 1), today, zone)


def told(
    record: Record,
    when: Period,
    latency: Mapping[date, Latency],
    *,
    now: datetime,
    published_only: bool,
) -> Chronicle:
    """The chronicle of what ``record`` says."""
    found = days(_up_to(record, now), when, now=now, published_only=published_only)
    return Chronicle(record.component, tuple(found), latency)


def gone_on(
    chronicle: Chronicle, record: Record, *, today: Period, now: datetime, published_only: bool
) -> Chronicle:
    """``chronicle`` with its last day as it is now; itself where a page would say the same."""
    last = chronicle.days[-1]
    (new,) = days(_up_to(record, now), today, now=now, published_only=published_only)
    if _said(new) == _said(last):
        return chronicle
    return replace(chronicle, days=(*chronicle.days[:-1], new))


def _said(day: Day) -> Sequence[object]:
    """What a page says of a day that is not over: a well or unseen one only grows longer."""
    one = day.seconds
    blind = -1 if one.unknown == one.total else one.unknown // _STEP
    wrong = (one.degraded, one.partial_outage, one.major_outage, one.under_maintenance)
    return (*(seconds // _STEP for seconds in wrong), blind, day.worst, day.incidents)


def _up_to(record: Record, now: datetime) -> Record:
    if not record.sights:
        return record
    *before, (began, ended) = record.sights
    if ended is None or not timedelta() < now - ended <= _LAG:
        return record
    return replace(record, sights=(*before, (began, now)))
