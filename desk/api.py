"""The desk's JSON API; desk.openapi says exactly what it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from desk.api_input import failed, refused
from desk.call_api import CallApi
from desk.duty_api import DutyApi
from desk.mute_api import MuteApi
from desk.openapi import CLOSED, HITS, MOST_CLOSED, MOST_HITS, MOST_TEXT, openapi
from desk.view import View
from incidents.course import course_json
from incidents.incident import Incident
from incidents.maintenance import Maintenance
from incidents.transfer import to_json

_AHEAD = timedelta(days=400)
_NUMBER = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Api:
    view: View

    async def incidents(self, request: web.Request) -> web.Response:
        limit = _number(request, "limit", CLOSED, least=0, most=MOST_CLOSED)
        closed = await self.view.closed(limit) if limit else ()
        known = [*self.view.open_incidents(), *closed]
        return web.json_response({"incidents": [self._incident(i) for i in known]})

    async def incident(self, request: web.Request) -> web.Response:
        found = await self.view.find(request.match_info["id"])
        if found is None:
            raise failed(web.HTTPNotFound, "there is no such incident")
        return web.json_response(self._incident(found))

    async def lookup(self, request: web.Request) -> web.Response:
        text = request.query.get("q", "")
        if not text.strip() or len(text) > MOST_TEXT:
            raise refused(f"q: expected 1 to {MOST_TEXT} characters")
        limit = _number(request, "limit", HITS, least=1, most=MOST_HITS)
        lang = request.query.get("lang", self.view.languages[0])
        if lang not in self.view.languages:
            raise refused(f"lang: expected one of {', '.join(self.view.languages)}")
        found = await self.view.find_text(text, limit, lang)
        return web.json_response(found.as_json())

    def _incident(self, incident: Incident) -> dict[str, Any]:
        """Texts that nobody wrote are those that everybody is shown."""
        texts, languages = self.view.texts, self.view.languages
        shown: Mapping[str, Any] = {
            "title": {lang: texts.title(incident, lang) for lang in languages},
            "public_text": {lang: texts.public_text(incident, lang) for lang in languages},
            "operator_note": {lang: texts.operator_note(incident, lang) for lang in languages},
        }
        return {**to_json(incident, lang=languages[0]), **shown, **course_json(incident)}

    async def maintenance(self, _: web.Request) -> web.Response:
        now = self.view.clock()
        works = [_work(work, now) for work in self.view.maintenance()]
        return web.json_response({"maintenance": works})


def _work(work: Maintenance, now: datetime) -> dict[str, Any]:
    """One announced work, with the stretch that is under way or comes next."""
    current = work.window_at(now)
    shown = current or work.next_window(now, within=_AHEAD)
    status = "in_progress" if current else "scheduled" if shown else "completed"
    return {
        "id": work.id,
        "status": status,
        "components": list(work.components),
        "title": dict(work.title),
        "text": dict(work.text),
        "starts_at": _stamp(shown.starts_at if shown else work.starts_at),
        "ends_at": _stamp(shown.ends_at if shown else work.ends_at),
        "repeats": work.repeats or None,
        "timezone": work.timezone,
        "cancelled_at": _stamp(work.cancelled_at),
    }


def _stamp(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def add_routes(app: web.Application, view: View) -> None:
    api = Api(view)
    app.router.add_get("/incidents", api.incidents)
    app.router.add_get("/incidents/{id}", api.incident)
    app.router.add_get("/maintenance", api.maintenance)
    app.router.add_get("/lookup", api.lookup)
    calls = CallApi(view)
    app.router.add_get("/calls", calls.promised)
    app.router.add_post("/calls", calls.note)
    app.router.add_get("/calls/{number}", calls.call)
    app.router.add_get("/figures", calls.figures)
    duty = DutyApi(view)
    app.router.add_get("/oncall", duty.now)
    app.router.add_get("/oncall/{rota}.ics", duty.calendar)
    app.router.add_post("/oncall/overrides", duty.stand_in)
    app.router.add_delete("/oncall/overrides/{number:[0-9]{1,9}}", duty.remove)
    mutes = MuteApi(view)
    app.router.add_get("/mutes", mutes.standing)
    app.router.add_post("/mutes", mutes.mute)
    app.router.add_delete("/mutes/{number:[0-9]{1,9}}", mutes.lift)


async def serve_openapi(_: web.Request) -> web.Response:
    """For ``/api/openapi.json``: holds nothing but the shape of the API."""
    return web.json_response(openapi())


def _number(request: web.Request, name: str, default: int, *, least: int, most: int) -> int:
    given = request.query.get(name, str(default))
    number = int(given) if _NUMBER.fullmatch(given) else -1
    if not least <= number <= most:
        raise refused(f"{name}: expected a number from {least} to {most}")
    return number
