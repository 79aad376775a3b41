"""Facts about incidents. Each is one frozen dataclass; its tag in the journal is for ever.

``incident`` is the human number (ИНЦ-2026-0042). Instants are aware UTC. ``because`` names
the rule or the person that made it happen, with the gates that were passed and the values
compared, so that a decision can be explained from the journal alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from incidents.component import Text
from probes.observation import Outcome, Reason


class Status(StrEnum):
    """How far the public may see, and what has been found. SUSPECTED is internal."""

    SUSPECTED = "suspected"
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"

    @property
    def is_open(self) -> bool:
        return self not in (Status.RESOLVED, Status.POSTMORTEM)


class Impact(StrEnum):
    """How bad it is for citizens. Ordered: see ``rank``."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Impact).index(self)


class Cause(StrEnum):
    """Why a component belongs to an incident that began with another."""

    DEPENDENCY = "dependency"  # it cannot do without the one that failed
    STORM = "storm"  # many failed at once
    MERGE = "merge"  # a person said that it is the same matter


class Origin(StrEnum):
    """Who opened it."""

    PROBE = "probe"
    PERSON = "person"
    IMPORT = "import"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation of a streak, as much of it as a decision rested on.

    ``capture`` is the id of what it exchanged, where that is kept.
    """

    at: datetime
    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    capture: str = ""


Values: TypeAlias = dict[str, str | int | float | bool | None]
"""What a rule compared, by name."""


class Step(StrEnum):
    """The steps from a failing check to a told outage, in the order in which they are taken."""

    CONFIRM = "confirm"
    QUORUM = "quorum"
    WITNESS = "witness"
    DEPENDENCY = "dependency"
    STORM = "storm"
    MAINTENANCE = "maintenance"
    FLAPPING = "flapping"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True)
class Gate:
    """One step: whether it held the matter back, and the values it compared."""

    step: Step
    values: Values = field(default_factory=dict)
    held: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Because:
    """The rule that fired and the values it compared, or the person who decided.

    ``gates`` are the steps that probe evidence went through, in order.
    """

    rule: str
    values: Values = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()

    def held_by(self, step: Step) -> bool:
        """Whether that step kept it quiet."""
        return any(gate.step is step and gate.held for gate in self.gates)


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom it is true, where that is not everybody: tells incidents of a component apart."""

    region: str | None = None
    carrier: str | None = None
    surface: str | None = None  # "app" or "site"

    @property
    def is_everybody(self) -> bool:
        return self == EVERYBODY


EVERYBODY = Scope()


@dataclass(frozen=True, slots=True)
class Opened:
    incident: str
    component: str
    origin: Origin
    impact: Impact
    started_at: datetime
    because: Because
    component_name: Text = field(default_factory=dict)
    outcome: Outcome | None = None
    reason: Reason | None = None
    probe: str | None = None
    location: str | None = None
    streak: tuple[Seen, ...] = ()
    title: Text = field(default_factory=dict)
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)
    symptoms: tuple[Text, ...] = ()
    error_codes: tuple[str, ...] = ()
    scope: Scope = EVERYBODY
    previous: str | None = None  # the component's last incident, too long ago to be re-opened
    publish_at: datetime | None = None  # where citizens know of it already, as part of another


@dataclass(frozen=True, slots=True)
class Published:
    incident: str
    component: str
    because: Because


@dataclass(frozen=True, slots=True)
class Updated:
    """A person moved it on, or said something, or both. Empty fields leave things as they are.

    ``next_at`` is by when citizens are promised the next news; the next words keep the promise.
    """

    incident: str
    component: str
    because: Because
    status: Status | None = None
    impact: Impact | None = None
    text: Text = field(default_factory=dict)
    title: Text = field(default_factory=dict)
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)
    publish_at: datetime | None = None
    locked: bool | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reassessed:
    """Probes now see it worse, or milder, or for another reason class."""

    incident: str
    component: str
    because: Because
    impact: Impact
    outcome: Outcome
    reason: Reason | None
    streak: tuple[Seen, ...] = ()
    partial: bool = False  # in fewer places than it takes to open


@dataclass(frozen=True, slots=True)
class Joined:
    """Probe evidence joined an incident that people had opened."""

    incident: str
    component: str
    because: Because
    impact: Impact
    outcome: Outcome
    reason: Reason | None
    streak: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledged:
    incident: str
    component: str
    because: Because


@dataclass(frozen=True, slots=True)
class Recovering:
    """Probes see it well again; watched for ``monitor_for`` before it is called resolved."""

    incident: str
    component: str
    because: Because
    streak: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Relapsed:
    """It failed again while being monitored."""

    incident: str
    component: str
    because: Because
    outcome: Outcome
    reason: Reason | None
    streak: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    incident: str
    component: str
    because: Because
    text: Text = field(default_factory=dict)
    streak: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Reopened:
    incident: str
    component: str
    because: Because
    started_at: datetime
    impact: Impact
    outcome: Outcome | None = None
    reason: Reason | None = None
    streak: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Attached:
    """Another component belongs to this incident: ``component`` is that other one."""

    incident: str
    component: str
    because: Because
    cause: Cause
    since: datetime
    impact: Impact  # of the whole incident, with this component in it
    component_name: Text = field(default_factory=dict)
    outcome: Outcome | None = None
    reason: Reason | None = None
    streak: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Detached:
    """A component that had been attached recovered, or goes on without its cause.

    ``apart``: a person took it out, and it isn't to be attached again.
    """

    incident: str
    component: str
    because: Because
    apart: bool = False
    streak: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """It is part of another incident, and closed as such."""

    incident: str
    component: str
    because: Because
    into: str


@dataclass(frozen=True, slots=True)
class Unstable:
    """It comes and goes: from here on only a calm stretch ends it."""

    incident: str
    component: str
    because: Because


@dataclass(frozen=True, slots=True)
class Reminded:
    """Nobody has said anything about it for too long."""

    incident: str
    component: str
    because: Because


@dataclass(frozen=True, slots=True)
class Said:
    """One line of an incident's timeline; without a text it is a mere change of status."""

    at: datetime
    text: Text
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """An incident brought along from elsewhere, whole; a repeat changes what was imported."""

    incident: str
    component: str
    status: Status
    title: Text
    started_at: datetime
    because: Because
    component_name: Text = field(default_factory=dict)
    public_text: Text = field(default_factory=dict)
    operator_note: Text = field(default_factory=dict)
    symptoms: tuple[Text, ...] = ()
    error_codes: tuple[str, ...] = ()
    scope: Scope = EVERYBODY
    impact: Impact = Impact.MAJOR
    published_at: datetime | None = None
    resolved_at: datetime | None = None
    updates: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Written by a newer version: kept in the journal, and passed over here."""

    incident: str
    component: str
    because: Because
    kind: str


@dataclass(frozen=True, slots=True)
class MaintenancePlanned:
    """Announced work on ``components``; ``component`` is the first, ``incident`` its number.

    ``repeats`` is an RFC 5545 recurrence rule, or nothing; it counts in the zone ``timezone``,
    and every repetition lasts as long as the first.
    """

    incident: str
    component: str
    because: Because
    components: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    timezone: str
    repeats: str = ""
    title: Text = field(default_factory=dict)
    text: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MaintenanceStarted:
    incident: str
    component: str
    because: Because
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class MaintenanceEnded:
    """One stretch of it is over; ``is_last``: there is none to follow."""

    incident: str
    component: str
    because: Because
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class MaintenanceCancelled:
    incident: str
    component: str
    because: Because


class Medium(StrEnum):
    """How a citizen reached us."""

    PHONE = "phone"
    CHAT = "chat"
    EMAIL = "email"
    FORM = "form"
    MESSENGER = "messenger"


@dataclass(frozen=True, slots=True)
class Called:
    """A citizen reported a symptom. Their words are not here: they are kept apart, and erased.

    ``incident`` is the one it was noted against, or nothing, as are ``component`` and
    ``article``; ``call`` is the reference number that the caller was given.
    """

    incident: str
    component: str
    because: Because
    call: str
    symptom: str
    medium: Medium
    article: str = ""
    region: str = ""


MaintenanceEvent: TypeAlias = (
    MaintenancePlanned | MaintenanceStarted | MaintenanceEnded | MaintenanceCancelled
)

IncidentEvent: TypeAlias = (
    Opened
    | Published
    | Updated
    | Reassessed
    | Joined
    | Acknowledged
    | Recovering
    | Relapsed
    | Resolved
    | Reopened
    | Attached
    | Detached
    | Merged
    | Unstable
    | Reminded
    | Imported
    | Unrecognised
)

Event: TypeAlias = IncidentEvent | MaintenanceEvent | Called
