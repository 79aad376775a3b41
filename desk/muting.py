"""Mutes at the desk: shown while they stand, asked for on an incident's page, and lifted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from desk.forms import ACTOR, NotTakenError, ahead, check, fields
from desk.room import Room
from desk.speech import Speech
from incidents.component import in_language


@dataclass(frozen=True, slots=True)
class Muted:
    """A mute as the board shows it; ``link`` is the incident's number, or nothing."""

    id: int
    what: str
    link: str
    until: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Lifting:
    room: Room

    async def lift(self, request: web.Request) -> web.StreamResponse:
        """POST of the button beside a mute."""
        try:
            check(await fields(request), self.room)
        except NotTakenError as error:
            words = self.room.speech(request).say(error.key)
            raise web.HTTPForbidden(text=f"{words}\n") from error
        await self.room.house.silences.lift(int(request.match_info["number"]), ACTOR)
        raise web.HTTPSeeOther(f"{self.room.base}/?done=unmuted")


async def muted(room: Room, speech: Speech) -> list[Muted]:
    """All that stand, in words."""
    names = {
        h.component.id: in_language(h.component.name, speech.lang) for h in room.house.health()
    }
    return [
        Muted(
            one.id,
            names.get(one.what) or one.what,
            "" if one.what in names else one.what,
            speech.moment(one.until, room.house.clock()),
            one.by,
            one.why,
        )
        for one in await room.house.silences.standing()
    ]


async def mute(room: Room, incident: str, form: Mapping[str, str]) -> None:
    """The form on an incident's page. Raises NotTakenError."""
    until, why = ahead(form, "until", room), form.get("why", "").strip()
    if not why:
        raise NotTakenError("problem.no_why")
    await room.house.silences.mute(incident, ACTOR, until=until, why=why)
