"""What may be asked of the machine, and what follows from what people ask. Pure.

``Watch`` is the probes' and the clock's command, the rest are people's. An event's instant is
the one at which it is written down; ``at`` stands where a rule needs to know the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, assert_never

from incidents.component import Component, Text
from incidents.events import (
    EVERYBODY,
    Acknowledged,
    Attached,
    Because,
    Cause,
    Detached,
    Impact,
    IncidentEvent,
    Merged,
    Opened,
    Origin,
    Published,
    Reopened,
    Resolved,
    Scope,
    Status,
    Updated,
)
from incidents.facts import Facts
from incidents.incident import Incident

BY_HAND = Because("by_hand")


@dataclass(frozen=True, slots=True)
class Watch:
    """Look at the evidence as it stands at ``at``; also the Tick, when nothing new was seen."""

    at: datetime
    component: Component
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Open:
    """A person opens an incident, or a burst of calls does: ``because`` says which."""

    at: datetime
    component: Component
    title: Text
    impact: Impact = Impact.MAJOR
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)
    symptoms: tuple[Text, ...] = ()
    scope: Scope = EVERYBODY
    started_at: datetime | None = None
    origin: Origin = Origin.PERSON
    because: Because = BY_HAND


@dataclass(frozen=True, slots=True)
class Publish:
    """Show it to citizens now, or ``at`` a given instant."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Say something, or move it on. What is left out stays as it is."""

    status: Status | None = None
    impact: Impact | None = None
    text: Text = field(default_factory=dict)
    title: Text = field(default_factory=dict)
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)
    locked: bool | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody is working on it."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """It is over."""

    text: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reopen:
    """It isn't over after all."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Absorb:
    """Another incident is part of this one: take its component in. Then merge that one."""

    other: Incident


@dataclass(frozen=True, slots=True)
class Merge:
    """It is part of ``into``, which has taken its component in, and closes as such."""

    into: str


@dataclass(frozen=True, slots=True)
class Split:
    """``component`` is another matter: it leaves the incident and isn't taken in again."""

    component: str


ByHand: TypeAlias = Publish | Update | Acknowledge | Resolve | Reopen | Absorb | Merge | Split
Command: TypeAlias = Watch | Open | ByHand

UNNUMBERED = ""
"""An incident that opens gets its number from whoever writes it down."""


class IllegalCommandError(ValueError):
    """The command doesn't fit the incident's state. Nothing was changed."""


def opened_by_hand(command: Open) -> Opened:
    """Raises IllegalCommandError for an incident that nobody could tell from another."""
    if not any(words.strip() for words in command.title.values()):
        raise IllegalCommandError("an incident needs a title")
    return Opened(
        UNNUMBERED,
        command.component.id,
        command.origin,
        command.impact,
        started_at=command.started_at or command.at,
        because=command.because,
        component_name=command.component.name,
        title=command.title,
        public_text=command.public_text,
        operator_note=command.operator_note,
        symptoms=command.symptoms,
        scope=command.scope,
    )


def by_hand(incident: Incident, command: ByHand) -> IncidentEvent | None:
    """What follows. Raises IllegalCommandError."""
    match command:
        case Publish():
            return _publish(incident, command)
        case Update():
            return _update(incident, command)
        case Acknowledge():
            done = incident.acknowledged_at is not None or not incident.is_open
            return None if done else Acknowledged(incident.id, incident.component, BY_HAND)
        case Resolve():
            return (
                Resolved(incident.id, incident.component, BY_HAND, command.text)
                if incident.is_open
                else None
            )
        case Reopen():
            return _reopen(incident, command)
        case Absorb():
            return _absorb(incident, command.other)
        case Merge():
            return _merge(incident, command.into)
        case Split():
            return _split(incident, command.component)
        case _:
            assert_never(command)


def _publish(incident: Incident, command: Publish) -> Published | Updated:
    if incident.status is not Status.SUSPECTED:
        raise IllegalCommandError(
            f"{incident.id} is {incident.status}: only a suspected one is published"
        )
    if command.at is None:
        return Published(incident.id, incident.component, BY_HAND)
    return Updated(incident.id, incident.component, BY_HAND, publish_at=command.at)


def _reopen(incident: Incident, command: Reopen) -> Reopened:
    if incident.is_open:
        raise IllegalCommandError(f"{incident.id} is {incident.status}: it is open already")
    return Reopened(
        incident.id,
        incident.component,
        BY_HAND,
        started_at=command.at,
        impact=incident.impact,
        outcome=incident.outcome,
        reason=incident.reason,
    )


def _absorb(incident: Incident, other: Incident) -> Attached | None:
    if not (incident.is_open and other.is_open):
        shut = other if incident.is_open else incident
        raise IllegalCommandError(f"{shut.id} is {shut.status}: only open ones can be merged")
    if incident.id == other.id:
        raise IllegalCommandError(f"{incident.id} cannot be merged into itself")
    new = [a for a in other.ailing() if not incident.ails(a.component)]
    if not new:
        return None
    worst = max(incident.impact, other.impact, key=lambda i: i.rank)
    return Attached(
        incident.id,
        new[0].component,
        Because("by_hand", {"merged": other.id}),
        Cause.MERGE,
        since=new[0].since,
        impact=incident.impact if incident.impact_is_set else worst,
        component_name=new[0].name,
        outcome=new[0].outcome,
        reason=new[0].reason,
    )


def _merge(incident: Incident, into: str) -> Merged | None:
    if not incident.is_open:
        return None
    return Merged(incident.id, incident.component, BY_HAND, into)


def _split(incident: Incident, component: str) -> Detached:
    if component == incident.component:
        raise IllegalCommandError(f"{incident.id} began with {component}: it cannot leave")
    if not incident.ails(component):
        raise IllegalCommandError(f"{component} is not a part of {incident.id}")
    return Detached(incident.id, component, BY_HAND, apart=True)


def _update(incident: Incident, command: Update) -> Updated:
    if command.status in (Status.SUSPECTED, Status.RESOLVED):
        raise IllegalCommandError(f"an update cannot make {incident.id} {command.status}")
    if command.status is Status.POSTMORTEM and incident.is_open:
        raise IllegalCommandError(f"{incident.id} is open: a postmortem follows its resolution")
    if command.status and command.status.is_open and not incident.is_open:
        raise IllegalCommandError(
            f"{incident.id} is {incident.status}: it would have to be re-opened"
        )
    if command.next_at is not None and not incident.is_open:
        raise IllegalCommandError(f"{incident.id} is {incident.status}: no news are to be promised")
    return Updated(
        incident.id,
        incident.component,
        BY_HAND,
        status=command.status,
        impact=command.impact,
        text=command.text,
        title=command.title,
        public_text=command.public_text,
        operator_note=command.operator_note,
        locked=command.locked,
        next_at=command.next_at,
    )
