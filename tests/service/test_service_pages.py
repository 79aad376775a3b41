"""The published site over HTTP: packed for whoever takes it, unchanged for whoever has it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import brotli
import pytest
from aiohttp import web
from yarl import URL

from statuspage.packing import Packer
from statuspage.release import publish
from vahta.listening import Limits, bind, noted, serving
from vahta.pages import find
from vahta.web import Surface, make_app

HOME = "<h1>Коды по СМС не приходят</h1>".encode() * 200
Serve = Callable[..., AbstractAsyncContextManager[str]]


def put(site: Path, home: bytes) -> None:
    publish(Packer().packed({"index.html": home, "badge/sms.svg": b"<svg/>"}), site)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    put(tmp_path / "page", HOME)
    return tmp_path / "page"


@pytest.fixture
def serve(site: Path) -> Serve:
    async def metrics() -> bytes:
        return b""

    @asynccontextmanager
    async def up(app: web.Application | None = None, **limits: float) -> AsyncIterator[str]:
        listener = bind("127.0.0.1", 0)
        app = app or make_app(Surface(site, metrics, list, list))
        async with serving(app, listener, Limits(**limits)):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"

    return up


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


@pytest.mark.parametrize(
    ("takes", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=0, gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br; q=0.000", None),
        ("zstd", None),
        ("", None),
    ],
)
async def test_who_takes_packed_bytes_gets_them(serve, client, takes, encoding) -> None:
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    async with serve() as url:
        answer = await client.get(url, headers={"Accept-Encoding": takes})
        assert answer.headers.get("Content-Encoding") == encoding
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert unpack(await answer.read()) == HOME


async def test_what_is_too_small_to_be_packed_is_sent_as_it_is(serve, client) -> None:
    async with serve() as url:
        answer = await client.get(f"{url}badge/sms.svg", headers={"Accept-Encoding": "br"})
        assert "Content-Encoding" not in answer.headers
        assert await answer.read() == b"<svg/>"


async def test_each_packing_and_each_version_has_a_tag_of_its_own(serve, client, site) -> None:
    async with serve() as url:
        tags = set()
        for home in (HOME, HOME.replace("Коды".encode(), "Ходы".encode())):
            put(site, home)
            for takes in ("br", "gzip", ""):
                answer = await client.get(url, headers={"Accept-Encoding": takes})
                tags.add(answer.headers["ETag"])
        assert len(tags) == 6


async def test_who_has_this_version_is_told_so_and_who_has_another_gets_it(
    serve, client, site
) -> None:
    async with serve() as url:
        tag = (await client.get(url, headers={"Accept-Encoding": "br"})).headers["ETag"]
        asks = {"Accept-Encoding": "br", "If-None-Match": f'"x", W/{tag}'}
        answer = await client.get(url, headers=asks)
        assert (answer.status, await answer.read()) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == "no-cache"
        assert (await client.get(url, headers={**asks, "Accept-Encoding": ""})).status == 200
        put(site, HOME + b"!")
        assert (await client.get(url, headers=asks)).status == 200


async def test_only_the_head_of_a_page_can_be_asked_for(serve, client) -> None:
    async with serve() as url:
        answer = await client.head(url, headers={"Accept-Encoding": ""})
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(HOME)))
        assert await answer.read() == b""


@pytest.mark.parametrize("path", ["index.html.gz", "index.html.br", "badge/sms.svg/x", "badge"])
def test_what_is_no_page_is_not_found(site: Path, path: str) -> None:
    assert find(site, path, ("br",)) is None


@pytest.mark.parametrize(
    ("planted", "takes"), [("index.html", ()), ("index.html.br", ("br",)), ("badge", ())]
)
def test_a_planted_link_is_not_followed(site: Path, tmp_path: Path, planted, takes) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "sms.svg").write_text("secret")
    target = site / planted
    target.rename(tmp_path / "away")
    target.symlink_to(secret if planted == "badge" else secret / "sms.svg")
    path = "badge/sms.svg" if planted == "badge" else "index.html"
    assert find(site, path, takes) is None


async def ended(reader: asyncio.StreamReader) -> bytes:
    """All there is until the server has had enough."""
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_who_asks_nothing_or_half_a_question_is_sent_away(serve, client, said) -> None:
    async with serve(head=0.2) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
        writer.write(said)
        assert await ended(reader) == b""
        writer.close()
        assert (await client.get(url)).status == 200


async def test_who_sends_half_a_body_is_sent_away_and_others_are_served(serve, client) -> None:
    async def wait(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = web.Application(middlewares=[noted])
    app.router.add_post("/", wait)
    async with serve(app, answer=0.3) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        assert await (await client.post(url, data=b"whole")).read() == b"whole"
        assert await ended(reader) == b""
        writer.close()


async def test_there_are_only_so_many_connections(serve, client) -> None:
    async with serve(most=2) as url:
        port = URL(url).port
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for reader, writer in kept:  # known to the server once it has answered
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await ended(reader) == b""
        for _, each in (*kept, (reader, writer)):
            each.close()


async def test_a_wrong_address_is_answered_with_the_sites_own_words(site, serve, client) -> None:
    lost = "<h1>Такой страницы нет</h1>".encode() * 50
    publish(Packer().packed({"index.html": HOME, "404.html": lost}), site)
    async with serve() as url:
        for path in ("nothing", "incidents/ИНЦ-2020-0001.html", "index.html.gz"):
            answer = await client.get(url + path, headers={"Accept-Encoding": "gzip"})
            assert answer.status == 404
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert gzip.decompress(await answer.read()) == lost


async def test_without_words_of_the_site_a_wrong_address_is_still_not_found(serve, client) -> None:
    async with serve() as url:
        answer = await client.get(url + "nothing")
        assert answer.status == 404


@pytest.mark.parametrize(
    "name", ["feed.atom", "feed.rss", "maintenance.ics", "status.txt", "api/v2/summary.json"]
)
async def test_programs_of_other_sites_may_read_what_is_for_programs(
    site, serve, client, name
) -> None:
    publish(Packer().packed({"index.html": HOME, name: HOME}), site)
    async with serve() as url:
        answer, page = await client.get(url + name), await client.get(url)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in page.headers
