"""What every screen shares: the house, the reader's language, and how a page is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from desk.answers import Answers
from desk.guard import Seal
from desk.speech import Speech
from desk.view import House
from incidents.component import in_language

LANGUAGE_COOKIE = "vahta_desk_lang"
SEAL_FIELD = "seal"
LONGEST_TEXT = 2000
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Room:
    """Everything the handlers need, made once. ``base`` is where the desk is mounted."""

    house: House
    speeches: Mapping[str, Speech]
    templates: Environment
    assets: Mapping[str, bytes]
    seal: Seal
    base: str

    def speech(self, request: web.Request) -> Speech:
        """In the language asked for, else the one remembered, else the portal's first."""
        for wanted in (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
            if speech := self.speeches.get(wanted or ""):
                return speech
        return next(iter(self.speeches.values()))

    @property
    def answers(self) -> Answers:
        """What the house knows, in words."""
        return Answers(self.house)

    def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        """A whole page. A language that was asked for is remembered."""
        speech = self.speech(request)
        frame = {
            "done": "",
            "problem": "",
            "portal": in_language(self.house.portal_name, speech.lang),
            "languages": [(lang, s.t["name"]) for lang, s in self.speeches.items()],
            "other_language": lambda code: _relinked(request, code),
            "version": sha256(b"".join(self.assets.values())).hexdigest()[:12],
            "most": LONGEST_TEXT,
        }
        response = self.fragment(request, template, status=status, **{**frame, **values})
        if request.query.get("lang") == speech.lang:
            response.set_cookie(
                LANGUAGE_COOKIE,
                speech.lang,
                path=self.base,
                max_age=_A_YEAR,
                httponly=True,
                samesite="Lax",
            )
        return response

    def fragment(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        """A part of a page, for the script to put in place."""
        speech = self.speech(request)
        text = self.templates.get_template(template).render(
            base=self.base, lang=speech.lang, t=speech.t, seal=self._seal_field(), **values
        )
        return web.Response(text=text, content_type="text/html", status=status)

    def _seal_field(self) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(
            SEAL_FIELD, self.seal.token
        )


class _Templates(Environment):
    """Where ``t.lookup.keys`` means the word called so, never the dictionary's own method."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)


def make_templates() -> Environment:
    """Everything is escaped, and a word that is missing is an error rather than a gap."""
    return _Templates(
        loader=PackageLoader("desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def load_assets() -> Mapping[str, bytes]:
    """The style sheet, the script and the icon, by name."""
    folder = files("desk") / "static"
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir(), key=lambda f: f.name)}


def _relinked(request: web.Request, lang: str) -> str:
    """Link to the page in another language; of what a form was answered with, the page it is on."""
    url = request.rel_url if request.method in ("GET", "HEAD") else request.rel_url.parent
    return str(url.update_query(lang=lang))
