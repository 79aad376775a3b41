"""What surrounds a component when something is decided about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.causes import Known, Root, dependency, storm, unwell_since
from incidents.incident import Incident
from incidents.maintenance import Window, last_end, under_way


@dataclass(frozen=True, slots=True)
class Outlived:
    """Since when a component has failed, at first as part of an incident that ended for it."""

    since: datetime
    is_public: bool


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
    outlived: Outlived | None = None


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


def facts_of(component: str, known: Known, *, blind_since: datetime | None = None) -> Facts:
    """The surroundings of ``component``."""
    own = speaks_for(component, known.incidents)
    if own and own.is_open and own.component != component:
        return Facts(blind_since=blind_since)  # whose it is, is decided
    recorded = unwell_since(own).get(component) if own and own.is_open else None
    began = recorded or known.failing_since(component) or known.at
    together, umbrella = storm(component, began, known)
    worked_on = known.window_over(component)
    return Facts(
        root=dependency(component, began, known) or umbrella,
        ancestors=sum(1 for _ in known.house.ancestors(component)),
        window=under_way(known.works, worked_on, known.at) if worked_on else None,
        worked_on=worked_on,
        spent=_spent(component, known),
        blind_since=blind_since,
        together=together,
        components=known.house.measured,
        outlived=_outlived(component, known),
    )


def _outlived(component: str, known: Known) -> Outlived | None:
    failing = known.failing_since(component)
    if failing is None:
        return None
    recently = known.at - known.house.rules_of(component).explained_within
    for incident in known.incidents:
        for one in incident.stretches(component) if incident.component != component else ():
            if one.until and recently <= one.until <= known.at and failing <= one.until:
                return Outlived(one.since, incident.is_public)
    return None


def _spent(component: str, known: Known) -> datetime | None:
    """An end in the future is one from before the clock was put back."""
    at = known.at
    ends = [i.resolved_at for i in known.incidents if i.resolved_at and i.touches(component)]
    ends += [
        end
        for one in (component, *known.house.ancestors(component))
        if (end := last_end(known.works, one, at))
    ]
    return max((end for end in ends if end <= at), default=None)
