"""The screens of the hotline: noting a call, handing it on, promises, the shift's figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web
from yarl import URL

from desk.answers import Noted
from desk.calls.call import LONGEST_TEXT, Call, Draft
from desk.calls.figures import Figures, to_csv
from desk.days import MOST_DAYS, day, period
from desk.forms import ACTOR, NotTakenError, check, fields
from desk.room import Room
from desk.screens import MOST_QUERY, Screens, chip
from desk.speech import Speech
from incidents.commands import IllegalCommandError
from incidents.duration_words import short_duration
from incidents.events import Medium
from incidents.incident import Incident

COLLECTED = ("code", "when", "device", "tried")
"""What engineers ask for, beside the caller's words: never who the caller is."""

_MILLISECONDS = re.compile(r"[0-9]{1,8}")
_LONGEST_CALL = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure, with a word on what it is of."""

    name: str
    value: str
    share: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One symptom's calls, hour by hour; ``hours`` are (hour, calls) in order."""

    name: str
    calls: int
    per_cent: int
    hours: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise to keep; ``is_over``: what it is about is over, so it can be kept now."""

    call: Noted
    is_over: bool


@dataclass(frozen=True, slots=True)
class Hotline:
    room: Room
    screens: Screens

    async def note(self, request: web.Request) -> web.StreamResponse:
        """POST of the form on a card: the call is noted, and the card stays."""
        form = await fields(request)
        query, chosen = form.get("q", "")[:MOST_QUERY], form.get("incident", "")
        try:
            call = await self._note(form)
        except (NotTakenError, IllegalCommandError) as error:
            status, problem = self._problem(request, error)
            return await self.screens.home_page(
                request, query, chosen, status=status, problem=problem
            )
        home = URL(f"{self.room.base}/")
        if form.get("here"):
            home = URL(f"{self.room.base}/incidents") / chosen
        elif query or chosen:
            home = home.with_query({"q": query, **({"pick": chosen} if chosen else {})})
        raise web.HTTPSeeOther(str(home.update_query(noted=call.number)))

    async def form(self, request: web.Request) -> web.Response:
        """The form that hands a call on to the engineers."""
        given = {key: request.query.get(key, "")[:MOST_QUERY] for key in ("q", "article")}
        return self._form(request, given)

    async def hand_on(self, request: web.Request) -> web.StreamResponse:
        """POST of that form."""
        form = await fields(request)
        try:
            if not form.get("q", "").strip():
                raise NotTakenError("problem.no_words")
            whole = {**form, "q": self._whole(form, request)}
            call = await self._note(whole, hand_on=True)
        except (NotTakenError, IllegalCommandError) as error:
            status, problem = self._problem(request, error)
            return self._form(request, form, status=status, problem=problem)
        raise web.HTTPSeeOther(str(URL(f"{self.room.base}/").with_query(noted=call.number)))

    async def promises(self, request: web.Request) -> web.Response:
        speech, house = self.room.speech(request), self.room.house
        waiting = [await self._promise(call, speech) for call in await house.calls.promised()]
        done = speech.say("done.kept") if request.query.get("done") == "kept" else ""
        return self.room.page(request, "promises.html.j2", promises=waiting, done=done)

    async def keep(self, request: web.Request) -> web.StreamResponse:
        """POST: the caller has been told."""
        check(await fields(request), self.room)
        kept = await self.room.house.calls.called_back(request.match_info["number"])
        raise web.HTTPSeeOther(f"{self.room.base}/promises" + ("?done=kept" if kept else ""))

    async def figures(self, request: web.Request) -> web.Response:
        speech = self.room.speech(request)
        first, last, found = await self._figures(request)
        names = self.room.house.calls.names({h.symptom for h in found.by_hour}, speech.lang)
        return self.room.page(
            request,
            "figures.html.j2",
            first=first.isoformat(),
            last=last.isoformat(),
            tiles=_tiles(found, speech),
            bars=_bars(found, names, speech),
            is_one_day=first == last,
        )

    async def csv(self, request: web.Request) -> web.Response:
        first, last, found = await self._figures(request)
        lang = self.room.speech(request).lang
        names = self.room.house.calls.names({h.symptom for h in found.by_hour}, lang)
        return web.Response(
            body=b"\xef\xbb\xbf" + to_csv(found, names).encode(),  # or Excel takes it for cp1251
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="calls-{first}-{last}.csv"'},
        )

    # ── noting ──

    async def _note(self, form: Mapping[str, str], *, hand_on: bool = False) -> Call:
        check(form, self.room)
        draft = self._draft(form, hand_on=hand_on)
        return await self.room.house.calls.note(draft, operator=ACTOR)

    def _problem(
        self, request: web.Request, error: NotTakenError | IllegalCommandError
    ) -> tuple[int, str]:
        speech = self.room.speech(request)
        if isinstance(error, NotTakenError):
            return error.status, speech.say(error.key, most=LONGEST_TEXT)
        return 409, speech.say("problem.not_noted")

    def _draft(self, form: Mapping[str, str], *, hand_on: bool) -> Draft:
        medium = form.get("medium") or Medium.PHONE.value
        if medium not in set(Medium):
            raise NotTakenError("problem.illegal")
        now, spent = self.room.house.clock(), form.get("spent", "")
        length = timedelta(milliseconds=int(spent)) if _MILLISECONDS.fullmatch(spent) else None
        return Draft(
            form.get("q", ""),
            Medium(medium),
            form.get("incident") or None,
            form.get("article") or None,
            form.get("component") or None,
            form.get("region") or None,
            promised=bool(form.get("promised")),
            escalated=hand_on,
            looked_up_at=now - length if length and length <= _LONGEST_CALL else None,
            repeat_of=form.get("again", "").strip().upper() or None,
        )

    def _whole(self, form: Mapping[str, str], request: web.Request) -> str:
        """What was said, and below it what was collected, each by its name."""
        speech = self.room.speech(request)
        collected = [
            f"{speech.say(f'collect.{name}')}: {said}"
            for name in COLLECTED
            if (said := form.get(name, "").strip())
        ]
        return "\n".join([form.get("q", "").strip(), *collected])

    def _form(
        self,
        request: web.Request,
        form: Mapping[str, str],
        *,
        status: int = 200,
        problem: str = "",
    ) -> web.Response:
        speech = self.room.speech(request)
        article = self.room.house.texts.articles.get(form.get("article", ""))
        return self.room.page(
            request,
            "collect.html.j2",
            status=status,
            problem=problem,
            form=form,
            article=article.title(speech.lang) if article else "",
            components=[chip(health, speech) for health in self.room.house.health()],
        )

    async def _promise(self, call: Call, speech: Speech) -> Promise:
        incident: Incident | None = None
        if call.draft.incident:
            incident = await self.room.house.find(call.draft.incident)
        over = incident is not None and not incident.is_open
        return Promise(await self.room.answers.noted(call, speech), over)

    # ── figures ──

    async def _figures(self, request: web.Request) -> tuple[date, date, Figures]:
        """Of whole days in the portal's zone; today where none are given."""
        house = self.room.house
        today = house.clock().astimezone(house.timezone).date()
        first = _day(request.query.get("from", ""), today)
        last = max(first, _day(request.query.get("to", ""), today))
        last = min(last, first + timedelta(days=MOST_DAYS))
        return first, last, await house.calls.figures(*period(first, last, house.timezone))


def _day(text: str, default: date) -> date:
    try:
        return day(text)
    except ValueError:
        return default


def _tiles(found: Figures, speech: Speech) -> Sequence[Tile]:
    def share(part: int) -> str:
        of = found.share(part)
        return f"{of:.0%}" if of is not None else ""

    def length(some: timedelta | None) -> str:
        return short_duration(some, speech.lang) if some is not None else "–"

    answered = found.by_incident + found.by_article
    rows: Sequence[tuple[str, Any, str]] = (
        ("calls", found.calls, ""),
        ("answered", answered, share(answered)),
        ("by_incident", found.by_incident, share(found.by_incident)),
        ("by_article", found.by_article, share(found.by_article)),
        ("unanswered", found.unanswered, share(found.unanswered)),
        ("repeats", found.repeats, share(found.repeats)),
        ("escalated", found.escalated, share(found.escalated)),
        ("promised", f"{found.kept} / {found.promised}", ""),
        ("to_note", length(found.to_note), ""),
        ("to_public_word", length(found.to_public_word), ""),
    )
    return [Tile(speech.say(f"figures.{name}"), str(value), of) for name, value, of in rows]


def _bars(found: Figures, names: Mapping[str, str], speech: Speech) -> Sequence[Bar]:
    """The commonest symptom first."""
    by_symptom: dict[str, list[tuple[str, int]]] = {}
    for hour in found.by_hour:
        at = hour.at.astimezone(speech.zone)
        label = f"{at:%d.%m %H}:00"
        by_symptom.setdefault(hour.symptom, []).append((label, hour.calls))
    totals = {symptom: sum(n for _, n in hours) for symptom, hours in by_symptom.items()}
    most = max(totals.values(), default=1)
    return [
        Bar(names[symptom], total, round(100 * total / most), by_symptom[symptom])
        for symptom, total in sorted(totals.items(), key=lambda one: -one[1])
    ]
