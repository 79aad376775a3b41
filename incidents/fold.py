"""How an incident's events fold to its state. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from incidents.component import Text
from incidents.events import (
    Acknowledged,
    Attached,
    Because,
    Cause,
    Detached,
    Impact,
    Imported,
    IncidentEvent,
    Joined,
    Merged,
    Opened,
    Origin,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reminded,
    Reopened,
    Resolved,
    Said,
    Status,
    Unrecognised,
    Unstable,
    Updated,
)
from incidents.incident import Affected, Aside, Incident, Remark


class IllegalEventError(ValueError):
    """The event cannot follow this state: the journal is not one that this code wrote."""


KEPT_TURNS = 50
"""How many turns are remembered; it takes far fewer to call an incident unstable."""


def evolve(
    incident: Incident | None, event: IncidentEvent, *, at: datetime, actor: str
) -> Incident:
    """The state after ``event``, recorded at ``at`` by ``actor``. Total over legal journals.

    Raises IllegalEventError for an event that cannot follow.
    """
    if isinstance(event, Opened):
        return _opened(event, at)
    if isinstance(event, Imported):
        return _imported(event)
    if incident is None:
        raise IllegalEventError(f"{event.incident}: {type(event).__name__} before it was opened")
    return _later(incident.but(changed_at=at), event, at=at, actor=actor)


def _opened(event: Opened, at: datetime) -> Incident:
    by_probes = event.origin is Origin.PROBE
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
        probes_agree=by_probes,
        affected=(_stretch(event, event.started_at),),
        previous=event.previous,
        publish_at=event.publish_at,
        turns=(at,) if by_probes else (),
        said_at=None if by_probes else at,
        touched=not by_probes,
    )


def _imported(event: Imported) -> Incident:
    closed = not event.status.is_open
    resolved_at = (event.resolved_at or event.started_at) if closed else None
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
        resolved_at=resolved_at,
        updates=event.updates,
        affected=(
            Affected(
                event.component, event.started_at, until=resolved_at, name=event.component_name
            ),
        ),
        touched=True,
    )


def _later(incident: Incident, event: IncidentEvent, *, at: datetime, actor: str) -> Incident:
    match event:
        case Published():
            touched = incident.touched or _is_by_hand(event.because)
            return _turned(incident, Status.INVESTIGATING, at, published_at=at, touched=touched)
        case Updated():
            return _updated(incident, event, at)
        case Reassessed() | Joined():
            return _reassessed(incident, event, at)
        case Acknowledged():
            return _acknowledged(incident, at, actor)
        case Recovering():
            return _recovering(incident, at)
        case Relapsed():
            return _relapsed(incident, event, at)
        case Resolved():
            return _resolved(incident, event, at)
        case Merged():
            over = _over(incident, at).but(locked=False, merged_into=event.into)
            over = _remarked(over, Remark(at, Aside.MERGED, event.into))
            return _turned(over, Status.RESOLVED, at)
        case Reopened():
            return _reopened(incident, event, at)
        case Opened() | Imported():
            raise IllegalEventError(f"{incident.id}: opened twice")
        case _:
            return _beside(incident, event, at)


def _beside(
    incident: Incident,
    event: Attached | Detached | Unstable | Reminded | Unrecognised,
    at: datetime,
) -> Incident:
    """What leaves the incident's own course as it is."""
    match event:
        case Attached():
            return _attached(incident, event)
        case Detached():
            if not event.apart:
                return _eased(incident, event.component, at)
            apart = (*incident.apart, event.component)
            return _eased(incident, event.component, at).but(apart=apart, touched=True)
        case Unstable():
            shaky = _unwell(incident, at).but(unstable_since=at)
            shaky = _remarked(shaky, Remark(at, Aside.UNSTABLE))
            if shaky.status is not Status.MONITORING:
                return shaky
            return _turned(shaky, Status.INVESTIGATING, at, monitoring_at=None)
        case Reminded():
            return incident.but(reminded_at=at)
        case Unrecognised():
            return incident
        case _:
            assert_never(event)


def _resolved(incident: Incident, event: Resolved, at: datetime) -> Incident:
    """The end of a lock, too. Being monitored it had turned already, and people don't turn it."""
    told = _is_by_hand(event.because) or incident.status is Status.MONITORING
    turns = incident.turns if told else _turn(incident, at)
    if event.because.rule == "calm":
        turns = ()  # what follows a calm stretch is another matter
    over = _over(incident, at).but(locked=False, turns=turns)
    return _turned(over, Status.RESOLVED, at, said=event.text)


def _acknowledged(incident: Incident, at: datetime, actor: str) -> Incident:
    first = incident.first_acknowledged_at
    if first is None and incident.reopened_at is None:
        first = at
    return incident.but(
        acknowledged_at=at, acknowledged_by=actor, first_acknowledged_at=first, touched=True
    )


def _worse(incident: Incident, impact: Impact) -> Incident:
    """Whoever took on the lesser trouble may not know of the greater: it is to be taken anew."""
    if impact.rank <= incident.impact.rank:
        return incident.but(impact=impact)
    return incident.but(impact=impact, acknowledged_at=None, acknowledged_by=None)


def _recovering(incident: Incident, at: datetime) -> Incident:
    if not incident.is_automatic:
        return incident.but(probes_agree=False, turns=_turn(incident, at))
    well = _eased(incident, incident.component, at)
    return _turned(well, Status.MONITORING, at, monitoring_at=at, turns=_turn(well, at))


def _relapsed(incident: Incident, event: Relapsed, at: datetime) -> Incident:
    since = max(incident.monitoring_at or at, event.streak[0].at if event.streak else at)
    before = _eased(incident, incident.component, since)
    return _turned(
        before.but(partial=False, affected=(*before.affected, _stretch(event, since))),
        Status.INVESTIGATING,
        at,
        monitoring_at=None,
        outcome=event.outcome,
        reason=event.reason,
        turns=_turn(incident, at),
    )


def _reassessed(incident: Incident, event: Reassessed | Joined, at: datetime) -> Incident:
    seen = _worse(incident, event.impact).but(
        outcome=event.outcome, reason=event.reason, probes_agree=True
    )
    if isinstance(event, Reassessed):
        seen = seen.but(partial=event.partial)
    else:
        seen = seen.but(turns=_turn(seen, at))
    # What it is now, from now on; what it was before, stays as it was.
    return seen.but(
        affected=(*_eased(seen, event.component, at).affected, _stretch(event, at))
        if incident.ails(event.component)
        else seen.affected,
    )


def _attached(incident: Incident, event: Attached) -> Incident:
    if incident.ails(event.component):
        return incident
    stretch = replace(_stretch(event, event.since), cause=event.cause)
    touched = incident.touched or event.cause is Cause.MERGE
    affected = (*incident.affected, stretch)
    return incident.but(impact=event.impact, affected=affected, touched=touched)


def _reopened(incident: Incident, event: Reopened, at: datetime) -> Incident:
    return _turned(
        incident,
        Status.INVESTIGATING if incident.is_public else Status.SUSPECTED,
        at,
        impact=event.impact,
        outcome=event.outcome,
        reason=event.reason,
        reopened_at=at,
        resolved_at=None,
        merged_into=None,
        monitoring_at=None,
        unstable_since=None,
        partial=False,
        publish_at=None,
        next_at=None,
        touched=incident.touched or _is_by_hand(event.because),
        acknowledged_at=None,
        acknowledged_by=None,
        probes_agree=incident.is_automatic,
        affected=(*incident.affected, _stretch(event, event.started_at)),
        turns=_turn(incident, at) if incident.is_automatic else incident.turns,
    )


def _updated(incident: Incident, event: Updated, at: datetime) -> Incident:
    status = event.status or incident.status
    moved_on = event.status is not None and event.status.is_open
    published_at = incident.published_at or (at if moved_on else None)
    said = bool(event.text or event.status)
    assessed = incident if event.impact is None else _worse(incident, event.impact)
    return assessed.but(
        status=status,
        published_at=published_at,
        monitoring_at=_monitored_since(incident, event.status, at),
        impact_is_set=incident.impact_is_set or event.impact is not None,
        title={**incident.title, **event.title},
        public_text={**incident.public_text, **event.public_text},
        operator_note={**incident.operator_note, **event.operator_note},
        updates=_with_word(incident, event.text, at, status) if said else incident.updates,
        publish_at=event.publish_at or incident.publish_at,
        next_at=event.next_at or (None if said else incident.next_at),
        locked=incident.locked if event.locked is None else event.locked,
        touched=True,
        said_at=at if said else incident.said_at,
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
    return incident.but(status=status, updates=updates, **changes)


def _with_word(incident: Incident, text: Text, at: datetime, status: Status) -> tuple[Said, ...]:
    return (*incident.updates, Said(at, text, status))


def _is_by_hand(because: Because) -> bool:
    return because.rule == "by_hand"


def _remarked(incident: Incident, remark: Remark) -> Incident:
    return incident.but(remarks=(*incident.remarks, remark))


def _turn(incident: Incident, at: datetime) -> tuple[datetime, ...]:
    return (*incident.turns, at)[-KEPT_TURNS:]


def _stretch(
    event: Opened | Reopened | Relapsed | Reassessed | Joined | Attached, since: datetime
) -> Affected:
    return Affected(
        event.component,
        since,
        outcome=event.outcome,
        reason=event.reason,
        name=getattr(event, "component_name", {}),
    )


def _eased(incident: Incident, component: str, at: datetime) -> Incident:
    """``component`` is well again, as of ``at``."""
    return incident.but(
        affected=tuple(
            replace(a, until=max(at, a.since)) if a.component == component and not a.until else a
            for a in incident.affected
        ),
    )


def _unwell(incident: Incident, at: datetime) -> Incident:
    """What comes and goes isn't well while it happens to be."""
    if incident.ails(incident.component):
        return incident
    name = incident.component_name
    stretch = Affected(
        incident.component, at, outcome=incident.outcome, reason=incident.reason, name=name
    )
    return incident.but(affected=(*incident.affected, stretch))


def _over(incident: Incident, at: datetime) -> Incident:
    """Nobody is unwell by it any more."""
    affected = tuple(
        a if a.until else replace(a, until=max(at, a.since)) for a in incident.affected
    )
    return incident.but(affected=affected, resolved_at=at)
