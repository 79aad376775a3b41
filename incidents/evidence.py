"""The recent run of observations a decision rests on. Pure, and volatile by design.

A restart forgets at most ``open_after - 1`` observations of a streak; what was decided is in
the journal. UNKNOWN is never evidence: it neither lengthens nor breaks a streak.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.events import Seen
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
    open_after: int = 3
    fresh_for: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the probes of one component have lately seen, by (probe, location)."""

    streaks: tuple[tuple[tuple[str, str], Streak], ...] = ()

    def of(self, probe: str, location: str) -> Streak:
        return dict(self.streaks).get((probe, location), Streak())


@dataclass(frozen=True, slots=True)
class Finding:
    """Confirmed by one probe: ``open_after`` bad observations in a row, and what they agree on.

    ``outcome`` is the mildest of the confirming run, so one time-out among slow answers
    does not make an outage.
    """

    probe: str
    location: str
    since: datetime
    count: int
    needed: int
    outcome: Outcome
    reason: Reason | None
    streak: tuple[Seen, ...]

    @property
    def confirming(self) -> tuple[Seen, ...]:
        """The last observations, as many as it takes."""
        return self.streak[-self.needed :]


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
    same = streak.bad > 0 if bad else streak.good > 0
    word = Seen(seen.at, seen.outcome, seen.reason, seen.detail)
    return replace(
        streak,
        bad=streak.bad + 1 if bad else 0,
        good=0 if bad else streak.good + 1,
        since=streak.since if same else seen.at,
        recent=((*streak.recent, word) if same else (word,))[-max(KEPT, streak.open_after) :],
        last_known=seen.outcome,
        last_known_at=seen.at,
    )


def forget(evidence: Evidence) -> Evidence:
    """Start counting anew, after a person closed the matter; freshness is kept."""
    return Evidence(
        tuple((k, replace(s, bad=0, good=0, since=None, recent=())) for k, s in evidence.streaks)
    )


def finding(evidence: Evidence) -> Finding | None:
    """The gravest confirmed failure, or None while nothing is confirmed."""
    found = [
        _finding(key, streak)
        for key, streak in evidence.streaks
        if streak.since is not None and streak.bad >= streak.open_after
    ]
    return max(found, key=lambda f: (f.outcome is Outcome.DOWN, f.count), default=None)


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


def well_for(evidence: Evidence, probes: Iterable[str]) -> int:
    """How many good observations in a row every one of ``probes`` has had; 0 without any.

    A probe that has not reported since the start counts as 0: silence is no recovery.
    """
    runs: dict[str, int] = {}
    for (probe, _), streak in evidence.streaks:
        runs[probe] = min(streak.good, runs.get(probe, streak.good))
    return min((runs.get(probe, 0) for probe in probes), default=0)


def good_until(evidence: Evidence) -> datetime | None:
    """When the newest look that saw anything stops being good; None without one."""
    looks = [
        s.last_known_at + s.fresh_for for _, s in evidence.streaks if s.last_known_at is not None
    ]
    return max(looks, default=None)


def is_fresh(evidence: Evidence, now: datetime) -> bool:
    """At least one probe saw something, lately, and its newest look wasn't blind."""
    return any(
        s.last is not Outcome.UNKNOWN
        and s.last_known_at is not None
        and now - s.last_known_at <= s.fresh_for
        for _, s in evidence.streaks
    )
