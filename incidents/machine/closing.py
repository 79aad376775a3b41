"""How an incident comes to its end, or turns out not to have ended. Pure."""

from __future__ import annotations

from datetime import datetime

from incidents.commands import Watch
from incidents.events import (
    Because,
    Detached,
    Joined,
    Recovering,
    Relapsed,
    Resolved,
    Status,
    Values,
)
from incidents.evidence import Evidence, Finding, finding, well_since
from incidents.incident import Incident
from incidents.machine.gates import gates, is_held
from incidents.machine.opening import confirmed, join
from incidents.rules import Rules


def recover(
    incident: Incident, well: int, evidence: Evidence, rules: Rules
) -> Resolved | Recovering | Detached | None:
    """Enough successes: a blip is over, the rest is watched for a while.

    An incident that stands for many ends with the last of them.
    """
    because = _recovered(well, rules)
    streak = next((s.recent for _, s in evidence.streaks if s.good), ())
    if incident.is_umbrella and any(a.component != incident.component for a in incident.ailing()):
        if not incident.ails(incident.component):
            return None
        return Detached(incident.id, incident.component, because, streak=streak)
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


def monitor(
    incident: Incident, found: Finding | None, well: int, at: datetime, rules: Rules
) -> Relapsed | Resolved | None:
    """Watch a recovered one: it fails again, or has stayed well for long enough."""
    since = incident.monitoring_at or incident.changed_at
    if found and not found.is_partial and all(seen.at > since for seen in found.confirming):
        return Relapsed(
            incident.id,
            incident.component,
            confirmed(found),
            found.outcome,
            found.reason,
            streak=found.streak,
        )
    if well < rules.close_after or at < since + rules.monitor_for:
        return None
    values: Values = {
        "well_seconds": (at - since).total_seconds(),
        "monitor_for_seconds": rules.monitor_for.total_seconds(),
    }
    return Resolved(incident.id, incident.component, Because("stayed_well", values))


def calm(
    incident: Incident, evidence: Evidence, command: Watch, *, well: int, rules: Rules
) -> Resolved | None:
    """What came and went is over once it has stayed well for ``calm_for``."""
    since = calm_since(incident, evidence, command.component.probes, well=well, rules=rules)
    if since is None or command.at < since + rules.calm_for:
        return None
    values: Values = {
        "well_seconds": (command.at - since).total_seconds(),
        "calm_for_seconds": rules.calm_for.total_seconds(),
    }
    return Resolved(incident.id, incident.component, Because("calm", values))


def calm_since(
    incident: Incident, evidence: Evidence, probes: tuple[str, ...], *, well: int, rules: Rules
) -> datetime | None:
    """Since when an unstable one has been well without a break."""
    since = well_since(evidence, probes) if well >= rules.close_after else None
    return max(since, incident.unstable_since or since) if since else None


def leave(
    incident: Incident, evidence: Evidence, command: Watch, *, well: int, rules: Rules
) -> Detached | None:
    """A component attached to ``incident`` recovers, or goes on failing without its cause."""
    if well >= rules.close_after:
        streak = next((s.recent for _, s in evidence.streaks if s.good), ())
        return Detached(incident.id, command.component.id, _recovered(well, rules), streak=streak)
    if incident.status is not Status.MONITORING or incident.is_umbrella:
        return None
    since = incident.monitoring_at or incident.changed_at
    fewest = rules.fewest_fresh
    still = finding(evidence, now=command.at, spent=since, fewest_fresh=fewest)
    if still is None or still.is_partial:
        return None
    values: Values = {**confirmed(still).values, "cause_recovered_at": since.isoformat()}
    because = Because("outlived_its_cause", values)
    return Detached(incident.id, command.component.id, because, streak=still.streak)


def support(
    incident: Incident, found: Finding | None, command: Watch, *, well: int, rules: Rules
) -> Joined | Recovering | None:
    """Probes support an incident of people's, or stop supporting it; they never close it."""
    if found and not incident.probes_agree:
        passed = gates(found, command.facts, command.component, rules, at=command.at, last=incident)
        return None if is_held(passed) else join(incident, found, command.component, passed)
    if incident.probes_agree and well >= rules.close_after:
        return Recovering(incident.id, incident.component, _recovered(well, rules))
    return None


def _recovered(well: int, rules: Rules) -> Because:
    return Because("confirmed_recovery", {"in_a_row": well, "close_after": rules.close_after})
