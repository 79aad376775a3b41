"""How the demo's toys answer a browser or a script, in one place, so that all of it is escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

_STYLE = "style.css"
_TEMPLATES = (
    "account.html.j2",
    "base.html.j2",
    "control.html.j2",
    "expired.html.j2",
    "garbled.html.j2",
    "letter.html.j2",
    "login.html.j2",
    "mailbox.html.j2",
    "notice.html.j2",
    "service.html.j2",
)
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class BadJsonError(ValueError):
    """The body of a request is not the JSON asked for; the text says what is wrong."""


class Pages:
    """The demo's HTML. Made once, off the event loop: it reads the templates from disk."""

    def __init__(self) -> None:
        env = Environment(
            loader=PackageLoader("vahta.demo"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        style = env.get_template(_STYLE).render().strip()
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        env.globals["style"] = style
        self._templates = {name: env.get_template(name) for name in _TEMPLATES}
        self._headers = _SAFE | {
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self';"
                " base-uri 'none'; frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
        }

    def answer(
        self, template: str, values: Mapping[str, Any], *, lang: str = "ru", status: int = 200
    ) -> web.Response:
        """Render ``template`` (``t(ru, en)`` inside it chooses the words) as an HTML answer."""

        def t(ru: str, en: str) -> str:
            return en if lang == "en" else ru

        text = self._templates[template].render(values, lang=lang, t=t)
        return web.Response(
            text=text, status=status, content_type="text/html", headers=self._headers
        )

    def notice(self, title: str, text: str, *, status: int) -> web.Response:
        """A page with one heading and one sentence: errors and refusals."""
        return self.answer("notice.html.j2", {"title": title, "text": text}, status=status)


def lang_of(request: web.Request) -> str:
    """``en`` when the address says ``?lang=en``, else ``ru``."""
    return "en" if request.query.get("lang") == "en" else "ru"


def see_other(location: str) -> web.Response:
    """A 303: the answer to a form."""
    return web.Response(status=303, headers={"Location": location})


def beside(request: web.Request, name: str) -> str:
    """The path of ``name`` in the same folder as the request's, wherever the app is mounted."""
    return f"{request.rel_url.raw_path.rpartition('/')[0]}/{name}"


async def to_folder(request: web.Request) -> web.Response:
    """Send ``/portal`` to ``/portal/``, so that relative links on the page work."""
    path = request.rel_url.raw_path.rpartition("/")[2]
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    return web.Response(status=308, headers={"Location": f"{path}/{query}"})


async def form_fields(request: web.Request) -> dict[str, str]:
    """The fields of a plain HTML form; nothing at all when the body isn't one."""
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    try:
        form = await request.post()
    except (ValueError, LookupError):  # not the charset it claims
        return {}
    return {key: value for key, value in form.items() if isinstance(value, str)}


def json_answer(data: object, *, status: int = 200) -> web.Response:
    """JSON, with Cyrillic left readable."""
    text = json.dumps(data, ensure_ascii=False)
    return web.json_response(
        text=text, status=status, headers=_SAFE | {"Cache-Control": "no-store"}
    )


def json_error(text: str, *, status: int) -> web.Response:
    """A refusal a script can read: ``{"error": text}``."""
    return json_answer({"error": text}, status=status)


async def json_text(request: web.Request, field: str, *, limit: int = 200) -> str:
    """The non-empty string ``field`` of a JSON object in the body, whatever its content type.

    Raises BadJsonError with a sentence for the sender.
    """
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise BadJsonError(f'the body is not JSON: send {{"{field}": "..."}}') from None
    value = body.get(field) if isinstance(body, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise BadJsonError(f'"{field}" is missing or not a text: send {{"{field}": "..."}}')
    if len(value) > limit:
        raise BadJsonError(f'"{field}" is longer than {limit} characters')
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate would break every answer that repeats it
        raise BadJsonError(f'"{field}" is not valid Unicode') from None
    return value
