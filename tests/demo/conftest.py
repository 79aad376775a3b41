"""A portal on real sockets, a citizen who uses it, and time that passes when told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import (
    ClientResponse,
    ClientSession,
    CookieJar,
    FormData,
    ServerDisconnectedError,
    web,
)
from aiohttp.test_utils import TestServer
from blockbuster import blockbuster_ctx
from selectolax.lexbor import LexborHTMLParser

from vahta.demo.portal import PASSWORD, USERNAME, Pace, make_portal

JOURNEYS = ("login", "sms", "upload", "status_sync")
SERVICES = (
    "home",
    "search",
    "payments",
    "appointments",
    "documents",
    "notifications",
    "signature",
    "support_chat",
)


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop() -> Iterator[None]:
    with blockbuster_ctx(["vahta.demo"]):
        yield


@dataclass
class Time:
    """Wall clock, monotonic clock and sleep, all moved by hand."""

    now: datetime = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    monotonic: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passes(seconds)

    def pace(self) -> Pace:
        return Pace(save=3600, sleep=self.sleep, time=lambda: self.monotonic)


class Portal:
    """A browser and a script in front of one running portal."""

    def __init__(self, base: str, session: ClientSession, time: Time) -> None:
        self.base = base
        self.session = session
        self.time = time

    async def ask(self, method: str, path: str, **options: Any) -> ClientResponse:
        """One request, without following redirects; the body is read."""
        options.setdefault("allow_redirects", False)
        answer = await self.session.request(method, f"{self.base}{path}", **options)
        await answer.read()
        return answer

    async def page(self, path: str, **options: Any) -> LexborHTMLParser:
        return LexborHTMLParser(await (await self.ask("GET", path, **options)).text())

    async def faults(self) -> dict[str, str]:
        faults: dict[str, str] = await (await self.ask("GET", "/faults")).json()
        return faults

    async def break_(self, component: str, mode: str) -> None:
        answer = await self.ask("PUT", f"/faults/{component}", json={"mode": mode})
        assert answer.status == 200

    async def csrf(self) -> str:
        field = (await self.page("/login")).css_first("input[name=csrf_token]")
        assert field is not None
        return field.attributes["value"] or ""

    def code(self, *, ago: float = 0) -> str:
        """RFC 6238, spelled out: the portal must agree with the standard, not with a library."""
        step = int(self.time.now.timestamp() - ago) // 30
        key = base64.b32decode("JBSWY3DPEHPK3PXP")
        digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
        at = digest[-1] & 15
        return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"

    async def sign_in(self, **changed: str) -> ClientResponse:
        form = {
            "csrf_token": changed.pop("csrf_token", None) or await self.csrf(),
            "username": USERNAME,
            "password": PASSWORD,
            "code": self.code(),
        }
        return await self.ask("POST", "/login", data=form | changed)

    async def upload(self, content: bytes) -> ClientResponse:
        form = FormData()
        form.add_field("file", io.BytesIO(content), filename="справка.pdf")
        return await self.ask("POST", "/documents", data=form)


_SAID = {
    "Неверный логин, пароль или код": "rejected",
    "Вход временно заблокирован": "locked",
    "Срок действия пароля истёк": "expired",
}


class Citizen:
    """Uses each component as a person would and says in one word what is wrong with it."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    async def try_(self, component: str) -> str:
        portal = self.portal
        portal.session.cookie_jar.clear()
        portal.time.slept.clear()
        use = getattr(self, component, None)
        try:
            said: str = await (use() if use else self.service(component))
        except ServerDisconnectedError:
            return "down"
        except _RefusedError as refused:
            return f"error_{refused}"
        slept = portal.time.slept
        if said == "ok" and slept:
            return "slow" if set(slept) == {1.2} else "late"
        return said

    async def login(self) -> str:
        page = LexborHTMLParser(await _good(await self.portal.ask("GET", "/login")).text())
        field = page.css_first("input[name=csrf_token]")
        if page.css_first(".captcha"):
            return "captcha"
        if field is None:
            return "no_csrf" if page.css_first("input[name=password]") else "corrupt"
        answer = await self.portal.sign_in(csrf_token=field.attributes["value"] or "")
        if answer.status == 403:
            return "stale"
        said = LexborHTMLParser(await answer.text()).css_first(".error")
        if said is not None:
            return _SAID[said.text()]
        assert answer.status == 303
        account = await self.portal.ask("GET", "/account")
        return "ok" if _good(account).status == 200 else "lost"

    async def sms(self) -> str:
        phone = "+7 900 000-00-00"
        sent = await self.portal.ask("POST", "/sms/send", json={"phone": phone})
        name = (await _good(sent).json())["id"]
        for word, wait in (("ok", 0.2), ("late", 1.4), ("lost", 3600)):
            self.portal.time.passes(wait)
            inbox = await self.portal.ask("GET", "/sms/inbox", params={"phone": phone})
            messages = await _good(inbox).json()
            if any(m["id"] == name and re.search(r"\b\d{6}\b", m["text"]) for m in messages):
                return word
            if any(m["id"] == name for m in messages):
                return "corrupt"
            if word == "ok" and messages and messages[-1]["received_at"] == _spelled(self.portal):
                return "stale"
        return "lost"

    async def upload(self) -> str:
        content = secrets.token_bytes(100)
        name = (await _good(await self.portal.upload(content)).json())["id"]
        for word, wait in (("ok", 0.2), ("late", 9.8)):
            self.portal.time.passes(wait)
            status = await self.portal.ask("GET", f"/documents/{name}")
            if _good(status).status == 404:
                return "lost"
            if (await status.json())["status"] == "ready":
                back = await (await self.portal.ask("GET", f"/documents/{name}/content")).read()
                await self.portal.ask("DELETE", f"/documents/{name}")
                if back == content:
                    return word
                return "corrupt" if len(back) == len(content) else "stale"
        return "stuck"

    async def status_sync(self) -> str:
        portal = self.portal
        status = f"Готово к выдаче {secrets.token_hex(4)}"
        _good(await portal.ask("PUT", "/registry/applications/42", json={"status": status}))
        for word, wait in (("ok", 0.2), ("late", 1.4), ("lost", 3600)):
            portal.time.passes(wait)
            answer = _good(await portal.ask("GET", "/api/applications/42"))
            shown = (await answer.json())["status"] if answer.status == 200 else None
            if shown == status:
                return word
            if shown and shown.startswith("Отклонено, решение № "):
                return "corrupt"
        return "lost"

    async def service(self, name: str) -> str:
        answer = _good(await self.portal.ask("GET", f"/services/{name}"))
        if answer.status == 404:
            return "lost"
        page = LexborHTMLParser(await answer.text())
        if page.css_first(f"[data-service='{name}-old']") and "Готово" not in page.html:
            return "stale"
        if page.css_first(f"[data-service='{name}']") and "Готово" in page.html:
            return "ok"
        return "corrupt"


class _RefusedError(Exception):
    """The portal said 403 or 500."""


def _good(answer: ClientResponse) -> ClientResponse:
    if answer.status in {403, 500}:
        raise _RefusedError(str(answer.status))
    return answer


def _spelled(portal: Portal) -> str:
    return f"{portal.time.now:%Y-%m-%dT%H:%M:%S}.{portal.time.now.microsecond // 1000:03d}Z"


Start = Callable[..., Awaitable[Portal]]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def start_portal(tmp_path: Path, time: Time) -> AsyncIterator[Start]:
    """Start a portal on a state file. One never closed before the next starts was kill -9'd."""
    async with AsyncExitStack() as up:

        async def start(prefix: str = "/portal", *, file: Path | None = None) -> Portal:
            app = web.Application()
            state_file = file or tmp_path / "portal.json"
            portal = await make_portal(state_file, clock=lambda: time.now, pace=time.pace())
            app.add_subapp(prefix, portal)
            server = TestServer(app)
            await server.start_server()
            up.push_async_callback(server.close)
            session = await up.enter_async_context(ClientSession(cookie_jar=CookieJar(unsafe=True)))
            return Portal(f"http://127.0.0.1:{server.port}{prefix}", session, time)

        yield start


@pytest.fixture
async def portal(start_portal: Start) -> Portal:
    return await start_portal()


@pytest.fixture
def citizen(portal: Portal) -> Citizen:
    return Citizen(portal)


@pytest.fixture
def citizen_of() -> Callable[[Portal], Citizen]:
    return Citizen


@pytest.fixture
def read_json() -> Callable[[Path], Any]:
    return lambda path: json.loads(path.read_text())


@pytest.fixture
def sha256() -> Callable[[bytes], str]:
    return lambda content: hashlib.sha256(content).hexdigest()
