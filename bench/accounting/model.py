"""Who must hear what, from the journal alone: a second opinion, which shares no code with notify.

Entries are plain JSON. What depends on whether somebody has heard of an incident before is asked
of what really reached them, so nothing here plans, claims or cancels.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.accounting.world import RUNG, Who, hears

RANKS = ("none", "minor", "major", "critical")
BEGINNINGS = ("opened", "reopened", "worsened")
ENDS = ("resolved", "missed")


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    at: datetime
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """One entry that somebody may have to hear of. ``episode`` counts an incident's beginnings."""

    seq: int
    at: datetime
    incident: str
    component: str
    telling: str
    impact: str
    episode: int


@dataclass
class Story:
    """One incident as the journal has it."""

    component: str = ""
    impact: str = ""
    is_open: bool = False
    episode: int = 0
    news: list[News] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        event, kind = entry.event, entry.event["kind"]
        if kind == "opened":
            self.component = event["component"]
        telling = self._telling(kind, event)
        if kind in ("opened", "reopened"):
            self.is_open, self.episode = True, self.episode + 1
        elif kind == "resolved":
            self.is_open = False
        self.impact = event.get("impact") or self.impact
        if telling:
            self.news.append(
                News(
                    *(entry.seq, entry.at, event["incident"], self.component),
                    *(telling, self.impact, self.episode),
                )
            )

    def _telling(self, kind: str, event: Mapping[str, Any]) -> str | None:
        if kind in ("opened", "reopened", "resolved"):
            return kind
        if kind == "acknowledged":
            return "taken"
        impact = event.get("impact")
        is_worse = impact and self.is_open and RANKS.index(impact) > RANKS.index(self.impact)
        if kind in ("updated", "reassessed") and is_worse:
            return "worsened"
        if kind == "updated" and (event.get("text") or event.get("status")):
            return "updated"
        return None

    def of(self, episode: int) -> list[News]:
        return [one for one in self.news if one.episode == episode]


def stories(entries: Iterable[Entry]) -> dict[str, Story]:
    """Each incident's; an entry of a kind that this model doesn't know is an error."""
    known = {"opened", "reopened", "resolved", "acknowledged", "updated", "reassessed"}
    silent = {"published", "recovering", "relapsed"}
    found: dict[str, Story] = {}
    for entry in entries:
        kind = entry.event["kind"]
        if kind not in known | silent:
            raise ValueError(f"entry {entry.seq}: the model knows no {kind}")
        found.setdefault(entry.event["incident"], Story()).take(entry)
    return found


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that reached somebody: which entry it told of, or, of a ring, came after."""

    seq: int
    telling: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Sequence numbers, rings apart: what must be heard of, and what may.

    ``missed``: ends of what was not heard of at all, which may be told as beginning and end in one.
    """

    must: frozenset[int]
    may: frozenset[int]
    missed: frozenset[int]


def verdict(
    who: Who, story: Story, heard: Sequence[Heard], doubtful: Collection[int] = ()
) -> Verdict:
    """``heard`` is all that reached ``who`` about the incident; ``doubtful`` may have, too.

    What follows a beginning is for whoever heard something of it before, in the same episode; or
    earlier, if they never heard the end of that.
    """
    must, may, missed = set[int](), set[int](), set[int]()
    ends = [h.seq for h in heard if h.telling in ENDS]
    known = [h for h in heard if h.telling not in (*ENDS, "taken")]
    for number in range(1, story.episode + 1):
        news = story.of(number)
        first = top = news[0].seq
        for one in news:
            since = max((seq for seq in ends if seq < one.seq), default=0)
            if _concerns(
                who, one, before=_any(known, first, one.seq), rung=_any(known, top, one.seq)
            ):
                must.add(one.seq)
            before = _any(known, since + 1, one.seq)
            if one.telling == "resolved" and not before:
                missed.add(one.seq)
            before = before or any(since < seq < one.seq for seq in doubtful)
            if _concerns(who, one, before=before, rung=before):
                may.add(one.seq)
            if one.telling in BEGINNINGS:
                top = one.seq
    return Verdict(frozenset(must), frozenset(may | must), frozenset(missed))


def _any(heard: Iterable[Heard], first: int, before: int) -> bool:
    return any(first <= one.seq < before for one in heard)


def _concerns(who: Who, news: News, *, before: bool, rung: bool) -> bool:
    if news.telling in BEGINNINGS and hears(who, news.component, news.impact):
        return True
    if news.telling == "taken":
        return who in RUNG and rung
    return news.telling in ("worsened", "updated", "resolved") and before


def rings(who: Who, story: Story, number: int) -> list[tuple[datetime, datetime | None]]:
    """The stretches of an episode in which ``who`` may be rung: from when, until when."""
    if who not in RUNG or not RUNG[who]:
        return []
    found: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for one in story.of(number):
        if since is not None and one.telling in ("taken", "resolved", "worsened"):
            found.append((since, one.at))
            since = None
        if one.telling in BEGINNINGS:
            since = one.at
    return [*found, *([(since, None)] if since is not None else [])]
