"""What was said of an incident in public, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incidents.component import Text
from incidents.events import Origin, Status
from incidents.incident import Incident


class Turn(StrEnum):
    """What brought a line about; where nobody wrote words for it, the page has its own."""

    PUBLISHED = "published"
    SAID = "update"
    MONITORING = "monitoring"
    REOPENED = "reopened"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Update:
    """One line. ``id`` stays the same for as long as the line is there; ``text`` may be empty."""

    id: str
    at: datetime
    turn: Turn
    status: Status
    text: Text


def public_status(status: Status) -> Status:
    """SUSPECTED is a word of ours: what is public at all is at least being looked into."""
    return Status.INVESTIGATING if status is Status.SUSPECTED else status


def timeline(incident: Incident) -> tuple[Update, ...]:
    """The lines of a published incident, newest first; nothing of what is not public."""
    if incident.published_at is None:
        return ()
    lines = sorted(_lines(incident, incident.published_at), key=lambda line: line.at)
    return tuple(reversed(lines))


def _lines(incident: Incident, published_at: datetime) -> Iterator[Update]:
    """In the order in which they win a tie: sorting by time keeps it."""
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
            yield _update(incident, _TURNS[status], word.at, status)
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


def _ends_without_words(incident: Incident, told: set[Status | None]) -> Iterator[Update]:
    """An imported incident may say that it was over without a line about it."""
    for turn, at, status in (
        (Turn.MONITORING, incident.monitoring_at, Status.MONITORING),
        (Turn.RESOLVED, incident.resolved_at, Status.RESOLVED),
    ):
        if at is not None and status not in told:
            yield _update(incident, turn, at, status)


def _update(incident: Incident, turn: Turn, at: datetime, status: Status) -> Update:
    """A line nobody wrote: named by its instant, so that a second such turn is another line."""
    name = incident.id if turn is Turn.PUBLISHED else f"{incident.id}-{at:%Y%m%dT%H%M%SZ}"
    return Update(f"{name}-{turn}", at, turn, status, {})
