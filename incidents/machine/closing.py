"""How an incident comes to its end, or turns out not to have ended. Pure."""

from __future__ import annotations

from datetime import datetime

from incidents.commands import Watch
from incidents.events import (
    Because,
    Cause,
    Detached,
    Joined,
    Recovering,
    Relapsed,
    Resolved,
    Seen,
    Status,
    Values,
)
from incidents.evidence import finding
from incidents.incident import Incident
from incidents.machine.gates import comes_and_goes, gates, is_held, turns_lately
from incidents.machine.opening import confirmed, join
from incidents.machine.sight import Sight
from incidents.wellness import seeing_since, well_since


def recover(incident: Incident, seen: Sight) -> Resolved | Recovering | Detached | None:
    """Enough successes: a blip is over, the rest is watched for a while.

    An incident of several components ends with the last of them: those that it explained are
    given the time to recover too, or go on by themselves.
    """
    because, streak = _recovered(seen), _good_run(seen)
    if _stands_for_others(incident):
        if not incident.ails(incident.component):
            return None
        return Detached(incident.id, incident.component, because, streak=streak)
    if incident.status is Status.SUSPECTED:
        blip = Because("recovered_before_publication", because.values)
        return Resolved(incident.id, incident.component, blip, streak=streak)
    if not seen.rules.monitor_for:
        return Resolved(incident.id, incident.component, because, streak=streak)
    return Recovering(incident.id, incident.component, because, streak=streak)


def monitor(incident: Incident, seen: Sight) -> Relapsed | Resolved | None:
    """Watch a recovered one: it fails again, or has stayed well for long enough."""
    found, recovered_at = seen.found, incident.monitoring_at or incident.changed_at
    if found and not found.is_partial and all(s.at > recovered_at for s in found.confirming):
        return Relapsed(
            incident.id,
            incident.component,
            confirmed(found),
            found.outcome,
            found.reason,
            streak=found.streak,
        )
    since = _monitored_since(incident, seen)
    if since is None or seen.at < since + seen.rules.monitor_for:
        return None
    values: Values = {
        "well_seconds": (seen.at - since).total_seconds(),
        "monitor_for_seconds": seen.rules.monitor_for.total_seconds(),
    }
    return Resolved(incident.id, incident.component, Because("stayed_well", values))


def calm(incident: Incident, seen: Sight) -> Resolved | None:
    """What came and went is over once it has stayed well for ``calm_for``."""
    since = _calm_since(incident, seen)
    if since is None or seen.at < since + seen.rules.calm_for:
        return None
    values: Values = {
        "well_seconds": (seen.at - since).total_seconds(),
        "calm_for_seconds": seen.rules.calm_for.total_seconds(),
    }
    return Resolved(incident.id, incident.component, Because("calm", values))


def end_at(incident: Incident, seen: Sight) -> datetime | None:
    """When time alone ends it, as things are."""
    if not incident.is_automatic or incident.locked:
        return None
    if incident.unstable_since:
        since = _calm_since(incident, seen)
        return since + seen.rules.calm_for if since else None
    if incident.status is not Status.MONITORING:
        return None
    since = _monitored_since(incident, seen)
    return since + seen.rules.monitor_for if since else None


def leave(incident: Incident, seen: Sight, command: Watch) -> Detached | None:
    """A component attached to ``incident`` recovers, or goes on failing without its cause."""
    component, rules = command.component.id, seen.rules
    if seen.is_well:
        since = well_since(seen.evidence, now=seen.at)
        restless = comes_and_goes(incident, component, rules, seen.at)
        if restless and (since is None or seen.at < since + rules.calm_for):
            return None
        return Detached(incident.id, component, _recovered(seen), streak=_good_run(seen))
    since = _cause_over_since(incident, component)
    if since is None:
        return None
    fewest = rules.fewest_fresh
    still = finding(seen.evidence, now=seen.at, spent=since, fewest_fresh=fewest)
    if still is None or still.is_partial:
        return None
    values: Values = {**confirmed(still).values, "cause_recovered_at": since.isoformat()}
    because = Because("outlived_its_cause", values)
    return Detached(incident.id, component, because, streak=still.streak)


def support(incident: Incident, seen: Sight, command: Watch) -> Joined | Recovering | None:
    """Probes support an incident of people's, or stop supporting it; they never close it.

    When they have changed their minds too often, they keep quiet for a while.
    """
    found, rules = seen.found, seen.rules
    if rules.flap_after and turns_lately(incident, rules, seen.at) >= rules.flap_after:
        return None
    if found and not incident.probes_agree:
        passed = gates(found, command.facts, command.component, rules, at=seen.at, last=incident)
        return None if is_held(passed) else join(incident, found, command.component, passed)
    if incident.probes_agree and seen.is_well:
        return Recovering(incident.id, incident.component, _recovered(seen))
    return None


def _monitored_since(incident: Incident, seen: Sight) -> datetime | None:
    """Since when it has been watched without a gap; None while it isn't well.

    An instant in the future is one from before the clock was put back.
    """
    seeing = seeing_since(seen.evidence, now=seen.at)
    if seeing is None or not seen.is_well or _stands_for_others(incident):
        return None
    moved_at = incident.monitoring_at or incident.changed_at
    return max(seeing, moved_at) if moved_at <= seen.at else seeing


def _calm_since(incident: Incident, seen: Sight) -> datetime | None:
    """Since when an unstable one has been well without a break."""
    since = well_since(seen.evidence, now=seen.at)
    if since is None or not seen.is_well or _stands_for_others(incident):
        return None
    shaken_at = incident.unstable_since or since
    return max(since, shaken_at) if shaken_at <= seen.at else since


def _cause_over_since(incident: Incident, component: str) -> datetime | None:
    """Since when what ``component`` was attached to is no explanation any more."""
    if incident.is_umbrella:
        return None
    if incident.status is Status.MONITORING:
        return incident.monitoring_at or incident.changed_at
    if incident.is_automatic and not incident.ails(incident.component):
        return max(
            (a.until for a in incident.stretches(incident.component) if a.until), default=None
        )
    causes = {one.cause for one in incident.ailing() if one.component == component}
    gone = not (incident.is_automatic or incident.probes_agree)
    return incident.changed_at if gone and Cause.DEPENDENCY in causes else None


def _stands_for_others(incident: Incident) -> bool:
    return any(one.component != incident.component for one in incident.ailing())


def _good_run(seen: Sight) -> tuple[Seen, ...]:
    return next((s.recent for _, s in seen.evidence.streaks if s.good), ())


def _recovered(seen: Sight) -> Because:
    values: Values = {"in_a_row": seen.well, "close_after": seen.rules.close_after}
    return Because("confirmed_recovery", values)
