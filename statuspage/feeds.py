"""What feeds tell: one entry for each fault and each announced work, with its lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from statuspage import links
from statuspage.board import Board, Story
from statuspage.view import View
from statuspage.works import Stage, Work, turns

LENGTH = 50
"""How many entries, and how many lines, a feed holds at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of news. ``id`` stays the same for as long as the line is there."""

    id: str
    at: datetime
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A fault or a work in one language; ``page`` is its file there, ``lines`` newest first."""

    page: str
    title: str
    state: str
    lines: tuple[Line, ...]

    @property
    def published_at(self) -> datetime:
        return self.lines[-1].at

    @property
    def updated_at(self) -> datetime:
        return self.lines[0].at


def newest(board: Board) -> Sequence[Story | Work]:
    """What there was news of last, the latest first: all that a feed depends on."""
    about: list[tuple[datetime, str, Story | Work]] = [
        *((story.changed_at, story.id, story) for story in board.stories),
        *((_turns(work, board.made_at)[0].at, work.id, work) for work in board.works),
    ]
    about.sort(key=lambda one: one[:2], reverse=True)
    return [one for _, _, one in about[:LENGTH]]


def changed_at(board: Board, entries: Sequence[Entry]) -> datetime:
    """When there was news last; the day's beginning where there never was any."""
    midnight = board.made_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return max((entry.updated_at for entry in entries), default=midnight)


def entries(view: View, about: Iterable[Story | Work]) -> Sequence[Entry]:
    """``about`` in the words of ``view``, in the same order."""
    return [_story(view, one) if isinstance(one, Story) else _work(view, one) for one in about]


def lines(entries: Iterable[Entry]) -> Sequence[tuple[Entry, Line]]:
    """Every line with its entry, newest first."""
    found = [(entry, line) for entry in entries for line in entry.lines]
    return sorted(found, key=lambda one: one[1].at, reverse=True)[:LENGTH]


def _story(view: View, story: Story) -> Entry:
    told = (
        Line(view.file(update.id), update.at, view.status(update), view.text(story, update))
        for update in story.updates
    )
    page = view.file(links.incident_page(story.id))
    return Entry(page, view.title(story), view.state(story), tuple(told))


def _work(view: View, work: Work) -> Entry:
    said = view.announced
    told = (
        Line(
            view.file(turn.id),
            turn.at,
            said.word(turn.stage),
            said.announcement(work) if turn.stage is Stage.SCHEDULED else said.line(turn.stage),
        )
        for turn in _turns(work, view.board.made_at)
    )
    page = view.file(links.work_page(work.id))
    return Entry(page, said.title(work), said.state(work), tuple(told))


@dataclass(frozen=True, slots=True)
class _Turn:
    id: str
    at: datetime
    stage: Stage


def _turns(work: Work, now: datetime) -> Sequence[_Turn]:
    """Of the stretch that began last, if one has, and of the whole; newest first."""
    begun = (*((work.current,) if work.current else ()), *work.past)
    window = begun[0] if begun else work.windows[0]
    found = turns(work, window, now)
    called_off = work.plan.cancelled_at
    if called_off is not None and work.stage is not Stage.CANCELLED:  # after it had begun
        found = [(at, s) for at, s in found if (at, s) != (called_off, Stage.COMPLETED)]
        found.insert(0, (called_off, Stage.CANCELLED))
    of_all = (Stage.SCHEDULED, Stage.CANCELLED)
    start = f"{window.starts_at:%Y%m%dT%H%MZ}"
    return [
        _Turn(f"{work.id}-{stage}" if stage in of_all else f"{work.id}-{start}-{stage}", at, stage)
        for at, stage in found
    ]
