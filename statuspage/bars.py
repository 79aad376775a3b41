"""Ninety days as one small drawing: a line of dashes for each run of equal days. Pure.

The sheet cuts a line into one dash a day, so ninety good days cost the page twenty bytes. The
worse a day was, the higher its dash stands: what colour says, height says too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from incidents.health import ComponentStatus
from incidents.history.uptime import Day

TALL = 20
"""Height of the drawing, in units of its own; a day is one unit wide."""

HEIGHT = {
    ComponentStatus.OPERATIONAL: 12,
    ComponentStatus.DEGRADED: 15,
    ComponentStatus.PARTIAL: 17,
    ComponentStatus.MAJOR: 20,
    ComponentStatus.MAINTENANCE: 7,
    ComponentStatus.UNKNOWN: 2,
}


@dataclass(frozen=True, slots=True)
class Line:
    """All days of one look: ``path`` goes along their middle, ``height`` is its stroke's width."""

    look: ComponentStatus
    height: int
    path: str


def lines(days: Sequence[Day]) -> tuple[Line, ...]:
    """One line for each look there is, in the order in which looks grow graver."""
    runs: dict[ComponentStatus, list[tuple[int, int]]] = {}
    for look, run in groupby(enumerate(days), key=lambda numbered: numbered[1].worst):
        places = [place for place, _ in run]
        runs.setdefault(look, []).append((places[0], len(places)))
    return tuple(_line(look, runs[look]) for look in HEIGHT if look in runs)


def _line(look: ComponentStatus, runs: Sequence[tuple[int, int]]) -> Line:
    """A run begins with a dash, because a line that is lifted begins its dashes anew."""
    height = HEIGHT[look]
    middle = f"{TALL - height / 2:g}"
    return Line(look, height, "".join(f"M{start} {middle}h{length}" for start, length in runs))
