"""Whose turn it is to be decided about, in which order: the same for service and backtest. Pure."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from incidents import announcing
from incidents.events import Event
from incidents.evidence import Evidence, finding
from incidents.incident import Incident
from incidents.situation import Situation

Question: TypeAlias = Callable[[Situation], Event | None]
"""What follows from a situation? Asked again of the newest one when somebody else was first."""

EVENTS_AT_ONCE = 5
"""So many things in a row one may have to say before the others have their turn."""


class Agenda:
    """Which components are to be looked at. Whoever writes decisions down drives ``turn``.

    ``look_at`` what was seen, and tell ``heard`` of every event, whoever made it.
    """

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._stirred: set[str] = set()

    def __bool__(self) -> bool:
        """Whether anybody waits to be looked at."""
        return bool(self._waiting or self._stirred)

    def look_at(self, component: str) -> None:
        self._waiting.add(component)

    def heard(self, event: Event, now: Situation) -> None:
        """Look again at whom ``event`` concerns; ``now`` is the situation with it.

        Before anybody else: what was told of them a moment ago may be a part of it, however
        many are still to come.
        """
        self._stirred.update(now.stirred_by(event))

    def turn(
        self, situation: Callable[[], Situation]
    ) -> Generator[Question, bool, datetime | None]:
        """Once round: the questions to ask, one after the other.

        Send back whether an answer was an event, which was then taken in. A component whose
        turn breaks off waits for the next one. Returns what ``next_due`` says, if nothing
        was said in the end.
        """
        now = situation()
        for work in now.works:
            if announcing.next_event(work, now.at) is not None:
                yield from _until_quiet(partial(_of_work, work.id))
        while waiting := self._stirred or self._waiting:
            component = min(waiting)  # the order is told by name, not by chance
            waiting.discard(component)
            try:
                events = yield from _until_quiet(partial(_of_component, component))
            except BaseException:
                waiting.add(component)
                raise
            if events == EVENTS_AT_ONCE:
                self._waiting.add(component)  # the others may have their turn in between
        now = situation()
        dues = _dues(now)
        for id_, due in dues.items():
            if due <= now.at:
                yield from _until_quiet(partial(_of_incident, id_))
        return _first(dues.values(), now)


def concerns(
    evidence: Evidence, incidents: Iterable[Incident], component: str, at: datetime
) -> bool:
    """Whether what was just seen of a component may lead to anything."""
    there = any(i.is_open and i.touches(component) for i in incidents)
    return there or finding(evidence, now=at) is not None


def next_due(now: Situation) -> datetime | None:
    """When there is something to decide although nothing new is seen."""
    return _first(_dues(now).values(), now)


def _dues(now: Situation) -> Mapping[str, datetime]:
    """Of each open incident, newest first, for which there is such an instant."""
    found = {incident.id: now.due(incident) for incident in newest_first(now.incidents)}
    return {id_: due for id_, due in found.items() if due is not None}


def _first(dues: Iterable[datetime], now: Situation) -> datetime | None:
    works = (announcing.wake_at(work, now.at) for work in now.works)
    return min([*dues, *(due for due in works if due is not None)], default=None)


def newest_first(incidents: Iterable[Incident]) -> Sequence[Incident]:
    """Those that are open."""
    found = [i for i in incidents if i.is_open]
    return sorted(found, key=lambda i: (i.opened_at, i.id), reverse=True)


def _until_quiet(question: Question) -> Generator[Question, bool, int]:
    """Ask until there is nothing more to say, but leave the others a turn; how often there was."""
    for events in range(EVENTS_AT_ONCE):
        if not (yield question):
            return events
    return EVENTS_AT_ONCE


def _of_work(maintenance: str, now: Situation) -> Event | None:
    found = [work for work in now.works if work.id == maintenance]
    return announcing.next_event(found[0], now.at) if found else None


def _of_component(component: str, now: Situation) -> Event | None:
    return now.watch(component)[1]


def _of_incident(incident: str, now: Situation) -> Event | None:
    found = [i for i in now.incidents if i.id == incident]
    return now.on_time(found[0])[1] if found else None


def latest_of_each(incidents: Iterable[Incident]) -> frozenset[str]:
    """Of each component the latest automatic incident of its own, and the latest it was part of.

    These are what a decision may need besides the open ones.
    """
    own: dict[str, Incident] = {}
    part: dict[str, Incident] = {}
    for incident in sorted(incidents, key=lambda i: (i.opened_at, i.id)):
        if not incident.is_automatic:
            continue
        own[incident.component] = incident
        for component in {incident.component, *(a.component for a in incident.affected)}:
            part[component] = incident
    return frozenset(i.id for i in (*own.values(), *part.values()))
