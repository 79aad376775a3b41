"""What news does to escalations, and whom they ring for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.events import IncidentEvent, Status
from incidents.incident import Incident
from notify.delivery import Because, Past, Telling, Untold
from notify.oncall.people import People, Whom
from notify.planning.escalation import Escalation, begin, first, ring
from notify.planning.hearing import Followers
from notify.planning.notice import News, Notice, Rung
from notify.planning.routing import Route

_FROM_THE_TOP = (Telling.REOPENED, Telling.WORSENED)

_LOOK_AGAIN = timedelta(minutes=1)
"""What gets well is not rung for; so long until we look whether it still does."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Whom first steps ring, and how far each escalation is then."""

    whom: tuple[Whom, ...] = ()
    untold: tuple[Untold, ...] = ()
    escalations: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """Whom a due step rings, and how far its escalation is then.

    ``unreached``: before its time, since those before them cannot be reached.
    """

    escalation: Escalation
    whom: tuple[Whom, ...] = ()
    untold: tuple[Untold, ...] = ()
    last_resort: bool = False
    unreached: bool = False


def begun(
    news: News,
    routes: Sequence[Route],
    *,
    people: People,
    running: Sequence[Escalation],
    now: datetime,
    stale: bool,
) -> Begun:
    """The escalations that ``news`` begins, by the routes that take it, or begins again.

    What is stale rings nobody now; the step stays due, and rings if it is still worth it.
    """
    policies = {route.id: route.escalation for route in routes if route.escalation}
    if not isinstance(news, Notice):  # nobody can take it, so nobody is rung after the first
        found = [first(policy, route, people.reach) for route, policy in policies.items()]
        return Begun(
            tuple(replace(one, step=0) for reached in found for one in reached.whom),
            tuple(one for reached in found for one in reached.untold),
        )
    known = {one.route: one for one in running}
    its = [one.again(news) for one in running if news.telling in _FROM_THE_TOP]
    its += [begin(policy, route, news) for route, policy in policies.items() if route not in known]
    if stale:
        return Begun((), tuple(Untold(Because.STALE, it.route) for it in its), tuple(its))
    rings = [_first(it, people, now) for it in its]
    return Begun(
        tuple(one for due in rings for one in due.whom),
        tuple(one for due in rings for one in due.untold),
        tuple(due.escalation for due in rings),
    )


def _first(it: Escalation, people: People, now: datetime) -> Due:
    if not it.is_due(now):
        return Due(it, untold=(Untold(Because.LATER, it.route),))
    after, rung = ring(it, people.reach, now)
    return Due(after, rung.whom, rung.untold)


def due(it: Escalation, incident: Incident, people: People, now: datetime) -> Due:
    """The step of ``it`` that is due."""
    if incident.status is Status.MONITORING:
        return Due(it.later(now, _LOOK_AGAIN), untold=(Untold(Because.RECOVERING, it.route),))
    after, rung = ring(it, people.reach, now)
    return Due(after, rung.whom, rung.untold, rung.last_resort)


def early(
    it: Escalation, before: Escalation, incident: Incident, people: People, now: datetime
) -> Due | None:
    """What ``unreached.early`` made of ``before``; None where that is nothing.

    A last resort before its turn leaves the rounds that are to come: they have their time.
    """
    if incident.status is Status.MONITORING:
        return None
    after, rung = ring(it, people.reach, now)
    if it.ring > before.ring:
        if not rung.whom:
            return None
        after = before.later(now, before.policy.pause(before.ring))
    return Due(after, rung.whom, rung.untold, rung.last_resort, unreached=True)


@dataclass(frozen=True, slots=True)
class Matter:
    """What an escalation rings about.

    That is the event that began it, and the incident as it is after its last entry, ``seq``.
    """

    event: IncidentEvent
    incident: Incident
    seq: int


def notice_of(it: Escalation, matter: Matter, found: Due, now: datetime) -> Notice:
    """What a due step of ``it`` tells.

    The very first one tells the event that began it, however late; any other, that nobody has
    taken it.
    """
    is_first = it.ring == 0 and not found.last_resort
    return Notice(
        *(matter.seq, now, it.telling if is_first else Telling.UNANSWERED),
        *(matter.event, matter.incident, it.stream),
        rung=Rung(it.began_at, last_resort=found.last_resort, unreached=found.unreached),
    )


def rung(past: Sequence[Past], up: Mapping[str, Escalation], *, but: str) -> Followers:
    """Those who were rung by one of ``up`` and may know it, and the rings that still wait.

    ``but`` is the engineer who took it: they know.
    """
    # A ring from before it began again may still wait: it is no less in vain.
    mine = [one for one in past if one.route in up and not one.telling.is_end]
    since = [one for one in mine if one.seq >= up[one.route].seq]
    told = [one for one in since if one.may_be_known and (not but or one.engineer != but)]
    whom = {(p.channel, p.recipient): p for p in reversed(told)}
    return Followers(
        [Whom(p.route, *who, p.engineer, p.rota) for who, p in reversed(whom.items())],
        tuple(one.id for one in mine if one.is_waiting),
    )
