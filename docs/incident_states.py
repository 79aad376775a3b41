"""Draws the states of an incident from the code: ``python docs/incident_states.py``.

It asks the machine itself: from nothing, every command and every kind of evidence is tried on
every state that can be reached, and what led from which status to which is written into
docs/incidents.md. A test does the same and compares.
"""

# ruff: noqa: INP001 - a program, not a module
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from incidents import evidence as ev
from incidents.codec import tag
from incidents.commands import (
    BY_HAND,
    UNNUMBERED,
    Absorb,
    Acknowledge,
    Command,
    IllegalCommandError,
    Merge,
    Open,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
    Watch,
    opened_by_hand,
)
from incidents.component import Component
from incidents.events import Attached, Cause, Impact, Opened, Status
from incidents.evidence import Evidence
from incidents.facts import Facts
from incidents.fold import evolve
from incidents.incident import Incident
from incidents.machine import Root, Rules, decide
from probes.observation import Observation, Outcome, Reason

FILE = Path(__file__).with_name("incidents.md")
BEGIN, END = "<!-- drawn from the code -->\n", "<!-- end of what is drawn -->\n"

Edge: TypeAlias = tuple[str, str, str]
"""Status before, what happened, status after."""

_START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
_SMS = Component("sms", {"en": "SMS codes"}, probes=("sms",))
_LOGIN = Component("login", {"en": "Sign-in"}, probes=("login",))
_MINUTE = timedelta(minutes=1)
_SEEN = (
    (Outcome.DOWN, 7),
    (Outcome.DEGRADED, 7),
    (Outcome.UP, 7),
    (Outcome.UP, 41),
    (Outcome.UNKNOWN, 181),
)
_RULES = (
    Rules(),
    Rules(monitor_for=timedelta(0), publish_after=None),
    Rules(publish_after=timedelta(minutes=10)),
)


def edges() -> frozenset[Edge]:
    """Every change that the machine can make, and that people can make of it."""
    found: set[Edge] = set()
    for rules in _RULES:
        seen: set[object] = set()
        ahead: list[tuple[Incident | None, datetime]] = [(None, _START)]
        while ahead:
            incident, now = ahead.pop()
            for evidence, command, at in _tries(incident, now):
                edge, after = _step(incident, evidence, command, rules, at)
                if edge and after:
                    found.add(edge)
                    if (key := _kind(after, at)) not in seen:
                        seen.add(key)
                        ahead.append((after, at))
    return frozenset(found)


def drawn() -> str:
    """The diagram, and what may happen without a change of status."""
    found = edges()
    moves = sorted({(a, b) for a, _, b in found if a != b}, key=_order)
    lines = ["```mermaid", "stateDiagram-v2"]
    for a, b in moves:
        why = ", ".join(sorted(what for x, what, y in found if (x, y) == (a, b)))
        lines.append(f"    {a or '[*]'} --> {b}: {why}")
    lines += ["```", "", "| While it is | this may happen and leaves it so |", "|---|---|"]
    for status in Status:
        stays = sorted(what for a, what, b in found if a == b == status)
        lines.append(f"| {status} | {', '.join(stays)} |")
    return "\n".join(lines) + "\n\n"


def _step(
    incident: Incident | None, evidence: Evidence, command: Command, rules: Rules, at: datetime
) -> tuple[Edge | None, Incident | None]:
    taken_in = isinstance(command, Watch) and command.facts.root
    speaks_to = None if taken_in and taken_in.incident is incident else incident
    try:
        event = decide(speaks_to, evidence, command, rules)
    except IllegalCommandError:
        return None, None
    if event is None or event.incident not in (UNNUMBERED, "1"):
        return None, None  # nothing, or it is about another incident
    after = evolve(incident, replace(event, incident="1"), at=at, actor="x")
    what = tag(event) if isinstance(command, Watch) else f"{tag(event)} by hand"
    before = incident.status if incident and not isinstance(event, Opened) else ""
    return (before, what, after.status), after


def _tries(
    incident: Incident | None, now: datetime
) -> Iterator[tuple[Evidence, Command, datetime]]:
    for evidence, at in _views(now):
        yield evidence, Watch(at, _SMS), at
        for root in (_root(now), _root(now, taken_in=True)):
            yield evidence, Watch(at, _SMS, Facts(root=root)), at
        if incident is not None and incident.ails("login"):
            yield evidence, Watch(at, _LOGIN), at
        elif incident is not None and incident.is_open:
            for cause in (Cause.DEPENDENCY, Cause.STORM):
                yield evidence, Watch(at, _LOGIN, Facts(root=Root(incident, cause, "sms"))), at
    for command in _by_hand(incident, now):
        yield Evidence(), command, now + _MINUTE


def _views(now: datetime) -> Iterator[tuple[Evidence, datetime]]:
    """What the probes may have seen since: failures, slowness, recoveries, calm, nothing."""
    for seen, minutes in _SEEN:
        at = now + minutes * _MINUTE
        yield _looks(seen, minutes, at), at


def _looks(seen: Outcome, minutes: int, until: datetime) -> Evidence:
    """One look every two minutes, each good for as long."""
    evidence = Evidence()
    if seen is Outcome.UNKNOWN:
        return evidence
    for ago in range(minutes - 1, -1, -2):
        for probe in ("sms", "login"):
            reason = Reason.TIMEOUT if seen.is_bad else None
            at = until - ago * _MINUTE
            look = Observation(probe, probe, "http", "here", at, seen, reason, "", 0.1)
            evidence = ev.add(evidence, look, open_after=3, fresh_for=2 * _MINUTE)
    return evidence


def _by_hand(incident: Incident | None, now: datetime) -> Sequence[Command]:
    if incident is None:
        return [Open(now, _SMS, {"en": "No codes"})]
    return [
        Publish(),
        Publish(now + 2 * _MINUTE),
        Acknowledge(),
        Resolve(),
        Reopen(now),
        Merge("2"),
        Split("login"),
        Absorb(_root(now).incident),
        Update(impact=Impact.MINOR),
        Update(locked=True),
        Update(locked=False),
        *(Update(status=status) for status in Status),
    ]


def _root(now: datetime, *, taken_in: bool = False) -> Root:
    """Another incident, which may be the cause, and may have taken the component in."""
    asked = opened_by_hand(Open(now, _LOGIN, {"en": "Nobody gets in"}))
    incident = evolve(None, replace(asked, incident="2"), at=now, actor="x")
    if taken_in:
        mine = Attached("2", _SMS.id, BY_HAND, Cause.DEPENDENCY, now, Impact.MAJOR)
        incident = evolve(incident, mine, at=now, actor="x")
    return Root(incident, Cause.DEPENDENCY, _LOGIN.id)


def _kind(incident: Incident, at: datetime) -> object:
    """What of an incident can make a difference to what happens next."""
    return (
        incident.status,
        incident.origin,
        incident.is_public,
        incident.locked,
        incident.unstable_since is None,
        min(sum(at - turn < 60 * _MINUTE for turn in incident.turns), 4),
        incident.probes_agree,
        incident.touched,
        frozenset(one.component for one in incident.ailing()),
    )


def _order(move: tuple[str, str]) -> tuple[int, int]:
    rank = ["", *Status]
    return rank.index(move[0]), rank.index(move[1])


def main() -> None:
    text = FILE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    FILE.write_text(before + BEGIN + drawn() + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
