"""Mutes at the desk: those that stand, in words, and what every form that mutes asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desk.forms import ACTOR, NotTakenError, ahead
from desk.room import Room
from desk.speech import Speech
from incidents.commands import IllegalCommandError
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


async def muted(room: Room, speech: Speech) -> list[Muted]:
    """All that stand, in words."""
    names = {
        h.component.id: in_language(h.component.name, speech.lang) for h in room.house.health()
    }
    return [
        Muted(
            one.id,
            one.incident or names.get(one.component) or one.component,
            one.incident,
            speech.moment(one.until, room.house.clock()),
            one.by,
            one.why,
        )
        for one in await room.house.silences.standing()
    ]


async def mute(
    room: Room, form: Mapping[str, str], *, incident: str = "", component: str = ""
) -> None:
    """A form that says until when, and why. Raises NotTakenError."""
    until, why = ahead(form, "until", room), form.get("why", "").strip()
    if not why:
        raise NotTakenError("problem.no_why")
    try:
        await room.house.silences.mute(
            ACTOR, incident=incident, component=component, until=until, why=why
        )
    except IllegalCommandError as error:
        raise NotTakenError("problem.mute_too_long") from error
