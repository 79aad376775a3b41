"""Single sign-on: one host asks who somebody is, another one knows, and a ticket goes between."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Iterable

from aiohttp import web
from yarl import URL

from vahta.demo.answers import see_other
from vahta.demo.portal.accounts import COMPONENT
from vahta.demo.portal.gate import Gate
from vahta.demo.portal.login import Login
from vahta.demo.portal.sessions import Sessions, fresh_token
from vahta.demo.portal.sign_in_page import SignInPage, set_cookie

_STATE = "portal_state"
_IDENTITY = "identity_session"
_MOST_TICKETS = 100
_HERE, _THERE = "127.0.0.1", "localhost"


class SingleSignOn:
    """The portal's endpoints ``/sso`` and ``/ticket``, and ``/identity`` of the host that knows.

    Both hosts are this machine, once as 127.0.0.1 and once as localhost: browsers keep their
    cookies apart, so the ``state`` and the one-time ticket have to do the work.
    """

    def __init__(self, page: SignInPage, login: Login) -> None:
        self._page = page
        self._login = login
        self._sessions = Sessions(page.pace.session)
        self._tickets: OrderedDict[str, str] = OrderedDict()

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """The component's routes, behind its gate."""
        yield web.get("/sso", gate.before(COMPONENT, self.begin))
        yield web.get("/identity", gate.before(COMPONENT, self.ask))
        yield web.post("/identity", gate.before(COMPONENT, self.answer))
        yield web.get("/ticket", gate.before(COMPONENT, self.come_back))

    async def begin(self, request: web.Request) -> web.Response:
        """Remember who asked, and send them to the host that knows people."""
        state = fresh_token()
        answer = see_other(_at_the_other(request, "identity", state=state))
        set_cookie(answer, _STATE, state)
        return answer

    async def ask(self, request: web.Request) -> web.Response:
        """The form, at the host that knows people."""
        back = str(_other(request).origin())
        return self._page.show(request, self._sessions, cookie=_IDENTITY, leads_to=back)

    async def answer(self, request: web.Request) -> web.Response:
        """Back with a ticket, good once and for this ``state`` alone."""
        back = str(_other(request).origin())
        refused = await self._page.refused(request, self._sessions, cookie=_IDENTITY, leads_to=back)
        if refused is not None:
            return refused
        self._sessions.close(request.cookies.get(_IDENTITY))
        state, ticket = request.query.get("state", ""), fresh_token()
        while len(self._tickets) >= _MOST_TICKETS:
            self._tickets.popitem(last=False)
        self._tickets[ticket] = state
        return see_other(_at_the_other(request, "ticket", state=state, ticket=ticket))

    async def come_back(self, request: web.Request) -> web.Response:
        """The account, for who brings a ticket and is the one who asked."""
        state = self._tickets.pop(request.query.get("ticket", ""), "")
        asked = request.cookies.get(_STATE, "")
        if not state or not hmac.compare_digest(state.encode(), asked.encode()):
            return self._page.pages.notice("Вход не завершён", "Начните вход заново.", status=403)
        answer = self._login.welcome(request)
        answer.del_cookie(_STATE, path="")
        return answer


def _other(request: web.Request) -> URL:
    """The same address at the other of the two hosts, and at none besides."""
    return request.url.with_host(_HERE if request.url.host == _THERE else _THERE)


def _at_the_other(request: web.Request, name: str, **query: str) -> str:
    return str(_other(request).with_name(name).with_query(query))
