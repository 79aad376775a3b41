"""Stretches of the week, as a config writes them: ``mon-fri 09:00-18:00``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = 7
"""The day beside those of the week, where there is a list of holidays; such a day is no other."""

_HOLIDAY = "holiday"
_DAY = "|".join(_DAYS)
_PART = rf"(?:(?:{_DAY})(?:-(?:{_DAY}))?|{_HOLIDAY})"
_SHAPE = re.compile(
    rf"(?:(?P<days>{_PART}(?:,{_PART})*)(?:\s+|$))?"
    r"(?:(?P<begins>\d\d:\d\d)-(?P<ends>\d\d:\d\d))?"
)
_REMEDY = 'expected days, hours or both, such as "mon-fri 09:00-18:00", "sat,sun" or "22:00-06:00"'
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """Days of the week (0 is Monday), and from when to when on each of them.

    ``ends`` at or before ``begins`` is on the day after; equal, they are a whole day.
    """

    days: frozenset[int]
    begins: time
    ends: time

    @property
    def span(self) -> tuple[timedelta, timedelta]:
        """From when to when, after the midnight that the day begins with."""
        begins, ends = _after_midnight(self.begins), _after_midnight(self.ends)
        return begins, ends if begins < ends else ends + timedelta(days=1)

    def hold(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether it is such a time in ``zone``. The end does not belong to it."""
        local = at.astimezone(zone)
        moment, today = local.time(), local.weekday()
        if self.begins < self.ends:
            return today in self.days and self.begins <= moment < self.ends
        yesterday = (local.date() - timedelta(days=1)).weekday()
        return (today in self.days and moment >= self.begins) or (
            yesterday in self.days and moment < self.ends
        )


def parse_hours(text: str, *, holidays: bool = False) -> Hours:
    """Read ``DAYS HH:MM-HH:MM``, either of which may be left out. Raises ValueError.

    With ``holidays``, one of the days may be ``holiday``, and no days are all of them, that too.
    """
    found = _SHAPE.fullmatch(text.strip().lower())
    if not found or not text.strip():
        raise ValueError(_REMEDY)
    every = f"mon-sun,{_HOLIDAY}" if holidays else "mon-sun"
    days = frozenset(day for part in (found["days"] or every).split(",") for day in _days(part))
    if HOLIDAY in days and not holidays:
        raise ValueError(_REMEDY)
    if not found["begins"]:
        return Hours(days, _MIDNIGHT, _MIDNIGHT)
    return Hours(days, _clock(found["begins"]), _clock(found["ends"]))


def _days(part: str) -> list[int]:
    """``fri-mon`` goes over the week's end."""
    if part == _HOLIDAY:
        return [HOLIDAY]
    first, _, last = part.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return [(begin + n) % 7 for n in range((end - begin) % 7 + 1)]


def _after_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _clock(text: str) -> time:
    if text == "24:00":
        return _MIDNIGHT
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text} is no time of the day: write 00:00 to 24:00") from error
