"""When the news of a route is told: at quiet hours not, or as a digest. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notify.oncall.hours import Hours
from probes.settings import parse_duration

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SHORTEST, _LONGEST = 300.0, 86_400.0
_MINUTE = timedelta(minutes=1)
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Digest:
    """Told all at once: at a time of the day, or whenever so much time has passed."""

    at: time | None = None
    every: timedelta = timedelta(days=1)

    def next_after(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Rounds of ``every`` begin with the day in ``zone``."""
        local = now.astimezone(zone)
        if self.at is not None:
            due = _instant(local, self.at, zone)
            return due if due > now else _instant(local + timedelta(days=1), self.at, zone)
        midnight = _instant(local, time(0), zone)
        due = midnight + ((now - midnight) // self.every + 1) * self.every
        return min(due, _instant(local + timedelta(days=1), time(0), zone))


@dataclass(frozen=True, slots=True)
class Nights:
    """Quiet hours, and where their clock hangs."""

    hours: tuple[Hours, ...]
    zone: ZoneInfo

    def until(self, now: datetime) -> datetime | None:
        return quiet_until(self.hours, self.zone, now)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the news of one route is told.

    ``wait``: how long even the first of it waits for more. ``hours`` are quiet ones, for what is
    minor; None: those of ``Quiet``.
    """

    wait: timedelta = timedelta()
    digest: Digest | None = None
    hours: tuple[Hours, ...] | None = None


def parse_digest(text: str) -> Digest:
    """Read ``09:00`` or ``1h``. Raises ValueError."""
    if _CLOCK.fullmatch(text):
        return Digest(at=time.fromisoformat(text))
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = None
    if not isinstance(seconds, float) or not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError('expected a time of the day such as "09:00", or 5m to 24h such as "1h"')
    return Digest(every=timedelta(seconds=seconds))


def quiet_until(hours: Sequence[Hours], zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that hold now end; those that touch are one stretch."""
    at = now
    for _ in range(_ROUNDS):
        ends = [_end(one, zone, at) for one in hours if one.hold(at, zone)]
        if not ends:
            break
        end = max(ends)
        at = end if end > at else at + _MINUTE  # on, whatever the clocks do
    return at if at > now else None


def _end(hours: Hours, zone: ZoneInfo, at: datetime) -> datetime:
    local = at.astimezone(zone)
    is_over_midnight = hours.begins >= hours.ends and local.time() >= hours.ends
    return _instant(local + timedelta(days=is_over_midnight), hours.ends, zone)


def _instant(day: datetime, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.date(), clock, zone).astimezone(UTC)
