"""The screen of announced work: what is ahead, the form to announce it, and to call it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from desk.forms import ACTOR, NotTakenError, check, fields, moment_of, text_of
from desk.room import LONGEST_TEXT, Room
from desk.screens import chip, done
from desk.speech import Speech
from desk.view import Announcement
from incidents.commands import IllegalCommandError
from incidents.component import in_language
from incidents.maintenance import LONGEST, Maintenance, Window

REPEATS = {"daily": "FREQ=DAILY", "weekly": "FREQ=WEEKLY", "monthly": "FREQ=MONTHLY"}
_AHEAD = timedelta(days=400)
_FOLLOWING = 3
_COMPONENT = "component_"


@dataclass(frozen=True, slots=True)
class WorkCard:
    """One announced work in words. ``stage`` is under_way, ahead or over."""

    id: str
    title: str
    text: str
    when: str
    then: str
    components: str
    stage: str


@dataclass(frozen=True, slots=True)
class Works:
    room: Room

    async def show(self, request: web.Request) -> web.Response:
        return self._page(request, form={})

    async def announce(self, request: web.Request) -> web.StreamResponse:
        """POST of the form that announces work."""
        form = await fields(request)
        try:
            check(form, self.room)
            await self.room.house.announce(self._announcement(form), ACTOR)
        except (NotTakenError, IllegalCommandError) as error:
            return self._not_taken(request, error, form)
        raise web.HTTPSeeOther(str(request.rel_url.with_query(done="announced")))

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """POST of the form that calls work off, or ends it."""
        try:
            check(await fields(request), self.room)
            await self.room.house.cancel(request.match_info["id"], ACTOR)
        except (NotTakenError, IllegalCommandError) as error:
            return self._not_taken(request, error, {})
        raise web.HTTPSeeOther(f"{self.room.base}/works?done=cancelled")

    def _announcement(self, form: Mapping[str, str]) -> Announcement:
        """Raises NotTakenError for what makes no sense."""
        house = self.room.house
        known = [health.component.id for health in house.health()]
        components = tuple(id_ for id_ in known if form.get(_COMPONENT + id_))
        title, repeats = text_of(form, "title", self.room), form.get("repeats", "")
        if not title:
            raise NotTakenError("problem.no_title")
        if not components:
            raise NotTakenError("problem.no_component")
        start, end = (moment_of(form, name, self.room) for name in ("starts_at", "ends_at"))
        if end <= start:
            raise NotTakenError("problem.ends_before")
        if end - start > LONGEST:
            raise NotTakenError("problem.lasts_too_long")
        if end <= house.clock() and not repeats:
            raise NotTakenError("problem.past")
        if repeats and repeats not in REPEATS:
            raise NotTakenError("problem.illegal")
        return Announcement(
            components,
            start,
            end,
            title,
            text_of(form, "text", self.room),
            REPEATS.get(repeats, ""),
        )

    def _not_taken(
        self,
        request: web.Request,
        error: NotTakenError | IllegalCommandError,
        form: Mapping[str, str],
    ) -> web.Response:
        speech = self.room.speech(request)
        if isinstance(error, NotTakenError):
            problem = speech.say(error.key, most=LONGEST_TEXT)
            return self._page(request, form=form, status=error.status, problem=problem)
        return self._page(request, form=form, status=409, problem=speech.say("problem.illegal"))

    def _page(
        self,
        request: web.Request,
        *,
        form: Mapping[str, str],
        status: int = 200,
        problem: str = "",
    ) -> web.Response:
        """The whole screen; with what was typed when it wasn't taken."""
        speech, house = self.room.speech(request), self.room.house
        cards = [self._card(work, speech) for work in house.maintenance()]
        return self.room.page(
            request,
            "works.html.j2",
            status=status,
            problem=problem,
            done=done(request, speech),
            form=form,
            works=sorted(cards, key=lambda card: ("under_way", "ahead", "over").index(card.stage)),
            components=[chip(health, speech) for health in house.health()],
            field=_COMPONENT,
            repeats=list(REPEATS),
            zone=speech.zone_name(house.clock()),
        )

    def _card(self, work: Maintenance, speech: Speech) -> WorkCard:
        house = self.room.house
        now, names = house.clock(), {h.component.id: h.component for h in house.health()}
        current, following = _windows(work, self.room)
        shown = current or (following[0] if following else Window("", work.starts_at, work.ends_at))
        rest = following if current else following[1:]
        ids = work.components
        return WorkCard(
            work.id,
            in_language(work.title, speech.lang) or work.id,
            in_language(work.text, speech.lang),
            speech.period(shown.starts_at, shown.ends_at, now),
            "; ".join(speech.moment(window.starts_at, now) for window in rest),
            ", ".join(names[id_].called(speech.lang) if id_ in names else id_ for id_ in ids),
            "under_way" if current else "ahead" if following else "over",
        )


def _windows(work: Maintenance, room: Room) -> tuple[Window | None, Sequence[Window]]:
    """What is under way, and the next few stretches."""
    now = room.house.clock()
    found: list[Window] = []
    at = now
    while len(found) <= _FOLLOWING and (window := work.next_window(at, within=_AHEAD)):
        found.append(window)
        at = window.starts_at
    return work.window_at(now), found
