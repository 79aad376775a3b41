"""Whoever posts slowly is not waited for, and keeps nobody else waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from vahta.hooks.body import BodyError, read_body, refused

Client = TestClient[web.Request, web.Application]
HEAD = (
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n"
)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async def take(request: web.Request) -> web.Response:
        try:
            return web.json_response(await read_body(request, most=100, within=0.2))
        except BodyError as error:
            return refused(error)

    app = web.Application()
    app.router.add_post("/", take)
    server = TestServer(app)
    await server.start_server(lingering_time=0.1)
    client = TestClient(server)
    await client.start_server()
    yield client
    await client.close()


async def test_a_body_that_never_ends_is_given_up_while_others_are_answered(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(HEAD + b'{"a"')
    await writer.drain()
    for _ in range(5):
        assert await (await client.post("/", json={"a": 1})).json() == {"a": 1}
    said = await reader.read()
    assert said.startswith(b"HTTP/1.1 408")
    assert b"did not come within 0.2 seconds" in said
    writer.close()


async def test_a_body_without_a_length_is_counted_as_it_comes(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"1234567890"

    answer = await client.post("/", data=endless())
    assert answer.status == 413


async def test_of_a_field_that_comes_twice_the_first_counts(client: Client) -> None:
    answer = await client.post("/", data=b"a=1&a=2&b=", headers={"Content-Type": FORM})
    assert await answer.json() == {"a": "1"}


FORM = "application/x-www-form-urlencoded"
