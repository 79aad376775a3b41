"""What the page calls things: states, turns and the one sentence on top, in English msgids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from incidents.events import Status
from incidents.health import ComponentStatus, Health
from incidents.incident import Incident
from statuspage.board import Overall
from statuspage.catalogue import N_
from statuspage.timeline import Turn
from statuspage.works import Stage


class Article(Protocol):
    """Self-help, as far as the page shows it."""

    def meanwhile(self, lang: str) -> Sequence[str]: ...


class Texts(Protocol):
    """The words for one incident, as far as the page shows them."""

    def title(self, incident: Incident, lang: str) -> str: ...
    def public_text(self, incident: Incident, lang: str) -> str: ...
    def safe(self, incident: Incident, lang: str) -> Sequence[str]: ...
    def article_for(self, incident: Incident) -> Article | None: ...


UNMEASURED = "unmeasured"
"""The look of a component without probes: neither well nor unwell, and no fault of anybody's."""

COMPONENT = {
    ComponentStatus.OPERATIONAL: N_("Works"),
    ComponentStatus.DEGRADED: N_("Works on and off"),
    ComponentStatus.PARTIAL: N_("Doesn't work for some"),
    ComponentStatus.MAJOR: N_("Doesn't work"),
    ComponentStatus.MAINTENANCE: N_("Planned works"),
    ComponentStatus.UNKNOWN: N_("No data"),
    UNMEASURED: N_("Not measured"),
}

STATUS = {
    Status.INVESTIGATING: N_("Looking into it"),
    Status.IDENTIFIED: N_("Cause found"),
    Status.MONITORING: N_("Keeping watch"),
    Status.RESOLVED: N_("Resolved"),
    Status.POSTMORTEM: N_("Resolved, cause explained"),
}

TURN_STATUS = {
    Turn.UNSTABLE: N_("Works on and off"),
    Turn.SPREAD: N_("More services are affected"),
    Turn.EASED: N_("Some of it works again"),
    Turn.SPLIT: N_("Another matter"),
    Turn.MERGED: N_("Part of another fault"),
}
"""The word for a line whose status alone would not say what it is about."""

TURN = {
    Turn.UNSTABLE: N_(
        "The service works on and off. We will call it over only once it has worked for a while"
        " without a break."
    ),
    Turn.SPREAD: N_("The fault affects these services as well: %(names)s."),
    Turn.EASED: N_("Works again: %(names)s."),
    Turn.SPLIT: N_("It turned out to be a fault of its own: %(names)s."),
    Turn.MERGED: N_("It turned out to be a part of another fault, and we deal with both as one."),
    Turn.MONITORING: N_("Our checks pass again. We keep watching in case the fault returns."),
    Turn.REOPENED: N_("The fault has returned. We are on it again."),
    Turn.RESOLVED: N_("The fault is over."),
}

WORK = {
    Stage.SCHEDULED: N_("Planned"),
    Stage.IN_PROGRESS: N_("Under way"),
    Stage.COMPLETED: N_("Over"),
    Stage.CANCELLED: N_("Called off"),
}

WORK_LINE = {
    Stage.SCHEDULED: N_("The work is planned."),
    Stage.IN_PROGRESS: N_("The work has begun."),
    Stage.COMPLETED: N_("The work is over."),
    Stage.CANCELLED: N_("The work is called off."),
}

NEXT_NEWS = N_("We will write again by %(moment)s.")
NEWS_LATE = N_("We meant to write again by %(moment)s. There is nothing new yet.")
"""A promise, and one that was not kept: silence about it would be another lie."""

GOES_ON_AS = N_("It turned out to be a part of another fault and goes on as %(number)s.")

HEADLINE = {
    Overall.NOTHING: N_("Nothing is measured here yet"),
    Overall.WORKS: N_("Everything works"),
    Overall.MEASURED_WORKS: N_("Everything we check works"),
    Overall.MAINTENANCE: N_("Planned works are under way"),
    Overall.PARTLY_UNSEEN: N_("There is no data on some services"),
    Overall.UNSEEN: N_("There is no data on the services"),
    Overall.SOME_FALTER: N_("Some services work on and off"),
    Overall.ALL_FALTER: N_("The services work on and off"),
    Overall.SOME_DOWN: N_("Some services don't work"),
    Overall.ALL_DOWN: N_("The services don't work"),
}

BROKEN = (ComponentStatus.DEGRADED, ComponentStatus.PARTIAL, ComponentStatus.MAJOR)
"""What makes a day a day with faults."""

DAY = {
    ComponentStatus.MAJOR: N_("didn't work for %(span)s"),
    ComponentStatus.PARTIAL: N_("didn't work for some for %(span)s"),
    ComponentStatus.DEGRADED: N_("worked on and off for %(span)s"),
    ComponentStatus.MAINTENANCE: N_("planned works for %(span)s"),
    ComponentStatus.UNKNOWN: N_("no data for %(span)s"),
}
QUIET_DAY = N_("no faults")
UNFINISHED_DAY = N_("the day isn't over")

JOURNEY = {
    ComponentStatus.OPERATIONAL: N_("You can"),
    ComponentStatus.DEGRADED: N_("Perhaps not at the first try"),
    ComponentStatus.PARTIAL: N_("Not everybody can"),
    ComponentStatus.MAJOR: N_("Not for now"),
    ComponentStatus.MAINTENANCE: N_("Not until the works are over"),
    ComponentStatus.UNKNOWN: N_("No data"),
    UNMEASURED: N_("Not measured"),
}
"""Whether one can do what one came for."""

MEANING = {
    ComponentStatus.OPERATIONAL: N_("The checks pass."),
    ComponentStatus.DEGRADED: N_("Slow, or it works at one time and not at another: try again."),
    ComponentStatus.PARTIAL: N_("Some people get through and others don't."),
    ComponentStatus.MAJOR: N_("It can't be used for now; we are repairing it."),
    ComponentStatus.MAINTENANCE: N_("It is closed while we work on it, as announced."),
    ComponentStatus.UNKNOWN: N_(
        "Our checks have no fresh result. It may well work; we just don't see it."
    ),
    UNMEASURED: N_("No machine checks it: people set its state when they hear of a fault."),
}

_WELL = N_(
    "Our checks see no fault. If something fails for you, try again or use another browser."
    " If that doesn't help, ask support: the checks don't see everything."
)
_OURS = N_("The fault is on our side: it isn't your device or your internet.")
_UNSEEN = N_(
    "There are no fresh results of our checks at the moment. It doesn't mean that the portal is"
    " down: try to use it as usual."
)

REST_WORKS = N_("The other services work.")
REST_UNSEEN = N_("About some of the services we have no data at the moment.")

LEAD = {
    Overall.NOTHING: N_("Nobody checks the services by machine, so we can't say how they are."),
    Overall.WORKS: _WELL,
    Overall.MEASURED_WORKS: _WELL,
    Overall.MAINTENANCE: N_("Some services are closed while we work on them, as announced."),
    Overall.PARTLY_UNSEEN: N_(
        "What we see works. About the services marked “No data” we can't say anything"
        " for certain: try to use them as usual."
    ),
    Overall.UNSEEN: _UNSEEN,
    Overall.SOME_FALTER: _OURS,
    Overall.ALL_FALTER: _OURS,
    Overall.SOME_DOWN: _OURS,
    Overall.ALL_DOWN: _OURS,
}

TONE = {
    Overall.NOTHING: UNMEASURED,
    Overall.WORKS: ComponentStatus.OPERATIONAL,
    Overall.MEASURED_WORKS: ComponentStatus.OPERATIONAL,
    Overall.MAINTENANCE: ComponentStatus.MAINTENANCE,
    Overall.PARTLY_UNSEEN: ComponentStatus.UNKNOWN,
    Overall.UNSEEN: ComponentStatus.UNKNOWN,
    Overall.SOME_FALTER: ComponentStatus.DEGRADED,
    Overall.ALL_FALTER: ComponentStatus.DEGRADED,
    Overall.SOME_DOWN: ComponentStatus.MAJOR,
    Overall.ALL_DOWN: ComponentStatus.MAJOR,
}


TONES = {
    ComponentStatus.OPERATIONAL: "ok",
    ComponentStatus.DEGRADED: "slow",
    ComponentStatus.PARTIAL: "part",
    ComponentStatus.MAJOR: "down",
    ComponentStatus.MAINTENANCE: "work",
    ComponentStatus.UNKNOWN: "blind",
    UNMEASURED: "none",
}
"""The name of a look in the style sheet and among the shapes."""


def look(health: Health) -> str:
    """Which shape, colour and word a component gets: a key of COMPONENT."""
    if health.status is ComponentStatus.UNKNOWN and not health.component.is_measured:
        return UNMEASURED
    return health.status
