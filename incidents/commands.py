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
    Because,
    Event,
    Impact,
    Opened,
    Origin,
    Published,
    Resolved,
    Scope,
    Status,
    Updated,
)
from incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Watch:
    """Look at the evidence as it stands at ``at``; also the Tick, when nothing new was seen."""

    at: datetime
    component: Component


@dataclass(frozen=True, slots=True)
class Open:
    """A person opens an incident."""

    at: datetime
    component: Component
    title: Text
    impact: Impact = Impact.MAJOR
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)
    symptoms: tuple[Text, ...] = ()
    scope: Scope = EVERYBODY
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """Show it to citizens now."""


@dataclass(frozen=True, slots=True)
class Update:
    """Say something, or move it on. What is left out stays as it is."""

    status: Status | None = None
    impact: Impact | None = None
    text: Text = field(default_factory=dict)
    title: Text = field(default_factory=dict)
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody is working on it."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """It is over."""

    text: Text = field(default_factory=dict)


Command: TypeAlias = Watch | Open | Publish | Update | Acknowledge | Resolve

BY_HAND = Because("by_hand")

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
        Origin.PERSON,
        command.impact,
        started_at=command.started_at or command.at,
        because=BY_HAND,
        component_name=command.component.name,
        title=command.title,
        public_text=command.public_text,
        operator_note=command.operator_note,
        symptoms=command.symptoms,
        scope=command.scope,
    )


def by_hand(incident: Incident, command: Publish | Update | Acknowledge | Resolve) -> Event | None:
    match command:
        case Publish():
            if incident.status is not Status.SUSPECTED:
                raise IllegalCommandError(
                    f"{incident.id} is {incident.status}: only a suspected one is published"
                )
            return Published(incident.id, incident.component, BY_HAND)
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
        case _:
            assert_never(command)


def _update(incident: Incident, command: Update) -> Updated:
    if command.status in (Status.SUSPECTED, Status.RESOLVED):
        raise IllegalCommandError(f"an update cannot make {incident.id} {command.status}")
    if command.status is Status.POSTMORTEM and incident.is_open:
        raise IllegalCommandError(f"{incident.id} is open: a postmortem follows its resolution")
    if command.status and command.status.is_open and not incident.is_open:
        raise IllegalCommandError(
            f"{incident.id} is {incident.status}: it would have to be re-opened"
        )
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
    )
