"""Which entries of the journal are news, and of what; or why they are none. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from incidents.events import (
    Acknowledged,
    Attached,
    Called,
    Cause,
    Detached,
    Event,
    Impact,
    Imported,
    IncidentEvent,
    Joined,
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenanceEvent,
    MaintenancePlanned,
    MaintenanceStarted,
    Merged,
    Opened,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reminded,
    Reopened,
    Resolved,
    Step,
    Unrecognised,
    Unstable,
    Updated,
)
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.maintenance import Maintenance
from notify.delivery import Because, Telling
from probes.observation import Reason


@dataclass(frozen=True, slots=True)
class Rung:
    """What an escalation says of itself when it rings: that nobody took it, and since when.

    ``unreached``: those who were rung just before cannot be reached.
    """

    since: datetime
    last_resort: bool = False
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """An event worth telling, and its incident as it stood just after it.

    What an escalation rings for (``rung``) is told ``at`` a later instant than that of ``event``,
    with the incident as it stands then, and ``seq`` is of the incident's last entry.
    """

    seq: int
    at: datetime
    telling: Telling
    event: IncidentEvent
    incident: Incident
    stream: str = ""
    rung: Rung | None = None

    @property
    def about(self) -> str:
        """The number of what it is about."""
        return self.incident.id

    @property
    def components(self) -> frozenset[str]:
        """All components that it is about."""
        ailing = (one.component for one in self.incident.ailing())
        return frozenset((self.incident.component, *ailing))

    @property
    def impact(self) -> Impact | None:
        return self.incident.impact

    @property
    def reason(self) -> Reason | None:
        return self.incident.reason

    @property
    def region(self) -> str:
        """The one that it is confined to; empty where it is true everywhere."""
        return self.incident.scope.region or ""

    @property
    def into(self) -> str:
        """The incident in which this one goes on, if it has just become part of another."""
        return self.event.into if isinstance(self.event, Merged) else ""


@dataclass(frozen=True, slots=True)
class WorkNotice:
    """News of announced work. ``before`` and ``work``: as it stood around the event."""

    seq: int
    at: datetime
    telling: Telling
    event: MaintenanceEvent
    before: Maintenance | None
    work: Maintenance

    @property
    def about(self) -> str:
        return self.work.id

    @property
    def components(self) -> frozenset[str]:
        return frozenset(self.work.components)

    @property
    def impact(self) -> Impact | None:
        """None: work is no incident, and no route that asks for an impact takes it."""
        return None

    @property
    def reason(self) -> None:
        return None

    @property
    def region(self) -> str:
        return ""

    @property
    def into(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class CallNotice:
    """A call that an operator hands on to the engineers."""

    seq: int
    at: datetime
    telling: Telling
    event: Called

    @property
    def about(self) -> str:
        return self.event.call

    @property
    def components(self) -> frozenset[str]:
        return frozenset({self.event.component} - {""})

    @property
    def impact(self) -> Impact | None:
        """None: how bad it is, the engineers are to find out."""
        return None

    @property
    def reason(self) -> None:
        return None

    @property
    def region(self) -> str:
        """Where the caller is."""
        return self.event.region

    @property
    def into(self) -> str:
        return ""


News: TypeAlias = Notice | WorkNotice | CallNotice


def notice_of(entry: Entry, before: Incident | None, after: Incident) -> Notice | Because:
    """The notice an entry gives, or why it gives none; with its incident around the entry."""
    if isinstance(entry.event, MaintenanceEvent | Called):
        raise TypeError(f"entry {entry.seq} is of no incident's own course")
    impact = before.impact if before is not None and before.is_open else None
    telling = telling_of(entry.event, impact)
    if isinstance(telling, Because):
        return telling
    held = None if telling.is_end else _held(entry.event, telling, before)
    return held or Notice(entry.seq, entry.at, telling, entry.event, after, entry.stream)


def work_notice_of(
    entry: Entry, before: Maintenance | None, after: Maintenance
) -> WorkNotice | Because:
    """The same for an entry about announced work.

    A plan is told once, as people must be able to object to it and to arrange for it; not where
    the work begins at once, since the start follows within a moment and says as much.
    """
    if not isinstance(entry.event, MaintenanceEvent):
        raise TypeError(f"{entry.event.incident} is no announced work")
    telling = _telling_of_work(entry.event)
    if telling is Telling.MAINTENANCE_PLANNED and after.window_at(entry.at) is not None:
        return Because.UNDER_WAY
    return WorkNotice(entry.seq, entry.at, telling, entry.event, before, after)


def call_notice_of(entry: Entry) -> CallNotice:
    """The notice of a call that was handed on."""
    if not isinstance(entry.event, Called):
        raise TypeError(f"entry {entry.seq} is no call")
    return CallNotice(entry.seq, entry.at, Telling.ESCALATED, entry.event)


def telling_of(event: Event, before: Impact | None) -> Telling | Because:
    """What ``event`` tells, or why it isn't told. ``before`` is the impact before it.

    What was known of the incident before may still hold it back: see ``notice_of``.
    """
    if isinstance(event, MaintenanceEvent):
        return _telling_of_work(event)
    match event:
        case Opened():
            return Telling.OPENED
        case Reopened():
            return Telling.REOPENED
        case Joined():
            return Telling.JOINED
        case Resolved() | Merged():
            return Telling.RESOLVED
        case Reassessed() | Updated():
            return _telling_of_change(event, before)
        case Attached():
            return _TELLING_OF_CAUSE[event.cause]
        case Unstable():
            return Telling.UNSTABLE
        case Reminded():
            return Telling.REMINDED
        case Acknowledged():
            return Telling.TAKEN
        case Called():
            is_handed_on = event.because.rule == "escalated"
            return Telling.ESCALATED if is_handed_on else Because.NOT_TOLD_KIND
        case Published() | Recovering() | Relapsed() | Detached() | Imported() | Unrecognised():
            return Because.NOT_TOLD_KIND
        case _:
            assert_never(event)


_TELLING_OF_CAUSE: dict[Cause, Telling | Because] = {
    Cause.DEPENDENCY: Because.EXPLAINED,
    Cause.STORM: Telling.SPREAD,
    Cause.MERGE: Because.TAKEN_IN,
}


def _telling_of_work(event: MaintenanceEvent) -> Telling:
    match event:
        case MaintenancePlanned():
            return Telling.MAINTENANCE_PLANNED
        case MaintenanceStarted():
            return Telling.MAINTENANCE_STARTED
        case MaintenanceEnded():
            return Telling.MAINTENANCE_ENDED
        case MaintenanceCancelled():
            return Telling.MAINTENANCE_CANCELLED
        case _:
            assert_never(event)


def _telling_of_change(event: Reassessed | Updated, before: Impact | None) -> Telling | Because:
    if event.impact is not None and _is_worse(event.impact, before):
        return Telling.WORSENED
    if isinstance(event, Reassessed):
        return Because.NO_WORSE
    said = event.text or event.status is not None
    return Telling.UPDATED if said else Because.NOTHING_SAID


def _is_worse(impact: Impact, before: Impact | None) -> bool:
    return before is not None and impact.rank > before.rank


def _held(event: IncidentEvent, telling: Telling, before: Incident | None) -> Because | None:
    """Why something that would be told is not, after all. Never asked of an end."""
    if event.because.held_by(Step.MAINTENANCE):
        return Because.MAINTENANCE
    if before is None or not before.is_open:
        return None
    if telling is Telling.REMINDED and before.acknowledged_at is not None:
        return Because.ACKNOWLEDGED
    if telling is Telling.SPREAD and _has_spread(before):
        return Because.ALREADY_SPREAD
    # A person's word is told all the same. And what was told to be over is told to be back:
    # then it isn't open before the event.
    if before.unstable_since is not None and isinstance(event, Reassessed | Joined | Reopened):
        return Because.FLAPPING
    return None


def _has_spread(incident: Incident) -> bool:
    """Whether it has become one of many since it opened, or last opened again."""
    since = incident.reopened_at or incident.opened_at
    return any(
        one.cause is Cause.STORM and (one.until is None or one.until > since)
        for one in incident.affected
    )
