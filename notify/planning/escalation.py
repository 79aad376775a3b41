"""Ringing one after another until somebody takes it. Pure.

A policy is frozen when an incident first comes to its route; who is on call is asked when a step
rings. Whatever the clock did meanwhile, a step that is due rings once, and the next one waits for
as long after it as the policy says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from notify.delivery import Because, Telling, Untold
from notify.oncall.people import NOBODY, Reached, Targets, Whom


@dataclass(frozen=True, slots=True)
class Step:
    """Who is rung, so long after the round began."""

    after: timedelta
    targets: Targets


@dataclass(frozen=True, slots=True)
class Policy:
    """Steps that are gone through ``1 + repeat`` times, and who is rung when all were in vain.

    ``wait`` is how long the last step has before the next round or the last resort.
    """

    id: str
    steps: tuple[Step, ...]
    wait: timedelta
    repeat: int = 0
    last_resort: Targets = NOBODY

    def __len__(self) -> int:
        """How many rings there are, at the most."""
        return self._rounds + bool(self.last_resort)

    @property
    def _rounds(self) -> int:
        return len(self.steps) * (1 + self.repeat)

    @property
    def resort(self) -> int | None:
        """Which ring the last resort is, if there is one."""
        return self._rounds if self.last_resort else None

    def is_last_resort(self, ring: int) -> bool:
        return ring >= self._rounds

    def targets(self, ring: int) -> Targets:
        return self.last_resort if self.is_last_resort(ring) else self._step(ring).targets

    def pause(self, ring: int) -> timedelta:
        """How long after the ring before it this one comes; the first, after the beginning."""
        if self.is_last_resort(ring):
            return self.wait
        step = self._step(ring)
        if ring % len(self.steps):
            return step.after - self._step(ring - 1).after
        return step.after + (self.wait if ring else timedelta())

    def _step(self, ring: int) -> Step:
        return self.steps[ring % len(self.steps)]

    def to_json(self) -> str:
        steps = [{"after": s.after.total_seconds(), **asdict(s.targets)} for s in self.steps]
        return json.dumps(
            {
                "id": self.id,
                "steps": steps,
                "wait": self.wait.total_seconds(),
                "repeat": self.repeat,
                "last_resort": asdict(self.last_resort),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Policy:
        found = json.loads(text)
        steps = (Step(timedelta(seconds=s.pop("after")), _targets(s)) for s in found["steps"])
        return cls(
            *(found["id"], tuple(steps), timedelta(seconds=found["wait"])),
            repeat=found["repeat"],
            last_resort=_targets(found["last_resort"]),
        )


def _targets(found: Mapping[str, Any]) -> Targets:
    return Targets(**{key: tuple(ids) for key, ids in found.items()})


class Stand(StrEnum):
    """Whether somebody is yet to be rung.

    RINGING: a ring is to come. UNANSWERED: all were in vain; it can still be taken. TAKEN and
    OVER: nobody is rung unless it begins again.
    """

    RINGING = "ringing"
    UNANSWERED = "unanswered"
    TAKEN = "taken"
    OVER = "over"


class Cause(Protocol):
    """The news that begins it; notify.planning.notice.Notice keeps this."""

    @property
    def about(self) -> str: ...
    @property
    def stream(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def telling(self) -> Telling: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Escalation:
    """How far one route's escalation of one incident is.

    ``stream`` is the incident's in the journal, ``seq`` the entry with which this began from the
    top, at ``began_at``, and ``telling`` what that told. ``ring`` is the next one, due at ``due``,
    which is counted from ``since``.
    """

    incident: str
    route: str
    policy: Policy
    stream: str
    seq: int
    telling: Telling
    began_at: datetime
    ring: int
    since: datetime
    due: datetime
    stand: Stand = Stand.RINGING

    @property
    def about(self) -> str:
        return self.incident

    @property
    def at(self) -> datetime:
        return self.began_at

    @property
    def is_up(self) -> bool:
        """Whether nobody has taken it yet."""
        return self.stand in (Stand.RINGING, Stand.UNANSWERED)

    def is_due(self, now: datetime) -> bool:
        return self.stand is Stand.RINGING and now >= self.due

    def again(self, cause: Cause) -> Escalation:
        """From the top, by the same policy."""
        return begin(self.policy, self.route, cause)

    def but(self, stand: Stand) -> Escalation:
        return replace(self, stand=stand)

    def later(self, now: datetime, pause: timedelta) -> Escalation:
        """The same ring, but not before ``pause`` is over."""
        return replace(self, since=now, due=now + pause)

    def by_clock(self, now: datetime) -> Escalation:
        """The wait begun anew, where the clock went back behind ``since``.

        How much of it is over cannot be told, and it must not last for as long as the clock
        went back.
        """
        return self.later(now, self.due - self.since) if now < self.since else self


def begin(policy: Policy, route: str, cause: Cause) -> Escalation:
    return Escalation(
        *(cause.about, route, policy, cause.stream, cause.seq, cause.telling, cause.at),
        ring=0,
        since=cause.at,
        due=cause.at + policy.pause(0),
    )


@dataclass(frozen=True, slots=True)
class Ring:
    """What a due step comes to: whom it rings, and why others whom it names are not."""

    whom: tuple[Whom, ...] = ()
    untold: tuple[Untold, ...] = ()
    last_resort: bool = False


Reach: TypeAlias = Callable[[str, Targets], Reached]


def ring(it: Escalation, reach: Reach, now: datetime) -> tuple[Escalation, Ring]:
    """The due ring, and the escalation after it.

    A step that comes to nobody does not keep the next one waiting. Where no step comes to
    anybody, each still has its time: somebody may come on call.
    """
    found = first(it.policy, it.route, reach, start=it.ring)
    rung = found.whom[0].step if found.whom else it.ring
    after = _after(it, rung, now)
    untold = list(found.untold)
    if not found.whom and after.stand is Stand.UNANSWERED:
        untold.append(Untold(Because.NOBODY_LEFT, it.route))
    return after, Ring(found.whom, tuple(untold), it.policy.is_last_resort(rung))


def first(policy: Policy, route: str, reach: Reach, *, start: int = 0) -> Reached:
    """Whom the first of the rings from ``start`` on comes to that comes to anybody."""
    untold: list[Untold] = []
    for number in range(start, len(policy)):
        found = reach(route, policy.targets(number)).at_step(number)
        untold += found.untold
        if found.whom:
            return Reached(found.whom, tuple(dict.fromkeys(untold)))
    return Reached((), tuple(dict.fromkeys(untold)))


def _after(it: Escalation, rung: int, now: datetime) -> Escalation:
    following = rung + 1
    if following >= len(it.policy):
        return replace(it, ring=following, since=now, due=now, stand=Stand.UNANSWERED)
    return replace(it, ring=following, since=now, due=now + it.policy.pause(following))
