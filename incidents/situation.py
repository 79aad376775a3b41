"""All that is known at one moment, and what follows from it: the same for service and backtest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from incidents.causes import Known
from incidents.commands import Watch
from incidents.events import (
    Attached,
    Cause,
    Detached,
    Event,
    IncidentEvent,
    MaintenanceCancelled,
    MaintenanceEnded,
    Opened,
    Origin,
    Reopened,
    Resolved,
    Updated,
)
from incidents.evidence import Evidence
from incidents.facts import Facts, facts_of, speaks_for
from incidents.incident import Incident
from incidents.machine import decide, wake_at
from incidents.maintenance import under_way

Decided: TypeAlias = tuple[Incident | None, IncidentEvent | None]
"""What a decision was about, and what it was."""


@dataclass(frozen=True, slots=True)
class Situation(Known):
    """One moment, and what follows. ``blind_since``: see Facts."""

    blind_since: datetime | None = field(default=None, kw_only=True)

    def watch(self, component: str) -> Decided:
        """What a component's probes, and time, have to say."""
        incident = speaks_for(component, self.incidents)
        evidence = self.evidence.get(component, Evidence())
        command = self._command(component)
        return incident, decide(incident, evidence, command, self.house.rules_of(component))

    def on_time(self, incident: Incident) -> Decided:
        """What time has to say to ``incident``, whether or not probes speak to it."""
        spoken = speaks_for(incident.component, self.incidents)
        if spoken is not None and spoken.id == incident.id:
            return self.watch(incident.component)
        rules = self.house.rules_of(incident.component)
        return incident, decide(incident, Evidence(), self._command(incident.component), rules)

    def due(self, incident: Incident) -> datetime | None:
        """When ``on_time`` may have something to say."""
        if incident.origin is Origin.IMPORT:
            return None  # nobody is told of it, and nothing but a person ends it
        component = self.house.component(incident.component)
        worked_on = self.window_over(component.id)
        window = under_way(self.works, worked_on, self.at) if worked_on else None
        return wake_at(
            incident,
            self.evidence.get(component.id, Evidence()),
            component.probes,
            self.house.rules_of(component.id),
            now=self.at,
            facts=Facts(window=window, blind_since=self.blind_since),
        )

    def stirred_by(self, event: Event) -> Iterable[str]:
        """Whose turn it is to be looked at again, now that ``event`` has happened."""
        match event:
            case Opened() | Reopened():
                return self._failing(below=event.component)
            case Attached() if event.cause is Cause.STORM:
                return self._failing() if self._is_first_gust(event) else ()
            case Detached():
                return (event.component, *self._last_of(event.incident))
            case Updated() | Resolved():  # somebody's lock is off, or their incident is
                return [i.component for i in self.incidents if i.id == event.incident]
            case MaintenanceEnded() | MaintenanceCancelled():
                ended = [w for w in self.works if w.id == event.incident]
                return [component for work in ended for component in work.components]
            case _:
                return ()

    def _command(self, component: str) -> Watch:
        facts = facts_of(component, self, blind_since=self.blind_since)
        return Watch(self.at, self.house.component(component), facts)

    def _failing(self, below: str | None = None) -> list[str]:
        """Components with an open automatic incident of their own, that may be another's part."""
        return [
            i.component
            for i in self.incidents
            if i.is_open
            and i.is_automatic
            and (below is None or below in self.house.ancestors(i.component))
        ]

    def _is_first_gust(self, event: Attached) -> bool:
        found = [i for i in self.incidents if i.id == event.incident]
        return any(sum(a.cause is Cause.STORM for a in i.affected) == 1 for i in found)

    def _last_of(self, incident: str) -> list[str]:
        """With whom an umbrella ends, once nobody else is under it."""
        found = [i for i in self.incidents if i.id == incident]
        return [i.component for i in found if {a.component for a in i.ailing()} <= {i.component}]
