"""What may be announced, and what the clock makes of what was announced. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from incidents.commands import BY_HAND, IllegalCommandError
from incidents.events import (
    Because,
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenanceEvent,
    MaintenancePlanned,
    MaintenanceStarted,
)
from incidents.maintenance import LONGEST, Maintenance, Window

_AHEAD = timedelta(days=5 * 366)
"""How far ahead the next repetition is looked for: one of every four years is found."""

_FARTHEST = timedelta(days=5 * 366)
_MOST_SKIPPED = 50
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"),
    *("BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"),
}


def next_event(work: Maintenance, at: datetime) -> MaintenanceEvent | None:
    """What the clock makes of it at ``at``: a stretch starts, or ends."""
    if work.is_over:
        return None
    first = work.components[0]
    window = work.window_at(at)
    if work.started_at is not None and (window is None or window.starts_at != work.started_at):
        is_last = window is None and _next(work, at) is None
        return MaintenanceEnded(work.id, first, Because("time"), is_last=is_last)
    if window is not None and work.started_at is None:
        return MaintenanceStarted(work.id, first, Because("time"), window.starts_at, window.ends_at)
    if window is None and _next(work, at) is None:
        return MaintenanceEnded(work.id, first, Because("passed_unseen"))
    return None


def wake_at(work: Maintenance, at: datetime) -> datetime | None:
    """When ``next_event`` has something to say."""
    if work.is_over:
        return None
    if next_event(work, at) is not None:
        return at
    window = work.window_at(at)
    if window is not None:
        return window.ends_at
    ahead = _next(work, at)
    return ahead.starts_at if ahead else None


def _next(work: Maintenance, at: datetime) -> Window | None:
    """The next stretch, however far ahead the one of work that doesn't repeat may be."""
    ahead = _AHEAD if work.repeats else max(work.starts_at - at, timedelta()) + LONGEST
    return work.next_window(at, within=ahead)


def check(work: MaintenancePlanned, *, now: datetime) -> None:
    """Raises IllegalCommandError, saying what to do, for work that makes no sense."""
    if not work.components:
        raise IllegalCommandError("announced work covers at least one component")
    if work.ends_at <= work.starts_at:
        raise IllegalCommandError("announced work ends after it starts")
    if work.ends_at - work.starts_at > LONGEST:
        raise IllegalCommandError(f"announced work lasts at most {LONGEST.days} days at a stretch")
    if work.repeats:
        if abs(work.starts_at - now) > _FARTHEST:
            raise IllegalCommandError("repeated work starts within five years of today")
        _check_rule(work.repeats, work.starts_at, work.ends_at - work.starts_at)
    elif work.ends_at <= now:
        raise IllegalCommandError("announced work cannot be over already")


def _check_rule(repeats: str, starts_at: datetime, lasts: timedelta) -> None:
    """Only what can be reckoned quickly for ever: RFC 5545's rules by the day and longer."""
    advice = "write one such as FREQ=WEEKLY;BYDAY=SU"
    parts = dict(part.partition("=")[::2] for part in repeats.upper().split(";"))
    if parts.get("FREQ") in ("SECONDLY", "MINUTELY", "HOURLY"):
        raise IllegalCommandError(f"{repeats!r}: announced work repeats once a day at most")
    if parts.get("FREQ") not in _FREQUENCIES or not parts.keys() <= _PARTS:
        raise IllegalCommandError(f"{repeats!r} is no recurrence rule that is known: {advice}")
    first = starts_at.replace(tzinfo=None)
    try:
        rule = rrulestr(repeats, dtstart=first)
        most = 4 if parts["FREQ"] == "YEARLY" else _MOST_SKIPPED
        if not isinstance(rule, rrule) or not 1 <= int(parts.get("INTERVAL", 1)) <= most:
            raise ValueError(repeats)
        if not {"COUNT", "UNTIL"} & parts.keys():
            rule = rule.replace(
                until=first + _AHEAD
            )  # one that never comes would be sought for ever
        comes = list(islice(rule, 2))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise IllegalCommandError(f"{repeats!r} is no recurrence rule: {advice}") from error
    if len(comes) > 1 and comes[1] - comes[0] < lasts:
        raise IllegalCommandError(f"{repeats!r}: the next one would begin before the last is over")
    if not comes:
        raise IllegalCommandError(f"{repeats!r} never comes within {_AHEAD.days} days: {advice}")


def cancelled(work: Maintenance | None, id_: str) -> MaintenanceCancelled:
    """The event of calling it off. Raises IllegalCommandError."""
    if work is None or work.is_over:
        raise IllegalCommandError(f"{id_}: there is no such work ahead")
    return MaintenanceCancelled(work.id, work.components[0], BY_HAND)
