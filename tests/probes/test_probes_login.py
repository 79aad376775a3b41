"""Signing in at a portal that has nothing in common with the demo's but HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp import web

from probes.catalog import kinds
from probes.observation import Outcome, Reason
from probes.totp import code_at

SECRET = "GEZDGNBVGY3TQOJQ"
CODE_NOW = code_at(SECRET, datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
FORM = """<form id=search action="/find"><input name=q></form>
<form action="" method=post><input type=hidden name=__anti value="{anti}">
<input name=nick><input type=password name=pw>{more}<button name=go value=1>OK</button></form>"""
OTP = """<form action="/enter2" method=post>
<input type=hidden name=step value="2"><input name=otp></form>"""


class Portal:
    """Its way of misbehaving is set by the test; what it was sent is remembered."""

    def __init__(self) -> None:
        self.posted: list[dict[str, str]] = []
        self.left = 0
        self.form = FORM.format(anti="t0k", more='<input name="otp">')
        self.answer: web.Response | None = None
        self.forgets = False
        self.leave_status = 200

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/enter", self.show)
        app.router.add_post("/enter", self.enter)
        app.router.add_post("/enter2", self.enter_code)
        app.router.add_get("/cabinet", self.cabinet)
        app.router.add_post("/bye", self.leave)
        return app

    async def show(self, _: web.Request) -> web.Response:
        return web.Response(text=self.form, content_type="text/html")

    async def enter(self, request: web.Request) -> web.Response:
        self.posted.append({k: str(v) for k, v in (await request.post()).items()})
        if self.answer is not None:
            return self.answer
        if "otp" not in self.posted[-1]:
            return web.Response(text=OTP, content_type="text/html")
        return self._in()

    async def enter_code(self, request: web.Request) -> web.Response:
        self.posted.append({k: str(v) for k, v in (await request.post()).items()})
        return self._in()

    def _in(self) -> web.Response:
        response = web.Response(status=302, headers={"Location": "/cabinet"})
        if not self.forgets:
            response.set_cookie("SID", "a/b=c")
        return response

    async def cabinet(self, request: web.Request) -> web.Response:
        if request.cookies.get("SID") != "a/b=c":
            raise web.HTTPSeeOther("/enter")
        return web.Response(text="<p class=hello>Здравствуйте!</p>", content_type="text/html")

    async def leave(self, _: web.Request) -> web.Response:
        self.left += 1
        return web.Response(status=self.leave_status)


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def sign_in(check, serve, portal: Portal):
    async def run(**more):
        base = await serve(portal.app())
        settings = {
            "url": f"{base}/enter",
            "username": "robot",
            "password": "s3cr3t-pw",
            "totp_secret": SECRET,
            "fields": {"username": "nick", "password": "pw", "code": "otp"},
            "success": "p.hello",
            "rejected": ["Неверный пароль"],
            "locked": ["Попробуйте позже"],
            "captcha": ["img.captcha"],
            "logout_url": f"{base}/bye",
        }
        return await check("login", **(settings | more))

    return run


def page(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


async def test_a_person_gets_in_and_out_again(sign_in, portal):
    seen = await sign_in()
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [step.name for step in seen.steps] == ["form", "password", "log-out"]
    assert portal.left == 1


async def test_hidden_inputs_are_sent_back_as_they_came_with_the_code_of_this_moment(
    sign_in, portal
):
    await sign_in()
    expected = {"__anti": "t0k", "nick": "robot", "pw": "s3cr3t-pw", "otp": CODE_NOW}
    assert portal.posted == [expected]


async def test_the_code_may_be_asked_for_on_a_second_page(sign_in, portal):
    portal.form = FORM.format(anti="t0k", more="")
    seen = await sign_in()
    assert seen.outcome is Outcome.UP
    assert portal.posted[1] == {"step": "2", "otp": CODE_NOW}


async def test_a_refusal_in_words_is_a_rejected_login(sign_in, portal):
    portal.answer = page(f"<b>неверный\n пароль</b>{portal.form}")
    seen = await sign_in()
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.LOGIN_REJECTED)
    assert portal.left == 1, "the log-out is tried after a failure too"


async def test_a_refusal_with_an_error_status_is_read_before_the_status(sign_in, portal):
    portal.answer = page("Неверный пароль", status=403)
    assert (await sign_in()).reason is Reason.LOGIN_REJECTED


async def test_a_lock_out_is_told_from_a_refusal(sign_in, portal):
    portal.answer = page(f"Неверный пароль. Попробуйте позже.{portal.form}")
    assert (await sign_in()).reason is Reason.LOGIN_LOCKED


@pytest.mark.parametrize(
    ("status", "reason"), [(403, Reason.HTTP_403), (429, Reason.HTTP_4XX), (500, Reason.HTTP_5XX)]
)
async def test_a_post_that_fails_without_words_is_judged_by_its_status(
    sign_in, portal, status, reason
):
    portal.answer = page("", status=status)
    assert (await sign_in()).reason is reason


async def test_a_form_that_just_comes_back_is_a_rejected_login(sign_in, portal):
    portal.answer = page(portal.form)
    assert (await sign_in()).reason is Reason.LOGIN_REJECTED


async def test_being_led_back_to_the_form_is_a_lost_session(sign_in, portal):
    portal.forgets = True
    assert (await sign_in()).reason is Reason.SESSION_LOST


async def test_a_foreign_page_after_signing_in_is_unexpected(sign_in, portal):
    portal.answer = page("<h1>Ведутся работы</h1>")
    assert (await sign_in()).reason is Reason.UNEXPECTED_CONTENT


async def test_a_page_without_its_form_is_unexpected_and_nothing_is_posted(sign_in, portal):
    portal.form = "<p>мусор"
    assert (await sign_in()).reason is Reason.UNEXPECTED_CONTENT
    assert portal.posted == []


@pytest.mark.parametrize("form", [FORM.format(anti="", more=""), FORM.replace("__anti", "other")])
async def test_a_form_without_its_hidden_token_is_not_sent(sign_in, portal, form):
    portal.form = form
    assert (await sign_in(csrf="__anti")).reason is Reason.CSRF_MISSING
    assert portal.posted == []


async def test_a_captcha_is_noticed_before_anything_is_typed(sign_in, portal):
    portal.form = f"<img class=captcha>{portal.form}"
    assert (await sign_in()).reason is Reason.CAPTCHA_SHOWN
    assert portal.posted == []


async def test_a_form_that_leads_to_another_host_never_gets_the_password(sign_in, portal):
    portal.form = portal.form.replace('action=""', 'action="http://127.0.0.2:9/x"')
    assert (await sign_in()).reason is Reason.UNEXPECTED_CONTENT


async def test_a_failed_log_out_is_mentioned_but_blames_nobody(sign_in, portal):
    portal.leave_status = 500
    seen = await sign_in()
    assert seen.outcome is Outcome.UP
    assert "log-out: HTTP 500" in seen.detail


async def test_no_secret_shows_in_settings_or_observations(sign_in, portal):
    portal.answer = page("s3cr3t-pw", status=500)
    seen = await sign_in()
    settings = kinds()["login"].settings.model_validate(
        {"id": "p", "kind": "login", "component": "c", "url": "http://a.example/",
         "username": "u", "password": "s3cr3t-pw", "totp_secret": SECRET, "success": "main",
         "headers": {"Authorization": "s3cr3t-pw"}}
    )  # fmt: skip
    assert "s3cr3t-pw" not in repr(seen) + repr(settings) + str(settings)
    assert SECRET not in repr(settings)
