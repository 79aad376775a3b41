"""Whether we ourselves were well while a probe looked: a watch that sleeps sees outages.

A loop that stands still (too much work, no processor, a stopped process) and a machine that was
suspended both make good answers late. What failed meanwhile was not seen.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from probes.observation import Observation, Outcome, Reason

BEAT = 0.1
"""Seconds between two looks at ourselves."""

LAG = 0.5
"""Seconds of lag in the window of a run that make what failed in it unknown."""

WAKING = 10.0
"""Seconds for which a machine that has just woken up is not believed: its network wakes, too."""

_NOTICED = 0.05
_SHARE = 0.25
_LEAP = 2.0
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on both clocks: the loop's, which stands still with the machine, and the wall's."""

    at: float
    wall: datetime


class Pulse:
    """One per process. ``run`` beats for ever; without it only leaps of the clock are noticed."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._beat: Mark | None = None
        self._lags: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._woke_at: float | None = None

    async def run(self) -> None:
        """Until cancelled."""
        self._beat = self.mark()
        while True:
            await asyncio.sleep(BEAT)
            self._look()

    def mark(self) -> Mark:
        """Now."""
        return Mark(self._loop.time(), self._clock())

    def judged(self, seen: Observation, since: Mark) -> Observation:
        """``seen``, unless it failed in a window, from ``since`` to now, in which we were unwell.

        What is up stays up: an answer that came in time in spite of us did come.
        """
        trouble = self._trouble(since) if seen.outcome.is_bad else ""
        if not trouble:
            return seen
        words = f"not believed: {trouble}; it looked like {seen.reason}"
        return replace(seen, outcome=Outcome.UNKNOWN, reason=Reason.PROBE_ERROR, detail=words)

    def _look(self) -> None:
        """Note how late this beat is, and whether the clock leapt since the last."""
        now = self.mark()
        if self._beat is not None:
            late = now.at - self._beat.at - BEAT
            if late > _NOTICED:
                self._lags.append((now.at, late))
            if abs(_leap(self._beat, now)) > _LEAP:
                self._woke_at = now.at
        self._beat = now

    def _trouble(self, since: Mark) -> str:
        # Whoever was woken first need not be the pulse: the beat that is due now counts, too.
        self._look_if_late()
        now = self.mark()
        leap = _leap(since, now)
        if abs(leap) > _LEAP:
            return f"the clock leapt by {leap:.0f} s, as after a suspension of the machine"
        if self._woke_at is not None and since.at - self._woke_at < WAKING:
            return "the machine has just woken up"
        lags = [min(late, end - since.at) for end, late in self._lags if end > since.at]
        if max(lags, default=0.0) > LAG:
            return f"our own loop stood still for {max(lags):.1f} s"
        lost, whole = sum(lags), now.at - since.at
        if lost > max(LAG, whole * _SHARE):
            return f"our own loop lost {lost:.1f} s of {whole:.1f} s"
        return ""

    def _look_if_late(self) -> None:
        if self._beat is not None and self._loop.time() - self._beat.at - BEAT > _NOTICED:
            self._look()


def _leap(before: Mark, after: Mark) -> float:
    """Seconds by which the wall's clock went further than the loop's."""
    return (after.wall - before.wall).total_seconds() - (after.at - before.at)
