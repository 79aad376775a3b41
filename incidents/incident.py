"""An incident: the fold of its events. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from incidents.component import Text
from incidents.events import (
    EVERYBODY,
    Acknowledged,
    Event,
    Impact,
    Imported,
    Joined,
    Opened,
    Origin,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reopened,
    Resolved,
    Said,
    Scope,
    Status,
    Unrecognised,
    Updated,
)
from probes.observation import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as it stands. ``published_at`` stays None for a blip, for ever.

    ``updates`` hold what people said and every change of status, with words or without.
    """

    id: str
    component: str
    origin: Origin
    status: Status
    impact: Impact
    started_at: datetime
    opened_at: datetime
    changed_at: datetime
    component_name: Text = field(default_factory=dict)
    outcome: Outcome | None = None
    reason: Reason | None = None
    title: Text = field(default_factory=dict)
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)
    symptoms: tuple[Text, ...] = ()
    error_codes: tuple[str, ...] = ()
    scope: Scope = EVERYBODY
    published_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    monitoring_at: datetime | None = None
    resolved_at: datetime | None = None
    reopened_at: datetime | None = None
    updates: tuple[Said, ...] = ()
    probes_agree: bool = False
    impact_is_set: bool = False  # by a person, and then probes don't change it

    @property
    def is_open(self) -> bool:
        return self.status.is_open

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def is_automatic(self) -> bool:
        return self.origin is Origin.PROBE


class IllegalEventError(ValueError):
    """The event cannot follow this state: the journal is not one that this code wrote."""


def evolve(incident: Incident | None, event: Event, *, at: datetime, actor: str) -> Incident:
    """The state after ``event``, recorded at ``at`` by ``actor``. Total over legal journals.

    Raises IllegalEventError for an event that cannot follow.
    """
    if isinstance(event, Opened):
        return _opened(event, at)
    if isinstance(event, Imported):
        return _imported(event)
    if incident is None:
        raise IllegalEventError(f"{event.incident}: {type(event).__name__} before it was opened")
    return _later(replace(incident, changed_at=at), event, at=at, actor=actor)


def _opened(event: Opened, at: datetime) -> Incident:
    return Incident(
        id=event.incident,
        component=event.component,
        origin=event.origin,
        status=Status.SUSPECTED,
        impact=event.impact,
        started_at=event.started_at,
        opened_at=at,
        changed_at=at,
        component_name=event.component_name,
        outcome=event.outcome,
        reason=event.reason,
        title=event.title,
        public_text=event.public_text,
        operator_note=event.operator_note,
        symptoms=event.symptoms,
        error_codes=event.error_codes,
        scope=event.scope,
        probes_agree=event.origin is Origin.PROBE,
    )


def _imported(event: Imported) -> Incident:
    closed = not event.status.is_open
    return Incident(
        id=event.incident,
        component=event.component,
        origin=Origin.IMPORT,
        status=event.status,
        impact=event.impact,
        started_at=event.started_at,
        opened_at=event.started_at,
        changed_at=max([event.started_at, *(said.at for said in event.updates)]),
        component_name=event.component_name,
        title=event.title,
        public_text=event.public_text,
        operator_note=event.operator_note,
        symptoms=event.symptoms,
        error_codes=event.error_codes,
        scope=event.scope,
        published_at=event.published_at,
        resolved_at=(event.resolved_at or event.started_at) if closed else None,
        updates=event.updates,
    )


def _later(incident: Incident, event: Event, *, at: datetime, actor: str) -> Incident:
    match event:
        case Published():
            return _turned(incident, Status.INVESTIGATING, at, published_at=at)
        case Updated():
            return _updated(incident, event, at)
        case Reassessed():
            return replace(
                incident, impact=event.impact, outcome=event.outcome, reason=event.reason
            )
        case Joined():
            return replace(
                incident,
                outcome=event.outcome,
                reason=event.reason,
                impact=event.impact,
                probes_agree=True,
            )
        case Acknowledged():
            return replace(incident, acknowledged_at=at, acknowledged_by=actor)
        case Recovering():
            if not incident.is_automatic:
                return replace(incident, probes_agree=False)
            return _turned(incident, Status.MONITORING, at, monitoring_at=at)
        case Relapsed():
            return _turned(
                incident,
                Status.INVESTIGATING,
                at,
                monitoring_at=None,
                outcome=event.outcome,
                reason=event.reason,
            )
        case Resolved():
            return _turned(incident, Status.RESOLVED, at, said=event.text, resolved_at=at)
        case Reopened():
            return _turned(
                incident,
                Status.INVESTIGATING if incident.is_public else Status.SUSPECTED,
                at,
                impact=event.impact,
                outcome=event.outcome,
                reason=event.reason,
                reopened_at=at,
                resolved_at=None,
                monitoring_at=None,
                acknowledged_at=None,
                acknowledged_by=None,
                probes_agree=incident.is_automatic,
            )
        case Unrecognised():
            return incident
        case Opened() | Imported():
            raise IllegalEventError(f"{incident.id}: opened twice")
        case _:
            assert_never(event)


def _updated(incident: Incident, event: Updated, at: datetime) -> Incident:
    status = event.status or incident.status
    moved_on = event.status is not None and event.status.is_open
    published_at = incident.published_at or (at if moved_on else None)
    return replace(
        incident,
        status=status,
        published_at=published_at,
        monitoring_at=_monitored_since(incident, event.status, at),
        impact=event.impact or incident.impact,
        impact_is_set=incident.impact_is_set or event.impact is not None,
        title={**incident.title, **event.title},
        public_text={**incident.public_text, **event.public_text},
        operator_note={**incident.operator_note, **event.operator_note},
        updates=_with_word(incident, event.text, at, status)
        if event.text or event.status
        else incident.updates,
    )


def _monitored_since(incident: Incident, moved_to: Status | None, at: datetime) -> datetime | None:
    if moved_to is Status.MONITORING:
        return at
    return None if moved_to is not None and moved_to.is_open else incident.monitoring_at


def _turned(
    incident: Incident, status: Status, at: datetime, *, said: Text | None = None, **changes: Any
) -> Incident:
    """A change of status stays in the timeline for ever, though nobody wrote words for it."""
    updates = _with_word(incident, said or {}, at, status)
    return replace(incident, status=status, updates=updates, **changes)


def _with_word(incident: Incident, text: Text, at: datetime, status: Status) -> tuple[Said, ...]:
    return (*incident.updates, Said(at, text, status))
