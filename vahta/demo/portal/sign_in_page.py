"""The page with the sign-in form: shown, sent and judged, wherever it then leads."""

from __future__ import annotations

from aiohttp import web

from vahta.demo.answers import Pages, form_fields
from vahta.demo.portal.accounts import EXPIRED, Accounts
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace
from vahta.demo.portal.sessions import Sessions


class SignInPage:
    """Who only saw the form has a session too: it knows which tokens it was given."""

    def __init__(self, memory: Memory, pace: Pace, pages: Pages, accounts: Accounts) -> None:
        self.pages = pages
        self.pace = pace
        self.accounts = accounts
        self._memory = memory

    def show(
        self, request: web.Request, sessions: Sessions, *, cookie: str, leads_to: str = ""
    ) -> web.Response:
        """The form, with a token of its own. ``leads_to`` is the origin that signing in ends at."""
        if self.accounts.mode is Mode.CORRUPT:
            return self.pages.answer("garbled.html.j2", {})
        return self._form(request, sessions, cookie=cookie, leads_to=leads_to)

    async def refused(
        self, request: web.Request, sessions: Sessions, *, cookie: str, leads_to: str = ""
    ) -> web.Response | None:
        """What somebody sees who does not get in: the token is looked at first, then the rest."""
        form = await form_fields(request)
        session = sessions.find(request.cookies.get(cookie), self.pace.time())
        if session is None or not session.use_token(form.get("csrf_token", "")):
            return self.pages.notice(
                "Форма устарела", "Откройте страницу входа заново и попробуйте ещё раз.", status=403
            )
        refusal = await self.accounts.refusal(form)
        if refusal is None:
            return None
        if refusal is EXPIRED:
            return self.pages.answer("expired.html.j2", {"error": refusal.words})
        return self._form(request, sessions, cookie=cookie, leads_to=leads_to, error=refusal.words)

    def _form(
        self,
        request: web.Request,
        sessions: Sessions,
        *,
        cookie: str,
        leads_to: str,
        error: str = "",
    ) -> web.Response:
        name = request.cookies.get(cookie, "")
        session = sessions.find(name, self.pace.time())
        if session is None:
            name, session = sessions.open(self.pace.time())
        token = session.new_token()
        if self.accounts.mode is Mode.STALE:
            session.use_token(token)
        values = {
            "token": "" if self.accounts.mode is Mode.NO_CSRF else token,
            "error": error,
            "action": request.rel_url.raw_path_qs.rpartition("/")[2],
            "has_captcha": self.accounts.mode is Mode.CAPTCHA,
        }
        answer = self.pages.answer("login.html.j2", values)
        if leads_to:
            allow_form(answer, leads_to)
        set_cookie(answer, cookie, name)
        return answer


def set_cookie(answer: web.Response, cookie: str, value: str) -> None:
    """A cookie for this host alone."""
    # Without a path the browser takes the folder of the page, wherever the portal is mounted.
    answer.set_cookie(cookie, value, path="", httponly=True, samesite="Lax")


def allow_form(answer: web.Response, origin: str) -> None:
    """Let the page's form end up at ``origin``: browsers stop redirects to other hosts, too."""
    policy = answer.headers["Content-Security-Policy"]
    answer.headers["Content-Security-Policy"] = policy.replace(
        "form-action 'self'", f"form-action 'self' {origin}"
    )
