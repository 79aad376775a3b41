"""The login probe at the demo's doors: each way in, each trouble, and never locked out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from probes.attempt import Standpoint
from probes.catalog import kinds
from probes.memory import Memory
from probes.network import Network
from probes.observation import Observation, Outcome, Reason
from probes.settings import ProbeSettings
from vahta.config import load
from vahta.demo.portal import PASSWORD, TOTP_SECRET, USERNAME

CONFIG = Path(__file__).parents[2] / "config.toml"
KIND = kinds()["login"]
ACCOUNT = {
    "id": "sign-in",
    "kind": "login",
    "component": "login",
    "username": USERNAME,
    "password": PASSWORD,
    "totp_secret": TOTP_SECRET,
}
PAGE = {"success": "main[data-user]", "logout_url": "{base}/logout"}
WAYS: dict[str, dict[str, str]] = {
    "form": {"url": "{base}/login", **PAGE},
    "sso": {"url": "{base}/sso", **PAGE},
    "json": {
        "url": "{base}/api/sign-in",
        "style": "json",
        "token": "token",
        "account_url": "{base}/api/account",
        "success": "$.user.name",
        "logout_url": "{base}/api/sign-out",
    },
}
TROUBLES = {
    "ok": None,
    "captcha": Reason.CAPTCHA_SHOWN,
    "locked": Reason.LOGIN_LOCKED,
    "expired": Reason.PASSWORD_EXPIRED,
    "rejected": Reason.LOGIN_REJECTED,
    "no_csrf": Reason.CSRF_MISSING,
    "stale": Reason.CSRF_MISSING,
    "lost": Reason.SESSION_LOST,
    "corrupt": Reason.UNEXPECTED_CONTENT,
}
Ask = Callable[[ProbeSettings], Awaitable[Observation]]


def settings(way: str, base: str, **more: Any) -> ProbeSettings:
    """As a newcomer configures it: general signs have to do."""
    if way == "config.toml":
        config = load(CONFIG, environ={"PORTAL_URL": base})
        return next(probe for probe in config.probes if probe.id == "login")
    where = {key: value.format(base=base) for key, value in WAYS[way].items()}
    return KIND.settings.model_validate({**ACCOUNT, **where, **more})


@pytest.fixture
async def ask(time) -> AsyncIterator[Ask]:
    """One run of a probe; all runs share one memory."""
    memory = Memory()
    async with Network() as network:
        here = Standpoint(location="here", clock=lambda: time.now, network=network, memory=memory)

        async def run(wanted: ProbeSettings) -> Observation:
            return (await here.take(KIND, wanted)).seen

        yield run


@pytest.mark.parametrize("trouble", list(TROUBLES))
@pytest.mark.parametrize("way", [*WAYS, "config.toml"])
async def test_each_trouble_has_its_own_reason_whatever_the_way_in(portal, ask, way, trouble):
    await portal.break_("login", trouble)
    seen = await ask(settings(way, portal.base))
    expected = (Outcome.UP if trouble == "ok" else Outcome.DOWN, TROUBLES[trouble])
    assert (seen.outcome, seen.reason) == expected, seen.detail


@pytest.mark.parametrize("way", list(WAYS))
async def test_a_day_of_a_wrong_password_never_locks_the_account(portal, ask, time, way):
    wrong = settings(way, portal.base, password="guess")
    seen = []
    for _ in range(24 * 60):
        seen.append(await ask(wrong))
        time.passes(60)
    assert {one.reason for one in seen} == {Reason.LOGIN_REJECTED}, "never login_locked"
    asked = [one for one in seen if one.outcome is Outcome.DOWN]
    assert 20 < len(asked) < 30
    assert (await ask(settings(way, portal.base, id="other"))).outcome is Outcome.UP


async def test_single_sign_on_goes_by_way_of_the_other_host_and_back(portal, ask):
    begun = await portal.ask("GET", "/sso")
    there = URL(begun.headers["Location"])
    assert (there.host, there.path) == ("localhost", "/portal/identity")
    assert set(begun.cookies) == {"portal_state"}
    seen = await ask(settings("sso", portal.base))
    assert [step.name for step in seen.steps] == ["form", "password", "log-out"]
    assert seen.outcome is Outcome.UP


async def identified(portal) -> str:
    """The address with a fresh ticket that the host that knows people sends somebody to."""
    asked = await portal.ask("GET", "/sso")
    there = asked.headers["Location"]
    page = await portal.session.get(there)
    token = (await page.text()).split('name="csrf_token" value="')[1].split('"')[0]
    form = {"username": USERNAME, "password": PASSWORD, "code": portal.code(), "csrf_token": token}
    sent = await portal.session.post(there, data=form, allow_redirects=False)
    assert sent.status == 303
    assert (
        f"form-action 'self' {URL(portal.base).origin()}" in page.headers["Content-Security-Policy"]
    )
    return sent.headers["Location"]


async def test_a_ticket_is_good_once(portal):
    back = await identified(portal)
    assert back.startswith(f"{portal.base}/ticket?")
    first = await portal.session.get(back, allow_redirects=False)
    assert (first.status, first.headers["Location"]) == (303, "/portal/account")
    assert (await portal.session.get(back, allow_redirects=False)).status == 403


@pytest.mark.parametrize("change", [{"state": "other"}, {"ticket": "other"}, {"ticket": ""}])
async def test_a_ticket_without_its_other_half_is_refused(portal, change):
    back = URL(await identified(portal))
    if "state" in change:
        portal.session.cookie_jar.clear()
    answer = await portal.session.get(back.update_query(change), allow_redirects=False)
    assert answer.status == 403


async def test_a_ticket_of_somebody_else_is_refused(portal):
    back = await identified(portal)
    portal.session.cookie_jar.clear()
    await portal.ask("GET", "/sso")  # the state of another sign-in
    assert (await portal.session.get(back, allow_redirects=False)).status == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"username": 1}'])
async def test_the_api_refuses_what_makes_no_sense(portal, body):
    answer = await portal.ask("POST", "/api/sign-in", data=body)
    assert (answer.status, (await answer.json())["error"]) == (401, "invalid_credentials")


async def test_signing_out_ends_the_token(portal):
    typed = {"username": USERNAME, "password": PASSWORD, "code": portal.code()}
    token = (await (await portal.ask("POST", "/api/sign-in", json=typed)).json())["token"]
    mine = {"Authorization": f"Bearer {token}"}
    known = await portal.ask("GET", "/api/account", headers=mine)
    assert (known.status, await known.json()) == (200, {"user": {"name": "demo"}})
    assert (await portal.ask("POST", "/api/sign-out", headers=mine)).status == 204
    assert (await portal.ask("GET", "/api/account", headers=mine)).status == 401
