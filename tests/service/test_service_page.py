"""From a probe to the citizens' page through the whole service, on a quick clock."""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from probes.observation import Observation, Outcome
from vahta import clock
from vahta.config import load
from vahta.demo.portal import make_portal
from vahta.service import Service, built, no_checkpoint
from vahta.watching import in_sight

TOLD = {
    "no_csrf": "форма входа не отправляется",
    "captcha": "просят ввести символы с картинки",
    "lost": "выбрасывает сразу после входа",
    "expired": "требуют сменить пароль",
    "locked": "вход блокируется",
    "rejected": "верный пароль не принимается",
}
HEAD = """
[portal]
name = "Портал"
[rules]
recheck = "50ms"
open_after = 1
close_after = 1
monitor_for = "0s"
publish_after = "0s"
flap_after = 0
"""
LOGIN = """
[[component]]
id = "login"
name = "Вход"
[[probe]]
id = "login"
kind = "login"
component = "login"
every = "100ms"
open_after = 1
timeout = "5s"
url = "{base}/login"
username = "vahta-demo"
password = "demo-password"
totp_secret = "JBSWY3DPEHPK3PXP"
csrf = "csrf_token"
success = "main[data-user]"
back_off = "10ms"
"""
LINE = """
[[component]]
id = "{id}"
name = "{id}"
[[probe]]
id = "{id}"
kind = "http"
component = "{id}"
every = "100ms"
timeout = "1s"
url = "http://127.0.0.1:{port}/"
"""
PATIENCE = 30.0


class Site:
    """The published files, and the service that publishes them."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def read(self, path: str) -> Any:
        text = (self.service.config.page_dir / path).read_text(encoding="utf-8")
        return json.loads(text) if path.endswith(".json") else text

    def statuses(self) -> set[str]:
        return {c["status"] for c in self.read("api/v2/components.json")["components"]}

    def incidents(self) -> list[dict[str, Any]]:
        return self.read("api/v2/incidents/unresolved.json")["incidents"]

    async def eventually(self, what: Callable[[], Any]) -> Any:
        async with asyncio.timeout(PATIENCE):
            while True:
                if not self.service.unready():
                    found = what()
                    found = await found if inspect.isawaitable(found) else found
                    if found:
                        return found
                await asyncio.sleep(0.02)


Open = Callable[..., Any]


@pytest.fixture
def site_of(tmp_path: Path) -> Open:
    """The site of a service that runs under a config."""

    @asynccontextmanager
    async def run(text: str, *, runs: bool = True) -> AsyncIterator[Site]:
        file = tmp_path / "config.toml"
        file.write_text(f'{text}[state]\ndir = "{tmp_path / "state"}"\n', encoding="utf-8")
        async with built(load(file, environ={}), checkpoint=no_checkpoint) as service:
            running = asyncio.ensure_future(service.run() if runs else asyncio.sleep(0))
            try:
                yield Site(service)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    return run


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[tuple[str, Callable[[str], Awaitable[None]]]]:
    """The demo's portal: its address, and a switch for how signing in is broken."""
    app = web.Application()
    app.add_subapp("/portal", await make_portal(tmp_path / "portal.json", clock=clock.now))
    async with TestServer(app) as server, ClientSession() as session:
        base = f"http://127.0.0.1:{server.port}/portal"

        async def set_to(mode: str) -> None:
            async with session.put(f"{base}/faults/login", json={"mode": mode}) as answer:
                assert answer.status == 200

        yield base, set_to


async def test_each_trouble_with_signing_in_reaches_the_page_with_its_own_words(site_of, portal):
    base, set_to = portal
    async with site_of(HEAD + LOGIN.format(base=base)) as site:
        await site.eventually(lambda: site.statuses() == {"operational"})
        for mode, words in TOLD.items():
            await set_to(mode)
            await site.eventually(
                lambda words=words: [words in one["name"] for one in site.incidents()] == [True]
            )
            assert words in site.read("index.html")
        await set_to("ok")
        await site.eventually(lambda: site.incidents() == [])
        await site.eventually(lambda: site.statuses() == {"operational"})


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def enough_looks(service: Service) -> list[int]:
    """How often each probe has seen each thing, zeros left out; nothing before five of each."""
    told = (await service.metrics_text()).decode()
    counts = [
        int(float(line.rpartition(" ")[2]))
        for line in told.splitlines()
        if line.startswith("vahta_observations_total{")
    ]
    found = [count for count in counts if count]
    return found if min(found, default=0) >= 5 else []


async def test_on_a_dead_line_nothing_opens_and_everything_is_unknown(site_of, closed_port: int):
    text = HEAD + "".join(LINE.format(id=one, port=closed_port) for one in ("home", "search"))
    witness = f'[[witness]]\nid = "outside"\naddress = "127.0.0.1:{closed_port}"\n'
    async with site_of(text + witness) as site:
        await site.eventually(lambda: site.service.recorder.blind_since)
        seen = await site.eventually(lambda: enough_looks(site.service))
        assert len(seen) == 2, "each of the two was looked at, and never but blindly"
        assert site.service.state.register.open_incidents() == []
        assert site.incidents() == []
        assert site.statuses() == {"unknown"}
        assert b"vahta_blind 1.0" in await site.service.metrics_text()


async def test_the_same_failures_with_a_witness_that_answers_are_an_outage(
    site_of, closed_port: int, site: str
):
    text = HEAD + LINE.format(id="home", port=closed_port)
    async with site_of(f'{text}[[witness]]\nid = "outside"\nurl = "{site}/"\n') as page:
        await page.eventually(page.incidents)
        assert page.statuses() == {"major_outage"}


async def test_while_we_are_blind_nothing_is_in_sight(site_of, closed_port: int):
    async with site_of(HEAD + LINE.format(id="home", port=closed_port), runs=False) as page:
        recorder = page.service.recorder
        now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        seen = partial(in_sight, recorder, ["home", "never"], now)
        recorder.observe(
            Observation("home", "home", "http", "local", now, Outcome.UP, None, "", 0.1)
        )
        assert seen() == ["home"]
        recorder.blind_since = now
        assert list(seen()) == []
