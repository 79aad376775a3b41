"""Signing in with a password and a one-time code: the journey most citizens start with."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from vahta.demo.answers import beside, see_other
from vahta.demo.portal.accounts import COMPONENT
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.gate import Gate, is_from_this_site
from vahta.demo.portal.sessions import Sessions, fresh_token
from vahta.demo.portal.sign_in_page import SignInPage, set_cookie

COOKIE = "portal_session"


class Login:
    """The endpoints ``/login``, ``/account`` and ``/logout``."""

    def __init__(self, page: SignInPage, sessions: Sessions) -> None:
        self._page = page
        self._sessions = sessions

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """The component's routes, behind its gate."""
        yield web.get("/login", gate.before(COMPONENT, self.show))
        yield web.post("/login", gate.before(COMPONENT, self.enter))
        yield web.get("/account", gate.before(COMPONENT, self.account))
        yield web.post("/logout", gate.before(COMPONENT, self.leave))

    async def show(self, request: web.Request) -> web.Response:
        """The form."""
        return self._page.show(request, self._sessions, cookie=COOKIE)

    async def enter(self, request: web.Request) -> web.Response:
        """The account for whoever sent the form well."""
        refused = await self._page.refused(request, self._sessions, cookie=COOKIE)
        return refused or self.welcome(request)

    async def account(self, request: web.Request) -> web.Response:
        """The citizen's own page, or the way to the form."""
        session = self._sessions.find(request.cookies.get(COOKIE), self._page.pace.time())
        if session is None or session.user is None:
            return see_other(beside(request, "login"))
        return self._page.pages.answer("account.html.j2", {"user": session.user})

    async def leave(self, request: web.Request) -> web.Response:
        """Forget the session."""
        if not is_from_this_site(request):
            return self._page.pages.notice(
                "Нельзя", "Форма отправлена с другого сайта.", status=403
            )
        self._sessions.close(request.cookies.get(COOKIE))
        answer = see_other(beside(request, "login"))
        answer.del_cookie(COOKIE, path="")
        return answer

    def welcome(self, request: web.Request) -> web.Response:
        """The way to the account, for somebody who has just shown who they are."""
        # A new id for the signed-in session: one planted before the log-in is worth nothing.
        self._sessions.close(request.cookies.get(COOKIE))
        name, _ = self._sessions.open(self._page.pace.time(), user="demo")
        if self._page.accounts.mode is Mode.LOST:
            self._sessions.close(name)
            name = fresh_token()
        answer = see_other(beside(request, "account"))
        set_cookie(answer, COOKIE, name)
        return answer
