"""The incidents and works of a past, as it was or as it would have been. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidents import maintenance as works
from incidents.agenda import latest_of_each
from incidents.events import Called, Event, IncidentEvent, MaintenanceEvent, Unrecognised
from incidents.fold import evolve
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.maintenance import Maintenance

_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What was known at the moment from which on a past is told again.

    ``numbers`` are the highest given so far, by what stands before them (``ИНЦ-2026-``).
    """

    incidents: tuple[Incident, ...] = ()
    works: tuple[Maintenance, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of a journal, written or not, and what it was about just before and after."""

    entry: Entry
    before: Incident | Maintenance | None
    after: Incident | Maintenance


class World:
    """Takes events in, as the register does. ``incidents`` and ``works`` are those at hand."""

    def __init__(self, known: Known) -> None:
        self.incidents = {i.id: i for i in known.incidents}
        self.works = {w.id: w for w in known.works}
        self.past = dict(self.incidents)
        self._numbers = dict(known.numbers)
        self._let_go_of_closed()

    def at_hand(self) -> tuple[Incident, ...]:
        """Every open incident, and of each component the latest automatic one it was part of."""
        return tuple(self.incidents.values())

    def maintenance(self) -> tuple[Maintenance, ...]:
        """Announced work that is not over, and what ended lately, in the order of its start."""
        return tuple(sorted(self.works.values(), key=lambda w: (w.starts_at, w.id)))

    def take(self, entry: Entry) -> Happened | None:
        """Take one entry in; None for one of a newer version about what only that one knows."""
        event = entry.event
        if isinstance(event, Called):
            return None
        happened = (
            self._work(entry, event)
            if isinstance(event, MaintenanceEvent)
            else self._incident(entry, event)
        )
        self._let_go(entry.at)
        return happened

    def restart(self) -> None:
        """Know what a service knows that has just been started."""
        self.works = {w.id: w for w in self.works.values() if not w.is_over}
        self._let_go_of_closed()

    def number(self, prefix: str, year: int) -> str:
        """The next free number of the year."""
        stem = f"{prefix}-{year}-"
        self._numbers[stem] = self._numbers.get(stem, 0) + 1
        return f"{stem}{self._numbers[stem]:04d}"

    def _incident(self, entry: Entry, event: IncidentEvent) -> Happened | None:
        before = self.past.get(event.incident)
        if before is None and isinstance(event, Unrecognised):
            return None
        after = evolve(before, event, at=entry.at, actor=entry.actor)
        self._note_number(event)
        self.incidents[after.id] = self.past[after.id] = after
        return Happened(entry, before, after)

    def _work(self, entry: Entry, event: MaintenanceEvent) -> Happened:
        before = self.works.get(event.incident)
        after = works.evolve(before, event, at=entry.at)
        self._note_number(event)
        self.works[after.id] = after
        return Happened(entry, before, after)

    def _note_number(self, event: Event) -> None:
        stem, dash, number = event.incident.rpartition("-")
        if dash and number.isdecimal():
            stem += dash
            self._numbers[stem] = max(self._numbers.get(stem, 0), int(number))

    def _let_go(self, now: datetime) -> None:
        self.works = {
            w.id: w for w in self.works.values() if not w.is_over or now - w.changed_at < _LATELY
        }
        self._let_go_of_closed()

    def _let_go_of_closed(self) -> None:
        keep = latest_of_each(self.incidents.values())
        self.incidents = {i.id: i for i in self.incidents.values() if i.is_open or i.id in keep}
