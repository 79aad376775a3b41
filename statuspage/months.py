"""The history by months: the newest on one page, each earlier one on its own. Pure.

So an event makes anew the month it is of, and not a year of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from statuspage.board import Board, Story
from statuspage.works import Work, by_month

_NEWEST = 2
_LIGHT = 60
"""How many lines the first page of the history may have, unless one month alone has more."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the history: ``first`` is its first day; work goes with its days."""

    first: date
    stories: Sequence[Story]
    works: Sequence[tuple[Work, Sequence[date]]]


def months(board: Board) -> list[Month]:
    """Every public incident and all past work by the month it began, newest first."""
    stories: dict[date, list[Story]] = {}
    for story in board.stories:
        stories.setdefault(board.started_on(story).replace(day=1), []).append(story)
    works = by_month(board.works, board.zone)
    found = sorted(stories.keys() | works.keys(), reverse=True)
    return [Month(first, stories.get(first, []), works.get(first, [])) for first in found]


def newest(found: Sequence[Month]) -> Sequence[Month]:
    """Those of the first page: what people look for is rarely older."""
    first = found[:_NEWEST]
    is_light = sum(len(month.stories) + len(month.works) for month in first) <= _LIGHT
    return first if is_light else first[:1]
