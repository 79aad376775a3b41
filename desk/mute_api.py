"""Mutes in the JSON API: read, asked for and lifted by other programs."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from desk.api_input import failed, instant, read_object, refused
from desk.forms import ACTOR
from desk.room import LONGEST_TEXT
from desk.silence import silence_json
from desk.view import View
from incidents.commands import IllegalCommandError

_FIELDS = ("incident", "component", "until", "why")


@dataclass(frozen=True, slots=True)
class MuteApi:
    view: View

    async def standing(self, _: web.Request) -> web.Response:
        found = await self.view.silences.standing()
        return web.json_response({"mutes": [silence_json(one) for one in found]})

    async def mute(self, request: web.Request) -> web.Response:
        """POST of an incident or a component, until when, and why."""
        body = await read_object(request)
        if unknown := sorted(body.keys() - set(_FIELDS)):
            raise refused(f"unknown field {unknown[0]!r}")
        given = {name: body.get(name) or "" for name in _FIELDS}
        for name, value in given.items():
            if not isinstance(value, str) or len(value) > LONGEST_TEXT:
                raise refused(f"{name}: expected text of at most {LONGEST_TEXT} characters")
        incident, component = given["incident"], given["component"]
        if bool(incident) == bool(component):
            raise refused("expected either incident or component")
        if incident and await self.view.find(incident) is None:
            raise refused(f"incident: there is no {incident!r}")
        if component and component not in {h.component.id for h in self.view.health()}:
            raise refused(f"component: there is no {component!r}")
        until = instant("until", given["until"])
        try:
            one = await self.view.silences.mute(
                ACTOR, incident=incident, component=component, until=until, why=given["why"]
            )
        except IllegalCommandError as error:
            raise refused(str(error)) from error
        return web.json_response(silence_json(one), status=201)

    async def lift(self, request: web.Request) -> web.Response:
        if not await self.view.silences.lift(int(request.match_info["number"]), ACTOR):
            raise failed(web.HTTPNotFound, "there is no such mute, or it is over")
        return web.Response(status=204)
