"""What happens next: the rules of incidents. Pure; time enters inside the commands.

``decide`` answers at most one event. Whoever calls it appends the event and may ask again;
``wake_at`` says when to ask though nothing was observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.commands import (
    UNNUMBERED,
    Command,
    IllegalCommandError,
    Open,
    Watch,
    by_hand,
    opened_by_hand,
)
from incidents.events import (
    Because,
    Event,
    Impact,
    Joined,
    Opened,
    Origin,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reopened,
    Resolved,
    Status,
)
from incidents.evidence import Evidence, Finding, finding, good_until, well_for
from incidents.incident import Incident
from probes.observation import Outcome


@dataclass(frozen=True, slots=True)
class Rules:
    """DESIGN 5.6. How many failures open is a probe's own affair: see Evidence."""

    close_after: int = 2
    monitor_for: timedelta = timedelta(minutes=5)
    publish_after: timedelta = timedelta(minutes=3)
    reopen_within: timedelta = timedelta(minutes=30)


def decide(
    incident: Incident | None, evidence: Evidence, command: Command, rules: Rules
) -> Event | None:
    """The one event that follows, or None. Raises IllegalCommandError; changes nothing."""
    if isinstance(command, Watch):
        return _watch(incident, evidence, command, rules)
    if isinstance(command, Open):
        return opened_by_hand(command)
    if incident is None:
        raise IllegalCommandError("there is no such incident")
    return by_hand(incident, command)


def wake_at(
    incident: Incident, evidence: Evidence, probes: tuple[str, ...], rules: Rules
) -> datetime | None:
    """When ``Watch`` may have something to say although nothing new is observed."""
    if incident.status is Status.SUSPECTED and incident.origin is not Origin.IMPORT:
        due = _publish_at(incident, rules)
        seems_well = incident.is_automatic and well_for(evidence, probes) > 0
        return max(due, good_until(evidence) or due) if seems_well else due
    if incident.status is Status.MONITORING and incident.is_automatic and incident.monitoring_at:
        quiet = well_for(evidence, probes) >= rules.close_after
        return incident.monitoring_at + rules.monitor_for if quiet else None
    return None


def speaks_for(component: str, incidents: tuple[Incident, ...]) -> Incident | None:
    """Which of a component's incidents its probes talk to.

    Its open automatic one; else one that people opened for everybody (so that no second one
    is opened beside it); else its latest automatic one, which may be re-opened.
    """
    mine = [i for i in incidents if i.component == component]
    automatic = [i for i in mine if i.is_automatic]
    joinable = [i for i in mine if not i.is_automatic and i.scope.is_everybody]
    for group in (
        [i for i in automatic if i.is_open],
        [i for i in joinable if i.is_open],
        automatic,
    ):
        if group:
            return max(group, key=lambda i: (i.opened_at, i.id))
    return None


def impact_of(outcome: Outcome) -> Impact:
    """What probes alone can claim: an outage is major, slowness is minor."""
    return {Outcome.DOWN: Impact.MAJOR, Outcome.DEGRADED: Impact.MINOR}.get(outcome, Impact.NONE)


# ── what probes cause ─────────────────────────────────────────────────────────


def _watch(
    incident: Incident | None, evidence: Evidence, command: Watch, rules: Rules
) -> Event | None:
    found = finding(evidence)
    well = well_for(evidence, command.component.probes)
    if incident is None or not incident.is_open:
        return _begin(incident, found, command, rules) if found else None
    if not incident.is_automatic:
        return _beside_people(incident, found, well, command.at, rules)
    if incident.status is Status.MONITORING:
        return _monitor(incident, found, well, command.at, rules)
    if well >= rules.close_after:
        return _recover(incident, well, evidence, rules)
    seems_well = well > 0 and command.at < (good_until(evidence) or command.at)
    if _is_due(incident, command.at, rules) and not seems_well:
        return _publish(incident, command.at, rules)
    return _reassess(incident, found) if found else None


def _begin(
    last: Incident | None, found: Finding, command: Watch, rules: Rules
) -> Opened | Reopened:
    because = _confirmed(found)
    closed_at = last.resolved_at if last and last.is_automatic else None
    if last and closed_at and command.at - closed_at <= rules.reopen_within:
        within: dict[str, str | int | float | bool | None] = {
            **because.values,
            "closed_for_seconds": (command.at - closed_at).total_seconds(),
            "reopen_within_seconds": rules.reopen_within.total_seconds(),
        }
        return Reopened(
            last.id,
            last.component,
            Because("failed_again_within_reopen_within", within),
            started_at=found.since,
            impact=impact_of(found.outcome),
            outcome=found.outcome,
            reason=found.reason,
            streak=found.streak,
        )
    return Opened(
        UNNUMBERED,
        command.component.id,
        Origin.PROBE,
        impact_of(found.outcome),
        started_at=found.since,
        because=because,
        component_name=command.component.name,
        outcome=found.outcome,
        reason=found.reason,
        probe=found.probe,
        location=found.location,
        streak=found.streak,
    )


def _beside_people(
    incident: Incident, found: Finding | None, well: int, at: datetime, rules: Rules
) -> Event | None:
    """Probes support an incident of people's, or stop supporting it; they never close it."""
    if found and not incident.probes_agree:
        impact = max(incident.impact, impact_of(found.outcome), key=lambda i: i.rank)
        return Joined(
            incident.id,
            incident.component,
            _confirmed(found),
            impact=incident.impact if incident.impact_is_set else impact,
            outcome=found.outcome,
            reason=found.reason,
            streak=found.streak,
        )
    if incident.probes_agree and well >= rules.close_after:
        return Recovering(incident.id, incident.component, _recovered(well, rules))
    return _publish(incident, at, rules) if _is_due(incident, at, rules) else None


def _monitor(
    incident: Incident, found: Finding | None, well: int, at: datetime, rules: Rules
) -> Event | None:
    since = incident.monitoring_at or incident.changed_at
    if found and all(seen.at > since for seen in found.confirming):
        return Relapsed(
            incident.id,
            incident.component,
            _confirmed(found),
            found.outcome,
            found.reason,
            streak=found.streak,
        )
    if well < rules.close_after or at < since + rules.monitor_for:
        return None
    return Resolved(
        incident.id,
        incident.component,
        Because(
            "stayed_well",
            {
                "well_seconds": (at - since).total_seconds(),
                "monitor_for_seconds": rules.monitor_for.total_seconds(),
            },
        ),
    )


def _recover(
    incident: Incident, well: int, evidence: Evidence, rules: Rules
) -> Resolved | Recovering:
    because = _recovered(well, rules)
    streak = next((s.recent for _, s in evidence.streaks if s.good), ())
    if incident.status is Status.SUSPECTED:
        return Resolved(
            incident.id,
            incident.component,
            Because("recovered_before_publication", because.values),
            streak=streak,
        )
    if not rules.monitor_for:
        return Resolved(incident.id, incident.component, because, streak=streak)
    return Recovering(incident.id, incident.component, because, streak=streak)


def _reassess(incident: Incident, found: Finding) -> Reassessed | None:
    if found.outcome is incident.outcome:
        agreed = all(seen.reason is found.reason for seen in found.confirming)
        if found.reason is incident.reason or not agreed:
            return None
    elif found.outcome is Outcome.DEGRADED and any(
        seen.outcome is Outcome.DOWN for seen in found.streak
    ):
        return None  # milder just now, but it was down a moment ago
    return Reassessed(
        incident.id,
        incident.component,
        _confirmed(found),
        impact=incident.impact if incident.impact_is_set else impact_of(found.outcome),
        outcome=found.outcome,
        reason=found.reason,
        streak=found.streak,
    )


def _publish_at(incident: Incident, rules: Rules) -> datetime:
    return (incident.reopened_at or incident.opened_at) + rules.publish_after


def _is_due(incident: Incident, at: datetime, rules: Rules) -> bool:
    return (
        incident.status is Status.SUSPECTED
        and incident.origin is not Origin.IMPORT
        and at >= _publish_at(incident, rules)
    )


def _publish(incident: Incident, at: datetime, rules: Rules) -> Published:
    waited = at - (incident.reopened_at or incident.opened_at)
    return Published(
        incident.id,
        incident.component,
        Because(
            "publish_after",
            {
                "waited_seconds": waited.total_seconds(),
                "publish_after_seconds": rules.publish_after.total_seconds(),
            },
        ),
    )


def _confirmed(found: Finding) -> Because:
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
    )


def _recovered(well: int, rules: Rules) -> Because:
    return Because("confirmed_recovery", {"in_a_row": well, "close_after": rules.close_after})
