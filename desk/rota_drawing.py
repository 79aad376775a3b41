"""Two weeks of a rota as bars to look at. Pure.

A day is as wide as any other, whatever the clocks do: places follow the clock on the wall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from desk.duty import Person, Roster, Turn
from desk.speech import Speech

DAYS = 7
WIDTH = 700
"""Of a week, in the units of the drawing."""

COLOURS = 6
_WIDE_ENOUGH = 34.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """How one engineer is drawn: a colour's number, and initials that nobody else has."""

    colour: int
    initials: str
    name: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One turn within one week. ``mark`` None: nobody is on call. ``words`` say when."""

    left: float
    width: float
    mark: Mark | None
    words: str

    @property
    def label(self) -> str:
        """What is written on it, where it is wide enough."""
        return (self.mark.initials if self.mark else "!") if self.width >= _WIDE_ENOUGH else ""


@dataclass(frozen=True, slots=True)
class Week:
    """``days`` are their headings; ``now`` is where the present is drawn, or None."""

    days: Sequence[str]
    bars: Sequence[Bar]
    now: float | None


def marks(people: Iterable[Person], lang: str) -> Mapping[str, Mark]:
    """A mark for each engineer by id, in their order."""
    found: dict[str, Mark] = {}
    taken: set[str] = set()
    for number, person in enumerate(people):
        name = person.called(lang)
        initials = "".join(word[0] for word in name.split()[:2]).upper()
        while initials in taken:
            initials = f"{initials[:2]}{number + 1}" if initials[-1].isalpha() else f"{initials}'"
        taken.add(initials)
        found[person.id] = Mark(number % COLOURS, initials, name)
    return found


def weeks(
    roster: Roster, known: Mapping[str, Mark], *, now: datetime, speech: Speech
) -> Sequence[Week]:
    """The roster's weeks, from the midnight on that its first day begins with."""
    if not roster.turns:
        return ()
    day = datetime.combine(_wall(roster, roster.turns[0].since).date(), time())
    found = []
    while day < _wall(roster, roster.turns[-1].until):
        found.append(_week(roster, known, day, now, speech))
        day += DAYS * _DAY
    return found


def _week(
    roster: Roster, known: Mapping[str, Mark], begins: datetime, now: datetime, speech: Speech
) -> Week:
    ends = begins + DAYS * _DAY
    at = _wall(roster, now)
    return Week(
        [speech.day(begins + n * _DAY) for n in range(DAYS)],
        [
            _bar(roster, turn, known, (begins, ends), speech.period(turn.since, turn.until, now))
            for turn in roster.turns
            if _wall(roster, turn.since) < ends and _wall(roster, turn.until) > begins
        ],
        _place(at, begins) if begins <= at < ends else None,
    )


def _bar(
    roster: Roster,
    turn: Turn,
    known: Mapping[str, Mark],
    week: tuple[datetime, datetime],
    period: str,
) -> Bar:
    begins, ends = week
    left = _place(max(_wall(roster, turn.since), begins), begins)
    right = _place(min(_wall(roster, turn.until), ends), begins)
    mark = known[turn.engineer.id] if turn.engineer else None
    return Bar(round(left, 1), round(right - left, 1), mark, period)


def _place(at: datetime, begins: datetime) -> float:
    return (at - begins) / (DAYS * _DAY) * WIDTH


def _wall(roster: Roster, at: datetime) -> datetime:
    return at.astimezone(roster.zone).replace(tzinfo=None)
