"""The state of a component, for every reader: page, desk, API and metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incidents.component import Component
from incidents.events import Impact
from incidents.evidence import Evidence, is_fresh
from incidents.incident import Affected, Incident
from incidents.maintenance import Maintenance, under_way
from probes.observation import Outcome


class ComponentStatus(StrEnum):
    """Statuspage's vocabulary, and UNKNOWN: never shown as green, never as an outage."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"
    MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"


_GRAVITY = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL,
    ComponentStatus.MAJOR,
)
_BY_IMPACT = {
    Impact.NONE: ComponentStatus.OPERATIONAL,
    Impact.MINOR: ComponentStatus.DEGRADED,
    Impact.MAJOR: ComponentStatus.PARTIAL,
    Impact.CRITICAL: ComponentStatus.MAJOR,
}


_BY_OUTCOME = {
    Outcome.DOWN: ComponentStatus.MAJOR,
    Outcome.DEGRADED: ComponentStatus.DEGRADED,
}


@dataclass(frozen=True, slots=True)
class Health:
    """One component now. ``last_known`` is what was true before we stopped seeing, if ever."""

    component: Component
    status: ComponentStatus
    last_known: ComponentStatus | None = None


def health(
    component: Component,
    open_incidents: Iterable[Incident],
    evidence: Evidence,
    now: datetime,
    *,
    works: Iterable[Maintenance] = (),
) -> Health:
    """What may be said of ``component``, given the incidents that the reader may know of.

    Pass only published incidents for the public. Announced work comes before all; an incident
    holds its components' state even while nobody can see; without one, a component is
    operational only while a probe says so.
    """
    claims = [
        claim(incident, stretch)
        for incident in open_incidents
        if incident.is_open
        for stretch in incident.stretches(component.id)
        if stretch.until is None
    ]
    worst = max(claims, key=_GRAVITY.index, default=ComponentStatus.OPERATIONAL)
    if under_way(works, component.id, now):
        return Health(component, ComponentStatus.MAINTENANCE, worst)
    if worst is not ComponentStatus.OPERATIONAL or is_fresh(evidence, now):
        return Health(component, worst, worst)
    seen = any(streak.last_known for _, streak in evidence.streaks)
    return Health(component, ComponentStatus.UNKNOWN, worst if seen else None)


def claim(incident: Incident, stretch: Affected) -> ComponentStatus:
    """What ``incident`` says of a component during one of its stretches.

    Probes know outage from slowness; people say how bad it is, and theirs wins if set.
    """
    is_own = stretch.component == incident.component
    by_impact = _BY_IMPACT[incident.impact]
    if is_own and (incident.impact_is_set or not incident.probes_agree):
        return by_impact
    if is_own and incident.unstable_since and stretch.until is None:
        return ComponentStatus.DEGRADED  # it works on and off
    by_probes = _BY_OUTCOME.get(stretch.outcome or Outcome.UNKNOWN, by_impact)
    if is_own and incident.partial and by_probes is ComponentStatus.MAJOR:
        by_probes = ComponentStatus.PARTIAL
    return by_probes if incident.is_automatic else max(by_impact, by_probes, key=_GRAVITY.index)
