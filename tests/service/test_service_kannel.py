"""Debian's Kannel hands a message on as it does by default, and the waiting probe has its code."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "e7c4b0a1-hook-of-kannel"
FAKE = "/usr/lib/kannel/test/fakesmsc"
KANNEL = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = x
smsbox-port = {box}
smsbox-interface = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = fake
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
mo-recode = true

group = sms-service
keyword = default
catch-all = yes
max-messages = 0
get-url = "{base}/hooks/sms/{token}?id=%I&text=%a"
"""
CONFIG = """
[portal]
name = "Портал"
[[component]]
id = "sms"
name = "СМС"
[[probe]]
id = "code"
kind = "sms"
component = "sms"
every = "500ms"
timeout = "50s"
wait = "45s"
request_url = "{portal}/send"
hook = "{token}"
match = "new"
code = 'Код (\\d{{4}})'
"""


@pytest.fixture
async def portal() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Its address, and whether it was asked for a code."""
    asked = asyncio.Event()

    async def send(_: web.Request) -> web.Response:
        asked.set()
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/send", send)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), asked


@pytest.fixture
def programs(needs: Callable[[str], str]) -> tuple[str, str, str]:
    return needs("bearerbox"), needs("smsbox"), needs(FAKE)


@pytest.fixture
def running(tmp_path: Path):
    """Starts a program in the background, and ends it with the test."""
    with ExitStack() as stack:

        def start(*command: str) -> None:
            out = stack.enter_context((tmp_path / f"{Path(command[0]).name}.log").open("w"))
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=tmp_path)
            stack.callback(process.wait)
            stack.callback(process.kill)

        yield start


def free_ports(*names: str) -> dict[str, int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in zip(names, sockets, strict=True)}


async def opens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(0.05)


async def up(base: str) -> None:
    """Returns when the probe has been up."""
    async with aiohttp.ClientSession() as client, asyncio.timeout(40):
        while True:
            async with client.get(f"{base}/metrics") as answer:
                lines = (await answer.text()).splitlines()
            counts = [one for one in lines if one.startswith("vahta_observations_total")]
            if any('outcome="up"' in one and not one.endswith(" 0.0") for one in counts):
                return
            await asyncio.sleep(0.05)


async def test_a_message_that_kannel_received_reaches_the_probe(
    serves: Any, programs, portal, running, tmp_path: Path
) -> None:
    bearerbox, smsbox, fakesmsc = programs
    address, asked = portal
    async with serves(CONFIG.format(portal=address, token=TOKEN)) as (base, _):
        ports = free_ports("admin", "box", "smsc", "sendsms")
        config = tmp_path / "kannel.conf"
        config.write_text(KANNEL.format(base=base, token=TOKEN, **ports))
        running(bearerbox, str(config))
        await opens(ports["box"])
        running(smsbox, str(config))
        await opens(ports["sendsms"])
        await opens(ports["smsc"])
        await asked.wait()
        words = "".join(f"%{byte:02X}" for byte in "Код 4821".encode("utf-16-be"))
        sms = f"123 79001234567 ucs2 {words}"
        at = ("-H", "127.0.0.1", "-r", str(ports["smsc"]))
        running(fakesmsc, *at, "-i", "0.5", "-m", "20", sms)
        await up(base)
