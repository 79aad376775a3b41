"""Debian's nginx with the configuration we ship: right headers, and whole answers at all times."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.nginx import measured, nginx
from statuspage.packing import Packer
from statuspage.release import publish

TEXT = "Коды по СМС не приходят. ".encode() * 100
LOST = "Такой страницы нет. ".encode() * 100
FILES = {
    "index.html": TEXT,
    "404.html": LOST,
    "badge/sms.svg": b"<svg/>",
    "maintenance.ics": TEXT,
    "feed.atom": TEXT,
    "status.txt": TEXT,
}
Get = Callable[..., http.client.HTTPResponse]


@pytest.fixture
def get(needs: Callable[[str], str], tmp_path: Path) -> Iterator[Get]:
    publish(Packer().packed(FILES), tmp_path / "page")
    with nginx(needs("nginx"), tmp_path / "page", tmp_path) as port:
        connections = []

        def ask(path: str, **headers: str) -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connections.append(connection)
            # Its answer is read to the end, so that the connection's file is closed with it.
            asked = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET", path, headers=asked)
            answer = connection.getresponse()
            answer.read()
            return answer

        yield ask
        for connection in connections:
            connection.close()


def test_no_answer_fails_or_is_mixed_while_the_page_is_published_anew(needs) -> None:
    met = measured(needs("nginx"), times=40, readers=3)
    assert not met.faults
    assert met.good > 40
    assert met.unchanged


def test_a_page_is_asked_for_anew_each_time_and_may_not_be_framed(get: Get) -> None:
    answer = get("/", Accept_Encoding="gzip")
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert get("/", Accept_Encoding="gzip", If_None_Match=answer.headers["ETag"]).status == 304


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/badge/sms.svg", "image/svg+xml; charset=utf-8"),
        ("/maintenance.ics", "text/calendar; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/status.txt", "text/plain; charset=utf-8"),
    ],
)
def test_programs_of_other_sites_may_read_what_is_for_programs(get: Get, path, kind) -> None:
    answer = get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/nothing", "/index.html.gz", "/index.html.br", "/../page.releases/1/index.html"]
)
def test_what_is_no_page_is_not_found(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status in (400, 404)
    assert answer.headers["Cache-Control"] == "no-cache"
    if answer.status == 404:
        assert int(answer.headers["Content-Length"]) == len(LOST)
