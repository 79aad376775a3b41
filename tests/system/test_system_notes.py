"""kill -9 costs at most what the probes noted in the last half second."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(120)]

CAP, KILLS = 3, 1
CONFIG = """
[portal]
name = "Портал"
[http]
listen = "127.0.0.1:{port}"
[state]
dir = "state"
[[component]]
id = "sms"
name = "СМС"
[[probe]]
id = "code"
kind = "sms"
component = "sms"
every = "800ms"
timeout = "5s"
wait = "4s"
request_url = "{base}/send"
inbox_url = "{base}/inbox"
daily_cap = 3
"""


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[str, list[str]]]:
    """Sends every code at once, and counts them."""
    sent: list[str] = []

    async def send(_: web.Request) -> web.Response:
        sent.append(str(len(sent)))
        return web.json_response({"id": sent[-1]})

    async def inbox(_: web.Request) -> web.Response:
        return web.json_response([{"id": id_, "text": "Код 4821"} for id_ in sent])

    app = web.Application()
    app.add_routes([web.post("/send", send), web.get("/inbox", inbox)])
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/"), sent
    await server.close()


async def test_the_daily_cap_holds_over_kill_9(
    start, eventually, free_port, gateway, tmp_path: Path
) -> None:
    base, sent = gateway
    port = free_port()
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(base=base, port=port), encoding="utf-8")

    def noted() -> bool:
        with sqlite3.connect(tmp_path / "state" / "vahta.sqlite3") as db:
            rows = db.execute("SELECT notes FROM probe_note").fetchall()
        db.close()
        return any(f'"spent":{len(sent)}' in notes for (notes,) in rows)

    for kills in range(KILLS):
        service = await start("-m", "vahta", "-c", str(config), "run", port=port)

        async def is_noted(fewest: int = kills + 1) -> bool:
            return len(sent) >= fewest and noted()

        await eventually(is_noted)
        await service.kill()

    service = await start("-m", "vahta", "-c", str(config), "run", port=port)

    async def is_capped() -> bool:
        return 'reason="code_not_sent"}' in await service.text("/metrics")

    await eventually(is_capped)
    assert CAP <= len(sent) <= CAP + KILLS
