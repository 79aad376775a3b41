"""To whom news is told, and why or why not. Pure.

Openings follow the routes; what comes after an opening follows those who were told of it, so
that nobody hears the end of a story whose beginning they missed, and nobody misses the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from urllib.parse import quote

from incidents.events import Updated
from notify.delivery import Because, Past, Plan, Planned, State, Telling, Untold
from notify.notice import News
from notify.routing import Route

STALE_AFTER = timedelta(hours=1)
"""News older than this is recorded, but nobody is woken for it."""

END_STALE_AFTER = timedelta(hours=24)
"""Whoever was told that it broke still wants to know that it works, so an end keeps longer.

So does a plan, which is news of the future.
"""

_TO_LISTENERS = (Telling.UPDATED, Telling.UNSTABLE, Telling.REMINDED)
"""Told to whoever knows of the incident, whatever the routes say."""


_Whom: TypeAlias = tuple[str, str, str]  # route, channel, recipient


@dataclass(frozen=True, slots=True)
class _Audience:
    """Whom to tell, what is not worth sending any more, and why it is nobody if it is."""

    whom: Sequence[_Whom]
    cancel: tuple[str, ...] = ()
    untold: tuple[Untold, ...] = ()
    nobody: Because = Because.NOT_HEARD_OPENED


def plan(
    news: News,
    *,
    routes: Sequence[Route],
    recipients: Mapping[str, Sequence[str]],
    past: Sequence[Past],
    now: datetime,
    elsewhere: Sequence[Past] = (),
) -> Plan:
    """Who is told of ``news``. ``recipients`` are by channel; ``past`` is of what it is about.

    ``elsewhere`` is the past of the incident that this one has become part of.
    """
    if news.telling.is_end:
        audience = _hand_over(past, elsewhere) if news.into else _close(past, news.telling)
    elif news.telling in _TO_LISTENERS:
        audience = _Audience(_listeners(past))
    else:
        misses = {route.id: route.misses(news) for route in routes}
        whom = _by_routes([r for r in routes if not misses[r.id]], recipients)
        if news.telling is Telling.SPREAD or isinstance(news.event, Updated):
            whom = [*whom, *_listeners(past)]
        untaken = tuple(Untold(miss, route) for route, miss in misses.items() if miss)
        audience = _Audience(whom, untold=untaken, nobody=Because.NO_ROUTE)
    deliveries: dict[tuple[str, str], Planned] = {}
    untold = [*audience.untold]
    for route, channel, recipient in audience.whom:
        if (channel, recipient) in deliveries:
            who = who_is(news, recipient)
            untold.append(Untold(Because.DUPLICATE_RECIPIENT, route, channel, who))
        else:
            deliveries[channel, recipient] = _planned(news, (route, channel, recipient), now)
    nobody = None if deliveries else audience.nobody
    return Plan(tuple(deliveries.values()), audience.cancel, tuple(untold), nobody)


def obsolete(delivery: Past, others: Iterable[Past]) -> Because | None:
    """Why a delivery that is about to be sent should not be, after all.

    ``others`` are those of the same incident or work to the same recipient on the same channel.
    """
    others = list(others)
    before = [o for o in others if o.seq < delivery.seq]
    follows = delivery.telling.is_end or delivery.telling in _TO_LISTENERS
    if follows and not any(o.may_be_known for o in _behind(before, delivery.telling)):
        return Because.NOT_HEARD_OPENED
    later = [o for o in others if o.seq > delivery.seq and o.state is not State.CANCELLED]
    if delivery.is_waiting and any(_outdates(o, delivery) for o in later):
        return Because.SUPERSEDED
    return None


def delivery_id(news: News, whom: _Whom, *, step: int = 0) -> str:
    """The identity of a delivery, from its cause: ``seq/route/step/channel/who``, ASCII."""
    route, channel, recipient = whom
    where = f"{quote(route, safe='')}/{step}/{quote(channel, safe='')}"
    return f"{news.seq}/{where}/{who_is(news, recipient)}"


def who_is(news: News, recipient: str) -> str:
    """What stands for a recipient where the address should not.

    It also covers incident and instant, so that a state begun anew doesn't repeat ids which
    the receivers of the old one remember.
    """
    cause = f"{news.about}\n{news.at.isoformat()}\n{recipient}"
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


def _planned(news: News, whom: _Whom, now: datetime) -> Planned:
    keeps = news.telling.is_end or news.telling is Telling.MAINTENANCE_PLANNED
    stale = now - news.at > (END_STALE_AFTER if keeps else STALE_AFTER)
    return Planned(
        delivery_id(news, whom),
        *whom,
        because=Because.STALE if stale else Because(news.telling.value),
        state=State.EXPIRED if stale else State.PLANNED,
    )


def _by_routes(routes: Sequence[Route], recipients: Mapping[str, Sequence[str]]) -> list[_Whom]:
    return [
        (route.id, channel, recipient)
        for route in routes
        for channel in route.channels
        for recipient in recipients.get(channel, ())
    ]


def _listeners(past: Sequence[Past]) -> list[_Whom]:
    """Those who know of it, or will: what still waits is told before this."""
    return [
        (rows[0].route, *who)
        for who, rows in _episodes(past, Telling.UPDATED).items()
        if any(row.may_be_known or row.is_waiting for row in rows)
    ]


def _close(past: Sequence[Past], telling: Telling) -> _Audience:
    """Those who may know of it; and what waits for anybody, which is no longer worth saying.

    What waits to be heard of an incident that has become part of this one is heard first.
    """
    whom = [
        (rows[0].route, *who)
        for who, rows in _episodes(past, telling).items()
        if any(row.may_be_known or (row.inherited and row.is_waiting) for row in rows)
    ]
    return _Audience(whom, tuple(row.id for row in past if _is_ours_to_cancel(row)))


def _hand_over(past: Sequence[Past], elsewhere: Sequence[Past]) -> _Audience:
    """Those who know of it; and those who were to, unless they hear of where it goes on."""
    aware = {(channel, recipient) for _, channel, recipient in _listeners(elsewhere)}
    whom, cancel = [], []
    for who, rows in _episodes(past, Telling.RESOLVED).items():
        known = any(row.may_be_known for row in rows)
        waits = any(row.is_waiting for row in rows)
        if known or (waits and who not in aware):
            whom.append((rows[0].route, *who))
        if known or who in aware:
            cancel += [row.id for row in rows if _is_ours_to_cancel(row)]
    return _Audience(whom, tuple(cancel))


def _is_ours_to_cancel(row: Past) -> bool:
    return row.is_waiting and not row.is_end and not row.inherited


def _outdates(later: Past, waiting: Past) -> bool:
    """Whether ``later`` makes it needless to say what still waits."""
    if waiting.telling.is_end or later.inherited:
        return False
    if waiting.telling is Telling.REMINDED:
        return True
    if waiting.telling is Telling.MAINTENANCE_PLANNED:
        return later.is_end or later.telling is Telling.MAINTENANCE_STARTED
    # What has become part of something else isn't over.
    return later.is_end and not later.merged


# ── what a recipient has heard ────────────────────────────────────────────────


_BEGINS = {
    Telling.MAINTENANCE_ENDED: (Telling.MAINTENANCE_STARTED,),
    Telling.MAINTENANCE_CANCELLED: (Telling.MAINTENANCE_PLANNED, Telling.MAINTENANCE_STARTED),
}
"""What must have been heard before this makes sense, where it is not just anything."""


def _episodes(past: Sequence[Past], telling: Telling) -> dict[tuple[str, str], list[Past]]:
    """By channel and recipient, what makes ``telling`` worth their while, if anything does."""
    by_recipient: dict[tuple[str, str], list[Past]] = {}
    for row in past:
        by_recipient.setdefault((row.channel, row.recipient), []).append(row)
    found = {who: _behind(rows, telling) for who, rows in by_recipient.items()}
    return {who: rows for who, rows in found.items() if rows}


def _behind(rows: Sequence[Past], telling: Telling) -> list[Past]:
    """What one recipient was to hear before ``telling``: since they last heard of an end.

    That a series of work is called off concerns whoever ever heard of it, though its stretches
    have ended many times.
    """
    begins = _BEGINS.get(telling)
    since: list[Past] = []
    for row in sorted(rows, key=lambda p: p.seq):
        if not row.is_end:
            since.append(row)
        elif (row.may_be_known or row.is_waiting) and (
            telling is not Telling.MAINTENANCE_CANCELLED or row.telling is telling
        ):
            since = []
    return since if begins is None else [row for row in since if row.telling in begins]
