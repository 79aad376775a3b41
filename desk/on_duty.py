"""Who is on call now, as one line of the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.room import Room
from desk.speech import Speech


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One rota; ``who`` is empty where nobody is on call, ``until`` where no end is in sight."""

    rota: str
    who: str
    until: str


async def on_duty(room: Room, speech: Speech) -> Sequence[OnDuty]:
    """Every rota; the times are the portal's, as all others on the board."""
    now = room.house.clock()
    return [
        OnDuty(
            roster.called(speech.lang),
            roster.now.called(speech.lang) if roster.now else "",
            speech.say("oncall.until", when=speech.moment(roster.until, now))
            if roster.until
            else "",
        )
        for roster in await room.house.oncall.rosters(now, days=1)
    ]
