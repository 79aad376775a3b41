"""The page behind the link in a message: one button, which works without scripts or a log-in.

Looking changes nothing: those who scan letters follow every link in them. Only the form does.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from notify.about_incident import AT_THE_DESK
from notify.ack_words import WORDS
from notify.grant import DamagedError, ExpiredError, Grant, Grants
from notify.message import Portal, Texts, one_line
from notify.words import moment, moment_in_full

_MOST_MERGES = 10
_LONGEST_BODY = 1024


class Incidents(Protocol):
    """What the page asks of the house."""

    async def find(self, id_: str) -> Incident | None: ...
    async def acknowledge(self, id_: str, actor: str) -> None: ...


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
        grant, incident = await self._found(request)
        return self._page(grant, incident)

    async def act(self, request: web.Request) -> web.Response:
        """POST: acknowledge. What the form says is not even read."""
        grant, incident = await self._found(request)
        await self.incidents.acknowledge(incident.id, grant.actor)
        now_it_is = await self.incidents.find(incident.id)
        return self._page(grant, now_it_is or incident)

    async def _found(self, request: web.Request) -> tuple[Grant, Incident]:
        """Raises an answer of its own where there is nothing to show."""
        try:
            grant = self.grants.read(request.match_info["token"], self.clock())
        except ExpiredError:
            raise self._nothing(request, HTTPStatus.GONE, "expired") from None
        except DamagedError:
            raise self._nothing(request, HTTPStatus.NOT_FOUND, "damaged") from None
        incident = await self.incidents.find(grant.incident)
        for _ in range(_MOST_MERGES):  # whoever takes a part on takes the whole on
            if incident is None or incident.is_open or not incident.merged_into:
                break
            incident = await self.incidents.find(incident.merged_into) or incident
        if incident is None:
            raise self._nothing(request, HTTPStatus.NOT_FOUND, "damaged")
        return grant, incident

    def _page(self, grant: Grant, incident: Incident) -> web.Response:
        lang = grant.lang if grant.lang in self.langs else self.langs[0]
        words, zone, now = WORDS[lang], self.portal.zone, self.clock()
        outcome, at = _outcome(incident, grant.actor)
        heading = getattr(words, outcome or "ask").format(
            by=self._called(incident.acknowledged_by or "", lang),
            at=moment(at, zone, lang, today=now) if at else "",
        )
        return self._render(
            lang,
            incident=incident,
            outcome=outcome,
            heading=heading,
            hint=getattr(words, f"{outcome}_hint") if outcome else words.hint,
            what=one_line(self.texts.title(incident, lang)),
            since=moment_in_full(incident.reopened_at or incident.started_at, zone, lang),
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
            incident=None,
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
