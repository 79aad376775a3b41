"""The screen of what is muted: what stands, and the form that mutes a whole service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from desk.forms import ACTOR, NotTakenError, check, fields
from desk.muting import mute, muted
from desk.room import LONGEST_TEXT, Room
from desk.screens import chip, done


@dataclass(frozen=True, slots=True)
class Mutes:
    room: Room

    async def show(self, request: web.Request) -> web.Response:
        return await self._page(request, form={})

    async def mute(self, request: web.Request) -> web.StreamResponse:
        """POST of the form that mutes a service."""
        form = await fields(request)
        try:
            check(form, self.room)
            component = form.get("component", "")
            if component not in {health.component.id for health in self.room.house.health()}:
                raise NotTakenError("problem.no_component")
            await mute(self.room, form, component=component)
        except NotTakenError as error:
            problem = self.room.speech(request).say(error.key, most=LONGEST_TEXT)
            return await self._page(request, form=form, status=error.status, problem=problem)
        raise web.HTTPSeeOther(f"{self.room.base}/mutes?done=muted")

    async def lift(self, request: web.Request) -> web.StreamResponse:
        """POST of the button beside a mute."""
        try:
            check(await fields(request), self.room)
        except NotTakenError as error:
            words = self.room.speech(request).say(error.key)
            raise web.HTTPForbidden(text=f"{words}\n") from error
        await self.room.house.silences.lift(int(request.match_info["number"]), ACTOR)
        raise web.HTTPSeeOther(f"{self.room.base}/?done=unmuted")

    async def _page(
        self,
        request: web.Request,
        *,
        form: Mapping[str, str],
        status: int = 200,
        problem: str = "",
    ) -> web.Response:
        speech, house = self.room.speech(request), self.room.house
        return self.room.page(
            request,
            "mutes.html.j2",
            status=status,
            problem=problem,
            done=done(request, speech),
            form=form,
            muted=await muted(self.room, speech),
            components=[chip(health, speech) for health in house.health()],
            zone=speech.zone_name(house.clock()),
        )
