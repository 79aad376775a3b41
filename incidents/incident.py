"""An incident as it stands: what its events fold to (see fold.py). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from incidents.component import Text
from incidents.events import EVERYBODY, Cause, Impact, Origin, Said, Scope, Status
from probes.observation import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Affected:
    """A stretch during which a component was unwell; ``until`` is None while it still is.

    ``cause`` says why it belongs to an incident that began with another component.
    """

    component: str
    since: datetime
    until: datetime | None = None
    outcome: Outcome | None = None
    reason: Reason | None = None
    cause: Cause | None = None
    name: Text = field(default_factory=dict)


class Aside(StrEnum):
    """What no status tells of."""

    UNSTABLE = "unstable"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Remark:
    """What happened beside the course of statuses; it stays though a re-opening undoes it.

    ``into`` is the incident into which this one was merged.
    """

    at: datetime
    aside: Aside
    into: str = ""


@dataclass(frozen=True)  # without slots: see ``but``
class Incident:
    """One incident as it stands. ``published_at`` stays None for a blip, for ever.

    ``affected`` are stretches of all its components, its own included, in the order in which
    they began. ``updates`` hold what people said and every change of status, with words or
    without; ``turns`` the instants at which probes saw it fail or recover.
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
    acknowledged_by: str | None = None  # until it gets worse: then somebody must take it anew
    first_acknowledged_at: datetime | None = None  # before any re-opening
    monitoring_at: datetime | None = None
    resolved_at: datetime | None = None
    reopened_at: datetime | None = None
    updates: tuple[Said, ...] = ()
    probes_agree: bool = False
    impact_is_set: bool = False  # by a person, and then probes don't change it
    affected: tuple[Affected, ...] = ()
    apart: tuple[str, ...] = ()  # components that a person took out of it
    merged_into: str | None = None
    previous: str | None = None
    partial: bool = False  # seen to fail in fewer places than it takes to open
    turns: tuple[datetime, ...] = ()
    unstable_since: datetime | None = None
    remarks: tuple[Remark, ...] = ()
    locked: bool = False  # a person keeps its status: nothing changes it by itself
    touched: bool = False  # a person has dealt with it
    publish_at: datetime | None = None
    next_at: datetime | None = None  # by when the next news are promised
    said_at: datetime | None = None
    reminded_at: datetime | None = None

    def but(self, **changes: Any) -> Incident:
        """The same but for some fields. A fold does it millions of times: ten times replace()."""
        other = object.__new__(Incident)
        other.__dict__.update(self.__dict__, **changes)
        return other

    @property
    def is_open(self) -> bool:
        return self.status.is_open

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def is_automatic(self) -> bool:
        return self.origin is Origin.PROBE

    @property
    def is_umbrella(self) -> bool:
        """Whether it stands for many that failed at once."""
        return any(one.cause is Cause.STORM for one in self.affected)

    def ails(self, component: str) -> bool:
        """Whether ``component`` is unwell by this incident now."""
        return any(a.component == component and a.until is None for a in self.affected)

    def ailing(self) -> tuple[Affected, ...]:
        """Who is unwell by it now."""
        return tuple(one for one in self.affected if one.until is None)

    def touches(self, component: str) -> bool:
        """Whether it is or ever was about ``component``."""
        return component == self.component or any(a.component == component for a in self.affected)

    def stretches(self, component: str) -> tuple[Affected, ...]:
        """When ``component`` was unwell by it, oldest first."""
        return tuple(one for one in self.affected if one.component == component)
