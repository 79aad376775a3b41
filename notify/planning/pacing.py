"""How long what was planned waits before it may be sent, and how bad it is. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from incidents.events import Impact, Step
from notify.delivery import Because, State, Telling
from notify.planning.manner import Manner
from notify.planning.notice import News, Notice, WorkNotice
from notify.planning.plan import Plan, Planned
from notify.planning.quiet import UMBRELLA, Hold, Kind, Quiet, kind_of

PART_OF_WAITS = timedelta(days=1)
"""So long it waits for a next word on what it has become part of, then goes by itself."""

A_BEAT = timedelta(seconds=5)
"""So long what is about to be called unstable waits for that; it comes within the same second."""

_PLAIN = Impact.MAJOR.rank
"""What is no incident and has no impact, such as a call that is handed on."""


def pace(
    plan: Plan, news: News, quiet: Quiet, *, now: datetime, muted: datetime | None = None
) -> Plan:
    """The same plan, with what waits held back. ``muted``: until when people want no news of it.

    A mute holds no end, nor a call that is handed on, nor what rings until somebody takes it.
    """
    if news.telling.is_end or news.telling is Telling.ESCALATED:
        muted = None
    weight = weight_of(news)
    deliveries = []
    for one in plan.deliveries:
        hold = _hold(one, plan, news, quiet, now)
        if muted is not None and one.state is State.PLANNED and one.route not in _ringing(plan):
            hold = (muted, Because.MUTED) if hold is None else max(hold, (muted, Because.MUTED))
        until, held = hold if hold is not None else (None, None)
        # What somebody has to take counts as critical: no limit is to hold it back.
        least = Impact.CRITICAL.rank if one.route in _ringing(plan) else 0
        deliveries.append(replace(one, weight=max(weight, least), until=until, held=held))
    return replace(plan, deliveries=tuple(deliveries))


def _ringing(plan: Plan) -> set[str]:
    """Routes that ring one after another until somebody takes it: each must be heard in time."""
    return {one.route for one in plan.escalations if one.is_up}


def _hold(one: Planned, plan: Plan, news: News, quiet: Quiet, now: datetime) -> Hold | None:
    if one.state is not State.PLANNED:
        return None
    if quiet.gathers(one.channel) and _is_about_to_shake(news):
        beat = now + A_BEAT, Because.GATHERING
        rest = None if one.route in _ringing(plan) else _of_route(one, plan, news, quiet, now)
        return beat if rest is None else max(beat, rest)
    return None if one.route in _ringing(plan) else _of_route(one, plan, news, quiet, now)


def _of_route(one: Planned, plan: Plan, news: News, quiet: Quiet, now: datetime) -> Hold | None:
    if quiet.gathers(one.channel) and (one.channel, one.recipient) in plan.aware:
        return now + PART_OF_WAITS, Because.PART_OF
    if one.channel in quiet.alone:
        return None
    manner = quiet.manners.get(one.route, Manner())
    if manner.digest is not None:
        return manner.digest.next_after(now, quiet.zone), Because.DIGEST
    nights = quiet.nights_of(one.route, one.whom.engineer)
    if _can_wait(news) and (until := nights.until(now)) is not None:
        return until, Because.QUIET_HOURS
    if manner.wait and kind_of(news.telling) is Kind.BEGINNING and weight_of(news) < UMBRELLA:
        return now + manner.wait, Because.GATHERING
    return None


def _is_about_to_shake(news: News) -> bool:
    """Whether, having opened again, it has come and gone often enough to be called unstable.

    The recorder says so right after it, and one message is to tell both.
    """
    if not isinstance(news, Notice) or news.telling is not Telling.REOPENED:
        return False
    gates = news.event.because.gates
    counted = next((gate.values for gate in gates if gate.step is Step.FLAPPING), {})
    turns, most = counted.get("turns"), counted.get("flap_after")
    return isinstance(turns, int) and isinstance(most, int) and 0 < most <= turns + 1


def weight_of(news: News) -> int:
    """How bad it is, for comparison."""
    if isinstance(news, Notice) and news.incident.is_umbrella:
        return UMBRELLA
    return _PLAIN if news.impact is None else news.impact.rank


def _can_wait(news: News) -> bool:
    """Whether it need not wake anybody: what is minor, and what concerns the day to come."""
    if isinstance(news, WorkNotice):
        return news.telling is Telling.MAINTENANCE_PLANNED
    if news.telling is Telling.REMINDED:
        return True
    return weight_of(news) <= Impact.MINOR.rank
