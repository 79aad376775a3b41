"""Who may come in, and what a browser may do with our pages."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

NOT_ALLOWED = (
    "Пульт закрыт: сервер слушает не только эту машину, а пользователей в нём ещё нет.\n"
    "The desk is closed: the server listens beyond this machine and has no users yet.\n"
    'Set [http] listen = "127.0.0.1:8080", and reach it from elsewhere through an SSH tunnel.\n'
)
WRONG_HOST = "The desk answers only to localhost, 127.0.0.1 or [::1].\n"
FOREIGN = "This form was sent from another site, so nothing was done.\n"
_OURS = re.compile(
    r"(localhost|[\w-]+\.localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would turn the Origin of our own forms into "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Seal:
    """Proves that a form came from a page of this very process."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def token(self) -> str:
        return hmac.new(self.secret, b"desk form", sha256).hexdigest()

    def fits(self, given: object) -> bool:
        return isinstance(given, str) and hmac.compare_digest(
            given.encode("utf-8", "replace"), self.token.encode()
        )


def guarding(*, allowed: bool) -> Middleware:
    """Refuse what must not reach a handler, and put the headers on every answer."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = refusal(request) if allowed else NOT_ALLOWED
        if refused is not None:
            return _with_headers(web.Response(status=403, text=refused))
        try:
            response = await handler(request)
        except web.HTTPException as error:
            _with_headers(error)
            raise
        return _with_headers(response)

    return guard


def refusal(request: web.Request) -> str | None:
    """Why a request to a staff surface on loopback is turned away, or None.

    A name in Host that isn't ours may be a site that points its own name at this machine.
    """
    if _OURS.fullmatch(request.host) is None:
        return WRONG_HOST
    return FOREIGN if request.method not in ("GET", "HEAD") and _is_foreign(request) else None


def _is_foreign(request: web.Request) -> bool:
    """Browsers say where a form comes from; tools that say nothing still need the token."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin not in (
        f"http://{request.host}",
        f"https://{request.host}",
    )


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
