"""Announced work as the public may know it, seen from one instant. Pure.

What is under way follows from the clock, as it does for whoever decides (incidents.maintenance).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from incidents.maintenance import Maintenance, Window

AHEAD = timedelta(days=14)
"""How far ahead the home page looks, and a row of repetitions is told."""

_NEXT = timedelta(days=400)
_KEPT = timedelta(days=365)


class Stage(StrEnum):
    """Statuspage's words for announced work; CANCELLED is ours, and ``completed`` there."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Work:
    """One announced work. ``ahead`` and ``past`` hold its stretches, the nearest first.

    Work that repeats tells its stretches of the fortnight ahead, and at least the next one.
    ``is_soon``: the next one starts within that fortnight.
    """

    plan: Maintenance
    current: Window | None
    ahead: tuple[Window, ...]
    past: tuple[Window, ...]
    is_soon: bool

    @property
    def id(self) -> str:
        return self.plan.id

    @property
    def stage(self) -> Stage:
        if self.current is not None:
            return Stage.IN_PROGRESS
        if self.ahead:
            return Stage.SCHEDULED
        return Stage.COMPLETED if self.past else Stage.CANCELLED

    @property
    def windows(self) -> tuple[Window, ...]:
        """What is under way, then what is ahead, then what is over: never none."""
        known = (*((self.current,) if self.current else ()), *self.ahead, *self.past)
        return known or (Window(self.plan.id, self.plan.starts_at, self.plan.ends_at),)

    def touches(self, component: str) -> bool:
        return component in self.plan.components


def seen(plans: Iterable[Maintenance], now: datetime) -> tuple[Work, ...]:
    """Every announced work as it is at ``now``, in the order of what comes next."""
    works = [_seen(plan, now) for plan in plans]
    return tuple(sorted(works, key=lambda work: (work.windows[0].starts_at, work.id)))


def stage_of(window: Window, now: datetime) -> Stage:
    """How far one stretch is."""
    if window.covers(now):
        return Stage.IN_PROGRESS
    return Stage.SCHEDULED if now < window.starts_at else Stage.COMPLETED


def turns(work: Work, window: Window, now: datetime) -> list[tuple[datetime, Stage]]:
    """What has been said by ``now`` of one stretch of ``work``, newest first: never nothing."""
    if work.stage is Stage.CANCELLED:
        said = [(work.plan.cancelled_at or now, Stage.CANCELLED)]
    else:
        said = [(window.ends_at, Stage.COMPLETED), (window.starts_at, Stage.IN_PROGRESS)]
    announced = work.plan.announced_at
    told = [(max(at, announced), stage) for at, stage in said if at <= now]
    return [*told, (announced, Stage.SCHEDULED)]


def by_month(works: Iterable[Work], zone: ZoneInfo) -> dict[date, list[tuple[Work, list[date]]]]:
    """What is over, by the month it began in (as its first day), with the days, oldest first."""
    found: dict[date, dict[str, tuple[Work, list[date]]]] = {}
    for work in works:
        for window in reversed(work.past):
            day = window.starts_at.astimezone(zone).date()
            month = found.setdefault(day.replace(day=1), {})
            month.setdefault(work.id, (work, []))[1].append(day)
    return {month: list(them.values()) for month, them in found.items()}


def _seen(plan: Maintenance, now: datetime) -> Work:
    past = [w for w in plan.windows(now - _KEPT, now) if w.ends_at <= now]
    ahead = _ahead(plan, now)
    return Work(
        plan=replace(
            plan,
            changed_at=plan.cancelled_at or plan.announced_at,
            started_at=None,
            ended_at=None,
            is_over=False,
        ),
        current=plan.window_at(now),
        ahead=tuple(ahead),
        past=tuple(reversed(past)),
        is_soon=bool(ahead) and ahead[0].starts_at < now + AHEAD,
    )


def _ahead(plan: Maintenance, now: datetime) -> Sequence[Window]:
    if not plan.repeats:
        return [w for w in plan.windows(plan.starts_at, plan.ends_at) if w.starts_at > now]
    soon = [w for w in plan.windows(now, now + AHEAD) if w.starts_at > now]
    following = None if soon else plan.next_window(now, within=_NEXT)
    return [following] if following else soon
