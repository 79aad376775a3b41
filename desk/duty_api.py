"""Who is on call in the JSON API: read, entered and taken back by other programs; and as iCal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from desk.duty import as_json, stand_in_json
from desk.forms import ACTOR
from desk.view import View
from incidents.commands import IllegalCommandError

DAYS, MOST_DAYS = 14, 92
_FIELDS = ("rota", "engineer", "since", "until")
_EARLIEST, _LATEST = 2000, 2100


@dataclass(frozen=True, slots=True)
class DutyApi:
    view: View

    async def now(self, request: web.Request) -> web.Response:
        at = self.view.clock()
        if "at" in request.query:
            at = _moment("at", request.query["at"])
        days = request.query.get("days", str(DAYS))
        if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= MOST_DAYS):
            raise _refused(f"days: expected a number from 1 to {MOST_DAYS}")
        rosters = await self.view.oncall.rosters(at, days=int(days))
        return web.json_response(
            {"at": at.isoformat().replace("+00:00", "Z"), "rotas": list(map(as_json, rosters))}
        )

    async def calendar(self, request: web.Request) -> web.Response:
        lang = request.query.get("lang", self.view.languages[0])
        if lang not in self.view.languages:
            raise _refused(f"lang: expected one of {', '.join(self.view.languages)}")
        text = await self.view.oncall.calendar(request.match_info["rota"], lang)
        if text is None:
            raise _error(web.HTTPNotFound, "there is no such rota")
        return web.Response(text=text, content_type="text/calendar", charset="utf-8")

    async def stand_in(self, request: web.Request) -> web.Response:
        """POST of an override as JSON, and of nothing else: no other site's page can send that."""
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="Only JSON is read here.\n")
        body = await _body(request)
        try:
            one = await self.view.oncall.stand_in(
                body["rota"],
                body["engineer"],
                ACTOR,
                since=_moment("since", body["since"]),
                until=_moment("until", body["until"]),
            )
        except IllegalCommandError as error:
            raise _refused(str(error)) from error
        return web.json_response(stand_in_json(one), status=201)

    async def remove(self, request: web.Request) -> web.Response:
        try:
            await self.view.oncall.remove(int(request.match_info["number"]), ACTOR)
        except IllegalCommandError as error:
            raise _error(web.HTTPNotFound, str(error)) from error
        return web.Response(status=204)


async def _body(request: web.Request) -> Mapping[str, str]:
    try:
        body: Any = json.loads(await request.read())
    except ValueError as error:
        raise _refused("the body is no JSON") from error
    if not isinstance(body, dict) or set(body) != set(_FIELDS):
        raise _refused(f"expected a JSON object with {', '.join(_FIELDS)}")
    for name in _FIELDS:
        if not isinstance(body[name], str):
            raise _refused(f"{name}: expected text")
    return body


def _moment(name: str, text: str) -> datetime:
    problem = _refused(f"{name}: expected an instant such as 2026-11-25T09:00:00Z")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise problem from None
    if at.tzinfo is None or not _EARLIEST <= at.year < _LATEST:
        raise problem
    return at.astimezone(UTC)


def _refused(why: str) -> web.HTTPException:
    return _error(web.HTTPBadRequest, why)


def _error(kind: type[web.HTTPException], why: str) -> web.HTTPException:
    return kind(text=json.dumps({"error": why}), content_type="application/json")
