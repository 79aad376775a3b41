"""From the clock on the wall to the instant it means. Pure.

Every hand-over is at a local time, so that summer time never moves it. Clocks skip times and show
times twice; here each wall time has exactly one instant, and later ones never come before.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clock in ``zone`` shows at ``at``, without the zone."""
    return at.astimezone(zone).replace(tzinfo=None)


def instant(shown: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the clock in ``zone`` shows ``shown`` or later, in UTC.

    A time that the clocks skip is the instant of their jump; of one they show twice, the first.
    """
    first = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if wall(first, zone) == shown:
        return first
    # Skipped: fold 1 is reckoned by the clock after the jump, so before it, and fold 0 after.
    before = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while first - before > _SECOND:
        middle = before + timedelta(seconds=int((first - before).total_seconds()) // 2)
        if wall(middle, zone) < shown:
            before = middle
        else:
            first = middle
    return first
