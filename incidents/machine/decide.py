"""The one question: what follows from a command? Pure.

``decide`` answers at most one event. Whoever calls it appends the event and may ask again;
``wake_at`` says when to ask though nothing was observed.
"""

from __future__ import annotations

from datetime import datetime

from incidents.commands import Command, IllegalCommandError, Open, Watch, by_hand, opened_by_hand
from incidents.events import IncidentEvent, Status
from incidents.evidence import Evidence, Finding, finding, good_until, well_for
from incidents.facts import Facts
from incidents.incident import Incident
from incidents.machine import closing, opening
from incidents.rules import Rules


def decide(
    incident: Incident | None, evidence: Evidence, command: Command, rules: Rules
) -> IncidentEvent | None:
    """The one event that follows, or None. Raises IllegalCommandError; changes nothing."""
    if isinstance(command, Watch):
        return _watch(incident, evidence, command, rules)
    if isinstance(command, Open):
        return opened_by_hand(command)
    if incident is None:
        raise IllegalCommandError("there is no such incident")
    return by_hand(incident, command)


def wake_at(
    incident: Incident,
    evidence: Evidence,
    probes: tuple[str, ...],
    rules: Rules,
    *,
    now: datetime,
    facts: Facts | None = None,
) -> datetime | None:
    """When ``Watch`` may have something to say although nothing new is observed.

    ``facts`` are those of the incident's own component.
    """
    facts = facts or Facts()
    if facts.blind_since is not None:
        return None
    well = well_for(evidence, probes, now=now)
    dues = [
        _publication(incident, evidence, facts, well=well, rules=rules),
        opening.remind_at(incident, rules),
        None if incident.locked else _end(incident, evidence, probes, well=well, rules=rules),
    ]
    return min((due for due in dues if due is not None), default=None)


def _publication(
    incident: Incident, evidence: Evidence, facts: Facts, *, well: int, rules: Rules
) -> datetime | None:
    due = opening.publish_at(incident, rules)
    if due is None:
        return None
    if facts.window is not None:
        due = max(due, facts.window.ends_at)
    if incident.is_automatic and well > 0 and not incident.unstable_since:
        return max(due, good_until(evidence) or due)
    return due


def _end(
    incident: Incident,
    evidence: Evidence,
    probes: tuple[str, ...],
    *,
    well: int,
    rules: Rules,
) -> datetime | None:
    if not incident.is_automatic or well < rules.close_after:
        return None
    if incident.unstable_since:
        since = closing.calm_since(incident, evidence, probes, well=well, rules=rules)
        return since + rules.calm_for if since else None
    if incident.status is Status.MONITORING and incident.monitoring_at:
        return incident.monitoring_at + rules.monitor_for
    return None


def _watch(
    incident: Incident | None, evidence: Evidence, command: Watch, rules: Rules
) -> IncidentEvent | None:
    if command.facts.blind_since is not None:
        return None  # what cannot be seen is no evidence, for good or ill
    found = finding(
        evidence, now=command.at, spent=command.facts.spent, fewest_fresh=rules.fewest_fresh
    )
    well = well_for(evidence, command.component.probes, now=command.at)
    if incident is None or not incident.is_open:
        return opening.begin(incident, found, command, rules) if found else None
    if incident.component != command.component.id:
        return closing.leave(incident, evidence, command, well=well, rules=rules)
    course: IncidentEvent | None
    if not incident.is_automatic:
        course = closing.support(incident, found, command, well=well, rules=rules)
    elif incident.locked:
        course = None
    else:
        course = _course(incident, found, evidence, command, well=well, rules=rules)
    return (
        course
        or opening.publish(incident, evidence, command, well=well, rules=rules)
        or opening.remind(incident, command.at, rules)
    )


def _course(
    incident: Incident,
    found: Finding | None,
    evidence: Evidence,
    command: Watch,
    *,
    well: int,
    rules: Rules,
) -> IncidentEvent | None:
    """What probes make of an automatic incident that is open."""
    shaken = opening.shake(incident, command, rules)
    if shaken is not None:
        return shaken
    if incident.unstable_since:
        return closing.calm(incident, evidence, command, well=well, rules=rules)
    if incident.status is Status.MONITORING:
        return closing.monitor(incident, found, well, command.at, rules)
    if well >= rules.close_after:
        return closing.recover(incident, well, evidence, rules)
    if found is None:
        return None
    return (
        opening.rejoin(incident, found, command, rules)
        or opening.give_way(incident, found, command, rules)
        # Publication comes before a change of reason, so that it is never late.
        or opening.publish(incident, evidence, command, well=well, rules=rules)
        or opening.reassess(incident, found, command, rules)
    )
