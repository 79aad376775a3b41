"""The recent run of observations a decision rests on. Pure, and volatile by design.

A restart forgets at most ``open_after - 1`` observations of a streak; what was decided is in
the journal. UNKNOWN is never evidence: it neither lengthens nor breaks a streak. Time does:
who has seen nothing for longer than its word is good begins afresh.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from incidents.events import Seen
from incidents.rules import quorum
from probes.observation import Observation, Outcome, Reason

KEPT = 10
"""How many observations of a streak are remembered; more only where it takes more to open."""


@dataclass(frozen=True, slots=True)
class Streak:
    """One probe at one location: how many bad or good in a row, and the last few of them."""

    bad: int = 0
    good: int = 0
    since: datetime | None = None
    recent: tuple[Seen, ...] = ()
    last_known: Outcome | None = None
    last_known_at: datetime | None = None
    last: Outcome | None = None
    seeing_since: datetime | None = None
    open_after: int = 3
    fresh_for: timedelta = timedelta(minutes=2)

    def counts(self, now: datetime) -> bool:
        """Whether it saw anything lately; a blind look since then changes nothing.

        A look in the future is one from before the clock was put back: it counts no more.
        """
        return self.last_known_at is not None and abs(now - self.last_known_at) <= self.fresh_for

    def is_fresh(self, now: datetime) -> bool:
        """Whether it sees: lately, and its newest look wasn't blind."""
        return self.last is not Outcome.UNKNOWN and self.counts(now)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the probes of one component have lately seen, by (probe, location)."""

    streaks: tuple[tuple[tuple[str, str], Streak], ...] = ()

    def of(self, probe: str, location: str) -> Streak:
        return dict(self.streaks).get((probe, location), Streak())

    def by(self, probes: Collection[str]) -> Evidence:
        """What ``probes`` alone have seen: one that is configured no more has no say."""
        return Evidence(tuple((key, s) for key, s in self.streaks if key[0] in probes))


@dataclass(frozen=True, slots=True)
class Finding:
    """Confirmed by one probe: ``open_after`` bad observations in a row, and what they agree on.

    ``outcome`` is the mildest of the confirming run, so one time-out among slow answers
    does not make an outage. ``failing`` of ``fresh`` places agree, ``quorum`` are needed.
    ``is_settled``: of the other places none is between well and failing.
    """

    probe: str
    location: str
    since: datetime
    count: int
    needed: int
    outcome: Outcome
    reason: Reason | None
    streak: tuple[Seen, ...]
    failing: int = 1
    fresh: int = 1
    quorum: int = 1
    is_settled: bool = True

    @property
    def confirming(self) -> tuple[Seen, ...]:
        """The last observations, as many as it takes."""
        return self.streak[-self.needed :]

    @property
    def is_partial(self) -> bool:
        """Whether too few places see it for an incident to open."""
        return self.failing < self.quorum


def add(
    evidence: Evidence, seen: Observation, *, open_after: int, fresh_for: timedelta
) -> Evidence:
    """The evidence after one more observation."""
    key = (seen.probe, seen.location)
    streak = evidence.of(*key)
    streak = replace(streak, open_after=open_after, fresh_for=fresh_for, last=seen.outcome)
    if seen.outcome is not Outcome.UNKNOWN:
        streak = _longer(streak, seen)
    others = tuple((k, s) for k, s in evidence.streaks if k != key)
    return Evidence((*others, (key, streak)))


def _longer(streak: Streak, seen: Observation) -> Streak:
    bad = seen.outcome.is_bad
    if not streak.counts(seen.at):
        streak = replace(streak, bad=0, good=0, seeing_since=seen.at)
    same = streak.bad > 0 if bad else streak.good > 0
    word = Seen(seen.at, seen.outcome, seen.reason, seen.detail, seen.capture)
    return replace(
        streak,
        bad=streak.bad + 1 if bad else 0,
        good=0 if bad else streak.good + 1,
        since=streak.since if same else seen.at,
        recent=((*streak.recent, word) if same else (word,))[-max(KEPT, streak.open_after) :],
        last_known=seen.outcome,
        last_known_at=seen.at,
    )


def finding(
    evidence: Evidence,
    *,
    now: datetime,
    spent: datetime | None = None,
    fewest_fresh: int = 1,
    close_after: int = 1,
) -> Finding | None:
    """The gravest confirmed failure, or None while nothing is confirmed.

    What was seen up to ``spent`` doesn't count any more; neither does a place that has not
    been able to see lately, and with fewer than ``fewest_fresh`` of them there is no data.
    """
    found = []
    for places in by_probe(evidence).values():
        fresh = [(key, streak) for key, streak in places if streak.counts(now)]
        if len(fresh) < fewest_fresh:
            continue
        counted = [(key, _since(streak, spent)) for key, streak in fresh]
        bad = [_finding(k, s) for k, s in counted if s.since and s.bad >= s.open_after]
        if bad:
            well = sum(s.good >= close_after for _, s in counted)
            agreed = _agreed(bad, fresh=len(fresh))
            found.append(replace(agreed, is_settled=len(bad) + well == len(fresh)))
    return max(found, key=_gravity, default=None)


Places: TypeAlias = Sequence[tuple[tuple[str, str], Streak]]


def by_probe(evidence: Evidence) -> Mapping[str, Places]:
    """The places from which each probe asks."""
    probes: dict[str, list[tuple[tuple[str, str], Streak]]] = {}
    for key, streak in evidence.streaks:
        probes.setdefault(key[0], []).append((key, streak))
    return probes


def _since(streak: Streak, spent: datetime | None) -> Streak:
    """The streak as if it had begun after ``spent``."""
    if spent is None or streak.since is None or streak.since > spent:
        return streak
    recent = tuple(seen for seen in streak.recent if seen.at > spent)
    if len(recent) == len(streak.recent):  # it goes further back than what is remembered
        return replace(streak, since=spent)
    since = recent[0].at if recent else None
    return replace(
        streak,
        recent=recent,
        since=since,
        bad=len(recent) if streak.bad else 0,
        good=len(recent) if streak.good else 0,
    )


def _agreed(found: list[Finding], *, fresh: int) -> Finding:
    """What enough places agree on: down only where enough of them see it down."""
    needed = quorum(fresh)
    down = [f for f in found if f.outcome is Outcome.DOWN]
    chosen = down if len(down) >= min(needed, len(found)) else found
    milder = [f for f in chosen if f.outcome is Outcome.DEGRADED]
    word = max(milder or chosen, key=_gravity)
    return replace(word, failing=len(found), fresh=fresh, quorum=needed)


def _gravity(found: Finding) -> tuple[bool, bool, float, str, str]:
    """Of equals the first to fail has the word, and keeps it: who looked last changes nothing."""
    first = -found.since.timestamp()
    return not found.is_partial, found.outcome is Outcome.DOWN, first, found.probe, found.location


def _finding(key: tuple[str, str], streak: Streak) -> Finding:
    confirming = streak.recent[-streak.open_after :]
    all_down = all(seen.outcome is Outcome.DOWN for seen in confirming)
    outcome = Outcome.DOWN if all_down else Outcome.DEGRADED
    newest = next(s for s in reversed(confirming) if all_down or s.outcome is Outcome.DEGRADED)
    return Finding(
        probe=key[0],
        location=key[1],
        since=streak.since or newest.at,
        count=streak.bad,
        needed=streak.open_after,
        outcome=outcome,
        reason=newest.reason,
        streak=streak.recent,
    )


def is_fresh(evidence: Evidence, now: datetime) -> bool:
    """At least one probe saw something, lately, and its newest look wasn't blind."""
    return any(streak.is_fresh(now) for _, streak in evidence.streaks)
