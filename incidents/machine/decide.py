"""The one question: what follows from a command? Pure.

``decide`` answers at most one event. Whoever calls it appends the event and may ask again;
``wake_at`` says when to ask though nothing was observed.
"""

from __future__ import annotations

from datetime import datetime

from incidents.commands import Command, IllegalCommandError, Open, Watch, by_hand, opened_by_hand
from incidents.events import IncidentEvent, Status
from incidents.evidence import Evidence
from incidents.facts import Facts
from incidents.incident import Incident
from incidents.machine import closing, opening, telling
from incidents.machine.sight import Sight, sight
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

    ``facts`` are those of the incident's own component: whether it is worked on, and whether
    our own line is dead.
    """
    facts = facts or Facts()
    if facts.blind_since is not None:
        return None
    seen = sight(evidence, probes, rules, at=now)
    told = [telling.publication_at(incident, seen), telling.remind_at(incident, now, rules)]
    if facts.window is not None:
        told = [max(due, facts.window.ends_at) for due in told if due is not None]
    return min((due for due in (*told, closing.end_at(incident, seen)) if due), default=None)


def _watch(
    incident: Incident | None, evidence: Evidence, command: Watch, rules: Rules
) -> IncidentEvent | None:
    if command.facts.blind_since is not None:
        return None  # what cannot be seen is no evidence, for good or ill
    probes, spent = command.component.probes, command.facts.spent
    seen = sight(evidence, probes, rules, at=command.at, spent=spent)
    if incident is None or not incident.is_open:
        return opening.begin(incident, seen, command)
    if incident.component != command.component.id:
        return closing.leave(incident, seen, command)
    return (
        _course(incident, seen, command)
        or telling.publish(incident, seen, command)
        or telling.remind(incident, command, rules)
    )


def _course(incident: Incident, seen: Sight, command: Watch) -> IncidentEvent | None:
    """What probes make of an open incident of their component."""
    if not incident.is_automatic:
        return closing.support(incident, seen, command)
    if incident.locked:
        return None
    shaken = opening.shake(incident, command, seen.rules)
    if shaken is not None:
        return shaken
    if incident.unstable_since:
        return closing.calm(incident, seen)
    if incident.status is Status.MONITORING:
        return closing.monitor(incident, seen)
    if seen.is_well:
        return closing.recover(incident, seen)
    if seen.found is None:
        return None
    return (
        opening.rejoin(incident, seen.found, command, seen.rules)
        or opening.give_way(incident, seen.found, command, seen.rules)
        # Publication comes before a change of reason, so that it is never late.
        or telling.publish(incident, seen, command)
        or opening.reassess(incident, seen.found, command, seen.rules)
    )
