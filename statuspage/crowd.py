"""What the home page shows in full where there is much of it, so that it stays light. Pure.

Nothing is left out without a word: the rest is folded, listed in short, or counted and linked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from incidents.component import in_language
from incidents.health import ComponentStatus, Health
from statuspage import wording
from statuspage.board import Board, Story
from statuspage.rows import Row

_IN_FULL = 10
"""How many open faults are told with what to do; they come with the gravest first."""
_LISTED = 90
"""How many more have a line each."""
_RECENT = 30
"""How many past faults of the last fortnight have a line."""

_FLAT = 50
"""Up to so many services are one list; more are folded by what citizens came to do."""
_UNWELL = 30
"""How many that don't work stand before the folds."""
_WITH_BARS = 250
"""Up to so many services show their ninety days on the home page; more only on their own."""

Listed = Sequence[tuple[Health, Row]]


@dataclass(frozen=True, slots=True)
class Faults:
    """Open faults: those told in full, those with a line, and how many more there are."""

    full: Sequence[Story]
    listed: Sequence[Story]
    more: int


@dataclass(frozen=True, slots=True)
class Recent:
    """Past faults by the day they began, newest first, and how many more there are."""

    days: Sequence[tuple[date, Sequence[Story]]]
    more: int


@dataclass(frozen=True, slots=True)
class Fold:
    """Services that take part in ``name`` (empty: in nothing), of which ``unwell`` are unwell."""

    name: str
    rows: Listed
    unwell: int


@dataclass(frozen=True, slots=True)
class Services:
    """Those that are always seen, and the rest by what they take part in."""

    rows: Listed
    folds: Sequence[Fold]
    has_bars: bool


def faults(stories: Sequence[Story]) -> Faults:
    """``stories`` with the gravest first."""
    shown = _IN_FULL + _LISTED
    return Faults(stories[:_IN_FULL], stories[_IN_FULL:shown], max(0, len(stories) - shown))


def recent(board: Board) -> Recent:
    """The newest that are over, by the day they began."""
    found = board.recent()
    days = groupby(found[:_RECENT], key=board.started_on)
    return Recent([(day, list(them)) for day, them in days], max(0, len(found) - _RECENT))


def services(listed: Listed, lang: str) -> Services:
    """All of a short list; of a long one the gravest, and everything else in folds."""
    has_bars = len(listed) <= _WITH_BARS
    if len(listed) <= _FLAT:
        return Services(listed, (), has_bars)
    gravity = list(wording.TONES)
    unwell = [one for one in listed if _is_unwell(one[0])]
    unwell.sort(key=lambda one: -gravity.index(wording.look(one[0])))
    first = unwell[:_UNWELL]
    apart = {health.component.id for health, _ in first}
    folds: dict[str, list[tuple[Health, Row]]] = {}
    for health, row in listed:
        if health.component.id not in apart:
            names = health.component.journeys
            name = in_language(names[0], lang) if names else ""
            folds.setdefault(name, []).append((health, row))
    last = {"": folds.pop("")} if "" in folds else {}
    return Services(
        first, [_fold(name, rows) for name, rows in {**folds, **last}.items()], has_bars
    )


def _fold(name: str, rows: Listed) -> Fold:
    capital = name[:1].upper() + name[1:]
    return Fold(capital, rows, sum(_is_unwell(health) for health, _ in rows))


def _is_unwell(health: Health) -> bool:
    return wording.look(health) not in (ComponentStatus.OPERATIONAL, wording.UNMEASURED)
