"""What a public page may ask: the state of things with all that is internal left out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from incidents.component import Component, Text
from incidents.contact import Contact
from incidents.evidence import Evidence
from incidents.health import ComponentStatus, Health, health
from incidents.history.chronicle import Chronicle
from incidents.history.estimate import Estimate, durations, estimate, similar
from incidents.history.measures import closed_between
from incidents.incident import Incident
from incidents.maintenance import Maintenance
from statuspage.affected import Member, members
from statuspage.timeline import Turn, Update, public_status, timeline
from statuspage.works import Work, seen

RECENT = timedelta(days=14)
"""How far back the home page looks; the rest is in the history."""


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal watched. ``timezone`` is an IANA name; the first language is the page's own."""

    name: Text
    url: str
    timezone: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a page is made of, as it was at ``now`` after journal entry ``seq``.

    ``components`` holds every component in the config's order, judged by published incidents
    only. ``incidents`` holds the open ones and those of the past; what is not published
    is left out here once more. ``works`` is what was announced, past work included.
    ``history`` has the last ninety days of the configured components by id, of published
    incidents only; what it lacks has no bars. ``page_url`` is the page's public address, or empty.
    ``made_up_until``: a demo's page says that what was before never happened.
    """

    portal: Portal
    page_url: str
    components: Sequence[Health]
    incidents: Sequence[Incident]
    contacts: Sequence[Contact]
    now: datetime
    seq: int = 0
    works: Sequence[Maintenance] = ()
    history: Mapping[str, Chronicle] = field(default_factory=dict)
    made_up_until: datetime | None = None


class Overall(StrEnum):
    """What the one sentence on top says: is it me, or you."""

    NOTHING = "nothing"
    WORKS = "works"
    MEASURED_WORKS = "measured_works"
    MAINTENANCE = "maintenance"
    PARTLY_UNSEEN = "partly_unseen"
    UNSEEN = "unseen"
    SOME_FALTER = "some_falter"
    ALL_FALTER = "all_falter"
    SOME_DOWN = "some_down"
    ALL_DOWN = "all_down"


@dataclass(frozen=True, slots=True)
class Story:
    """A published incident as the public may know it, with its lines, newest first.

    ``goes_on_as`` is the published incident into which this one was merged, ``estimate`` what
    similar ones took, while it is open and where there were enough of them; ``paused`` is how long
    it had been over before it came back.
    """

    incident: Incident
    updates: tuple[Update, ...]
    goes_on_as: str | None = None
    estimate: Estimate | None = None
    paused: timedelta = timedelta()

    @property
    def id(self) -> str:
        return self.incident.id

    @property
    def is_merged(self) -> bool:
        """Closed as a part of another, though that one need not be public."""
        return self.incident.merged_into is not None

    @property
    def members(self) -> tuple[Member, ...]:
        return members(self.incident)

    @property
    def is_open(self) -> bool:
        return self.incident.is_open

    @property
    def published_at(self) -> datetime:
        return self.updates[-1].at

    @property
    def changed_at(self) -> datetime:
        return self.updates[0].at


@dataclass(frozen=True, slots=True)
class Board:
    """What the pages show.

    Two boards are equal when their pages say the same but for the instant they were made at and
    the present day's figures, which are made anew with the rest once a minute. A Chronicle of
    ``history`` (by component id) is the same object for as long as it says the same.
    """

    portal: Portal
    page_url: str
    components: tuple[Health, ...]
    open: tuple[Story, ...]
    past: tuple[Story, ...]
    contacts: tuple[Contact, ...]
    works: tuple[Work, ...]
    stories: tuple[Story, ...] = field(compare=False)  # open and past together, newest first
    made_at: datetime = field(compare=False)
    seq: int = field(compare=False)
    history: Mapping[str, Chronicle] = field(compare=False, default_factory=dict)
    made_up_until: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.portal.timezone)

    @property
    def host(self) -> str:
        """The name by which the page goes in ids that must be the world's only ones."""
        return urlsplit(self.page_url).hostname or "localhost"

    @property
    def overall(self) -> Overall:
        return overall(self.components)

    def started_on(self, story: Story) -> date:
        """The day it began, where the portal is."""
        return story.incident.started_at.astimezone(self.zone).date()

    def by_component(self) -> Mapping[str, Sequence[Story]]:
        """The stories of each component that ever belonged to one, in their order."""
        found: dict[str, list[Story]] = {}
        for story in self.stories:
            incident = story.incident
            ids = (incident.component, *(one.component for one in incident.affected))
            for id_ in dict.fromkeys(ids):
                found.setdefault(id_, []).append(story)
        return found

    def recent(self) -> list[Story]:
        """Past incidents of the last fortnight, newest first."""
        since = self.made_at - RECENT
        return [story for story in self.past if story.incident.started_at >= since]


def board(snapshot: Snapshot, *, tell: Tell | None = None) -> Board:
    """The board of ``snapshot``: only what is published, without what is internal.

    ``tell`` may know stories from before; it says what ``story`` would say.
    """
    public = {i.id: i for i in snapshot.incidents if i.is_public}
    stories = _newest_first((tell or story)(i, public) for i in public.values())
    still_open = tuple(one for one in stories if one.is_open)
    return Board(
        portal=snapshot.portal,
        page_url=snapshot.page_url,
        components=(
            *snapshot.components,
            *_unlisted(still_open, snapshot.components, snapshot.now),
        ),
        open=still_open,
        past=tuple(one for one in stories if not one.is_open),
        stories=stories,
        contacts=tuple(contact for contact in snapshot.contacts if contact.public),
        works=seen(snapshot.works, snapshot.now),
        made_at=snapshot.now,
        seq=snapshot.seq,
        history=snapshot.history,
        made_up_until=snapshot.made_up_until,
    )


def overall(components: Sequence[Health]) -> Overall:
    """The gravest thing that is true, and never "works" where nobody looks."""
    measured = [
        health
        for health in components
        if health.component.is_measured or health.status is not ComponentStatus.UNKNOWN
    ]
    seen = {health.status for health in measured}
    if not measured:
        return Overall.NOTHING
    if seen & _BROKEN:
        if seen == {ComponentStatus.MAJOR}:
            return Overall.ALL_DOWN
        if ComponentStatus.MAJOR in seen:
            return Overall.SOME_DOWN
        return Overall.ALL_FALTER if seen <= _BROKEN else Overall.SOME_FALTER
    if ComponentStatus.UNKNOWN in seen:
        return Overall.UNSEEN if len(seen) == 1 else Overall.PARTLY_UNSEEN
    if ComponentStatus.MAINTENANCE in seen:
        return Overall.MAINTENANCE
    return Overall.WORKS if len(measured) == len(components) else Overall.MEASURED_WORKS


_BROKEN = {ComponentStatus.DEGRADED, ComponentStatus.PARTIAL, ComponentStatus.MAJOR}


Tell = Callable[[Incident, Mapping[str, Incident]], Story]


def story(incident: Incident, public: Mapping[str, Incident]) -> Story:
    """What may be told of ``incident``, one of the ``public`` ones, by id.

    Internal fields are emptied: they cannot be shown, and their change is no news.
    """
    lines = tuple(_public(line, public) for line in timeline(incident))
    into = incident.merged_into
    known = replace(
        incident,
        status=public_status(incident.status),
        changed_at=lines[0].at,
        opened_at=lines[-1].at,
        operator_note={},
        updates=(),
        acknowledged_at=None,
        acknowledged_by=None,
        first_acknowledged_at=None,
        previous=None,
        merged_into=into and (into if into in public else ""),
        turns=(),
        remarks=(),
        locked=False,
        touched=False,
        publish_at=None,
        said_at=None,
        reminded_at=None,
    )
    took = durations(similar(public.values(), incident)) if incident.is_open else ()
    into = into if into in public else None
    return Story(known, lines, into, estimate(took), closed_between(incident))


def _public(line: Update, public: Collection[str]) -> Update:
    """Of a merger into what isn't public, no number."""
    if line.turn is not Turn.MERGED:
        return line
    return replace(line, about=tuple(id_ for id_ in line.about if id_ in public))


def _unlisted(
    stories: Sequence[Story], listed: Iterable[Health], now: datetime
) -> tuple[Health, ...]:
    """What is unwell is shown, though its component left the config or never was in it."""
    known = {health.component.id for health in listed}
    incidents = [story.incident for story in stories]
    names = {
        one.component: one.name or {"en": one.component}
        for story in stories
        for one in story.members
        if one.is_unwell or one.component == story.incident.component
    }
    return tuple(
        health(Component(id_, name), incidents, Evidence(), now)
        for id_, name in names.items()
        if id_ not in known
    )


def _newest_first(stories: Iterable[Story]) -> tuple[Story, ...]:
    return tuple(sorted(stories, key=lambda s: (s.incident.started_at, s.id), reverse=True))
