"""Signing in where it is not one page with one form: two hosts, an API, codes by SMS, refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from probes.classify import UnwellError
from probes.login.caution import Caution
from probes.login.settings import LoginSettings
from probes.observation import Observation, Outcome, Reason
from probes.totp import code_at

SECRET = "GEZDGNBVGY3TQOJQ"
NAME = "<form method=post><input name=username>{}</form>"
PASSWORD = (
    "<form method=post action=/pw><input type=hidden name=s value=1><input name=password></form>"
)
CODE = "<form method=post action=/code><input name=code></form>"
HOME = "<h1 class=me>Здравствуйте</h1><form method=post action=/bye><input type=hidden name=t value=t9></form>"


def page(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


class Portal:
    """Answers from a table that the test fills; what was posted is remembered."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[web.Request], Any]] = {}
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.any)
        return app

    async def any(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        if request.method == "POST":
            is_json = request.content_type == "application/json"
            body = await request.json() if is_json else dict(await request.post())
            self.posted.append((request.path, body))
        made = self.pages[f"{request.method} {request.path}"](request)
        if isinstance(made, web.HTTPException):
            raise made
        return made if isinstance(made, web.Response) else page(made)


@pytest.fixture
def portal() -> Portal:
    return Portal()


ACCOUNT = {"username": "robot", "password": "s3cr3t-pw", "success": ".me"}


async def test_name_password_and_code_may_be_asked_for_page_by_page(check, serve, portal, noon):
    portal.pages = {
        "GET /": lambda _: NAME.format(""),
        "POST /": lambda _: PASSWORD,
        "POST /pw": lambda _: CODE,
        "POST /code": lambda _: HOME,
        "POST /bye": lambda _: "",
    }
    base = await serve(portal.app())
    seen = await check("login", url=base, totp_secret=SECRET, logout_url=f"{base}/bye", **ACCOUNT)
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert portal.posted == [
        ("/", {"username": "robot"}),
        ("/pw", {"s": "1", "password": "s3cr3t-pw"}),
        ("/code", {"code": code_at(SECRET, noon)}),
        ("/bye", {"t": "t9"}),
    ]
    assert [step.name for step in seen.steps] == ["form", "name", "password", "code", "log-out"]


async def test_a_portal_that_insists_is_told_from_which_page_a_form_comes(check, serve, portal):
    portal.pages = {
        "GET /": lambda _: NAME.format("<input name=password>"),
        "POST /": lambda r: HOME if r.headers.get("Referer", "").endswith("/") else page("", 403),
    }
    seen = await check("login", url=f"{await serve(portal.app())}/", **ACCOUNT)
    assert seen.outcome is Outcome.UP


@pytest.fixture
async def two_hosts(serve, portal):
    """A portal that hands over to an identity host by SAML's posted forms, and back."""
    identity = Portal()
    there = await serve(identity.app(), host="127.0.0.2")
    here = await serve(portal.app())

    def sent_on(url: str, name: str) -> str:
        return f'<form method=post action="{url}"><input type=hidden name={name} value=x></form>'

    portal.pages = {
        "GET /login": lambda _: sent_on(f"{there}/sso", "SAMLRequest"),
        "POST /acs": lambda _: web.HTTPSeeOther("/home"),
        "GET /home": lambda _: HOME,
    }
    identity.pages = {
        "POST /sso": lambda _: NAME.format("<input name=password>").replace(
            "form ", "form action=/in "
        ),
        "POST /in": lambda _: sent_on(f"{here}/acs", "SAMLResponse"),
    }
    return here, identity, sent_on


async def test_single_sign_on_over_two_hosts(check, two_hosts, portal):
    here, identity, _ = two_hosts
    seen = await check("login", url=f"{here}/login", **ACCOUNT)
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert identity.posted[1] == ("/in", {"username": "robot", "password": "s3cr3t-pw"})
    assert portal.posted == [("/acs", {"SAMLResponse": "x"})]


async def test_a_host_that_the_config_does_not_name_never_gets_the_password(check, two_hosts):
    here, identity, _ = two_hosts
    seen = await check("login", url=f"{here}/login", hosts=["127.0.0.3"], **ACCOUNT)
    assert seen.reason is Reason.UNEXPECTED_CONTENT
    assert [path for path, _ in identity.posted] == ["/sso"]
    named = await check("login", url=f"{here}/login", hosts=["127.0.0.2"], **ACCOUNT)
    assert named.outcome is Outcome.UP


async def test_an_answer_to_a_sign_in_is_not_passed_on_to_a_stranger(check, two_hosts):
    here, identity, sent_on = two_hosts
    identity.pages["POST /in"] = lambda _: sent_on("http://127.0.0.9:1/x", "SAMLResponse")
    seen = await check("login", url=f"{here}/login", **ACCOUNT)
    assert seen.reason is Reason.UNEXPECTED_CONTENT
    assert "127.0.0.9" in seen.detail


async def test_a_session_that_is_gone_on_the_next_page_is_lost(check, serve, portal):
    both = NAME.format("<input name=password>")
    portal.pages = {
        "GET /": lambda _: both, "POST /": lambda _: "<p>Вы вошли", "GET /me": lambda _: both,
    }  # fmt: skip
    base = await serve(portal.app())
    seen = await check("login", url=base, account_url=f"{base}/me", **ACCOUNT)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.SESSION_LOST)


@pytest.mark.parametrize(
    ("words", "reason", "said"),
    [
        ("Срок действия пароля истёк", Reason.PASSWORD_EXPIRED, "expired"),
        ("Your password has expired.", Reason.PASSWORD_EXPIRED, "expired"),
        ("Слишком много попыток. Подождите.", Reason.LOGIN_LOCKED, "locked"),
        ("Too many attempts", Reason.LOGIN_LOCKED, "locked"),
        ("Неверный логин или пароль", Reason.LOGIN_REJECTED, "refused"),
        ("<img src=/captcha/1.png>", Reason.CAPTCHA_SHOWN, "captcha"),
        ("<div class=smart-captcha data-sitekey=k>", Reason.CAPTCHA_SHOWN, "captcha"),
        ('<div class="g-recaptcha" data-sitekey=k>', Reason.CAPTCHA_SHOWN, "captcha"),
        ("CSRF verification failed. Request aborted.", Reason.CSRF_MISSING, "token"),
        ("Page Expired", Reason.CSRF_MISSING, "token"),
        ("Сеанс истёк, войдите снова", Reason.SESSION_LOST, "session"),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
async def test_a_refusal_is_understood_without_configured_phrases(
    check, serve, portal, words, reason, said, status
):
    both = NAME.format("<input name=password>")
    portal.pages = {"GET /": lambda _: both, "POST /": lambda _: page(words + both, status)}
    seen = await check("login", url=await serve(portal.app()), **ACCOUNT)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, reason), seen.detail
    assert said in seen.detail


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, Reason.LOGIN_REJECTED), (419, Reason.CSRF_MISSING), (423, Reason.LOGIN_LOCKED)],
)
async def test_a_refusal_without_words_is_understood_by_its_status(
    check, serve, portal, status, reason
):
    both = NAME.format("<input name=password>")
    portal.pages = {"GET /": lambda _: both, "POST /": lambda _: page(both, status)}
    assert (await check("login", url=await serve(portal.app()), **ACCOUNT)).reason is reason


async def test_a_page_that_demands_a_new_password_is_an_expired_one(check, serve, portal):
    anew = "<form><input type=password name=new autocomplete=new-password></form>"
    both = NAME.format("<input name=password>")
    portal.pages = {"GET /": lambda _: both, "POST /": lambda _: anew}
    seen = await check("login", url=await serve(portal.app()), **ACCOUNT)
    assert seen.reason is Reason.PASSWORD_EXPIRED


async def test_what_only_a_script_says_is_not_read(check, serve, portal):
    both = NAME.format("<input name=password>")
    words = "<script>const said = {e1: 'Too many attempts', e2: 'Неверный пароль'}</script><p>Ой"
    portal.pages = {"GET /": lambda _: both, "POST /": lambda _: words}
    seen = await check("login", url=await serve(portal.app()), **ACCOUNT)
    assert seen.reason is Reason.UNEXPECTED_CONTENT


@pytest.mark.parametrize("words", ["", "Неверный пароль"])
async def test_a_refusal_is_no_lost_session_though_the_account_leads_back_to_the_form(
    check, serve, portal, words
):
    both = NAME.format("<input name=password>")
    portal.pages = {
        "GET /": lambda _: both, "POST /": lambda _: both + words,
        "GET /me": lambda _: web.HTTPSeeOther("/"),
    }  # fmt: skip
    base = await serve(portal.app())
    seen = await check("login", url=base, account_url=f"{base}/me", **ACCOUNT)
    assert seen.reason is Reason.LOGIN_REJECTED


async def test_general_phrases_on_a_page_that_lets_in_mean_nothing(check, serve, portal):
    both = NAME.format("<input name=password>")
    portal.pages = {
        "GET /": lambda _: both, "POST /": lambda _: HOME + "Что делать, если неверный пароль?",
    }  # fmt: skip
    assert (await check("login", url=await serve(portal.app()), **ACCOUNT)).outcome is Outcome.UP


# ── an API ────────────────────────────────────────────────────────────────────

API = {**ACCOUNT, "style": "json", "success": "$.user.id"}


def answers(body: Any, status: int = 200) -> Callable[[web.Request], web.Response]:
    return lambda _: web.json_response(body, status=status)


async def test_an_api_gives_a_token_that_opens_the_account(check, serve, portal):
    portal.pages = {
        "POST /auth": answers({"data": {"jwt": "t0k"}}),
        "POST /code": answers({"data": {"jwt": "t0k2"}}),
        "GET /me": lambda r: web.json_response(
            {"user": {"id": 5}} if r.headers.get("Authorization") == "Bearer t0k2" else {}
        ),
    }
    base = await serve(portal.app())
    seen = await check(
        "login", url=f"{base}/auth", code_url=f"{base}/code", account_url=f"{base}/me",
        token="$.data.jwt", totp_secret=SECRET, **API,
    )  # fmt: skip
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [path for path, _ in portal.posted] == ["/auth", "/code"]
    assert "t0k" not in repr(seen)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {}, Reason.LOGIN_REJECTED),
        (423, {}, Reason.LOGIN_LOCKED),
        (400, {"error": "Неверный пароль"}, Reason.LOGIN_REJECTED),
        (429, {"error": "too many attempts"}, Reason.LOGIN_LOCKED),
        (400, {"code": "password_expired", "locked": False}, Reason.PASSWORD_EXPIRED),
        (400, {"errors": [{"detail": "account_locked"}]}, Reason.LOGIN_LOCKED),
        (400, {"captcha_required": True}, Reason.CAPTCHA_SHOWN),
        (400, {"captcha_required": False}, Reason.HTTP_4XX),
        (403, {"detail": "CSRF Failed: CSRF token missing."}, Reason.CSRF_MISSING),
        (403, {}, Reason.HTTP_403),
        (500, {}, Reason.HTTP_5XX),
        (200, {"user": None}, Reason.UNEXPECTED_CONTENT),
        (200, {"ok": False, "error": "INVALID_CREDENTIALS"}, Reason.LOGIN_REJECTED),
    ],
)
async def test_an_api_that_refuses_is_understood(check, serve, portal, status, body, reason):
    portal.pages = {"POST /auth": answers(body, status)}
    seen = await check("login", url=f"{await serve(portal.app())}/auth", **API)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, reason)


async def test_a_captcha_of_an_api_may_be_told_by_a_path(check, serve, portal):
    portal.pages = {"POST /auth": answers({"challenge": {"id": 7}}, 400)}
    base = await serve(portal.app())
    seen = await check("login", url=f"{base}/auth", captcha=["$.challenge"], **API)
    assert seen.reason is Reason.CAPTCHA_SHOWN


async def test_an_api_that_does_not_know_whom_it_let_in_has_lost_the_session(check, serve, portal):
    portal.pages = {"POST /auth": answers({"token": "t0k"}), "GET /me": answers({}, 401)}
    base = await serve(portal.app())
    seen = await check("login", url=f"{base}/auth", account_url=f"{base}/me", token="token", **API)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.SESSION_LOST)


# ── a code by SMS ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_code_by_sms_is_read_in_the_inbox_and_old_ones_are_not(
    check, serve, portal, arrives
):
    inbox = [{"id": 1, "text": "Код 1111"}]
    both = NAME.format("<input name=password>")

    def sent(_: web.Request) -> str:
        if arrives:
            inbox.append({"id": 2, "text": "Код 2222"})
        return CODE

    portal.pages = {
        "GET /": lambda _: both, "POST /": sent, "GET /in": answers(inbox),
        "POST /code": lambda _: HOME,
    }  # fmt: skip
    base = await serve(portal.app())
    sms = {"inbox_url": f"{base}/in", "wait": "200ms"}
    seen = await check("login", url=base, sms=sms, **ACCOUNT)
    if arrives:
        assert seen.outcome is Outcome.UP, seen.detail
        assert portal.posted[-1] == ("/code", {"code": "2222"})
    else:
        assert seen.reason is Reason.CODE_NOT_ARRIVED


# ── never locking its own account ─────────────────────────────────────────────


Again = Callable[..., Awaitable[Observation]]


async def test_after_two_refusals_it_waits_and_says_so(again: Again, serve, portal):
    both = NAME.format("<input name=password>")
    portal.pages = {"GET /": lambda _: both, "POST /": lambda _: both}
    settings = {**ACCOUNT, "url": await serve(portal.app()), "back_off": "5m"}
    reasons = [(await again(at, "login", **settings)).outcome for at in (0, 10, 20, 309, 311)]
    assert reasons == ["down", "down", "unknown", "unknown", "down"]
    waits = await again(320, "login", **settings)
    assert waits.reason is Reason.LOGIN_REJECTED
    assert "not asked until 12:15:11 UTC: 3 sign-ins in a row were refused" in waits.detail
    assert waits.steps == ()
    assert len(portal.posted) == 3


async def test_a_sign_in_that_works_ends_the_caution(again: Again, serve, portal):
    both = NAME.format("<input name=password>")
    replies = [both, HOME, both, both]
    portal.pages = {"GET /": lambda _: both, "POST /": lambda _: replies.pop(0)}
    settings = {**ACCOUNT, "url": await serve(portal.app())}
    outcomes = [(await again(at, "login", **settings)).outcome for at in range(5)]
    assert outcomes == ["down", "up", "down", "down", "unknown"]


async def test_an_outage_of_another_kind_is_not_waited_out(again: Again, serve, portal):
    portal.pages = {"GET /": lambda _: page("", 500)}
    settings = {**ACCOUNT, "url": await serve(portal.app())}
    outcomes = [(await again(at, "login", **settings)).outcome for at in range(4)]
    assert outcomes == ["down"] * 4


@given(st.lists(st.integers(1, 400), max_size=60), st.floats(1, 7200))
def test_refused_again_and_again_it_asks_at_most_twice_and_then_no_faster_than_its_pause(
    gaps, pause
):
    notes: dict[str, Any] = {}
    now, asked = datetime(2026, 1, 1, tzinfo=UTC), []
    for gap in gaps:
        now += timedelta(seconds=gap)
        caution = Caution(notes, pause)
        try:
            caution.check(now)
        except UnwellError:
            continue
        asked.append(now)
        caution.note(Reason.LOGIN_REJECTED, now)
    spans = [later - earlier for earlier, later in pairwise(asked[1:])]
    assert all(span >= timedelta(seconds=pause) for span in spans)


def test_with_the_usual_pause_any_half_an_hour_sees_four_refusals_at_most():
    notes: dict[str, Any] = {}
    noon, asked = datetime(2026, 1, 1, 12, tzinfo=UTC), []
    for second in range(0, 24 * 3600, 10):
        caution = Caution(notes, LoginSettings.model_fields["back_off"].default)
        try:
            caution.check(noon + timedelta(seconds=second))
        except UnwellError:
            continue
        asked.append(second)
        caution.note(Reason.PASSWORD_EXPIRED, noon + timedelta(seconds=second))
    assert max(sum(begin <= at < begin + 1800 for at in asked) for begin in asked) == 4
    assert len(asked) < 30, "at most one an hour in the long run"
