"""What people did in the recorded past, done again to the incidents that stand there now. Pure.

People answered what they saw. Under other rules it may not be there, or be there later: then
what they did is left out, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from incidents.backtest.world import World
from incidents.commands import (
    Absorb,
    Acknowledge,
    ByHand,
    IllegalCommandError,
    Merge,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
)
from incidents.events import (
    Acknowledged,
    Attached,
    Detached,
    Event,
    Imported,
    MaintenanceCancelled,
    MaintenancePlanned,
    Merged,
    Opened,
    Published,
    Reopened,
    Resolved,
    Status,
    Updated,
)
from incidents.evidence import Evidence
from incidents.house import House
from incidents.incident import Incident
from incidents.journal import PROBES, Entry
from incidents.machine import decide

Number = Callable[[str, datetime], str]


class NotThereError(Exception):
    """What somebody dealt with isn't there under these rules."""


def is_by_hand(entry: Entry) -> bool:
    """Whether a person wrote it: the rest follows from the rules."""
    return entry.actor != PROBES


class People:
    """Turns what people did then into what follows from it here.

    ``components`` says with which component each incident of then began.
    """

    def __init__(self, house: House, world: World, components: Mapping[str, str]) -> None:
        self._house = house
        self._world = world
        self._components = components
        self._known = frozenset(world.incidents) | frozenset(world.works)
        self._renamed: dict[str, str] = {}

    def again(self, entry: Entry) -> Event | None:
        """The event that follows here; None when there is nothing left to do.

        Raises NotThereError, or IllegalCommandError when what is there isn't in a state for it.
        """
        event = entry.event
        match event:
            case Opened() | MaintenancePlanned():
                return self._born(event, entry.at)
            case Imported():
                return self._brought_along(event)
            case MaintenanceCancelled():
                work = self._world.works.get(self._name(event.incident))
                if work is None or work.is_over:
                    raise NotThereError(event.incident)
                return replace(event, incident=work.id)
            case _:
                command = self._command(event)
                if command is None:
                    raise NotThereError(event.incident)
                incident = self._stand_in(event.incident, closed=_is_about_the_past(event))
                self._refuse_second(incident, command)
                rules = self._house.rules_of(incident.component)
                return decide(incident, Evidence(), command, rules)

    def _born(self, event: Opened | MaintenancePlanned, at: datetime) -> Event:
        is_work = isinstance(event, MaintenancePlanned)
        prefix = self._house.maintenance_prefix if is_work else self._house.prefix
        number = self._world.number(prefix, at.astimezone(self._house.timezone).year)
        self._renamed[event.incident] = number
        return replace(event, incident=number)

    def _brought_along(self, event: Imported) -> Event:
        there = self._world.past.get(event.incident)
        if there is not None and there.is_automatic:
            raise IllegalCommandError(f"{event.incident} is another incident's number here")
        self._renamed[event.incident] = event.incident
        return event

    def _command(self, event: Event) -> ByHand | None:
        match event:
            case Acknowledged():
                return Acknowledge()
            case Published():
                return Publish()
            case Updated() if event.publish_at is not None:
                return Publish(event.publish_at)
            case Updated():
                return Update(
                    status=event.status,
                    impact=event.impact,
                    text=event.text,
                    title=event.title,
                    public_text=event.public_text,
                    operator_note=event.operator_note,
                    locked=event.locked,
                )
            case Resolved():
                return Resolve(event.text)
            case Reopened():
                return Reopen(event.started_at)
            case Attached():
                return Absorb(self._stand_in(str(event.because.values.get("merged"))))
            case Merged():
                return Merge(self._stand_in(event.into).id)
            case Detached():
                return Split(event.component)
            case _:
                return None

    def _stand_in(self, then: str, *, closed: bool = False) -> Incident:
        """The incident that stands here for one of then. Raises NotThereError."""
        if then in self._renamed or then in self._known:
            found = self._world.past.get(self._name(then))
            if found is None:
                raise NotThereError(then)
            return found
        component = self._components.get(then, "")
        found = _closed(self._automatic(), component) if closed else None
        found = found or _open(self._automatic(), component)
        if found is None:
            raise NotThereError(then)
        return found

    def _automatic(self) -> Iterable[Incident]:
        return (i for i in self._world.incidents.values() if i.is_automatic)

    def _name(self, then: str) -> str:
        return self._renamed.get(then, then)

    def _refuse_second(self, incident: Incident, command: ByHand) -> None:
        """A component has at most one open automatic incident, as the recorder has it."""
        if not isinstance(command, Reopen) or not incident.is_automatic:
            return
        for other in self._automatic():
            if other.is_open and other.component == incident.component and other is not incident:
                raise IllegalCommandError(f"{other.id} is open for {incident.component} already")


def _is_about_the_past(event: Event) -> bool:
    """Whether it is done to what is over."""
    return isinstance(event, Reopened) or (
        isinstance(event, Updated) and event.status is Status.POSTMORTEM
    )


def _open(incidents: Iterable[Incident], component: str) -> Incident | None:
    """The open one that began with ``component``, else the one that it is a part of."""
    there = [i for i in incidents if i.is_open and (i.component == component or i.ails(component))]
    return max(there, key=lambda i: (i.component == component, i.opened_at, i.id), default=None)


def _closed(incidents: Iterable[Incident], component: str) -> Incident | None:
    there = [i for i in incidents if not i.is_open and i.component == component]
    return max(there, key=lambda i: (i.opened_at, i.id), default=None)
