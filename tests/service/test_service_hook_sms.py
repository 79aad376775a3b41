"""An SMS gateway posts what came in, and the waiting probe has its code."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

TOKEN = "e7c4b0a1-hook-of-the-gateway"
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
every = "200ms"
timeout = "20s"
wait = "15s"
request_url = "{base}/send"
hook = "{token}"
{fields}
"""
PARKED = "http://127.0.0.1:9"


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@dataclass
class Portal:
    """Sends codes through a gateway, which posts them as ``post`` does."""

    base: str = ""
    post: Any = None
    posting: list[asyncio.Task[None]] = field(default_factory=list)


@pytest.fixture
async def portal(client: aiohttp.ClientSession) -> AsyncIterator[Portal]:

    made = Portal()

    async def send(_: web.Request) -> web.Response:
        made.posting.append(asyncio.create_task(made.post("m-17")))
        return web.json_response({"id": "m-17"})

    app = web.Application()
    app.router.add_post("/send", send)
    server = TestServer(app)
    await server.start_server()
    made.base = str(server.make_url("")).rstrip("/")
    yield made
    for task in made.posting:
        task.cancel()
    await asyncio.gather(*made.posting, return_exceptions=True)
    await server.close()


async def outcome(client: aiohttp.ClientSession, base: str) -> str:
    """The first word of the probe that is not about waiting, in the metrics."""
    while True:
        async with client.get(f"{base}/metrics") as answer:
            for line in (await answer.text()).splitlines():
                if line.startswith("vahta_observations_total") and not line.endswith(" 0.0"):
                    return line.split('outcome="')[1].split('"')[0]
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ("", {"json": {"id": "m-17", "text": "Код 4821"}}),
        ("", {"json": [{"id": "m-16", "text": "Код 1"}, {"id": "m-17", "text": "Код 4821"}]}),
        (
            'text = "Body"\nmessage_id = "id"',
            {"data": {"id": "m-17", "Body": "Код 4821", "From": "+79000000000"}},
        ),
        (
            'messages = "$.data.payload"\ntext = "$.content.text"',
            {"json": {"data": {"payload": {"id": "m-17", "content": {"text": "Код 4821"}}}}},
        ),
    ],
    ids=["JSON", "a list", "a form", "deeper down"],
)
async def test_a_posted_message_reaches_the_probe_that_waits(
    serves: Any, portal: Any, client: aiohttp.ClientSession, fields: str, body: dict[str, Any]
) -> None:
    text = CONFIG.format(base=portal.base, token=TOKEN, fields=fields)
    statuses: list[int] = []
    async with serves(text) as (base, _):

        async def post(_: str) -> None:
            async with client.post(f"{base}/hooks/sms/{TOKEN}", **body) as answer:
                statuses.append(answer.status)

        portal.post = post
        assert await outcome(client, base) == "up"
    assert statuses[0] == 200


async def test_a_message_may_come_in_the_address(
    serves: Any, portal: Any, client: aiohttp.ClientSession
) -> None:
    async with serves(CONFIG.format(base=portal.base, token=TOKEN, fields="")) as (base, _):

        async def get(_: str) -> None:
            fields = {"id": "m-17", "text": "Код 4821", "from": "+79000000000"}
            async with client.get(f"{base}/hooks/sms/{TOKEN}", params=fields) as answer:
                assert await answer.json() == {"status": "ok"}

        portal.post = get
        assert await outcome(client, base) == "up"


@pytest.mark.parametrize(
    "query", ["", "?id=1", "?text=", "?text=%FF%00&id=%ZZ", "?" + "a=1&" * 900]
)
async def test_hostile_addresses_are_answered_and_nothing_breaks(hook, client, query) -> None:
    async with client.get(URL(hook + TOKEN + query, encoded=True)) as answer:
        assert answer.status == (200 if "%FF" in query else 400)


@pytest.fixture
async def hook(serves: Any) -> AsyncIterator[str]:
    """The base of a service whose probe has nobody to ask, so that nobody waits either."""
    async with serves(CONFIG.format(base=PARKED, token=TOKEN, fields="")) as (base, _):
        yield f"{base}/hooks/sms/"


async def test_the_answer_is_the_same_whether_or_not_somebody_waits(hook, client) -> None:
    answers = set()
    for id_ in ("m-1", "m-2"):
        async with client.post(hook + TOKEN, json={"id": id_, "text": "Код 1"}) as answer:
            answers.add((answer.status, await answer.text()))
    assert answers == {(200, '{"status": "ok"}')}


async def test_an_unknown_token_is_not_found_whatever_is_posted(hook, client) -> None:
    for body in (b"", b"{", b"x" * 100_000, json.dumps({"id": "1", "text": "1"}).encode()):
        async with client.post(f"{hook}{TOKEN}x", data=body) as answer:
            assert answer.status == 404
        async with client.get(f"{hook}{TOKEN}x?text=1") as answer:
            assert answer.status == 404
    async with client.put(hook + TOKEN) as answer:
        assert answer.status == 405


DEEP = b"[" * 1_000_000


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"\xff\xfe\x00", {}, 400),
        (DEEP[:60_000], {}, 400),
        (b'{"id": "1"}', {}, 400),
        (b'{"id": "1", "text": {"a": "\\ud800\\u0000"}}', {}, 200),
        (b"[1, null, true]", {}, 400),
        (b"a=1&" * 300, {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b"text=%FF%00&id=%ZZ", {"Content-Type": "application/x-www-form-urlencoded"}, 200),
        (b"x" * 70_000, {}, 413),
        (DEEP, {}, 413),
        (gzip.compress(b" " * 20_000_000), {"Content-Encoding": "gzip"}, 413),
        (b"no gzip", {"Content-Encoding": "gzip"}, 400),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
async def test_hostile_bodies_are_refused_and_nothing_breaks(
    hook, client, caplog, body: bytes, headers: dict[str, str], status: int
) -> None:
    headers = {"Content-Type": "application/json"} | headers
    with suppress(aiohttp.ClientConnectionError):  # it hung up before all was sent
        async with client.post(hook + TOKEN, data=body, headers=headers) as answer:
            assert answer.status == status
    async with client.post(hook + TOKEN, json={"id": "1", "text": "1"}) as answer:
        assert answer.status == 200
    ours = [r for r in caplog.records if r.levelno >= logging.WARNING and "vahta" in r.name]
    assert ours == []


async def test_neither_words_nor_token_are_logged(hook, client, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    words = "CANARY-4821-words"
    for body in ({"id": words, "text": words}, {words: words}):
        async with client.post(hook + TOKEN, json=body) as answer:
            assert words not in await answer.text()
    async with client.get(hook + TOKEN, params={"text": words, "id": words}) as answer:
        assert words not in await answer.text()
    async with client.post(f"{hook}{TOKEN}-{words}", json={}) as answer:
        assert words not in await answer.text()
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("asyncio")]
    assert not any(words in said or TOKEN in said for said in ours)
