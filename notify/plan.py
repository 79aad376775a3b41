"""Which events are told, to whom, and why or why not. Pure.

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

from incidents.events import (
    Event,
    Impact,
    Joined,
    Merged,
    Opened,
    Reassessed,
    Reopened,
    Resolved,
    Updated,
)
from incidents.incident import Incident
from incidents.journal import Entry
from notify.delivery import Because, Past, Plan, Planned, State, Telling, Untold

STALE_AFTER = timedelta(hours=1)
"""News older than this is recorded, but nobody is woken for it."""

END_STALE_AFTER = timedelta(hours=24)
"""Whoever was told that it broke still wants to know that it works, so an end keeps longer."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An event worth telling, and its incident as it stood just after it."""

    seq: int
    at: datetime
    telling: Telling
    event: Event
    incident: Incident


@dataclass(frozen=True, slots=True)
class Route:
    """Which notices go to which channels; an empty condition lets everything through."""

    id: str
    channels: tuple[str, ...]
    component: tuple[str, ...] = ()
    impact: tuple[Impact, ...] = ()
    event: tuple[Telling, ...] = ()

    def takes(self, notice: Notice) -> bool:
        incident = notice.incident
        return (
            (not self.component or incident.component in self.component)
            and (not self.impact or incident.impact in self.impact)
            and (not self.event or notice.telling in self.event)
        )


_Whom: TypeAlias = tuple[str, str, str]  # route, channel, recipient


def telling_of(event: Event, before: Impact | None) -> Telling | Because:
    """What ``event`` tells, or why it isn't told. ``before`` is the impact before it."""
    match event:
        case Opened():
            return Telling.OPENED
        case Reopened():
            return Telling.REOPENED
        case Joined():
            return Telling.JOINED
        case Resolved() | Merged():
            return Telling.RESOLVED
        case Reassessed():
            return Telling.WORSENED if _is_worse(event.impact, before) else Because.NO_WORSE
        case Updated():
            return _telling_of_update(event, before)
        case _:
            return Because.NOT_TOLD_KIND


def notice_of(entry: Entry, before: Incident | None, after: Incident) -> Notice | Because:
    """The notice an entry gives, or why it gives none; with its incident around the entry."""
    impact = before.impact if before is not None and before.is_open else None
    telling = telling_of(entry.event, impact)
    if isinstance(telling, Because):
        return telling
    return Notice(entry.seq, entry.at, telling, entry.event, after)


def plan(
    notice: Notice,
    *,
    routes: Sequence[Route],
    recipients: Mapping[str, Sequence[str]],
    past: Sequence[Past],
    now: datetime,
) -> Plan:
    """Who is told of ``notice``. ``recipients`` are by channel; ``past`` is of its incident."""
    if notice.telling is Telling.RESOLVED:
        whom, cancel, nobody = *_close(past), Because.NOT_HEARD_OPENED
    elif notice.telling is Telling.UPDATED:
        whom, cancel, nobody = _listeners(past), (), Because.NOT_HEARD_OPENED
    else:
        whom, cancel, nobody = _by_routes(notice, routes, recipients), (), Because.NO_ROUTE
        if isinstance(notice.event, Updated):
            whom = [*whom, *_listeners(past)]
    deliveries: dict[tuple[str, str], Planned] = {}
    untold = []
    for route, channel, recipient in whom:
        if (channel, recipient) in deliveries:
            who = who_is(notice, recipient)
            untold.append(Untold(Because.DUPLICATE_RECIPIENT, route, channel, who))
        else:
            deliveries[channel, recipient] = _planned(notice, (route, channel, recipient), now)
    return Plan(tuple(deliveries.values()), cancel, tuple(untold), None if deliveries else nobody)


def obsolete(delivery: Past, others: Iterable[Past]) -> Because | None:
    """Why a delivery that is about to be sent should not be, after all.

    ``others`` are those of the same incident to the same recipient on the same channel.
    """
    others = list(others)
    before = [o for o in others if o.seq < delivery.seq]
    follows = delivery.telling in (Telling.UPDATED, Telling.RESOLVED)
    if follows and not any(o.may_be_known for o in _episode(before)):
        return Because.NOT_HEARD_OPENED
    if delivery.telling is not Telling.RESOLVED and delivery.is_waiting:
        ends = (o for o in others if o.seq > delivery.seq and o.telling is Telling.RESOLVED)
        if any(o.state is not State.CANCELLED for o in ends):
            return Because.SUPERSEDED
    return None


def delivery_id(notice: Notice, whom: _Whom, *, step: int = 0) -> str:
    """The identity of a delivery, from its cause: ``seq/route/step/channel/who``, ASCII."""
    route, channel, recipient = whom
    where = f"{quote(route, safe='')}/{step}/{quote(channel, safe='')}"
    return f"{notice.seq}/{where}/{who_is(notice, recipient)}"


def who_is(notice: Notice, recipient: str) -> str:
    """What stands for a recipient where the address should not.

    It also covers incident and instant, so that a state begun anew doesn't repeat ids which
    the receivers of the old one remember.
    """
    cause = f"{notice.incident.id}\n{notice.at.isoformat()}\n{recipient}"
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


def _planned(notice: Notice, whom: _Whom, now: datetime) -> Planned:
    limit = END_STALE_AFTER if notice.telling is Telling.RESOLVED else STALE_AFTER
    stale = now - notice.at > limit
    return Planned(
        delivery_id(notice, whom),
        *whom,
        because=Because.STALE if stale else Because(notice.telling.value),
        state=State.EXPIRED if stale else State.PLANNED,
    )


def _by_routes(
    notice: Notice, routes: Sequence[Route], recipients: Mapping[str, Sequence[str]]
) -> list[_Whom]:
    return [
        (route.id, channel, recipient)
        for route in routes
        if route.takes(notice)
        for channel in route.channels
        for recipient in recipients.get(channel, ())
    ]


def _listeners(past: Sequence[Past]) -> list[_Whom]:
    """Those who know of it, or will: what still waits is told before this."""
    return [
        (rows[0].route, *who)
        for who, rows in _episodes(past).items()
        if any(row.may_be_known or row.is_waiting for row in rows)
    ]


def _close(past: Sequence[Past]) -> tuple[list[_Whom], tuple[str, ...]]:
    """Those who may know of it; and what waits for anybody, which is no longer worth saying."""
    episodes = _episodes(past)
    whom = [
        (rows[0].route, *who)
        for who, rows in episodes.items()
        if any(row.may_be_known for row in rows)
    ]
    waiting = (row.id for rows in episodes.values() for row in rows if row.is_waiting)
    return whom, tuple(waiting)


def _episodes(past: Sequence[Past]) -> dict[tuple[str, str], list[Past]]:
    """By channel and recipient, what they were to hear since they last heard of an end."""
    by_recipient: dict[tuple[str, str], list[Past]] = {}
    for row in sorted(past, key=lambda p: p.seq):
        by_recipient.setdefault((row.channel, row.recipient), []).append(row)
    found = {who: _episode(rows) for who, rows in by_recipient.items()}
    return {who: rows for who, rows in found.items() if rows}


def _episode(rows: Sequence[Past]) -> list[Past]:
    since: list[Past] = []
    for row in sorted(rows, key=lambda p: p.seq):
        if row.telling is not Telling.RESOLVED:
            since.append(row)
        elif row.may_be_known or row.is_waiting:
            since = []
    return since


def _telling_of_update(event: Updated, before: Impact | None) -> Telling | Because:
    if event.impact is not None and _is_worse(event.impact, before):
        return Telling.WORSENED
    said = event.text or event.status is not None
    return Telling.UPDATED if said else Because.NOTHING_SAID


def _is_worse(impact: Impact, before: Impact | None) -> bool:
    return before is not None and impact.rank > before.rank
