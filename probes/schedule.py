"""When a probe asks next. Pure: seconds since the loop began, no clock.

Every probe has its own place on a grid of its interval, so the load is steady and no two
restarts of a probe drift apart. A first failure leaves the grid to be confirmed.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from probes.observation import Outcome

FIRST_ROUND = 5.0
"""Seconds within which every probe has begun once after a start."""

_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Pace:
    """How often one probe asks, in seconds, and when it hurries."""

    every: float
    recheck: float
    open_after: int
    offset: float

    @property
    def gap(self) -> float:
        """Two starts are never closer: a kind that asks for its interval always gets it."""
        return min(self.recheck, self.every)


def offset_of(probe: str, every: float) -> float:
    """The probe's place in its interval, [0, every): the same at every start."""
    digest = hashlib.blake2b(probe.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * every


def first(pace: Pace) -> float:
    """The first start: the whole spread squeezed into the first seconds."""
    return pace.offset / pace.every * min(pace.every, FIRST_ROUND)


def following(pace: Pace, *, due: float, ended: float, failures: int) -> float:
    """The next start after a run that was ``due`` then and ended at ``ended``.

    ``failures`` counts bad runs in a row, this one included.
    """
    if 0 < failures < pace.open_after and pace.recheck < pace.every:
        return ended + pace.recheck
    earliest = max(due + pace.gap, ended)
    beat = math.ceil((earliest - pace.offset) / pace.every - _TINY)
    return pace.offset + beat * pace.every


def failures_after(failures: int, outcome: Outcome) -> int:
    """Bad runs in a row, after one more. UNKNOWN says nothing either way."""
    if outcome is Outcome.UNKNOWN:
        return failures
    return failures + 1 if outcome.is_bad else 0
