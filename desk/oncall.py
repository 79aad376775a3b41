"""The screen of who is on call: now, next, two weeks drawn, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from desk.duty import Person, Roster, StandIn, Turn
from desk.forms import ACTOR, NotTakenError, check, fields, moment_of
from desk.room import LONGEST_TEXT, Room
from desk.rota_drawing import DAYS, WIDTH, Mark, Week, marks, weeks
from desk.screens import done
from desk.speech import Speech
from incidents.commands import IllegalCommandError

_SHOWN = 2 * DAYS
_FIELD = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class RotaCard:
    """One rota in words and bars; times are on its own clock."""

    id: str
    name: str
    zone: str
    now: str
    until: str
    next: str
    next_since: str
    weeks: Sequence[Week]
    marks: Sequence[Mark]
    turns: Sequence[tuple[str, str]]
    stand_ins: Sequence[tuple[int, str, str, str]]
    starts: str


@dataclass(frozen=True, slots=True)
class Rotas:
    room: Room

    async def show(self, request: web.Request) -> web.Response:
        return await self._page(request, form={})

    async def stand_in(self, request: web.Request) -> web.StreamResponse:
        """POST of the form that puts somebody in another's place."""
        form = await fields(request)
        rota = request.match_info["rota"]
        oncall = self.room.house.oncall
        try:
            check(form, self.room)
            zones = {roster.id: roster.zone for roster in await self._rosters()}
            if rota not in zones:
                raise NotTakenError("problem.illegal", 404)
            since, until = (
                moment_of(form, name, self.room, zone=zones[rota]) for name in ("since", "until")
            )
            if until <= since:
                raise NotTakenError("problem.ends_before")
            if until <= self.room.house.clock():
                raise NotTakenError("problem.past")
            await oncall.stand_in(rota, form.get("engineer", ""), ACTOR, since=since, until=until)
        except (NotTakenError, IllegalCommandError) as error:
            return await self._not_taken(request, error, {**form, "rota": rota})
        raise web.HTTPSeeOther(f"{self.room.base}/oncall?done=stands_in")

    async def remove(self, request: web.Request) -> web.StreamResponse:
        """POST of the form that takes it back."""
        number = request.match_info["number"]
        try:
            check(await fields(request), self.room)
            await self.room.house.oncall.remove(int(number[:9]), ACTOR)
        except (NotTakenError, IllegalCommandError) as error:
            return await self._not_taken(request, error, {})
        raise web.HTTPSeeOther(f"{self.room.base}/oncall?done=stands_no_more")

    async def _not_taken(
        self,
        request: web.Request,
        error: NotTakenError | IllegalCommandError,
        form: Mapping[str, str],
    ) -> web.Response:
        speech = self.room.speech(request)
        if isinstance(error, NotTakenError):
            problem = speech.say(error.key, most=LONGEST_TEXT)
            return await self._page(request, form=form, status=error.status, problem=problem)
        return await self._page(
            request, form=form, status=409, problem=speech.say("problem.illegal")
        )

    async def _rosters(self) -> Sequence[Roster]:
        return await self.room.house.oncall.rosters(self.room.house.clock(), days=_SHOWN)

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
            "oncall.html.j2",
            status=status,
            problem=problem,
            done=done(request, speech),
            form=form,
            rotas=[self._card(roster, speech) for roster in await self._rosters()],
            people=[(one.id, one.called(speech.lang)) for one in house.oncall.people],
            width=WIDTH,
        )

    def _card(self, roster: Roster, speech: Speech) -> RotaCard:
        now = self.room.house.clock()
        local = replace(speech, zone=roster.zone)
        known = marks(_people(roster), speech.lang)
        following = roster.next
        return RotaCard(
            roster.id,
            roster.called(speech.lang),
            local.zone_name(now),
            roster.now.called(speech.lang) if roster.now else "",
            local.moment(roster.until, now) if roster.until else "",
            following.engineer.called(speech.lang) if following and following.engineer else "",
            local.moment(following.since, now) if following else "",
            weeks(roster, known, now=now, speech=local),
            list(known.values()),
            [_turn(turn, local, now) for turn in roster.turns],
            [_stand_in(one, local, now) for one in roster.stand_ins],
            now.astimezone(roster.zone).strftime(_FIELD),
        )


def _people(roster: Roster) -> Sequence[Person]:
    """Whoever has a turn, in the order of their first."""
    return list({t.engineer.id: t.engineer for t in roster.turns if t.engineer}.values())


def _turn(turn: Turn, speech: Speech, now: datetime) -> tuple[str, str]:
    """Whose, or nothing, and when."""
    name = turn.engineer.called(speech.lang) if turn.engineer else ""
    return name, speech.period(turn.since, turn.until, now)


def _stand_in(one: StandIn, speech: Speech, now: datetime) -> tuple[int, str, str, str]:
    """Number, who, when, and who entered it."""
    who = one.engineer.called(speech.lang)
    return one.id, who, speech.period(one.since, one.until, now), one.by
