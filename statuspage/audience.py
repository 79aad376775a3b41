"""Who a page is for: which components its readers may know of, and from when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from incidents.component import Component
from incidents.events import Status
from incidents.incident import Incident
from incidents.maintenance import Maintenance


@dataclass(frozen=True, slots=True)
class Audience:
    """Readers of one page. ``components`` are ids, or None for all there are.

    ``sees_suspected``: open incidents are shown before they are published, for staff.
    """

    id: str = ""
    components: frozenset[str] | None = None
    sees_suspected: bool = False

    def knows(self, component: str) -> bool:
        return self.components is None or component in self.components

    def listed(self, components: Iterable[Component]) -> Sequence[Component]:
        return [one for one in components if self.knows(one.id)]

    def told(self, incidents: Iterable[Incident]) -> Iterator[Incident]:
        """The incidents they may know of, each without what is about other components."""
        for incident in incidents:
            known = self._published(incident)
            shown = self._cut(known) if known else None
            if shown is not None:
                yield shown

    def works(self, works: Iterable[Maintenance]) -> Iterator[Maintenance]:
        """Announced work on what they know of."""
        for work in works:
            covered = tuple(id_ for id_ in work.components if self.knows(id_))
            if covered:
                yield work if covered == work.components else replace(work, components=covered)

    def _published(self, incident: Incident) -> Incident | None:
        if incident.is_public:
            return incident
        if not self.sees_suspected or not incident.is_open:
            return None
        return replace(incident, published_at=incident.opened_at, status=Status.INVESTIGATING)

    def _cut(self, incident: Incident) -> Incident | None:
        if self.components is None:
            return incident
        affected = tuple(one for one in incident.affected if self.knows(one.component))
        if self.knows(incident.component):
            return replace(incident, affected=affected)
        if not affected:
            return None
        # It began with a component that these readers don't know: to them it began with theirs,
        # and what people wrote of the other one is not for them.
        first = affected[0]
        return replace(
            incident,
            component=first.component,
            component_name=first.name,
            started_at=first.since,
            outcome=first.outcome,
            reason=first.reason,
            affected=affected,
            title={},
            public_text={},
            symptoms=(),
            error_codes=(),
            updates=tuple(replace(said, text={}) for said in incident.updates),
            impact_is_set=False,
            partial=False,
        )
