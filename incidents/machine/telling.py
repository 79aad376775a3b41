"""What happens by time alone: an incident is made public, and silence is noticed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents.commands import Watch
from incidents.events import Because, Origin, Published, Reminded, Status, Values
from incidents.incident import Incident
from incidents.machine.sight import Sight
from incidents.rules import Rules
from incidents.wellness import well_until


def publish(incident: Incident, seen: Sight, command: Watch) -> Published | None:
    """Make it public when its time has come, unless it looks as if it were over.

    Announced work holds it too: citizens have been told of that.
    """
    due = publish_at(incident, seen.at, seen.rules)
    if due is None or seen.at < due or command.facts.window is not None:
        return None
    if _seems_well(incident, seen) and seen.at < _well_until(seen):
        return None
    if incident.publish_at is not None:
        values: Values = {"publish_at": incident.publish_at.isoformat()}
        return Published(incident.id, incident.component, Because("publish_at", values))
    waited = seen.at - (incident.reopened_at or incident.opened_at)
    limit = seen.rules.publish_after or timedelta()
    values = {
        "waited_seconds": waited.total_seconds(),
        "publish_after_seconds": limit.total_seconds(),
    }
    return Published(incident.id, incident.component, Because("publish_after", values))


def publication_at(incident: Incident, seen: Sight) -> datetime | None:
    """When ``publish`` may have something to say, as things are."""
    due = publish_at(incident, seen.at, seen.rules)
    if due is None or not _seems_well(incident, seen):
        return due
    return max(due, _well_until(seen))


def publish_at(incident: Incident, at: datetime, rules: Rules) -> datetime | None:
    """When it becomes public by itself; None where only a person can make it so."""
    if incident.status is not Status.SUSPECTED or incident.origin is Origin.IMPORT:
        return None
    if incident.publish_at is not None:
        return incident.publish_at
    if incident.origin is Origin.CALLS and not incident.probes_agree:
        return None  # what is only said to be so, a person makes public
    if rules.publish_after is None or incident.locked:
        return None
    return _after(incident.reopened_at or incident.opened_at, rules.publish_after, at)


def remind(incident: Incident, command: Watch, rules: Rules) -> Reminded | None:
    """Say that nobody has said anything; not of what is being worked on."""
    due = remind_at(incident, command.at, rules)
    if due is None or command.at < due or command.facts.window is not None:
        return None
    quiet = command.at - _last_word(incident)
    if incident.next_at == due:
        promise: Values = {
            "quiet_for_seconds": quiet.total_seconds(),
            "next_at": due.isoformat(),
        }
        return Reminded(incident.id, incident.component, Because("promised", promise))
    values: Values = {
        "quiet_for_seconds": quiet.total_seconds(),
        "remind_after_seconds": (rules.remind_after or timedelta()).total_seconds(),
    }
    return Reminded(incident.id, incident.component, Because("no_update", values))


def remind_at(incident: Incident, at: datetime, rules: Rules) -> datetime | None:
    """When somebody should have said something about a public incident.

    What citizens were promised comes first: there is one reminder when that is due.
    """
    waits = incident.status in (Status.INVESTIGATING, Status.IDENTIFIED)
    if rules.remind_after is None or not waits or incident.origin is Origin.IMPORT:
        return None
    if incident.next_at and (
        incident.reminded_at is None or incident.reminded_at < incident.next_at
    ):
        return incident.next_at
    said = [_last_word(incident), incident.reminded_at, incident.opened_at]
    since = [one for one in said if one and one <= at]  # the clock may have been put back
    return max(since) + rules.remind_after if since else None


def _after(since: datetime, wait: timedelta, at: datetime) -> datetime:
    """The end of a wait. One that begins in the future began before the clock was put back."""
    return since + wait if since <= at else at


def _seems_well(incident: Incident, seen: Sight) -> bool:
    return incident.is_automatic and not incident.unstable_since and seen.well > 0


def _well_until(seen: Sight) -> datetime:
    return well_until(seen.evidence, now=seen.at, fewest_fresh=seen.rules.fewest_fresh)


def _last_word(incident: Incident) -> datetime:
    published = incident.published_at or incident.opened_at
    return max(published, incident.said_at or published, incident.reopened_at or published)
