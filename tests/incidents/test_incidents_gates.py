"""What each step between a failing check and an open incident says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidents.component import Component
from incidents.events import Because, Cause, Gate, Impact, Opened, Origin, Step
from incidents.evidence import Finding
from incidents.facts import Facts
from incidents.fold import evolve
from incidents.machine import Root, Rules
from incidents.machine.gates import comes_and_goes, gates, is_held, turns_lately
from incidents.maintenance import Window
from probes.observation import Outcome, Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SMS = Component("sms", {"ru": "Коды"})
FOUND = Finding("sms", "east", START, 3, 3, Outcome.DOWN, Reason.TIMEOUT, ())
RULES = Rules(storm_components=0)
HOUR = timedelta(hours=1)
NOTHING, DEFAULT = Facts(), Rules()


def incident(*turns: float, unstable: bool = False):
    opened = Opened("1", "base", Origin.PROBE, Impact.MAJOR, START, Because("test"))
    made = evolve(None, opened, at=START, actor="x")
    at = tuple(START + timedelta(minutes=m) for m in turns)
    return replace(made, turns=at, unstable_since=START if unstable else None)


def passed(step: Step, facts: Facts = NOTHING, *, found=FOUND, rules=DEFAULT, last=None) -> Gate:
    return next(g for g in gates(found, facts, SMS, rules, at=START, last=last) if g.step is step)


def root(cause: Cause) -> Facts:
    return Facts(root=Root(incident(), cause, "base"), ancestors=2, together=6, components=8)


def test_confirm() -> None:
    assert passed(Step.CONFIRM) == Gate(
        Step.CONFIRM,
        {
            "probe": "sms",
            "location": "east",
            "in_a_row": 3,
            "open_after": 3,
            "since": START.isoformat(),
            "outcome": "down",
            "reason": "timeout",
        },
    )


@pytest.mark.parametrize("cause", [Cause.DEPENDENCY, Cause.STORM])
def test_dependency(cause: Cause) -> None:
    alone = Gate(Step.DEPENDENCY, {"depends_on": 2})
    explained = {"depends_on": 2, "explained_by": "1", "component": "base"}
    held = Gate(Step.DEPENDENCY, explained, held=True)
    assert passed(Step.DEPENDENCY, root(cause)) == (held if cause is Cause.DEPENDENCY else alone)
    assert passed(Step.DEPENDENCY, Facts(ancestors=2)) == alone


@pytest.mark.parametrize("cause", [Cause.DEPENDENCY, Cause.STORM])
def test_storm(cause: Cause) -> None:
    values = {"failed_together": 6, "needed": 5, "within_seconds": 120.0}
    held = Gate(Step.STORM, {**values, "umbrella": "1"}, held=True)
    alone = Gate(Step.STORM, values)
    assert passed(Step.STORM, root(cause)) == (held if cause is Cause.STORM else alone)
    assert passed(Step.STORM, Facts(together=6, components=8)) == alone


def test_a_storm_that_is_switched_off_needs_nothing() -> None:
    assert passed(Step.STORM, rules=RULES).values["needed"] is None


def test_maintenance() -> None:
    window = Window("РАБ-1", START, START + HOUR)
    gate = passed(Step.MAINTENANCE, Facts(window=window, worked_on="base"))
    assert gate == Gate(
        Step.MAINTENANCE,
        {
            "under_way": True,
            "maintenance": "РАБ-1",
            "component": "base",
            "ends_at": (START + HOUR).isoformat(),
        },
        held=True,
    )
    assert passed(Step.MAINTENANCE) == Gate(Step.MAINTENANCE, {"under_way": False})


def test_witness() -> None:
    gate = passed(Step.WITNESS, Facts(blind_since=START))
    assert gate == Gate(Step.WITNESS, {"blind": True, "since": START.isoformat()}, held=True)


def test_flapping() -> None:
    values = {"turns": 2, "flap_after": 4, "within_seconds": 3600.0}
    calm = passed(Step.FLAPPING, last=incident(0, -60, -61))
    assert calm == Gate(Step.FLAPPING, values)
    restless = passed(Step.FLAPPING, last=incident(0, -60, -61, unstable=True))
    assert restless == Gate(Step.FLAPPING, values, held=True)


def test_severity() -> None:
    few = Finding("sms", "east", START, 3, 3, Outcome.DOWN, None, (), failing=1, fresh=3, quorum=2)
    assert passed(Step.SEVERITY, found=few).values == {
        "outcome": "down", "criticality": "normal", "partial": True, "impact": "minor",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "holds"),
    [
        (Step.CONFIRM, False),
        (Step.QUORUM, True),
        (Step.WITNESS, True),
        (Step.DEPENDENCY, False),
        (Step.STORM, False),
        (Step.MAINTENANCE, True),
        (Step.FLAPPING, False),
        (Step.SEVERITY, False),
    ],
)
def test_only_three_steps_keep_an_incident_from_opening(step: Step, holds: bool) -> None:
    assert is_held((Gate(step, held=True),)) is holds
    assert not is_held((Gate(step),))


def test_turns_that_lie_in_the_future_count_no_more_than_old_ones() -> None:
    assert turns_lately(incident(0, 60, 61, -61), Rules(), START) == 2
    assert turns_lately(None, Rules(), START) == 0


def test_a_component_that_is_attached_once_has_not_come_and_gone() -> None:
    assert not comes_and_goes(incident(), "base", Rules(), START)
    assert not comes_and_goes(incident(), "base", Rules(flap_after=0), START)
    assert comes_and_goes(incident(), "base", Rules(flap_after=1), START)
    assert not comes_and_goes(incident(), "sms", Rules(flap_after=1), START)
