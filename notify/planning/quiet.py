"""How much one person is told at once, how often, and at which hours. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from incidents.events import Impact
from notify.delivery import Because, Telling
from notify.oncall.hours import Hours
from notify.planning.manner import Manner, Nights

HOUR = timedelta(hours=1)
"""What ``most`` counts in."""

UMBRELLA = Impact.CRITICAL.rank + 1
"""Worse than any single incident: it says what the others are part of."""

_FLURRY = 4
"""So many messages within ``gather``, and what comes and goes is no longer told at once."""

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Quiet:
    """What holds for everybody. The defaults hold nothing back, and put nothing together.

    ``gather``: what follows so soon on something like it waits, and goes together. ``most``
    messages an hour for one recipient; 0: any number. ``alone`` are channels that want each by
    itself, as programs do; of the others ``first`` says how many of a kind go one by one before
    what follows waits, 1 where it does not. ``manners`` are by route,
    ``nights`` by engineer who has quiet hours of their own.
    """

    gather: timedelta = timedelta()
    most: int = 0
    hours: tuple[Hours, ...] = ()
    zone: ZoneInfo = _UTC
    alone: Collection[str] = ()
    first: Mapping[str, int] = field(default_factory=dict)
    manners: Mapping[str, Manner] = field(default_factory=dict)
    nights: Mapping[str, Nights] = field(default_factory=dict)

    def gathers(self, channel: str) -> bool:
        return bool(self.gather) and channel not in self.alone

    def nights_of(self, route: str, engineer: str) -> Nights:
        """Quiet hours of one recipient; a route that has none has none for anybody."""
        own = self.manners.get(route, Manner()).hours
        if own != () and engineer in self.nights:
            return self.nights[engineer]
        return Nights(self.hours if own is None else own, self.zone)

    def one_by_one(self, channel: str) -> int:
        return self.first.get(channel, 1)


Hold = tuple[datetime, Because]
"""Until when, and why."""


# ── what was told a moment ago ────────────────────────────────────────────────


class Kind(Enum):
    """Kinds of news: one of them does not wait because of another."""

    RING = 1
    BEGINNING = 2
    END = 3
    WORD = 4


_WORDS = (
    Telling.UPDATED,
    Telling.UNSTABLE,
    Telling.TAKEN,
    Telling.REMINDED,
    Telling.MAINTENANCE_PLANNED,
    Telling.MAINTENANCE_STARTED,
)


def kind_of(telling: Telling) -> Kind:
    if telling.is_end:
        return Kind.END
    if telling is Telling.UNANSWERED:
        return Kind.RING
    return Kind.WORD if telling in _WORDS else Kind.BEGINNING


@dataclass(frozen=True, slots=True)
class Recent:
    """Something that a recipient heard lately, or is just hearing."""

    about: str
    at: datetime
    seq: int
    telling: Telling
    weight: int


@dataclass(frozen=True, slots=True)
class Matter:
    """All that waits to be told to one recipient about one thing."""

    about: str
    tellings: frozenset[Telling]
    weight: int
    since: datetime
    first: int = 1
    """So many others of its kind may go just before it, each by itself."""
    is_repeat: bool = False
    """It was on its way before: it waits for nobody."""

    @property
    def kind(self) -> Kind:
        kinds = {kind_of(one) for one in self.tellings}
        return next(kind for kind in Kind if kind in kinds)

    @property
    def passes(self) -> bool:
        """Whether the limit lets it through.

        What is critical, what somebody has to take, and the end of what is known.
        """
        return self.weight >= Impact.CRITICAL.rank or self.kind in (Kind.RING, Kind.END)


def hold_matter(
    matter: Matter,
    recent: Iterable[Recent],
    messages: Sequence[datetime],
    quiet: Quiet,
    *,
    now: datetime,
) -> Hold | None:
    """Whether what is due waits after all. ``messages``: when each of the last hour went."""
    if matter.is_repeat:
        return None
    a_moment = sum(at > now - quiet.gather for at in messages)
    latest = _rival(matter, recent, over_counts=a_moment >= _FLURRY)
    if latest is not None:
        # Never longer than ``gather`` in all, however much else is told meanwhile.
        until = min(latest, matter.since) + quiet.gather
        if until > now:
            return until, Because.GATHERING
    if quiet.most and not matter.passes:
        within = sorted(at for at in messages if at > now - HOUR)
        if len(within) >= quiet.most:
            return within[-quiet.most] + HOUR, Because.LIMIT
    return None


def _rival(matter: Matter, recent: Iterable[Recent], *, over_counts: bool) -> datetime | None:
    """When something else of its kind was told.

    Of beginnings and rings only one that is no less bad counts, and is not over yet.
    """
    recent = list(recent)
    over: dict[str, int] = {}
    for one in recent:
        if one.telling.is_end:
            over[one.about] = max(one.seq, over.get(one.about, 0))
    found = {
        one.about: one.at
        for one in sorted(recent, key=lambda one: one.at)
        if one.about != matter.about
        and kind_of(one.telling) is matter.kind
        and (
            matter.kind not in (Kind.BEGINNING, Kind.RING)
            or (one.weight >= matter.weight and (over_counts or one.seq > over.get(one.about, 0)))
        )
    }
    return max(found.values()) if len(found) >= matter.first else None
