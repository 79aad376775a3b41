"""A run of equal observations, kept instead of them: what a backtest replays. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.history.instants import from_ms
from probes.observation import Observation, Outcome, Reason

KEPT = 12
"""Of how many observations a span keeps the instants: rechecks are irregular, later ones aren't."""


@dataclass(frozen=True, slots=True)
class Span:
    """``count`` observations in a row of one probe at one location, alike in outcome and reason.

    ``boot`` names the process run that made them: evidence dies with it, so streaks don't go on
    from one boot to the next. Instants are unix milliseconds; ``marks`` are those of the first
    KEPT observations but the very first, as milliseconds after it.
    """

    probe: str
    kind: str
    component: str
    location: str
    boot: str
    outcome: Outcome
    reason: Reason | None
    first_ms: int
    last_ms: int
    count: int
    marks: tuple[int, ...] = ()

    @property
    def first(self) -> datetime:
        return from_ms(self.first_ms)

    @property
    def last(self) -> datetime:
        return from_ms(self.last_ms)


def instants_of(span: Span) -> Sequence[datetime]:
    """When the observations of a span were made: ``count`` instants, none before its predecessor.

    The first KEPT are exact; the others are spread evenly up to the last, which is exact too.
    """
    begun = [0, *span.marks]
    rest = span.count - len(begun)
    length = span.last_ms - span.first_ms - begun[-1]
    spread = (begun[-1] + length * n // rest for n in range(1, rest + 1))
    return [from_ms(span.first_ms + offset) for offset in (*begun, *spread)]


def observations_of(span: Span) -> Sequence[Observation]:
    """The observations again, without what isn't kept: detail, duration and steps."""
    return [
        Observation(
            probe=span.probe,
            component=span.component,
            kind=span.kind,
            location=span.location,
            at=at,
            outcome=span.outcome,
            reason=span.reason,
            detail="",
            seconds=0.0,
        )
        for at in instants_of(span)
    ]
