"""Whole days of the portal's zone, as forms and the API name them. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

MOST_DAYS = 366
_EARLIEST, _LATEST = 2000, 2100


def day(text: str) -> date:
    """``2026-11-25``. Raises ValueError for what is none, or of another century."""
    found = date.fromisoformat(text)
    if not _EARLIEST <= found.year < _LATEST:
        raise ValueError(f"{text}: is of another century")
    return found


def period(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """From the beginning of ``first`` to the end of ``last``, in UTC."""
    begin, end = (
        datetime.combine(one, time(), zone).astimezone(UTC)
        for one in (first, last + timedelta(days=1))
    )
    return begin, end
