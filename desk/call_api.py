"""Calls in the JSON API: noted by other programs of the hotline, found again, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from desk.api_input import failed, read_object, refused
from desk.calls.call import LONGEST_TEXT, Draft, to_json
from desk.calls.figures import as_json
from desk.days import MOST_DAYS, day, period
from desk.forms import ACTOR
from desk.view import View
from incidents.commands import IllegalCommandError
from incidents.events import Medium

_TEXTS = ("text", "channel", "incident", "article", "component", "region", "repeat_of")
_SWITCHES = ("promised", "escalated")


@dataclass(frozen=True, slots=True)
class CallApi:
    view: View

    async def note(self, request: web.Request) -> web.Response:
        """POST of a call."""
        draft = _draft(await _body(request))
        try:
            call = await self.view.calls.note(draft, operator=ACTOR)
        except IllegalCommandError as error:
            raise refused(str(error)) from error
        return web.json_response(to_json(call), status=201)

    async def call(self, request: web.Request) -> web.Response:
        found = await self.view.calls.find(request.match_info["number"])
        if found is None:
            raise failed(web.HTTPNotFound, "there is no such call")
        return web.json_response(to_json(found))

    async def promised(self, _: web.Request) -> web.Response:
        found = await self.view.calls.promised()
        return web.json_response({"calls": [to_json(call) for call in found]})

    async def figures(self, request: web.Request) -> web.Response:
        zone = self.view.timezone
        today = self.view.clock().astimezone(zone).date()
        first, last = (_day(request, name, today) for name in ("from", "to"))
        if not first <= last <= first + timedelta(days=MOST_DAYS):
            raise refused(f"to: expected a day from {first} on, within {MOST_DAYS} days")
        found = await self.view.calls.figures(*period(first, last, zone))
        symptoms = {hour.symptom for hour in found.by_hour}
        names = self.view.calls.names(symptoms, self.view.languages[0])
        return web.json_response(as_json(found, names))


async def _body(request: web.Request) -> Mapping[str, Any]:
    body = await read_object(request)
    if unknown := sorted(body.keys() - {*_TEXTS, *_SWITCHES}):
        raise refused(f"unknown field {unknown[0]!r}")
    return body


def _draft(body: Mapping[str, Any]) -> Draft:
    for name in _TEXTS:
        if not isinstance(body.get(name), str | None):
            raise refused(f"{name}: expected text")
    for name in _SWITCHES:
        if not isinstance(body.get(name, False), bool):
            raise refused(f"{name}: expected true or false")
    text, channel = body.get("text") or "", body.get("channel") or Medium.PHONE.value
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise refused(f"text: expected 1 to {LONGEST_TEXT} characters")
    if channel not in set(Medium):
        raise refused(f"channel: expected one of {', '.join(Medium)}")
    return Draft(
        text,
        Medium(channel),
        body.get("incident") or None,
        body.get("article") or None,
        body.get("component") or None,
        body.get("region") or None,
        promised=body.get("promised", False),
        escalated=body.get("escalated", False),
        repeat_of=body.get("repeat_of") or None,
    )


def _day(request: web.Request, name: str, default: date) -> date:
    try:
        return day(request.query[name]) if name in request.query else default
    except ValueError as error:
        raise refused(f"{name}: expected a day such as 2026-11-25") from error
