"""The page behind the link in a message: a button, which works without scripts or a log-in.

Of a message that tells of several outages it has one button for all of them, and one for each.

Looking changes nothing: those who scan letters follow every link in them. Only the form does.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Protocol

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from incidents.component import in_language
from incidents.incident import Incident
from notify.ack.grant import DamagedError, ExpiredError, Grant, Grants
from notify.ack.words import WORDS
from notify.message import Portal, Texts, one_line
from notify.writing.about_incident import AT_THE_DESK
from notify.writing.words import moment, moment_in_full

_MOST_MERGES = 10
_LONGEST_BODY = 1024


class Incidents(Protocol):
    """What the page asks of the house."""

    async def find(self, id_: str) -> Incident | None: ...
    async def acknowledge(self, id_: str, actor: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One incident as the page shows it; ``token`` is the right to take it alone."""

    number: str
    what: str
    since: str
    outcome: str
    heading: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AckPage:
    """``langs`` are those that ``texts`` speaks, the portal's first one first."""

    incidents: Incidents
    grants: Grants
    texts: Texts
    portal: Portal
    langs: tuple[str, ...]
    clock: Callable[[], datetime]

    async def show(self, request: web.Request) -> web.Response:
        """GET and HEAD: what it is about, and a button where there is something to do."""
        return self._page(*await self._found(request))

    async def act(self, request: web.Request) -> web.Response:
        """POST: acknowledge. What the form says is not even read."""
        grant, found = await self._found(request)
        for incident in found:
            await self.incidents.acknowledge(incident.id, grant.actor)
        return self._page(*await self._found(request))

    async def _found(self, request: web.Request) -> tuple[Grant, Sequence[Incident]]:
        """Raises an answer of its own where there is nothing to show."""
        try:
            grant = self.grants.read(request.match_info["token"], self.clock())
        except ExpiredError:
            raise self._nothing(request, HTTPStatus.GONE, "expired") from None
        except DamagedError:
            raise self._nothing(request, HTTPStatus.NOT_FOUND, "damaged") from None
        wholes = [await self._whole(one) for one in grant.incidents]
        found = list({one.id: one for one in wholes if one is not None}.values())
        if not found:
            raise self._nothing(request, HTTPStatus.NOT_FOUND, "damaged")
        return grant, found

    async def _whole(self, id_: str) -> Incident | None:
        """Whoever takes a part on takes the whole on."""
        incident = await self.incidents.find(id_)
        for _ in range(_MOST_MERGES):
            if incident is None or incident.is_open or not incident.merged_into:
                break
            incident = await self.incidents.find(incident.merged_into) or incident
        return incident

    def _page(self, grant: Grant, found: Sequence[Incident]) -> web.Response:
        lang = grant.lang if grant.lang in self.langs else self.langs[0]
        words, items = WORDS[lang], [self._item(grant, one, lang) for one in found]
        outcome, heading, hint = items[0].outcome, items[0].heading, words.hint
        if len(items) > 1:
            outcomes = {one.outcome for one in items}
            outcome = "" if "" in outcomes else "done" if "done" in outcomes else "nothing"
            heading = getattr(words, f"{outcome or 'ask'}_all")
        if outcome:
            hint = getattr(words, f"{outcome}_hint")
        return self._render(lang, items=items, outcome=outcome, heading=heading, hint=hint)

    def _item(self, grant: Grant, incident: Incident, lang: str) -> _Item:
        words, zone, now = WORDS[lang], self.portal.zone, self.clock()
        outcome, at = _outcome(incident, grant.actor)
        return _Item(
            number=incident.id,
            what=one_line(self.texts.title(incident, lang)),
            since=moment_in_full(incident.reopened_at or incident.started_at, zone, lang),
            outcome=outcome,
            heading=getattr(words, outcome or "ask").format(
                by=self._called(incident.acknowledged_by or "", lang),
                at=moment(at, zone, lang, today=now) if at else "",
            ),
            token=self.grants.sign(replace(grant, incidents=(incident.id,))),
        )

    def _called(self, actor: str, lang: str) -> str:
        """Who that is, for somebody who only has a link."""
        words = WORDS[lang]
        if actor == AT_THE_DESK:
            return words.desk
        channel, slash, _ = actor.partition("/")
        return (
            words.by_message.format(channel=channel) if slash else self.grants.called(actor, lang)
        )

    def _nothing(self, request: web.Request, status: HTTPStatus, why: str) -> web.HTTPException:
        asked = request.headers.get("Accept-Language", "")[:2].lower()
        lang = asked if asked in self.langs else self.langs[0]
        words = WORDS[lang]
        page = self._render(
            lang,
            items=(),
            outcome=why,
            heading=getattr(words, why),
            hint=words.damaged_hint,
        )
        error = web.HTTPGone if status is HTTPStatus.GONE else web.HTTPNotFound
        return error(text=page.text, content_type="text/html", headers=_HEADERS)

    def _render(self, lang: str, **values: object) -> web.Response:
        text = _TEMPLATES.get_template("ack.html.j2").render(
            lang=lang,
            words=WORDS[lang],
            portal=in_language(self.portal.name, lang),
            style=Markup(_STYLE),  # noqa: S704 - a file of ours
            **values,
        )
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)


def make_ack(page: AckPage) -> web.Application:
    """The room, to be mounted at ``/ack``. Public: the link is the key."""
    app = web.Application(client_max_size=_LONGEST_BODY)
    app.router.add_get("/{token:.+}", page.show)
    app.router.add_post("/{token:.+}", page.act)
    return app


def _outcome(incident: Incident, actor: str) -> tuple[str, datetime | None]:
    """What there is to say instead of asking, and since when it is so."""
    if not incident.is_open:
        return "resolved", incident.resolved_at
    if incident.acknowledged_at is None:
        return "", None
    return "done" if incident.acknowledged_by == actor else "taken", incident.acknowledged_at


_TEMPLATES = Environment(
    loader=PackageLoader("notify"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = (files("notify") / "templates" / "ack.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
