"""Signing in with a password and a one-time code: the journey most citizens start with."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable
from datetime import datetime

import pyotp
from aiohttp import web

from vahta.demo.answers import Pages, beside, form_fields, see_other
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.gate import Gate, is_from_this_site
from vahta.demo.portal.lockout import Lockout
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace
from vahta.demo.portal.sessions import Sessions, fresh_token

# A toy's credentials: they open nothing but this page, and the control page shows them.
USERNAME = "vahta-demo"
PASSWORD = "demo-password"  # noqa: S105 - see above
TOTP_SECRET = "JBSWY3DPEHPK3PXP"  # noqa: S105 - see above

COOKIE = "portal_session"
REJECTED = "Неверный логин, пароль или код"
LOCKED = "Вход временно заблокирован"
_COMPONENT = "login"


class OneTimeCode(pyotp.TOTP):
    """RFC 6238 for the demo's secret of 80 bits, a length pyotp refuses since 2.12."""

    def byte_secret(self) -> bytes:
        """The key itself."""
        return base64.b32decode(self.secret)


class Login:
    """The endpoints ``/login``, ``/account`` and ``/logout``."""

    def __init__(
        self, memory: Memory, pace: Pace, pages: Pages, *, clock: Callable[[], datetime]
    ) -> None:
        self._memory = memory
        self._pace = pace
        self._pages = pages
        self._clock = clock
        self._sessions = Sessions(pace.session)

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """The component's routes, behind its gate."""
        yield web.get("/login", gate.before(_COMPONENT, self.show))
        yield web.post("/login", gate.before(_COMPONENT, self.enter))
        yield web.get("/account", gate.before(_COMPONENT, self.account))
        yield web.post("/logout", gate.before(_COMPONENT, self.leave))

    async def show(self, request: web.Request) -> web.Response:
        """The form, with a token of its own."""
        if self._mode is Mode.CORRUPT:
            return self._pages.answer("garbled.html.j2", {})
        return self._form(request)

    async def enter(self, request: web.Request) -> web.Response:
        """Judge a sent form: token first, then the lock, then what was typed."""
        form = await form_fields(request)
        if self._mode is Mode.LATE:
            await self._pace.sleep(self._pace.login_late)
        session = self._sessions.find(request.cookies.get(COOKIE), self._pace.time())
        if session is None or not session.use_token(form.get("csrf_token", "")):
            return self._pages.notice(
                "Форма устарела", "Откройте страницу входа заново и попробуйте ещё раз.", status=403
            )
        now = self._clock()
        if self._memory.lockout.is_locked(now):
            return self._form(request, error=LOCKED)
        if not _is_right(form, now):
            await self._reject(now)
            return self._form(request, error=REJECTED)
        return self._welcome(request)

    async def account(self, request: web.Request) -> web.Response:
        """The citizen's own page, or the way to the form."""
        session = self._sessions.find(request.cookies.get(COOKIE), self._pace.time())
        if session is None or session.user is None:
            return see_other(beside(request, "login"))
        return self._pages.answer("account.html.j2", {"user": session.user})

    async def leave(self, request: web.Request) -> web.Response:
        """Forget the session."""
        if not is_from_this_site(request):
            return self._pages.notice("Нельзя", "Форма отправлена с другого сайта.", status=403)
        self._sessions.close(request.cookies.get(COOKIE))
        answer = see_other(beside(request, "login"))
        answer.del_cookie(COOKIE, path="")
        return answer

    @property
    def _mode(self) -> Mode:
        return self._memory.faults.of(_COMPONENT)

    def _form(self, request: web.Request, *, error: str = "") -> web.Response:
        at = self._pace.time()
        name = request.cookies.get(COOKIE, "")
        session = self._sessions.find(name, at)
        if session is None:
            name, session = self._sessions.open(at)
        token = session.new_token()
        if self._mode is Mode.STALE:
            session.use_token(token)
        answer = self._pages.answer("login.html.j2", {"token": token, "error": error})
        _set_cookie(answer, name)
        return answer

    async def _reject(self, now: datetime) -> None:
        self._memory.lockout = self._memory.lockout.after_rejection(now)
        if self._memory.lockout.is_locked(now):
            await self._memory.save()
        else:
            self._memory.save_soon()

    def _welcome(self, request: web.Request) -> web.Response:
        if self._memory.lockout != Lockout():
            self._memory.lockout = Lockout()
            self._memory.save_soon()
        # A new id for the signed-in session: one planted before the log-in is worth nothing.
        self._sessions.close(request.cookies.get(COOKIE))
        name, _ = self._sessions.open(self._pace.time(), user="demo")
        if self._mode is Mode.LOST:
            self._sessions.close(name)
            name = fresh_token()
        answer = see_other(beside(request, "account"))
        _set_cookie(answer, name)
        return answer


def _set_cookie(answer: web.Response, name: str) -> None:
    # Without a path the browser takes the folder of the page, wherever the portal is mounted.
    answer.set_cookie(COOKIE, name, path="", httponly=True, samesite="Lax")


def _is_right(form: dict[str, str], now: datetime) -> bool:
    """All three are looked at, so that the time taken doesn't tell which was wrong."""
    code = "".join(form.get("code", "").split())
    name = hmac.compare_digest(form.get("username", "").encode(), USERNAME.encode())
    word = hmac.compare_digest(form.get("password", "").encode(), PASSWORD.encode())
    once = OneTimeCode(TOTP_SECRET).verify(code, for_time=now, valid_window=1)
    return name and word and once
