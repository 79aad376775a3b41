"""Whether a component is well again, and since when. Pure.

Of a probe's places as many must agree as leave no quorum of failing ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from incidents.evidence import Evidence, Places, Streak, by_probe
from incidents.rules import quorum

_T = TypeVar("_T")
_NEVER = datetime.min.replace(tzinfo=UTC)
_LATE = datetime.max.replace(tzinfo=UTC)


def well_for(
    evidence: Evidence, probes: Iterable[str], *, now: datetime, fewest_fresh: int = 1
) -> int:
    """How many good observations in a row every one of ``probes`` has had; 0 without any.

    Of several places, as many as leave no quorum of failing ones must have had them. One that
    has not been able to see lately counts as 0, and so does a probe with fewer than
    ``fewest_fresh`` that have: silence is no recovery.
    """
    places = by_probe(evidence)
    return min((_well(places.get(p, ()), now, fewest_fresh) for p in probes), default=0)


def _well(places: Places, now: datetime, fewest_fresh: int) -> int:
    if sum(s.counts(now) for _, s in places) < max(fewest_fresh, 1):
        return 0
    return _decisive(sorted((_good(s, now) for _, s in places), reverse=True))


def _good(streak: Streak, now: datetime) -> int:
    return streak.good if streak.counts(now) else 0


def _decisive(best_first: Sequence[_T]) -> _T:
    """The one with which so many places are reached that the rest are no quorum."""
    return best_first[len(best_first) - quorum(len(best_first))]


def well_until(evidence: Evidence, *, now: datetime, fewest_fresh: int = 1) -> datetime:
    """When ``well_for`` all probes of ``evidence``, more than 0 now, is 0 if nothing is seen."""
    ends = [now + s.fresh_for for _, s in evidence.streaks]
    for places in by_probe(evidence).values():
        good = [_end(s) if _good(s, now) else now for _, s in places]
        ends.append(_decisive(sorted(good, reverse=True)))
        ends.append(sorted((_end(s) for _, s in places), reverse=True)[max(fewest_fresh, 1) - 1])
    return min(ends, default=now)


def _end(streak: Streak) -> datetime:
    """When its last word stops being good."""
    return (streak.last_known_at or _NEVER) + streak.fresh_for


def well_since(evidence: Evidence, *, now: datetime) -> datetime | None:
    """Since when enough places of every probe have seen nothing bad; None while they don't."""
    since = [
        _decisive(sorted(s.since or _LATE if _good(s, now) else _LATE for _, s in places))
        for places in by_probe(evidence).values()
    ]
    return max(since) if since and max(since) < _LATE else None


def seeing_since(evidence: Evidence, *, now: datetime) -> datetime | None:
    """Since when enough places of every probe have been able to see; None while they can't."""
    since = [
        _decisive(sorted(s.seeing_since or _LATE if s.counts(now) else _LATE for _, s in places))
        for places in by_probe(evidence).values()
    ]
    return max(since) if since and max(since) < _LATE else None
