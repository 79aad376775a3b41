"""Which components an incident was about, and when: its stretches put together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from incidents.component import Text
from incidents.health import ComponentStatus, claim
from incidents.incident import Affected, Incident


@dataclass(frozen=True, slots=True)
class Spell:
    """An unbroken time of being unwell; ``until`` is None while it lasts."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """One component of an incident, with its spells, oldest first: never none."""

    component: str
    name: Text
    spells: tuple[Spell, ...]

    @property
    def is_unwell(self) -> bool:
        return self.spells[-1].until is None


def members(incident: Incident) -> tuple[Member, ...]:
    """All components that ever belonged to ``incident``: its own first, then as they came."""
    ids = dict.fromkeys([incident.component, *(one.component for one in incident.affected)])
    return tuple(
        Member(id_, _name(incident, stretches), _spells(stretches))
        for id_ in ids
        if (stretches := incident.stretches(id_))
    )


def status_at(incident: Incident, component: str, at: datetime) -> ComponentStatus:
    """What ``incident`` says that ``component`` was at ``at``."""
    for stretch in incident.stretches(component):
        if stretch.since <= at and (stretch.until is None or at < stretch.until):
            return claim(incident, stretch)
    return ComponentStatus.OPERATIONAL


def as_of(incident: Incident, at: datetime) -> Incident:
    """``incident`` with what was known at ``at`` of whom it is about and what is wrong.

    What people wrote since then stays: it corrects what was said.
    """
    affected = tuple(
        replace(one, until=None if one.until is None or one.until > at else one.until)
        for one in incident.affected
        if one.since <= at
    )
    unwell = [one for one in affected if one.component == incident.component and not one.until]
    shaky = incident.unstable_since
    return replace(
        incident,
        affected=affected,
        unstable_since=shaky if shaky and shaky <= at else None,
        outcome=unwell[-1].outcome if unwell else incident.outcome,
        reason=unwell[-1].reason if unwell else incident.reason,
    )


def _name(incident: Incident, stretches: Sequence[Affected]) -> Text:
    if stretches[0].component == incident.component and incident.component_name:
        return incident.component_name
    return next((one.name for one in stretches if one.name), {})


def _spells(stretches: Iterable[Affected]) -> tuple[Spell, ...]:
    """A stretch that begins where another ends only says that it was unwell in another way."""
    found: list[Spell] = []
    for one in sorted(stretches, key=lambda stretch: stretch.since):
        last = found[-1] if found else None
        if last is not None and (last.until is None or one.since <= last.until):
            ends = (last.until, one.until)
            until = None if None in ends else max(end for end in ends if end)
            found[-1] = Spell(last.since, until)
        else:
            found.append(Spell(one.since, one.until))
    return tuple(found)
