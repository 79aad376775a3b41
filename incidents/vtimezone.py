"""A time zone as calendars want it told: every change of its clocks over some years. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_YEARS_AHEAD = 5
_DAY = timedelta(days=1)


def vtimezone(zone: ZoneInfo, first_year: int, this_year: int) -> Iterator[str]:
    """Lines of a VTIMEZONE that holds from ``first_year`` until five years after ``this_year``.

    Changes are listed one by one rather than as rules: they hold for any zone there is, and
    whoever subscribes fetches the calendar anew long before the list ends.
    """
    began = datetime(first_year - 1, 1, 1, tzinfo=UTC)
    ends = datetime(max(first_year, this_year) + _YEARS_AHEAD, 1, 1, tzinfo=UTC)
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.key}"
    yield from _observance(zone, began, _offset(zone, began))
    for change in _changes(zone, began, ends):
        yield from _observance(zone, change, _offset(zone, change - timedelta(seconds=1)))
    yield "END:VTIMEZONE"


def _observance(zone: ZoneInfo, at: datetime, before: timedelta) -> Iterator[str]:
    """From ``at`` on; its local time is told by the clock as it went before."""
    local = at.astimezone(zone)
    kind = "DAYLIGHT" if local.dst() else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{(at + before).replace(tzinfo=None):%Y%m%dT%H%M%S}"
    yield f"TZOFFSETFROM:{_signed(before)}"
    yield f"TZOFFSETTO:{_signed(_offset(zone, at))}"
    yield f"TZNAME:{local.tzname()}"
    yield f"END:{kind}"


def _changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """Instants at which the offset changes, by looking at each day and halving those that do."""
    at = since
    while at < until:
        following = at + _DAY
        if _offset(zone, at) != _offset(zone, following):
            yield _change(zone, at, following)
        at = following


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first instant, to the second, with the offset of ``after``."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _offset(zone, middle) == _offset(zone, after):
            after = middle
        else:
            before = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _signed(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    minutes, seconds_left = divmod(rest, 60)
    sign = "+" if seconds >= 0 else "-"
    return f"{sign}{hours:02}{minutes:02}" + (f"{seconds_left:02}" if seconds_left else "")
