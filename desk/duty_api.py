"""Who is on call in the JSON API: read, entered and taken back by other programs; and as iCal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from desk.api_input import failed, instant, read_object, refused
from desk.duty import as_json, stand_in_json
from desk.forms import ACTOR
from desk.view import View
from incidents.commands import IllegalCommandError

DAYS, MOST_DAYS = 14, 92
_FIELDS = ("rota", "engineer", "since", "until")


@dataclass(frozen=True, slots=True)
class DutyApi:
    view: View

    async def now(self, request: web.Request) -> web.Response:
        at = self.view.clock()
        if "at" in request.query:
            at = instant("at", request.query["at"])
        days = request.query.get("days", str(DAYS))
        if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= MOST_DAYS):
            raise refused(f"days: expected a number from 1 to {MOST_DAYS}")
        rosters = await self.view.oncall.rosters(at, days=int(days))
        return web.json_response(
            {"at": at.isoformat().replace("+00:00", "Z"), "rotas": list(map(as_json, rosters))}
        )

    async def calendar(self, request: web.Request) -> web.Response:
        lang = request.query.get("lang", self.view.languages[0])
        if lang not in self.view.languages:
            raise refused(f"lang: expected one of {', '.join(self.view.languages)}")
        text = await self.view.oncall.calendar(request.match_info["rota"], lang)
        if text is None:
            raise failed(web.HTTPNotFound, "there is no such rota")
        return web.Response(text=text, content_type="text/calendar", charset="utf-8")

    async def stand_in(self, request: web.Request) -> web.Response:
        """POST of an override."""
        body = await _body(request)
        try:
            one = await self.view.oncall.stand_in(
                body["rota"],
                body["engineer"],
                ACTOR,
                since=instant("since", body["since"]),
                until=instant("until", body["until"]),
            )
        except IllegalCommandError as error:
            raise refused(str(error)) from error
        return web.json_response(stand_in_json(one), status=201)

    async def remove(self, request: web.Request) -> web.Response:
        try:
            await self.view.oncall.remove(int(request.match_info["number"]), ACTOR)
        except IllegalCommandError as error:
            raise failed(web.HTTPNotFound, str(error)) from error
        return web.Response(status=204)


async def _body(request: web.Request) -> Mapping[str, str]:
    body = await read_object(request)
    if set(body) != set(_FIELDS):
        raise refused(f"expected a JSON object with {', '.join(_FIELDS)}")
    for name in _FIELDS:
        if not isinstance(body[name], str):
            raise refused(f"{name}: expected text")
    return body
