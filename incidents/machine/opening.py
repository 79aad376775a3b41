"""How a confirmed failure becomes an incident, or part of one. Pure."""

from __future__ import annotations

from incidents.causes import Root
from incidents.commands import UNNUMBERED, Watch
from incidents.component import Component
from incidents.events import (
    Attached,
    Because,
    Cause,
    Gate,
    Impact,
    Joined,
    Merged,
    Opened,
    Origin,
    Reassessed,
    Reopened,
    Step,
    Unstable,
    Values,
)
from incidents.evidence import Finding
from incidents.incident import Affected, Incident
from incidents.machine.gates import gates, is_held, severity, turns_lately
from incidents.machine.sight import Sight
from incidents.rules import Rules
from probes.observation import Outcome


def begin(
    last: Incident | None, seen: Sight, command: Watch
) -> Opened | Reopened | Attached | None:
    """A component that no open incident is about has failed."""
    found, rules = seen.found, seen.rules
    if found is None:
        return None
    component, facts, at = command.component, command.facts, command.at
    passed = gates(found, facts, component, rules, at=at, last=last)
    if is_held(passed):
        return None
    if facts.root is not None:
        return attach(facts.root, found, component, passed)
    closed_at = last.resolved_at if last and last.is_automatic else None
    if last and closed_at and at - closed_at <= rules.reopen_within:
        within: Values = {
            **confirmed(found).values,
            "closed_for_seconds": (at - closed_at).total_seconds(),
            "reopen_within_seconds": rules.reopen_within.total_seconds(),
        }
        return Reopened(
            last.id,
            last.component,
            Because("failed_again_within_reopen_within", within, passed),
            started_at=found.since,
            impact=severity(found, component),
            outcome=found.outcome,
            reason=found.reason,
            streak=found.streak,
        )
    return Opened(
        UNNUMBERED,
        component.id,
        Origin.PROBE,
        severity(found, component),
        started_at=facts.outlived.since if facts.outlived else found.since,
        because=confirmed(found, passed),
        component_name=component.name,
        outcome=found.outcome,
        reason=found.reason,
        probe=found.probe,
        location=found.location,
        streak=found.streak,
        previous=last.id if last and closed_at else None,
        publish_at=at if facts.outlived and facts.outlived.is_public else None,
    )


def attach(root: Root, found: Finding, component: Component, passed: tuple[Gate, ...]) -> Attached:
    """The failure belongs to an incident that is there already."""
    incident = root.incident
    worst = max(incident.impact, severity(found, component), key=lambda i: i.rank)
    values: Values = {**confirmed(found).values, "explained_by": root.component}
    return Attached(
        incident.id,
        component.id,
        Because(root.cause.value, values, passed),
        root.cause,
        since=found.since,
        impact=incident.impact if incident.impact_is_set else worst,
        component_name=component.name,
        outcome=found.outcome,
        reason=found.reason,
        streak=found.streak,
    )


def rejoin(incident: Incident, found: Finding, command: Watch, rules: Rules) -> Attached | None:
    """The first component of an incident that stands for many had recovered, and fails again."""
    if incident.ails(incident.component):
        return None
    passed = gates(found, command.facts, command.component, rules, at=command.at, last=incident)
    cause = Cause.STORM if incident.is_umbrella else Cause.DEPENDENCY
    root = Root(incident, cause, incident.component)
    return attach(root, found, command.component, passed)


def give_way(
    incident: Incident, found: Finding, command: Watch, rules: Rules
) -> Attached | Merged | None:
    """An incident that turns out to be part of another one goes over into it, with its members.

    Not once a person has dealt with it; nor does one that stands for many for one cause.
    """
    root = command.facts.root
    if root is None or incident.touched:
        return None
    if incident.is_umbrella and root.cause is Cause.DEPENDENCY:
        return None
    into = root.incident
    if not into.ails(incident.component):
        passed = gates(found, command.facts, command.component, rules, at=command.at, last=incident)
        return attach(root, found, command.component, passed)
    left = [one for one in incident.ailing() if not into.ails(one.component)]
    for one in left:
        if one.component not in into.apart:
            return _bring(one, incident, root)
    values: Values = {"into": into.id, "explained_by": root.component}
    return Merged(incident.id, incident.component, Because(root.cause.value, values), into.id)


def _bring(one: Affected, incident: Incident, root: Root) -> Attached:
    """A member comes along, as what it was there."""
    into = root.incident
    cause = one.cause or root.cause
    worst = max(into.impact, incident.impact, key=lambda i: i.rank)
    values: Values = {"merged": incident.id, "explained_by": incident.component}
    return Attached(
        into.id,
        one.component,
        Because(cause.value, values),
        cause,
        since=one.since,
        impact=into.impact if into.impact_is_set else worst,
        component_name=one.name,
        outcome=one.outcome,
        reason=one.reason,
    )


def join(
    incident: Incident, found: Finding, component: Component, passed: tuple[Gate, ...]
) -> Joined:
    """Probes confirm what people had opened."""
    impact = max(incident.impact, severity(found, component), key=lambda i: i.rank)
    return Joined(
        incident.id,
        incident.component,
        confirmed(found, passed),
        impact=incident.impact if incident.impact_is_set else impact,
        outcome=found.outcome,
        reason=found.reason,
        streak=found.streak,
    )


def reassess(incident: Incident, found: Finding, command: Watch, rules: Rules) -> Reassessed | None:
    """It has become worse, or milder, or fails for another reason."""
    if found.is_partial and not found.is_settled:
        return None  # somewhere it is just getting better, or worse: soon it will be known
    spread = found.is_partial is not incident.partial
    if found.outcome is incident.outcome and not spread:
        agreed = all(seen.reason is found.reason for seen in found.confirming)
        if found.reason is incident.reason or not agreed:
            return None
    elif found.outcome is Outcome.DEGRADED and any(
        seen.outcome is Outcome.DOWN for seen in found.streak
    ):
        return None  # milder just now, but it was down a moment ago
    passed = gates(found, command.facts, command.component, rules, at=command.at, last=incident)
    return Reassessed(
        incident.id,
        incident.component,
        confirmed(found, passed),
        impact=_reassessed_impact(incident, found, command.component),
        outcome=found.outcome,
        reason=found.reason,
        streak=found.streak,
        partial=found.is_partial,
    )


def shake(incident: Incident, command: Watch, rules: Rules) -> Unstable | None:
    """It has come and gone too often to say each time that it is over."""
    turns = turns_lately(incident, rules, command.at)
    if not rules.flap_after or incident.unstable_since or turns < rules.flap_after:
        return None
    values: Values = {
        "turns": turns,
        "flap_after": rules.flap_after,
        "within_seconds": rules.flap_within.total_seconds(),
        "calm_for_seconds": rules.calm_for.total_seconds(),
    }
    gate = Gate(Step.FLAPPING, values, held=True)
    return Unstable(incident.id, incident.component, Because("flapping", values, (gate,)))


def confirmed(found: Finding, passed: tuple[Gate, ...] = ()) -> Because:
    """What the probes agree on, in the shape of a reason."""
    return Because(
        "confirmed_failures",
        {
            "probe": found.probe,
            "location": found.location,
            "in_a_row": found.count,
            "open_after": found.needed,
            "outcome": found.outcome.value,
            "reason": found.reason.value if found.reason else None,
        },
        passed,
    )


def _members(incident: Incident) -> set[str]:
    return {one.component for one in incident.ailing()}


def _reassessed_impact(incident: Incident, found: Finding, component: Component) -> Impact:
    if incident.impact_is_set:
        return incident.impact
    mine = severity(found, component)
    others = len(_members(incident) - {incident.component})
    return max(incident.impact, mine, key=lambda i: i.rank) if others else mine
