"""The screens an operator looks at: home with the lookup box, an incident, the opening form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from desk.cards import Advice, Card, advice, parts
from desk.room import Room
from desk.speech import Speech
from desk.timeline import Teller
from incidents.component import in_language
from incidents.events import Status
from incidents.health import ComponentStatus, Health
from incidents.incident import Incident

MOST_QUERY = 500
_CLOSED = 8
_HITS = 4
_ADVICE = 2
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
    "announced",
    "cancelled",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """``kind`` is waiting, known, maybe or nothing; ``first`` goes with known only."""

    kind: str
    first: Card | None = None
    others: Sequence[Card] = ()
    articles: Sequence[Advice] = ()


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
        query = _query(request)
        return self.room.page(
            request,
            "home.html.j2",
            q=query,
            answer=await self._answer(query, self.room.speech(request)),
            **await self._board(request),
        )

    async def answer(self, request: web.Request) -> web.Response:
        answer = await self._answer(_query(request), self.room.speech(request))
        return self.room.fragment(request, "answer.html.j2", answer=answer)

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
        reason = incident.reason
        return self.room.page(
            request,
            "incident.html.j2",
            status=status,
            problem=problem,
            done=done(request, speech),
            card=self.room.card(incident, speech),
            parts=parts(incident, house.texts, speech, house.clock(), names),
            well=self._well(incident, speech),
            others=self._others(incident, speech),
            zone=speech.zone_name(house.clock()),
            here=f"{self.room.base}/incidents/{request.match_info['id']}",
            lines=teller.lines(await house.timeline(incident.id)),
            engineering=house.texts.engineer(reason, speech.lang) if reason else "",
            statuses=[s.value for s in MOVES if s is not incident.status],
            form={"update": {}, "resolve": {}, "publish-later": {}, **(form or {})},
        )

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

    async def _answer(self, query: str, speech: Speech) -> Answer:
        if not query.strip():
            return Answer("waiting")
        house = self.room.house
        found = house.find_text(query, _HITS, speech.lang)
        known = [i for hit in found.incidents if (i := await house.find(hit.id)) is not None]
        articles = [
            advice(article, speech.lang)
            for hit in found.articles[:_ADVICE]
            if (article := house.texts.articles.get(hit.id)) is not None
        ]
        cards = [self.room.card(incident, speech) for incident in known]
        if found.confident and cards and cards[0].is_open:
            own = cards[0].advice
            rest = [a for a in articles if own is None or a.id != own.id]
            return Answer("known", cards[0], cards[1:], rest)
        kind = "maybe" if any(card.is_open for card in cards) else "nothing"
        return Answer(kind, others=cards, articles=articles)

    async def _board(self, request: web.Request) -> dict[str, Any]:
        speech, house = self.room.speech(request), self.room.house
        return {
            "open": [self.room.card(i, speech) for i in house.open_incidents()],
            "closed": [self.room.card(i, speech) for i in await house.closed(_CLOSED)],
            "components": [chip(health, speech) for health in house.health()],
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
