"""The one HTTP server: what it hands out, to whom, and what it never lets out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from vahta.listening import bind
from vahta.web import Surface, make_app

Open = Callable[..., Awaitable[TestClient]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    release = tmp_path / "page.releases" / "1"
    (release / "en").mkdir(parents=True)
    (release / "index.html").write_text("<h1>Работает</h1>")
    (release / "en" / "index.html").write_text("<h1>Works</h1>")
    (release / "summary.json").write_text("{}")
    (release / "out").symlink_to(tmp_path / "secret.txt")
    page = tmp_path / "page"
    page.symlink_to(release)
    return page


@pytest.fixture
async def open_(site: Path) -> AsyncIterator[Open]:
    clients: list[TestClient] = []

    async def metrics() -> bytes:
        return b"vahta_up 1\n"

    async def start(**changes: object) -> TestClient:
        given = {"site": site, "metrics": metrics, "unhealthy": list, "unready": list}
        client = TestClient(TestServer(make_app(Surface(**(given | changes)))))
        clients.append(client)
        await client.start_server()
        return client

    yield start
    for client in clients:
        await client.close()


async def test_the_root_is_the_page(open_: Open) -> None:
    client = await open_()
    for path, words in (("/", "Работает"), ("/en/", "Works"), ("/en/index.html", "Works")):
        answer = await client.get(path)
        assert (answer.status, words in await answer.text()) == (200, True)
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_an_unchanged_page_is_not_sent_again(open_: Open) -> None:
    client = await open_()
    tag = (await client.get("/")).headers["Etag"]
    assert (await client.get("/", headers={"If-None-Match": tag})).status == 304


async def test_programs_of_other_sites_may_read_the_json_and_nothing_else(open_: Open) -> None:
    client = await open_()
    assert (await client.get("/summary.json")).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in (await client.get("/")).headers


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/en/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/out",
        "/en//etc/passwd",
        "/%00",
        "/" + "x" * 300,
        "/%D0%BD%D0%B5%D1%82",
    ],
)
async def test_nothing_outside_of_the_site_is_handed_out(open_: Open, path: str) -> None:
    client = await open_()
    answer = await client.get(URL(path, encoded=True))
    assert (answer.status, "secret" in await answer.text()) == (404, False)


async def test_a_site_that_is_not_there_yet_is_not_found(open_: Open, tmp_path: Path) -> None:
    client = await open_(site=tmp_path / "absent")
    assert (await client.get("/")).status == 404


async def test_what_is_wrong_is_named(open_: Open) -> None:
    client = await open_(unhealthy=lambda: ["the recorder is stuck"], unready=lambda: ["a", "b"])
    for path, words in (("/healthy", "the recorder is stuck\n"), ("/ready", "a\nb\n")):
        answer = await client.get(path)
        assert (answer.status, await answer.text()) == (503, words)


async def test_all_is_well(open_: Open) -> None:
    client = await open_()
    for path in ("/healthy", "/ready"):
        answer = await client.get(path)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")


async def test_metrics_are_for_staff(open_: Open) -> None:
    here, beyond = await open_(), await open_(is_loopback=False)
    assert await (await here.get("/metrics")).text() == "vahta_up 1\n"
    assert (await here.get("/metrics", headers={"Host": "evil.example"})).status == 403
    assert (await beyond.get("/metrics")).status == 403
    assert (await beyond.get("/")).status == 200


async def test_a_room_is_found_without_its_slash_and_keeps_the_question(open_: Open) -> None:
    room = web.Application()

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=request.query_string)

    room.router.add_get("/", hello)
    client = await open_(rooms={"/desk": room})
    assert await (await client.get("/desk?lang=en")).text() == "lang=en"


def test_a_taken_port_is_told_with_the_remedy() -> None:
    first = bind("127.0.0.1", 0)
    port = first.getsockname()[1]
    with pytest.raises(
        OSError, match=f"cannot listen on 127.0.0.1:{port}: .*: choose another port"
    ):
        bind("127.0.0.1", port)
    first.close()
