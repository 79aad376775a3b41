"""What may be said of a component."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidents import evidence as ev
from incidents.component import Component
from incidents.events import Impact, Origin, Status
from incidents.evidence import Evidence
from incidents.health import ComponentStatus, health
from incidents.incident import Affected, Incident
from probes.observation import Observation, Outcome, Reason

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SMS = Component("sms", {"ru": "Коды"}, probes=("sms",))


def saw(*outcomes: Outcome, ago: float = 1) -> Evidence:
    found = Evidence()
    for outcome in outcomes:
        reason = None if outcome is Outcome.UP else Reason.TIMEOUT
        at = NOW - timedelta(seconds=ago)
        seen = Observation("sms", "sms", "http", "local", at, outcome, reason, "", 0.1)
        found = ev.add(found, seen, open_after=3, fresh_for=timedelta(minutes=2))
    return found


def incident(**fields: object) -> Incident:
    given = {
        "id": "A-1",
        "component": "sms",
        "origin": Origin.PROBE,
        "status": Status.INVESTIGATING,
        "impact": Impact.MAJOR,
        "started_at": NOW,
        "opened_at": NOW,
        "changed_at": NOW,
        "outcome": Outcome.DOWN,
        "probes_agree": True,
    }
    made = Incident(**(given | fields))
    over = made.status is Status.MONITORING and made.is_automatic
    stretch = Affected(made.component, NOW, NOW if over else None, made.outcome, made.reason)
    return replace(made, affected=made.affected or (stretch,))


def status(evidence: Evidence, *incidents: Incident) -> ComponentStatus:
    return health(SMS, incidents, evidence, NOW).status


def test_seen_well_is_operational() -> None:
    assert status(saw(Outcome.UP)) is ComponentStatus.OPERATIONAL


def test_never_seen_is_unknown() -> None:
    assert health(SMS, [], Evidence(), NOW).last_known is None
    assert status(Evidence()) is ComponentStatus.UNKNOWN


def test_seen_long_ago_is_unknown_and_says_what_it_was() -> None:
    old = health(SMS, [], saw(Outcome.UP, ago=121), NOW)
    assert (old.status, old.last_known) == (ComponentStatus.UNKNOWN, ComponentStatus.OPERATIONAL)


def test_a_blind_look_is_unknown() -> None:
    assert status(saw(Outcome.UP, Outcome.UNKNOWN)) is ComponentStatus.UNKNOWN


def test_a_failure_that_nobody_may_know_of_yet_shows_nothing() -> None:
    assert status(saw(Outcome.DOWN)) is ComponentStatus.OPERATIONAL


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ComponentStatus.MAJOR),
        ({"outcome": Outcome.DEGRADED, "impact": Impact.MINOR}, ComponentStatus.DEGRADED),
        ({"impact_is_set": True, "impact": Impact.MINOR}, ComponentStatus.DEGRADED),
        ({"origin": Origin.PERSON, "probes_agree": False}, ComponentStatus.PARTIAL),
        ({"origin": Origin.PERSON, "probes_agree": True}, ComponentStatus.MAJOR),
        (
            {"origin": Origin.PERSON, "probes_agree": False, "impact": Impact.CRITICAL},
            ComponentStatus.MAJOR,
        ),
        (
            {"origin": Origin.PERSON, "probes_agree": False, "impact": Impact.NONE},
            ComponentStatus.OPERATIONAL,
        ),
        ({"status": Status.RESOLVED}, ComponentStatus.OPERATIONAL),
        ({"status": Status.MONITORING}, ComponentStatus.OPERATIONAL),
        ({"status": Status.MONITORING, "origin": Origin.PERSON}, ComponentStatus.MAJOR),
        ({"component": "login"}, ComponentStatus.OPERATIONAL),
    ],
)
def test_an_incident_sets_its_components_state(fields, expected) -> None:
    assert status(saw(Outcome.UP), incident(**fields)) is expected


def test_the_worst_incident_wins() -> None:
    minor = incident(impact_is_set=True, impact=Impact.MINOR)
    assert status(saw(Outcome.UP), minor, incident()) is ComponentStatus.MAJOR


def test_an_incident_holds_the_state_while_nobody_sees() -> None:
    assert status(saw(Outcome.DOWN, Outcome.UNKNOWN), incident()) is ComponentStatus.MAJOR


def test_people_set_the_state_of_what_is_not_measured() -> None:
    hotline = Component("hotline", {"ru": "Телефон"})
    said = incident(component="hotline", origin=Origin.PERSON, probes_agree=False)
    assert not hotline.is_measured
    assert health(hotline, [said], Evidence(), NOW).status is ComponentStatus.PARTIAL
    assert health(hotline, [], Evidence(), NOW).status is ComponentStatus.UNKNOWN
