"""The state of a component, for every reader: page, desk, API and metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incidents.component import Component
from incidents.events import Impact, Status
from incidents.evidence import Evidence, is_fresh
from incidents.incident import Incident
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
) -> Health:
    """What may be said of ``component``, given the incidents that the reader may know of.

    Pass only published incidents for the public. An incident holds its component's state even
    while nobody can see; without one, a component is operational only while a probe says so.
    """
    claims = [_claim(i) for i in open_incidents if i.component == component.id and i.is_open]
    worst = max(claims, key=_GRAVITY.index, default=ComponentStatus.OPERATIONAL)
    if worst is not ComponentStatus.OPERATIONAL or is_fresh(evidence, now):
        return Health(component, worst, worst)
    seen = any(streak.last_known for _, streak in evidence.streaks)
    return Health(component, ComponentStatus.UNKNOWN, worst if seen else None)


def _claim(incident: Incident) -> ComponentStatus:
    """Probes know outage from slowness; people say how bad it is, and theirs wins if set."""
    if incident.is_automatic and incident.status is Status.MONITORING:
        return ComponentStatus.OPERATIONAL  # probes see it well again; we only keep watching
    by_impact = _BY_IMPACT[incident.impact]
    if incident.impact_is_set or not incident.probes_agree:
        return by_impact
    by_probes = {
        Outcome.DOWN: ComponentStatus.MAJOR,
        Outcome.DEGRADED: ComponentStatus.DEGRADED,
    }.get(incident.outcome or Outcome.UNKNOWN, by_impact)
    return max(by_impact, by_probes, key=_GRAVITY.index) if not incident.is_automatic else by_probes
