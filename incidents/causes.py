"""What explains that a component fails: one it cannot do without, or a storm. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.events import Cause, Status
from incidents.evidence import Evidence, finding
from incidents.house import House
from incidents.incident import Incident
from incidents.maintenance import Maintenance, under_way
from incidents.rules import Rules, storm_needs


@dataclass(frozen=True, slots=True)
class Root:
    """An incident that explains why a component fails, and by which component of its."""

    incident: Incident
    cause: Cause
    component: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known at one moment. ``incidents`` are the open ones, and each one's latest."""

    house: House
    incidents: Sequence[Incident]
    works: Sequence[Maintenance]
    evidence: Mapping[str, Evidence]
    at: datetime

    def window_over(self, component: str) -> str | None:
        """Which is worked on now: the component itself, or one that it cannot do without."""
        above = (component, *self.house.ancestors(component))
        return next((c for c in above if under_way(self.works, c, self.at)), None)

    def failing_since(self, component: str) -> datetime | None:
        """Since when its probes say that it fails, confirmed and in enough places."""
        seen = self.evidence.get(component, Evidence())
        if not any(streak.bad >= streak.open_after for _, streak in seen.streaks):
            return None
        seen = seen.by(self.house.component(component).probes)
        fewest = self.house.rules_of(component).fewest_fresh
        found = finding(seen, now=self.at, fewest_fresh=fewest)
        return None if found is None or found.is_partial else found.since


def unwell_since(incident: Incident) -> Mapping[str, datetime]:
    """Since when each component is unwell by it without a break; a change of reason is none."""
    since: dict[str, datetime] = {}
    until: dict[str, datetime | None] = {}
    for one in incident.affected:
        if until.get(one.component) != one.since:
            since[one.component] = one.since
        until[one.component] = one.until
    return {component: since[component] for component, end in until.items() if end is None}


def dependency(component: str, began: datetime, known: Known) -> Root | None:
    """The incident of the nearest ancestor that fails, unless this failed well before it."""
    ancestors = tuple(known.house.ancestors(component))
    if not ancestors:
        return None
    before = known.house.rules_of(component).explained_within
    causes = [(one, unwell_since(one)) for one in _explaining(component, known.incidents)]
    for ancestor in ancestors:
        for one, since in causes:
            if ancestor in since and began >= since[ancestor] - before:
                return Root(one, Cause.DEPENDENCY, ancestor)
    return None


def storm(component: str, began: datetime, known: Known) -> tuple[int, Root | None]:
    """How many failed at about the time of ``component``; and, if too many, whose matter it is.

    That is the umbrella there is, or the oldest of their incidents. Who has been in a storm
    that lasts, and fails again, is in it again.
    """
    rules = known.house.rules_of(component)
    takers = [i for i in _explaining(component, known.incidents) if i.is_automatic]
    together = {one: i for i in takers for one in _near(component, began, i, rules)}
    near = {i.id for i in together.values()}
    umbrellas = [i for i in takers if i.is_umbrella and (i.id in near or i.touches(component))]
    count, needed = len(together) + 1, storm_needs(rules, known.house.measured)
    if not rules.storm_components:
        return count, None
    if not umbrellas and count < needed:
        count += _about_to(component, began, known, rules)
    if not umbrellas and count < needed:
        return count, None
    near |= {i.id for i in takers if i.component == component}
    oldest = next(iter(umbrellas or (i for i in takers if i.id in near)), None)
    is_own = oldest is None or oldest.component == component
    return count, None if oldest is None or is_own else Root(oldest, Cause.STORM, oldest.component)


def _explaining(component: str, incidents: Sequence[Incident]) -> list[Incident]:
    """Incidents that may take ``component`` in, oldest first: probes see that they last."""
    found = [
        i
        for i in incidents
        if i.is_open
        and (i.is_automatic or (i.probes_agree and i.scope.is_everybody))
        and i.status is not Status.MONITORING
        and component not in i.apart
    ]
    return sorted(found, key=lambda i: (i.opened_at, i.id))


def _near(component: str, began: datetime, incident: Incident, rules: Rules) -> list[str]:
    """Who else, by ``incident``, began to fail at about that time with no other explanation."""
    other = (Cause.DEPENDENCY, Cause.MERGE)
    explained = {component, *(a.component for a in incident.ailing() if a.cause in other)}
    return [
        one
        for one, since in unwell_since(incident).items()
        if one not in explained and abs(since - began) <= rules.storm_within
    ]


def _about_to(component: str, began: datetime, known: Known, rules: Rules) -> int:
    """How many failed at about that time, with no incident yet and no other explanation."""
    ill = {a.component for i in known.incidents if i.is_open for a in i.ailing()}
    failing = {
        one: since
        for one in known.evidence
        if one not in ill and (since := known.failing_since(one))
    }
    failing.pop(component, None)
    unexplained = {*failing, *ill}
    return sum(
        abs(since - began) <= rules.storm_within
        and unexplained.isdisjoint(known.house.ancestors(one))
        and known.window_over(one) is None
        for one, since in failing.items()
    )
