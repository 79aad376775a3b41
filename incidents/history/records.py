"""Gather what is known of components over a period, for whoever counts their uptime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from incidents.component import Component, in_language
from incidents.history.measures import Measures, measure
from incidents.history.reading import sights
from incidents.history.uptime import Period, Record, announced
from incidents.incident import Incident
from incidents.register import Register
from incidents.store import Store


async def records(
    store: Store,
    register: Register,
    components: Iterable[Component],
    period: Period,
    *,
    lang: str,
) -> Sequence[Record]:
    """One for each component, in their order, named in ``lang``. Refresh the register before."""
    since = datetime.fromtimestamp(period.borders[0], UTC)
    incidents = [*register.open_incidents(), *await register.closed(since=since)]
    works = await register.past_maintenance(since)
    seen = await sights(store, since)
    touching = _by_component(incidents)
    return [
        Record(
            one.id,
            touching.get(one.id, ()),
            announced(works, one.id, period),
            seen.get(one.id, ()),
            name=_name(one, touching.get(one.id, ()), lang),
        )
        for one in components
    ]


def measures_of(found: Iterable[Record]) -> Mapping[str, Measures]:
    """The times of every incident of ``found``, by its id."""
    incidents = {one.id: one for record in found for one in record.incidents}
    return {id_: measure(one) for id_, one in incidents.items()}


def _by_component(incidents: Iterable[Incident]) -> Mapping[str, Sequence[Incident]]:
    found: dict[str, list[Incident]] = {}
    for incident in incidents:
        touched = dict.fromkeys([incident.component, *(a.component for a in incident.affected)])
        for component in touched:
            found.setdefault(component, []).append(incident)
    return found


def _name(component: Component, incidents: Sequence[Incident], lang: str) -> str:
    """As it is configured, else as one of its incidents brought it along."""
    if component.name:
        return component.called(lang)
    brought = (i.component_name for i in incidents if i.component == component.id)
    return next((in_language(name, lang) for name in brought if name), component.id)
