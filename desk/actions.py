"""What an operator does: each form becomes one command, and what isn't taken isn't lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from desk.room import LONGEST_TEXT, SEAL_FIELD, Room
from desk.screens import MOVES, Screens
from incidents.commands import IllegalCommandError
from incidents.component import Text
from incidents.events import Status
from incidents.incident import Incident

_MOST_FIELDS = 50
ACTOR = "local"
"""Who acts while the desk has no users and is open to this machine only."""


@dataclass(frozen=True, slots=True)
class _NotTakenError(Exception):
    """Why a form wasn't taken, as a key of the words, and the answer's status."""

    key: str
    status: int = 400


@dataclass(frozen=True, slots=True)
class Actions:
    room: Room
    screens: Screens

    async def do(self, request: web.Request) -> web.StreamResponse:
        """POST of any form on an incident's page."""
        action, id_ = request.match_info["action"], request.match_info["id"]
        form = await _fields(request)
        incident = await self.room.house.find(id_)
        if incident is None:
            return self.room.page(request, "missing.html.j2", status=404)
        try:
            done = await self._do(action, incident, form)
        except (_NotTakenError, IllegalCommandError) as error:
            return await self._not_taken(request, error, {action: form})
        raise web.HTTPSeeOther(f"{request.rel_url.parent}?done={done}")

    async def open(self, request: web.Request) -> web.StreamResponse:
        """POST of the form that opens an incident."""
        form = await _fields(request)
        try:
            id_ = await self._open(form)
        except (_NotTakenError, IllegalCommandError) as error:
            status, problem = self._problem(request, error)
            return self.screens.open_page(request, form=form, status=status, problem=problem)
        at = request.rel_url.parent / "incidents" / id_
        raise web.HTTPSeeOther(str(at.with_query(done="opened")))

    async def _do(self, action: str, incident: Incident, form: Mapping[str, str]) -> str:
        self._check(form)
        house, id_ = self.room.house, incident.id
        match action:
            case "acknowledge":
                await house.acknowledge(id_, ACTOR)
                return "acknowledged"
            case "publish":
                await house.publish(id_, ACTOR)
                return "published"
            case "update":
                status, text = _status(form), self._text(form, "text")
                if status is None and not text:
                    raise _NotTakenError("problem.empty")
                await house.update(id_, ACTOR, status=status, text=text)
                return "updated"
            case "resolve":
                await house.resolve(id_, ACTOR, text=self._text(form, "text"))
                return "resolved"
            case _:
                raise web.HTTPNotFound

    async def _open(self, form: Mapping[str, str]) -> str:
        self._check(form)
        component, title = form.get("component", ""), self._text(form, "title")
        if component not in {h.component.id for h in self.room.house.health()}:
            raise _NotTakenError("problem.no_component")
        if not title:
            raise _NotTakenError("problem.no_title")
        return await self.room.house.open(
            component,
            title,
            ACTOR,
            public_text=self._text(form, "public_text"),
            operator_note=self._text(form, "operator_note"),
        )

    def _check(self, form: Mapping[str, str]) -> None:
        if not self.room.seal.fits(form.get(SEAL_FIELD)):
            raise _NotTakenError("problem.stale", 403)
        if any(len(value) > LONGEST_TEXT for value in form.values()):
            raise _NotTakenError("problem.too_long")

    def _text(self, form: Mapping[str, str], name: str) -> Text:
        """What was typed, by language, without what is personal."""
        typed = {lang: form.get(f"{name}_{lang}", "").strip() for lang in self.room.speeches}
        return {lang: words for lang, words in typed.items() if words}

    async def _not_taken(
        self,
        request: web.Request,
        error: _NotTakenError | IllegalCommandError,
        form: Mapping[str, Mapping[str, str]],
    ) -> web.Response:
        now = await self.room.house.find(request.match_info["id"])
        status, problem = self._problem(request, error, now)
        return await self.screens.incident_page(request, status=status, problem=problem, form=form)

    def _problem(
        self,
        request: web.Request,
        error: _NotTakenError | IllegalCommandError,
        incident: Incident | None = None,
    ) -> tuple[int, str]:
        speech = self.room.speech(request)
        if isinstance(error, _NotTakenError):
            return error.status, speech.say(error.key, most=LONGEST_TEXT)
        if incident is None:
            return 409, speech.say("problem.illegal")
        status = speech.say(f"status.{incident.status}")
        return 409, speech.say("problem.changed", status=status)


def _status(form: Mapping[str, str]) -> Status | None:
    chosen = form.get("status", "")
    if not chosen:
        return None
    if chosen not in MOVES:
        raise _NotTakenError("problem.illegal")
    return Status(chosen)


async def _fields(request: web.Request) -> dict[str, str]:
    """The form's fields, as our own pages send them: URL-encoded UTF-8, and nothing else."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="Only URL-encoded forms are read here.\n")
    try:
        text = (await request.read()).decode()
    except (ValueError, aiohttp.ClientError) as error:
        raise web.HTTPBadRequest(text="The form is not UTF-8 text.\n") from error
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
