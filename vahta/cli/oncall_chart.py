"""The days of a rota drawn in letters: a line a day, a sign for each half hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import cycle
from string import ascii_uppercase

from desk.duty import Roster
from notify.oncall.wall import instant, wall

NOBODY = "!"
_BEFORE = " "
_CELLS = 48
_HALF_HOUR = timedelta(minutes=30)
_DAY = timedelta(days=1)
_RULE = "".join(f"{hour:<6}" for hour in ("00", "03", "06", "09", "12", "15", "18", "21"))


def chart(roster: Roster, lang: str) -> Iterator[str]:
    """Every day that the roster's turns touch, by its own clock, then what the letters mean."""
    if not roster.turns:
        return
    people = {turn.engineer.id: turn.engineer for turn in roster.turns if turn.engineer}
    signs = dict(zip(people, cycle(ascii_uppercase), strict=False))
    day = datetime.combine(wall(roster.turns[0].since, roster.zone).date(), time())
    yield f"{'':10}  {_RULE}".rstrip()
    while instant(day, roster.zone) < roster.turns[-1].until:
        cells = "".join(
            _sign(roster, instant(day + n * _HALF_HOUR, roster.zone), signs) for n in range(_CELLS)
        )
        yield f"{day:%a %d.%m}   {cells}"
        day += _DAY
    yield ""
    for id_, person in people.items():
        yield f"{signs[id_]}  {person.called(lang)}"
    if any(turn.engineer is None for turn in roster.turns):
        yield f"{NOBODY}  nobody"


def _sign(roster: Roster, at: datetime, signs: dict[str, str]) -> str:
    """Who is on call at ``at``; a blank outside of what is known."""
    for turn in roster.turns:
        if turn.since <= at < turn.until:
            return signs[turn.engineer.id] if turn.engineer else NOBODY
    return _BEFORE
