"""What surrounds a component when something is decided about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.events import Cause, Status
from incidents.house import House
from incidents.incident import Incident
from incidents.maintenance import Maintenance, Window, last_end, under_way
from incidents.rules import Rules, storm_needs


@dataclass(frozen=True, slots=True)
class Root:
    """An incident that explains why a component fails, and by which component of its."""

    incident: Incident
    cause: Cause
    component: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The surroundings of one decision.

    ``spent``: what was seen up to then doesn't count any more, since a person closed the
    matter, its cause ended, or announced work did. ``window`` is the work under way on the
    component ``worked_on``. ``blind_since``: our own line is dead, so nothing seen means
    anything. ``together`` of ``components`` that are measured failed at about the same time.
    """

    root: Root | None = None
    ancestors: int = 0
    window: Window | None = None
    worked_on: str | None = None
    spent: datetime | None = None
    blind_since: datetime | None = None
    together: int = 1
    components: int = 0


def speaks_for(component: str, incidents: Iterable[Incident]) -> Incident | None:
    """Which of the incidents the probes of a component talk to.

    Its own open automatic one; else the one it is attached to; else one that people opened
    for everybody (so that no second one is opened beside it); else its latest automatic one,
    which may be re-opened.
    """
    mine = [i for i in incidents if i.touches(component)]
    own = [i for i in mine if i.component == component]
    for group in (
        [i for i in own if i.is_automatic and i.is_open],
        [i for i in mine if i.is_open and i.component != component and i.ails(component)],
        [i for i in own if i.is_open and not i.is_automatic and i.scope.is_everybody],
        [i for i in own if i.is_automatic],
    ):
        if group:
            return max(group, key=lambda i: (i.opened_at, i.id))
    return None


def facts_of(
    component: str,
    house: House,
    incidents: Sequence[Incident],
    works: Sequence[Maintenance],
    *,
    at: datetime,
    blind_since: datetime | None = None,
) -> Facts:
    """The surroundings of ``component``. ``incidents`` are the open ones, and its latest."""
    rules = house.rules_of(component)
    ancestors = tuple(house.ancestors(component))
    own = speaks_for(component, incidents)
    began = own.started_at if own and own.is_open and own.component == component else at
    together = _failed_with(component, began, incidents, rules)
    root = _explained_by(component, ancestors, began, incidents, rules)
    if root is None and rules.storm_components:
        root = _part_of_a_storm(component, together, incidents, rules, house.measured)
    worked_on = next((c for c in (component, *ancestors) if under_way(works, c, at)), None)
    return Facts(
        root=root,
        ancestors=len(ancestors),
        window=under_way(works, worked_on, at) if worked_on else None,
        worked_on=worked_on,
        spent=_spent(component, ancestors, incidents, works, at),
        blind_since=blind_since,
        together=len({component, *together}),
        components=house.measured,
    )


def _explained_by(
    component: str,
    ancestors: Sequence[str],
    began: datetime,
    incidents: Sequence[Incident],
    rules: Rules,
) -> Root | None:
    """The incident of the nearest ancestor that fails, unless this failed well before it."""
    for ancestor in ancestors:
        for one in _explaining(component, incidents):
            since = [a.since for a in one.ailing() if a.component == ancestor]
            if since and began >= min(since) - rules.explained_within:
                return Root(one, Cause.DEPENDENCY, ancestor)
    return None


def _explaining(component: str, incidents: Sequence[Incident]) -> list[Incident]:
    """Incidents that may take ``component`` in, oldest first."""
    found = [
        i
        for i in incidents
        if i.is_open
        and i.is_automatic
        and i.status is not Status.MONITORING
        and component not in i.apart
    ]
    return sorted(found, key=lambda i: (i.opened_at, i.id))


def _failed_with(
    component: str, began: datetime, incidents: Sequence[Incident], rules: Rules
) -> dict[str, Incident]:
    """Who else began to fail at about that time with no other explanation, and its incident."""
    return {
        one.component: incident
        for incident in _explaining(component, incidents)
        for one in incident.ailing()
        if one.component != component
        and one.cause in (None, Cause.STORM)
        and abs(one.since - began) <= rules.storm_within
    }


def _part_of_a_storm(
    component: str,
    together: dict[str, Incident],
    incidents: Sequence[Incident],
    rules: Rules,
    measured: int,
) -> Root | None:
    """The oldest of the incidents that began together, once they are too many to be chance."""
    umbrella = next((i for i in together.values() if i.is_umbrella), None)
    if umbrella is None and len(together) + 1 < storm_needs(rules, measured):
        return None
    own = [i for i in _explaining(component, incidents) if i.component == component]
    rivals = [*together.values(), *own] if umbrella is None else [umbrella]
    oldest = min(rivals, key=lambda i: (i.opened_at, i.id))
    return None if oldest in own else Root(oldest, Cause.STORM, oldest.component)


def _spent(
    component: str,
    ancestors: Sequence[str],
    incidents: Sequence[Incident],
    works: Sequence[Maintenance],
    at: datetime,
) -> datetime | None:
    ends = [i.resolved_at for i in incidents if i.touches(component) and i.resolved_at]
    ends += [end for c in (component, *ancestors) if (end := last_end(works, c, at))]
    return max(ends, default=None)
