"""Signing in: sessions, one-use tokens, one-time codes and the lock after five refusals."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

REJECTED = "Неверный логин, пароль или код"
LOCKED = "Вход временно заблокирован"


async def said(answer):
    error = LexborHTMLParser(await answer.text()).css_first(".error")
    return error.text(strip=True) if error else None


async def test_the_form_asks_for_what_the_journey_needs(portal):
    form = (await portal.page("/login")).css_first("form")
    assert form.attributes["method"] == "post"
    assert {i.attributes["name"] for i in form.css("input")} == {
        "csrf_token",
        "username",
        "password",
        "code",
    }


async def test_right_credentials_lead_to_the_account(portal):
    answer = await portal.sign_in()
    assert (answer.status, answer.headers["Location"]) == (303, "/portal/account")
    account = await portal.page("/account")
    assert account.css_first("main[data-user=demo] h1").text() == "Личный кабинет"


async def test_without_a_session_the_account_sends_to_the_form(portal):
    answer = await portal.ask("GET", "/account")
    assert (answer.status, answer.headers["Location"]) == (303, "/portal/login")


async def test_a_session_that_only_saw_the_form_is_not_signed_in(portal):
    await portal.csrf()
    assert (await portal.ask("GET", "/account")).status == 303


async def test_the_session_gets_a_new_id_when_it_signs_in(portal):
    await portal.csrf()
    (before,) = (c.value for c in portal.session.cookie_jar)
    await portal.sign_in()
    (after,) = (c.value for c in portal.session.cookie_jar)
    assert before != after
    portal.session.cookie_jar.clear()
    answer = await portal.ask("GET", "/account", headers={"Cookie": f"portal_session={before}"})
    assert answer.status == 303


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(portal):
    answer = await portal.ask("GET", "/login")
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_session_unused_for_half_an_hour_is_over(portal, time):
    await portal.sign_in()
    time.passes(1801)
    assert (await portal.ask("GET", "/account")).status == 303


async def test_logging_out_ends_the_session(portal):
    await portal.sign_in()
    (cookie,) = (c.value for c in portal.session.cookie_jar)
    assert (await portal.ask("POST", "/logout")).status == 303
    portal.session.cookie_jar.clear()
    answer = await portal.ask("GET", "/account", headers={"Cookie": f"portal_session={cookie}"})
    assert answer.status == 303


@pytest.mark.parametrize(
    "wrong", [{"username": "someone"}, {"password": "guess"}, {"code": "000000"}, {"code": ""}]
)
async def test_any_wrong_field_is_refused_in_the_same_words(portal, wrong):
    answer = await portal.sign_in(**wrong)
    assert (answer.status, await said(answer)) == (200, REJECTED)
    assert (await portal.ask("GET", "/account")).status == 303


@pytest.mark.parametrize(("ago", "status"), [(30, 303), (-30, 303), (90, 200), (-90, 200)])
async def test_a_code_may_be_one_step_off_and_no_more(portal, ago, status):
    assert (await portal.sign_in(code=portal.code(ago=ago))).status == status


async def test_a_code_may_be_used_again(portal):
    code = portal.code()
    assert (await portal.sign_in(code=code)).status == 303
    assert (await portal.sign_in(code=code)).status == 303


@pytest.mark.parametrize("token", ["forged", "ё"])
async def test_a_forged_token_is_403(portal, token):
    await portal.csrf()
    assert (await portal.sign_in(csrf_token=token)).status == 403


async def test_a_missing_token_is_403(portal):
    await portal.csrf()
    assert (await portal.ask("POST", "/login", data={"username": "x"})).status == 403


async def test_a_token_without_its_session_is_403(portal):
    token = await portal.csrf()
    portal.session.cookie_jar.clear()
    assert (await portal.sign_in(csrf_token=token)).status == 403


async def test_a_token_is_good_once(portal):
    token = await portal.csrf()
    assert (await portal.sign_in(csrf_token=token, password="guess")).status == 200
    assert (await portal.sign_in(csrf_token=token)).status == 403


async def test_a_body_that_is_no_form_is_403(portal):
    answer = await portal.ask("POST", "/login", data=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status == 403


async def test_a_body_in_no_known_charset_is_403(portal):
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    assert (await portal.ask("POST", "/login", data=b"a=b", headers=kind)).status == 403


async def test_a_refused_form_comes_with_a_fresh_one(portal):
    refused = LexborHTMLParser(await (await portal.sign_in(password="guess")).text())
    token = refused.css_first("input[name=csrf_token]").attributes["value"]
    assert (await portal.sign_in(csrf_token=token)).status == 303


async def test_five_refusals_in_a_row_lock_out_even_the_right_password(portal):
    for _ in range(5):
        assert await said(await portal.sign_in(password="guess")) == REJECTED
    answer = await portal.sign_in()
    assert (answer.status, await said(answer)) == (200, LOCKED)


async def test_the_lock_opens_after_five_minutes_with_a_new_count(portal, time):
    for _ in range(5):
        await portal.sign_in(password="guess")
    time.passes(299)
    assert await said(await portal.sign_in()) == LOCKED
    time.passes(1)
    assert await said(await portal.sign_in(password="guess")) == REJECTED
    assert (await portal.sign_in()).status == 303


async def test_half_an_hour_forgets_refusals(portal, time):
    for _ in range(4):
        await portal.sign_in(password="guess")
    time.passes(1800)
    assert await said(await portal.sign_in(password="guess")) == REJECTED
    assert (await portal.sign_in()).status == 303


async def test_a_success_in_between_starts_the_count_again(portal):
    for _ in range(2):
        for _ in range(4):
            await portal.sign_in(password="guess")
        assert (await portal.sign_in()).status == 303


async def test_a_lock_out_outlives_kill_9(portal, start_portal):
    for _ in range(5):
        await portal.sign_in(password="guess")
    again = await start_portal()
    assert await said(await again.sign_in()) == LOCKED


async def test_another_site_cannot_log_anybody_out(portal):
    await portal.sign_in()
    answer = await portal.ask("POST", "/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert (await portal.ask("GET", "/account")).status == 200
