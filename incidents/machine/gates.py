"""The steps between a confirmed failure and an open incident, each with what it compared. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from incidents.component import Component
from incidents.events import Cause, Gate, Impact, Step, Values
from incidents.evidence import Finding
from incidents.facts import Facts
from incidents.incident import Incident
from incidents.rules import Rules, impact_of, storm_needs


def gates(
    found: Finding,
    facts: Facts,
    component: Component,
    rules: Rules,
    *,
    at: datetime,
    last: Incident | None = None,
) -> tuple[Gate, ...]:
    """All steps in order. ``last`` is the incident that the component speaks to, if any."""
    return (
        _confirm(found),
        Gate(
            Step.QUORUM,
            {"failing": found.failing, "fresh": found.fresh, "needed": found.quorum},
            held=found.is_partial,
        ),
        _witness(facts),
        _dependency(facts),
        _storm(facts, rules),
        _maintenance(facts),
        _flapping(last, rules, at),
        _severity(found, component),
    )


def is_held(passed: tuple[Gate, ...]) -> bool:
    """Whether a step keeps an incident from being opened at all.

    A cause elsewhere doesn't: it only says to which incident the failure belongs.
    """
    return any(gate.held and gate.step in _STOPS for gate in passed)


_STOPS = frozenset({Step.QUORUM, Step.WITNESS, Step.MAINTENANCE})


def turns_lately(incident: Incident | None, rules: Rules, at: datetime) -> int:
    """How often it failed or recovered within ``flap_within``."""
    return _lately(incident.turns if incident else (), rules, at)


def comes_and_goes(incident: Incident, component: str, rules: Rules, at: datetime) -> bool:
    """Whether an attached component has come and gone too often to say so each time."""
    stretches = incident.stretches(component)
    turns = [*(s.since for s in stretches), *(s.until for s in stretches if s.until)]
    return bool(rules.flap_after) and _lately(turns, rules, at) >= rules.flap_after


def _lately(turns: Iterable[datetime], rules: Rules, at: datetime) -> int:
    return sum(abs(at - turn) <= rules.flap_within for turn in turns)


def severity(found: Finding, component: Component) -> Impact:
    """What the failure is worth."""
    return impact_of(found.outcome, component.criticality, partial=found.is_partial)


def _confirm(found: Finding) -> Gate:
    values: Values = {
        "probe": found.probe,
        "location": found.location,
        "in_a_row": found.count,
        "open_after": found.needed,
        "since": found.since.isoformat(),
        "outcome": found.outcome.value,
        "reason": found.reason.value if found.reason else None,
    }
    return Gate(Step.CONFIRM, values)


def _witness(facts: Facts) -> Gate:
    if facts.blind_since is None:
        return Gate(Step.WITNESS, {"blind": False})
    return Gate(Step.WITNESS, {"blind": True, "since": facts.blind_since.isoformat()}, held=True)


def _dependency(facts: Facts) -> Gate:
    root = facts.root
    if root is None or root.cause is not Cause.DEPENDENCY:
        return Gate(Step.DEPENDENCY, {"depends_on": facts.ancestors})
    values: Values = {
        "depends_on": facts.ancestors,
        "explained_by": root.incident.id,
        "component": root.component,
    }
    return Gate(Step.DEPENDENCY, values, held=True)


def _storm(facts: Facts, rules: Rules) -> Gate:
    root = facts.root
    values: Values = {
        "failed_together": facts.together,
        "needed": storm_needs(rules, facts.components) if rules.storm_components else None,
        "within_seconds": rules.storm_within.total_seconds(),
    }
    if root is None or root.cause is not Cause.STORM:
        return Gate(Step.STORM, values)
    return Gate(Step.STORM, {**values, "umbrella": root.incident.id}, held=True)


def _maintenance(facts: Facts) -> Gate:
    if facts.window is None:
        return Gate(Step.MAINTENANCE, {"under_way": False})
    values: Values = {
        "under_way": True,
        "maintenance": facts.window.maintenance,
        "component": facts.worked_on,
        "ends_at": facts.window.ends_at.isoformat(),
    }
    return Gate(Step.MAINTENANCE, values, held=True)


def _flapping(last: Incident | None, rules: Rules, at: datetime) -> Gate:
    values: Values = {
        "turns": turns_lately(last, rules, at),
        "flap_after": rules.flap_after,
        "within_seconds": rules.flap_within.total_seconds(),
    }
    unstable = last is not None and last.unstable_since is not None
    return Gate(Step.FLAPPING, values, held=unstable)


def _severity(found: Finding, component: Component) -> Gate:
    values: Values = {
        "outcome": found.outcome.value,
        "criticality": component.criticality.value,
        "partial": found.is_partial,
        "impact": severity(found, component).value,
    }
    return Gate(Step.SEVERITY, values)
