"""How long to wait before the next attempt. Pure."""

from __future__ import annotations

LADDER = (5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds after the first, second … failed attempt; the last step repeats."""

JITTER = 0.2
"""A wait is stretched or shrunk by up to this share, so that failures don't march in step."""

_AFTER_MIN, _AFTER_MAX = 1.0, 900.0


def delay(attempts: int, *, after: float | None, luck: float) -> float:
    """Seconds until the next attempt, when ``attempts`` (≥ 1) have failed.

    ``after`` is what the other side asked for: never sooner than that, within reason.
    ``luck`` is between -1 and 1 and moves the wait within the jitter.
    """
    step = LADDER[min(attempts, len(LADDER)) - 1]
    wait = step * (1 + JITTER * luck)
    if after is None:
        return wait
    return max(wait, min(max(after, _AFTER_MIN), _AFTER_MAX))
