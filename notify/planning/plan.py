"""To whom news is told, and why or why not. Pure.

Openings follow the routes; what comes after an opening follows those who were told of it, so
that nobody hears the end of a story whose beginning they missed, and nobody misses the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from incidents.events import Updated
from notify.delivery import Because, Past, State, Telling, Untold
from notify.oncall.people import People, Whom
from notify.planning import ringing
from notify.planning.escalation import Escalation, Stand
from notify.planning.hearing import (
    TO_LISTENERS,
    Followers,
    close,
    hand_over,
    listeners,
    out_of_reach,
)
from notify.planning.notice import News, Notice
from notify.planning.ringing import Due
from notify.planning.routing import Route

STALE_AFTER = timedelta(hours=1)
"""News older than this is recorded, but nobody is woken for it."""

END_STALE_AFTER = timedelta(hours=24)
"""Whoever was told that it broke still wants to know that it works, so an end keeps longer.

So does a plan, which is news of the future.
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to one recipient, to be stored."""

    id: str
    whom: Whom
    because: Because
    state: State
    held: Because | None = None
    until: datetime | None = None
    """It waits: why, and how long."""
    weight: int = 0
    """How bad it is, so that what is worse need not wait for what is not."""

    @property
    def route(self) -> str:
        return self.whom.route

    @property
    def channel(self) -> str:
        return self.whom.channel

    @property
    def recipient(self) -> str:
        return self.whom.recipient


@dataclass(frozen=True, slots=True)
class Plan:
    """What to store and what to cancel; ``because`` says why nobody is told, if so.

    ``aware``, by channel and recipient: who hears anyway of what it has become part of.
    """

    deliveries: tuple[Planned, ...] = ()
    cancel: tuple[str, ...] = ()
    untold: tuple[Untold, ...] = ()
    because: Because | None = None
    escalations: tuple[Escalation, ...] = ()
    cancelled_by: Because = Because.SUPERSEDED
    aware: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What has been told so far of what the news is about, and who is being rung.

    ``elsewhere`` is the past of the incident that this one has become part of.
    """

    past: Sequence[Past] = ()
    elsewhere: Sequence[Past] = ()
    escalations: Sequence[Escalation] = ()


@dataclass(frozen=True, slots=True)
class _Audience:
    """Whom to tell, what is not worth sending any more, and why it is nobody if it is."""

    whom: Sequence[Whom]
    cancel: tuple[str, ...] = ()
    untold: tuple[Untold, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    nobody: Because = Because.NOT_HEARD_OPENED
    cancelled_by: Because = Because.SUPERSEDED
    aware: frozenset[tuple[str, str]] = frozenset()


def plan(
    news: News, routes: Sequence[Route], *, people: People, known: Known, now: datetime
) -> Plan:
    """Who is told of ``news``, and what it does to those who are being rung."""
    if news.telling.is_end:
        audience = _end(news, known)
    elif news.telling is Telling.TAKEN:
        audience = _taken(news, known)
    elif news.telling in TO_LISTENERS:
        audience = _Audience(listeners(known.past))
    else:
        audience = _beginning(news, routes, people=people, known=known, now=now)
    return _settled(news, audience, Because(news.telling.value), now)


def goes_by_routes(news: News) -> bool:
    """Whether routes say who is told; else those who heard the beginning are."""
    follows = (*TO_LISTENERS, Telling.TAKEN)
    return not news.telling.is_end and news.telling not in follows


def missed_of(news: News) -> News | None:
    """What to tell those who hear of an incident only now that it is over; None: it isn't."""
    if not isinstance(news, Notice) or news.telling is not Telling.RESOLVED or news.into:
        return None
    return replace(news, telling=Telling.MISSED)


def plan_missed(news: News, *, known: Known, now: datetime) -> Plan:
    """Who could not be reached while it lasted. ``known`` is from before its end was planned."""
    found = _settled(news, _Audience(out_of_reach(known.past)), Because.MISSED, now)
    return replace(found, because=None)


def plan_ring(it: Escalation, found: Due, notice: Notice, *, past: Sequence[Past]) -> Plan:
    """What a due step of ``it`` comes to. ``notice`` is what it tells: see ``ringing``."""
    # The same step of another route may have rung them this very moment.
    here = {(one.channel, one.recipient, *one.order) for one in past}
    known = {one.id for one in past}  # a last resort may have been rung before its turn
    whom = [
        one
        for one in found.whom
        if (one.channel, one.recipient, notice.seq, one.step) not in here
        and delivery_id(it, one) not in known
    ]
    twice = tuple(_twice(notice, one) for one in found.whom if one not in whom)
    audience = _Audience(whom, untold=(*found.untold, *twice), escalations=(found.escalation,))
    because = Because.UNREACHED if found.unreached else Because(notice.telling.value)
    because = Because.LAST_RESORT if found.last_resort else because
    return replace(_settled(notice, audience, because, notice.at, cause=it), because=None)


def delivery_id(cause: News | Escalation, whom: Whom) -> str:
    """The identity of a delivery, from its cause: ``seq/route/step/channel/who``, ASCII."""
    where = f"{quote(whom.route, safe='')}/{whom.step}/{quote(whom.channel, safe='')}"
    return f"{cause.seq}/{where}/{who_is(cause, whom.recipient)}"


def who_is(cause: News | Escalation, recipient: str) -> str:
    """What stands for a recipient where the address should not.

    It also covers incident and instant, so that a state begun anew doesn't repeat ids which
    the receivers of the old one remember.
    """
    text = f"{cause.about}\n{cause.at.isoformat()}\n{recipient}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_stale(news: News, now: datetime) -> bool:
    """Whether it is too old to tell."""
    keeps = news.telling.is_end or news.telling is Telling.MAINTENANCE_PLANNED
    return now - news.at > (END_STALE_AFTER if keeps else STALE_AFTER)


# ── by kind of news ───────────────────────────────────────────────────────────


def _beginning(
    news: News, routes: Sequence[Route], *, people: People, known: Known, now: datetime
) -> _Audience:
    misses = {route.id: route.misses(news) for route in routes}
    taking = [route for route in routes if misses[route.id] is None]
    found = [people.reach(route.id, route.targets) for route in taking]
    rung = ringing.begun(
        news, taking, people=people, running=known.escalations, now=now, stale=is_stale(news, now)
    )
    whom = [*(one for reached in found for one in reached.whom), *rung.whom]
    if news.telling is Telling.SPREAD or isinstance(news.event, Updated):
        whom += listeners(known.past)
    elif news.telling in (Telling.WORSENED, Telling.JOINED):
        # Whoever was rung, at whichever step, may be at work on it.
        routes_rung = {one.route for one in known.escalations}
        whom += [one for one in listeners(known.past) if one.route in routes_rung]
    untold = [Untold(miss, route) for route, miss in misses.items() if miss]
    untold += [one for reached in found for one in reached.untold]
    nobody = Because.NO_ROUTE if not taking else _first(untold, rung.untold)
    return _Audience(
        whom,
        untold=(*untold, *rung.untold),
        escalations=rung.escalations,
        nobody=nobody,
    )


def _first(untold: Sequence[Untold], of_rung: Sequence[Untold]) -> Because:
    """Why nobody is told though a route takes it."""
    found = [one.because for one in (*of_rung, *untold) if not one.because.is_miss]
    return found[0] if found else Because.NO_REACH


def _end(news: News, known: Known) -> _Audience:
    found = hand_over(known.past, known.elsewhere) if news.into else close(known.past, news.telling)
    over = _put(known.escalations, Stand.OVER)
    return _Audience(*(found.whom, found.cancel), escalations=over, aware=found.aware)


def _taken(news: News, known: Known) -> _Audience:
    """Those who were rung hear who took it; whoever was about to be rung is left alone."""
    if not isinstance(news, Notice):
        raise TypeError(f"{news.about} is nothing that is acknowledged")
    up = {one.route: one for one in known.escalations if one.is_up}
    rung: Followers = ringing.rung(known.past, up, but=news.incident.acknowledged_by or "")
    return _Audience(
        *(rung.whom, rung.cancel),
        escalations=_put(tuple(up.values()), Stand.TAKEN),
        nobody=Because.NOT_RUNG,
        cancelled_by=Because.TAKEN,
    )


def _put(escalations: Sequence[Escalation], stand: Stand) -> tuple[Escalation, ...]:
    return tuple(one.but(stand) for one in escalations if one.stand is not stand)


# ── as it is stored ───────────────────────────────────────────────────────────


def _settled(
    news: News,
    audience: _Audience,
    because: Because,
    now: datetime,
    cause: Escalation | None = None,
) -> Plan:
    """One delivery for each recipient, however many routes lead there."""
    deliveries: dict[tuple[str, str], Planned] = {}
    untold = [*audience.untold]
    stale = is_stale(news, now)
    for whom in audience.whom:
        if (whom.channel, whom.recipient) in deliveries:
            untold.append(_twice(news, whom))
        else:
            deliveries[whom.channel, whom.recipient] = Planned(
                delivery_id(cause or news, whom),
                whom,
                because=Because.STALE if stale else because,
                state=State.EXPIRED if stale else State.PLANNED,
            )
    return Plan(
        tuple(deliveries.values()),
        audience.cancel,
        tuple(dict.fromkeys(untold)),
        None if deliveries else audience.nobody,
        escalations=audience.escalations,
        cancelled_by=audience.cancelled_by,
        aware=audience.aware,
    )


def _twice(news: News, whom: Whom) -> Untold:
    who = who_is(news, whom.recipient)
    return Untold(Because.DUPLICATE_RECIPIENT, whom.route, whom.channel, who)
