"""What was said of an incident in public, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from incidents.component import Text
from incidents.events import Origin, Said, Status
from incidents.incident import Aside, Incident
from statuspage.affected import Member, members


class Turn(StrEnum):
    """What brought a line about; where nobody wrote words for it, the page has its own."""

    PUBLISHED = "published"
    SAID = "update"
    MONITORING = "monitoring"
    REOPENED = "reopened"
    UNSTABLE = "unstable"
    SPREAD = "spread"
    EASED = "eased"
    SPLIT = "split"
    MERGED = "merged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Update:
    """One line. ``id`` stays the same for as long as the line is there; ``text`` may be empty.

    ``about`` are the components that came, recovered or went their own way; of a merger, the
    incident as which it goes on, as far as that may be known.
    """

    id: str
    at: datetime
    turn: Turn
    status: Status
    text: Text
    about: tuple[str, ...] = ()


def public_status(status: Status) -> Status:
    """SUSPECTED is a word of ours: what is public at all is at least being looked into."""
    return Status.INVESTIGATING if status is Status.SUSPECTED else status


def timeline(incident: Incident) -> tuple[Update, ...]:
    """The lines of a published incident, newest first; nothing of what is not public."""
    if incident.published_at is None:
        return ()
    told = list(_told(incident, incident.published_at))
    # Sorting by time keeps the order in which they win a tie.
    lines = sorted([*told, *_beside(incident, told)], key=lambda line: line.at)
    return tuple(reversed(lines))


def _told(incident: Incident, published_at: datetime) -> Iterator[Update]:
    """What people said, and where it stood."""
    public = [
        (number, word)
        for number, word in enumerate(incident.updates, 1)
        if word.status is not Status.SUSPECTED
        and (word.at >= published_at or incident.origin is Origin.IMPORT)
    ]
    first = min([published_at, *(word.at for _, word in public)])
    yield _update(incident, Turn.PUBLISHED, first, Status.INVESTIGATING)
    status = Status.INVESTIGATING
    for number, word in public:
        before, status = status, word.status or status
        if word.text or status is Status.IDENTIFIED:
            yield Update(f"{incident.id}-{number}", word.at, Turn.SAID, status, word.text)
        elif status is not before:
            yield _turned(incident, word, status)
    yield from _ends_without_words(incident, {word.status for _, word in public})


_TURNS = {
    Status.SUSPECTED: Turn.REOPENED,
    Status.INVESTIGATING: Turn.REOPENED,
    Status.IDENTIFIED: Turn.SAID,
    Status.MONITORING: Turn.MONITORING,
    Status.RESOLVED: Turn.RESOLVED,
    Status.POSTMORTEM: Turn.SAID,
}
"""What a change of status nobody wrote words for means, once the incident is public."""


def _turned(incident: Incident, word: Said, status: Status) -> Update:
    into = _mergers(incident).get(word.at)
    if status is Status.RESOLVED and into is not None:
        return replace(_update(incident, Turn.MERGED, word.at, status), about=(into,))
    is_shaky = status is Status.INVESTIGATING and word.at in _shaken(incident)
    return _update(incident, Turn.UNSTABLE if is_shaky else _TURNS[status], word.at, status)


def _mergers(incident: Incident) -> dict[datetime, str]:
    """When it was merged, and into which; though it may have been re-opened since."""
    found = {one.at: one.into for one in incident.remarks if one.aside is Aside.MERGED}
    if incident.merged_into and incident.resolved_at:
        found.setdefault(incident.resolved_at, incident.merged_into)
    return found


def _shaken(incident: Incident) -> set[datetime]:
    """When it was called unstable."""
    found = {one.at for one in incident.remarks if one.aside is Aside.UNSTABLE}
    return found | ({incident.unstable_since} if incident.unstable_since else set())


def _ends_without_words(incident: Incident, told: set[Status | None]) -> Iterator[Update]:
    """An imported incident may say that it was over without a line about it."""
    for turn, at, status in (
        (Turn.MONITORING, incident.monitoring_at, Status.MONITORING),
        (Turn.RESOLVED, incident.resolved_at, Status.RESOLVED),
    ):
        if at is not None and status not in told:
            yield _update(incident, turn, at, status)


def _beside(incident: Incident, told: Sequence[Update]) -> Iterator[Update]:
    """Who came and went meanwhile, and that it comes and goes: its status knows nothing of that."""
    first = told[0].at
    known = {line.at for line in told if line.turn is Turn.UNSTABLE}
    for shaky in sorted(_shaken(incident) - known):
        if shaky > first:
            yield _update(incident, Turn.UNSTABLE, shaky, _status_at(told, shaky))
    others = [one for one in members(incident) if one.component != incident.component]
    yield from _together(incident, told, Turn.SPREAD, _came(others, first))
    yield from _together(incident, told, Turn.SPLIT, _left(incident, others, first))
    yield from _together(incident, told, Turn.EASED, _recovered(incident, told))


_Moves = Iterable[tuple[datetime, str]]


def _came(others: Iterable[Member], first: datetime) -> _Moves:
    return [(s.since, one.component) for one in others for s in one.spells if s.since > first]


def _left(incident: Incident, others: Iterable[Member], first: datetime) -> _Moves:
    """A person took it out: it need not be well."""
    ends = [(one.spells[-1].until, one.component) for one in others]
    return [(at, id_) for at, id_ in ends if at and at > first and id_ in incident.apart]


def _recovered(incident: Incident, told: Sequence[Update]) -> _Moves:
    """Well again before the rest. While all is being watched that is no news any more.

    One that goes on without its cause leaves then, too: of that its own incident tells.
    """
    for one in members(incident):
        for spell in one.spells:
            at, is_own = spell.until, one.component == incident.component
            if at is None or at <= told[0].at or at == incident.resolved_at:
                continue
            status = _status_at(told, at)
            if not status.is_open or (status is Status.MONITORING and not incident.is_umbrella):
                continue
            was_taken_out = one.component in incident.apart and spell is one.spells[-1]
            if not was_taken_out and (incident.is_umbrella or not is_own):
                yield at, one.component


def _together(
    incident: Incident, told: Sequence[Update], turn: Turn, moves: _Moves
) -> Iterator[Update]:
    """One line for all within a minute: six services that fail at once are one piece of news."""
    for _, group in groupby(sorted(moves), key=lambda move: f"{move[0]:%Y%m%d%H%M}"):
        found = list(group)
        at, about = found[0][0], tuple(dict.fromkeys(id_ for _, id_ in found))
        name = f"{incident.id}-{at:%Y%m%dT%H%MZ}-{turn}"  # the same, whoever comes first in it
        yield Update(name, at, turn, _status_at(told, at), {}, about)


def _status_at(told: Sequence[Update], at: datetime) -> Status:
    before = [line for line in told if line.at <= at]
    return max(before, key=lambda line: line.at, default=told[0]).status


def _update(incident: Incident, turn: Turn, at: datetime, status: Status) -> Update:
    """A line nobody wrote: named by its instant, so that a second such turn is another line."""
    name = incident.id if turn is Turn.PUBLISHED else f"{incident.id}-{at:%Y%m%dT%H%M%SZ}"
    return Update(f"{name}-{turn}", at, turn, status, {})
