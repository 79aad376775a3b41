"""Incidents and works as they stood at an entry of the journal, whatever has happened since."""

from __future__ import annotations

from collections.abc import Iterable

from incidents.events import Called, MaintenanceEvent, Opened, Unrecognised
from incidents.fold import IllegalEventError, evolve
from incidents.incident import Incident
from incidents.journal import Entry, Journal
from incidents.maintenance import Maintenance
from incidents.maintenance import evolve as evolve_work


class Folds:
    """Folds each entry it is given, in the journal's order; going back is allowed.

    Incidents that are open are kept in memory, since a component's stream grows for years and
    would be read whole for every entry.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._held: dict[str, tuple[int, Incident]] = {}

    async def at(self, entry: Entry) -> tuple[Incident | None, Incident]:
        """The incident just before ``entry`` and just after it.

        Raises IllegalEventError where the journal is not one that this code wrote.
        """
        seq, before = self._held.pop(entry.event.incident, (entry.seq, None))
        if seq >= entry.seq:  # not held, or gone too far: an earlier pass was undone
            before = await self._before(entry)
        return before, self._evolve(before, entry)

    def pass_by(self, entry: Entry) -> None:
        """Nothing is asked about ``entry``, but what is held must not fall behind it."""
        seq, before = self._held.get(entry.event.incident, (entry.seq, None))
        if seq < entry.seq and not isinstance(entry.event, MaintenanceEvent | Called):
            self._evolve(before, entry)

    def _evolve(self, before: Incident | None, entry: Entry) -> Incident:
        if isinstance(entry.event, MaintenanceEvent | Called):
            raise IllegalEventError(f"entry {entry.seq} is of no incident's own course")
        after = evolve(before, entry.event, at=entry.at, actor=entry.actor)
        if after.is_open:
            self._held[after.id] = entry.seq, after
        else:
            self._held.pop(after.id, None)
        return after

    async def _before(self, entry: Entry) -> Incident | None:
        if isinstance(entry.event, Opened):
            return None
        entries = (await self._journal.load(entry.stream))[0]
        mine = (one for one in entries if one.event.incident == entry.event.incident)
        return incident_after(one for one in mine if one.seq < entry.seq)


def incident_after(entries: Iterable[Entry]) -> Incident | None:
    """The incident after ``entries``, which are all of it; None where none has opened it.

    Raises IllegalEventError where the journal is not one that this code wrote.
    """
    found: Incident | None = None
    for one in entries:
        if isinstance(one.event, MaintenanceEvent | Called):
            continue
        if found is None and isinstance(one.event, Unrecognised):
            continue  # what a newer version knew before it was born says nothing here
        found = evolve(found, one.event, at=one.at, actor=one.actor)
    return found


async def work_at(journal: Journal, entry: Entry) -> tuple[Maintenance | None, Maintenance]:
    """The work just before ``entry`` and just after it; its stream is short, and read whole.

    Raises ValueError where the journal is not one that this code wrote.
    """
    if not isinstance(entry.event, MaintenanceEvent):
        raise TypeError(f"{entry.event.incident} is no announced work")
    before: Maintenance | None = None
    for one in (await journal.load(entry.stream))[0]:
        if one.seq < entry.seq and isinstance(one.event, MaintenanceEvent):
            before = evolve_work(before, one.event, at=one.at)
    return before, evolve_work(before, entry.event, at=entry.at)
