"""What an operator does: each form becomes one command, and what isn't taken isn't lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from desk.forms import ACTOR, NotTakenError, ahead, check, fields, text_of
from desk.muting import mute
from desk.room import LONGEST_TEXT, Room
from desk.screens import MOVES, Screens
from incidents.commands import IllegalCommandError
from incidents.events import Status
from incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Actions:
    room: Room
    screens: Screens

    async def do(self, request: web.Request) -> web.StreamResponse:
        """POST of any form on an incident's page."""
        action, id_ = request.match_info["action"], request.match_info["id"]
        form = await fields(request)
        incident = await self.room.house.find(id_)
        if incident is None:
            return self.room.page(request, "missing.html.j2", status=404)
        try:
            done = await self._do(action, incident, form)
        except (NotTakenError, IllegalCommandError) as error:
            return await self._not_taken(request, error, {action: form})
        raise web.HTTPSeeOther(f"{request.rel_url.parent}?done={done}")

    async def open(self, request: web.Request) -> web.StreamResponse:
        """POST of the form that opens an incident."""
        form = await fields(request)
        try:
            id_ = await self._open(form)
        except (NotTakenError, IllegalCommandError) as error:
            status, problem = self._problem(request, error)
            return self.screens.open_page(request, form=form, status=status, problem=problem)
        at = request.rel_url.parent / "incidents" / id_
        raise web.HTTPSeeOther(str(at.with_query(done="opened")))

    async def _do(self, action: str, incident: Incident, form: Mapping[str, str]) -> str:
        check(form, self.room)
        house, id_ = self.room.house, incident.id
        match action:
            case "acknowledge":
                await house.acknowledge(id_, ACTOR)
                return "acknowledged"
            case "publish":
                await house.publish(id_, ACTOR)
                return "published"
            case "publish-later":
                await house.publish(id_, ACTOR, at=ahead(form, "at", self.room))
                return "publish_later"
            case "update":
                status, text = _status(form), text_of(form, "text", self.room)
                next_at = ahead(form, "next", self.room) if form.get("next") else None
                if status is None and not text and next_at is None:
                    raise NotTakenError("problem.empty")
                await house.update(id_, ACTOR, status=status, text=text, next_at=next_at)
                return "updated"
            case "resolve":
                await house.resolve(id_, ACTOR, text=text_of(form, "text", self.room))
                return "resolved"
            case _:
                return await self._rearrange(action, incident, form)

    async def _rearrange(self, action: str, incident: Incident, form: Mapping[str, str]) -> str:
        """What concerns other incidents, or who may change this one."""
        house, id_ = self.room.house, incident.id
        match action:
            case "reopen":
                try:
                    await house.reopen(id_, ACTOR)
                except IllegalCommandError as error:
                    raise NotTakenError("problem.reopen", 409) from error
                return "reopened"
            case "merge":
                into = form.get("into", "")
                if into not in {one.id for one in house.open_incidents()} - {id_}:
                    raise NotTakenError("problem.no_incident")
                await house.merge(id_, into, ACTOR)
                return "merged"
            case "split":
                component = form.get("component", "")
                if not incident.ails(component) or component == incident.component:
                    raise NotTakenError("problem.no_component")
                await house.split(id_, component, ACTOR)
                return "split"
            case "mute":
                await mute(self.room, form, incident=id_)
                return "muted"
            case "lock" | "unlock":
                await house.lock(id_, ACTOR, locked=action == "lock")
                return f"{action}ed"
            case _:
                raise web.HTTPNotFound

    async def _open(self, form: Mapping[str, str]) -> str:
        check(form, self.room)
        component, title = form.get("component", ""), text_of(form, "title", self.room)
        if component not in {h.component.id for h in self.room.house.health()}:
            raise NotTakenError("problem.no_component")
        if not title:
            raise NotTakenError("problem.no_title")
        return await self.room.house.open(
            component,
            title,
            ACTOR,
            public_text=text_of(form, "public_text", self.room),
            operator_note=text_of(form, "operator_note", self.room),
        )

    async def _not_taken(
        self,
        request: web.Request,
        error: NotTakenError | IllegalCommandError,
        form: Mapping[str, Mapping[str, str]],
    ) -> web.Response:
        now = await self.room.house.find(request.match_info["id"])
        status, problem = self._problem(request, error, now)
        return await self.screens.incident_page(request, status=status, problem=problem, form=form)

    def _problem(
        self,
        request: web.Request,
        error: NotTakenError | IllegalCommandError,
        incident: Incident | None = None,
    ) -> tuple[int, str]:
        speech = self.room.speech(request)
        if isinstance(error, NotTakenError):
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
        raise NotTakenError("problem.illegal")
    return Status(chosen)
