"""Signing in as an app does it: JSON in, a token out."""

from __future__ import annotations

import json
from collections.abc import Iterable

from aiohttp import web

from vahta.demo.answers import json_answer
from vahta.demo.portal.accounts import COMPONENT, Accounts, Refusal
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.gate import Gate
from vahta.demo.portal.pace import Pace
from vahta.demo.portal.sessions import Sessions

_UNSAFE = Refusal("CSRF token missing or stale", "csrf_failed", 403)
_UNKNOWN = Refusal("Сначала войдите", "unauthorized", 401)


class ApiLogin:
    """The endpoints ``/api/sign-in``, ``/api/account`` and ``/api/sign-out``."""

    def __init__(self, accounts: Accounts, sessions: Sessions, pace: Pace) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._pace = pace

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """The component's routes, behind its gate."""
        yield web.post("/api/sign-in", gate.before(COMPONENT, self.enter))
        yield web.get("/api/account", gate.before(COMPONENT, self.account))
        yield web.post("/api/sign-out", gate.before(COMPONENT, self.leave))

    async def enter(self, request: web.Request) -> web.Response:
        """``{"username", "password", "code"}`` for ``{"token"}``."""
        mode = self._accounts.mode
        if mode is Mode.CORRUPT:
            return web.Response(text='{"tok\ufffd\ufffd', content_type="application/json")
        if mode in (Mode.STALE, Mode.NO_CSRF):  # the gateway in front of it lost the cookie
            return _refusal(_UNSAFE)
        refusal = await self._accounts.refusal(await _texts(request))
        if refusal is not None:
            return _refusal(refusal)
        token, _ = self._sessions.open(self._pace.time(), user="demo")
        if mode is Mode.LOST:
            self._sessions.close(token)
        return json_answer({"token": token})

    async def account(self, request: web.Request) -> web.Response:
        """``{"user": {"name"}}`` for who shows a token."""
        session = self._sessions.find(_token(request), self._pace.time())
        if session is None:
            return _refusal(_UNKNOWN)
        return json_answer({"user": {"name": session.user}})

    async def leave(self, request: web.Request) -> web.Response:
        """Forget the token."""
        self._sessions.close(_token(request))
        return web.Response(status=204)


def _refusal(refusal: Refusal) -> web.Response:
    said = {"error": refusal.code, "message": refusal.words}
    return json_answer(said, status=refusal.status)


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def _texts(request: web.Request) -> dict[str, str]:
    """The texts of a JSON object; nothing at all when the body isn't one."""
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    return {key: value for key, value in body.items() if isinstance(value, str)}
