"""Who has taken an incident on, and when that no longer holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from incidents.commands import Acknowledge, by_hand
from incidents.events import (
    Acknowledged,
    Because,
    Event,
    Impact,
    IncidentEvent,
    Opened,
    Origin,
    Reassessed,
    Reopened,
    Resolved,
    Updated,
)
from incidents.fold import evolve
from incidents.history.measures import measure
from incidents.incident import Incident
from probes.observation import Outcome, Reason

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WHY = Because("x")
OPENED = Opened(
    "ИНЦ-2026-0001",
    "sms",
    Origin.PROBE,
    Impact.MINOR,
    START,
    WHY,
    outcome=Outcome.DEGRADED,
    reason=Reason.SLOW,
)
TAKEN = Acknowledged(OPENED.incident, "sms", WHY)


def assessed(impact: Impact) -> Reassessed:
    return Reassessed(OPENED.incident, "sms", WHY, impact, Outcome.DOWN, Reason.HTTP_5XX)


def after(*events: IncidentEvent) -> Incident:
    found: Incident | None = None
    for minute, event in enumerate((OPENED, *events)):
        found = evolve(found, event, at=START + timedelta(minutes=minute), actor=f"person {minute}")
    assert found is not None
    return found


def said(impact: Impact) -> Event:
    return Updated(OPENED.incident, "sms", WHY, impact=impact)


@pytest.mark.parametrize("worse", [assessed(Impact.CRITICAL), said(Impact.CRITICAL)])
def test_what_gets_worse_is_to_be_taken_anew(worse: IncidentEvent) -> None:
    found = after(TAKEN, worse)
    assert found.acknowledged_at is None
    assert found.acknowledged_by is None
    assert by_hand(found, Acknowledge()) is not None
    assert after(TAKEN, worse, TAKEN).acknowledged_by == "person 3"


@pytest.mark.parametrize("news", [assessed(Impact.MINOR), said(Impact.NONE)])
def test_what_gets_no_worse_stays_in_the_hands_it_is_in(news: IncidentEvent) -> None:
    found = after(TAKEN, news)
    assert found.acknowledged_by == "person 1"
    assert by_hand(found, Acknowledge()) is None


def test_the_first_to_take_it_on_counts_whatever_comes_later() -> None:
    again = Reopened(OPENED.incident, "sms", WHY, START, Impact.CRITICAL)
    events = (TAKEN, assessed(Impact.CRITICAL), TAKEN, Resolved(OPENED.incident, "sms", WHY), again)
    assert measure(after(*events)).acknowledge == timedelta(minutes=1)


def test_taking_it_on_only_after_a_reopening_is_not_taking_it_on_in_time() -> None:
    again = Reopened(OPENED.incident, "sms", WHY, START, Impact.MINOR)
    found = after(Resolved(OPENED.incident, "sms", WHY), again, TAKEN)
    assert found.acknowledged_by == "person 3"
    assert measure(found).acknowledge is None
