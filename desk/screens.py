"""The screens an operator looks at: home with the lookup box, an incident, the opening form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aiohttp import web

from desk.answers import Noted
from desk.cards import parts
from desk.muting import muted
from desk.on_duty import on_duty
from desk.room import Room
from desk.speech import Speech
from desk.timeline import Teller
from incidents.component import in_language
from incidents.events import Status
from incidents.health import ComponentStatus, Health
from incidents.incident import Incident

MOST_QUERY = 500
_CLOSED = 8
_TONES = {
    ComponentStatus.OPERATIONAL: "ok",
    ComponentStatus.DEGRADED: "slow",
    ComponentStatus.PARTIAL: "part",
    ComponentStatus.MAJOR: "down",
    ComponentStatus.MAINTENANCE: "work",
    ComponentStatus.UNKNOWN: "none",
}
MOVES = (Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING)
_DONE = (
    "acknowledged",
    "published",
    "publish_later",
    "updated",
    "resolved",
    "opened",
    "reopened",
    "merged",
    "split",
    "locked",
    "unlocked",
    "muted",
    "unmuted",
    "announced",
    "cancelled",
    "stands_in",
    "stands_no_more",
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One component in the strip."""

    id: str
    name: str
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Screens:
    room: Room

    async def home(self, request: web.Request) -> web.Response:
        return await self.home_page(request, _query(request), request.query.get("pick", ""))

    async def home_page(
        self,
        request: web.Request,
        query: str,
        chosen: str,
        *,
        status: int = 200,
        problem: str = "",
    ) -> web.Response:
        """The lookup box with its answer, and the board beside it."""
        speech = self.room.speech(request)
        return self.room.page(
            request,
            "home.html.j2",
            status=status,
            problem=problem,
            q=query,
            answer=await self.room.answers.find(query, speech, chosen=chosen),
            noted=await self._noted(request),
            **await self._board(request),
        )

    async def answer(self, request: web.Request) -> web.Response:
        query, speech = _query(request), self.room.speech(request)
        answer = await self.room.answers.find(query, speech, chosen=request.query.get("pick", ""))
        return self.room.fragment(request, "answer.html.j2", q=query, answer=answer)

    async def board(self, request: web.Request) -> web.Response:
        return self.room.fragment(request, "board.html.j2", **await self._board(request))

    async def incident(self, request: web.Request) -> web.Response:
        return await self.incident_page(request)

    async def incident_page(
        self,
        request: web.Request,
        *,
        status: int = 200,
        problem: str = "",
        form: Mapping[str, Mapping[str, str]] | None = None,
    ) -> web.Response:
        """One incident; with what was typed into a form that wasn't taken."""
        speech, house = self.room.speech(request), self.room.house
        incident = await house.find(request.match_info["id"])
        if incident is None:
            return self.room.page(request, "missing.html.j2", status=404)
        names = {health.component.id: health.component.name for health in house.health()}
        teller = Teller(house.texts, speech, house.clock(), names)
        return self.room.page(
            request,
            "incident.html.j2",
            status=status,
            problem=problem,
            done=done(request, speech),
            card=await self.room.answers.card(incident, speech),
            contacts=self.room.answers.contacts(speech),
            q="",
            noted=await self._noted(request),
            parts=parts(incident, house.texts, speech, house.clock(), names),
            well=self._well(incident, speech),
            others=self._others(incident, speech),
            zone=speech.zone_name(house.clock()),
            here=f"{self.room.base}/incidents/{request.match_info['id']}",
            lines=teller.lines(await house.timeline(incident.id)),
            statuses=[s.value for s in MOVES if s is not incident.status],
            form={"update": {}, "resolve": {}, "publish-later": {}, "mute": {}, **(form or {})},
        )

    async def told(self, request: web.Request) -> web.Response:
        """Who was told of one incident by which route, and why others were not."""
        speech, house = self.room.speech(request), self.room.house
        incident = await house.find(request.match_info["id"])
        if incident is None:
            return self.room.page(request, "missing.html.j2", status=404)
        verdicts = await house.told(incident.id, speech.lang)
        now = house.clock()
        entries = []
        for seq, found in groupby(verdicts, lambda one: one.seq):
            ones = list(found)
            moment = speech.moment(ones[0].at, now)
            entries.append((seq, moment, ones[0].at.isoformat(), ones[0].event, ones))
        return self.room.page(request, "told.html.j2", id=incident.id, entries=entries)

    def _well(self, incident: Incident, speech: Speech) -> str:
        """What a person who keeps the status by hand may want to know."""
        house = self.room.house
        since = house.well_since(incident.component) if incident.locked else None
        if since is None or not incident.is_open:
            return ""
        return speech.say("card.locked_well", since=speech.moment(since, house.clock()))

    def _others(self, incident: Incident, speech: Speech) -> Sequence[tuple[str, str]]:
        """Open incidents that this one may turn out to be a part of: number and title."""
        house = self.room.house
        return [
            (one.id, house.texts.title(one, speech.lang))
            for one in house.open_incidents()
            if one.id != incident.id
        ]

    async def open_form(self, request: web.Request) -> web.Response:
        return self.open_page(request, form={"component": request.query.get("component", "")})

    def open_page(
        self,
        request: web.Request,
        *,
        form: Mapping[str, str],
        status: int = 200,
        problem: str = "",
    ) -> web.Response:
        """The form that opens an incident; with what was typed when it wasn't taken."""
        speech = self.room.speech(request)
        chips = [chip(health, speech) for health in self.room.house.health()]
        return self.room.page(
            request, "open.html.j2", status=status, problem=problem, form=form, components=chips
        )

    async def asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.room.assets:
            raise web.HTTPNotFound
        kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
        return web.Response(
            body=self.room.assets[name],
            headers={
                "Content-Type": f"{kinds[name.rpartition('.')[2]]}; charset=utf-8",
                "Cache-Control": "public, max-age=31536000, immutable",
            },
        )

    async def _noted(self, request: web.Request) -> Noted | None:
        """The call that has just been noted here."""
        call = await self.room.house.calls.find(request.query.get("noted", ""))
        return await self.room.answers.noted(call, self.room.speech(request)) if call else None

    async def _board(self, request: web.Request) -> dict[str, Any]:
        speech, house = self.room.speech(request), self.room.house
        return {
            "open": await self.room.answers.rows(house.open_incidents(), speech),
            "closed": await self.room.answers.rows(await house.closed(_CLOSED), speech),
            "components": [chip(health, speech) for health in house.health()],
            "muted": await muted(self.room, speech),
            "unreached": await house.unreached(),
            "on_duty": await on_duty(self.room, speech),
        }


def _query(request: web.Request) -> str:
    return request.query.get("q", "")[:MOST_QUERY]


def done(request: web.Request, speech: Speech) -> str:
    """What the form that led here has done, in words."""
    key = request.query.get("done", "")
    return speech.say(f"done.{key}") if key in _DONE else ""


def chip(health: Health, speech: Speech) -> Chip:
    """A component as the strip shows it."""
    component = health.component
    blind = health.status is ComponentStatus.UNKNOWN and not component.is_measured
    return Chip(
        component.id,
        in_language(component.name, speech.lang) or component.id,
        _TONES[health.status],
        speech.say("health.unmeasured" if blind else f"health.{health.status}"),
    )
