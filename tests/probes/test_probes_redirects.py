"""Where redirects lead: up to ten, never out of the web, never from public to private."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from probes.classify import UnwellError
from probes.network import Network, is_private_address
from probes.observation import Outcome, Reason
from probes.request import Request, follow


def chain(length: int) -> web.Application:
    async def hop(request: web.Request) -> web.Response:
        left = int(request.match_info["left"])
        if left:
            raise web.HTTPFound(f"/{left - 1}")
        return web.Response(text="arrived")

    app = web.Application()
    app.router.add_get("/{left}", hop)
    return app


async def test_ten_redirects_are_followed(check, serve):
    seen = await check("http", url=f"{await serve(chain(10))}/10", contains="arrived")
    assert seen.outcome is Outcome.UP
    assert [step.status for step in seen.steps] == [200]


async def test_the_eleventh_is_a_loop(check, serve):
    seen = await check("http", url=f"{await serve(chain(11))}/11")
    assert seen.reason is Reason.REDIRECT_LOOP
    assert seen.steps[0].status == 302


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:x"])
async def test_a_redirect_out_of_the_web_is_blocked(check, says, target):
    answer = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
    seen = await check("http", url=await says(answer.encode()))
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.REDIRECT_BLOCKED)


async def test_a_redirect_without_a_proper_address_is_a_protocol_error(check, says):
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://[half/\r\nContent-Length: 0\r\n\r\n"
    assert (await check("http", url=await says(answer))).reason is Reason.PROTOCOL_ERROR


async def test_a_redirect_without_any_address_is_no_success(check, says):
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"
    assert (await check("http", url=await says(answer))).reason is Reason.UNEXPECTED_CONTENT


@pytest.fixture
async def two_hosts(says, book):
    """A public name that redirects to a private one, by name; 127.0.0.2 plays the private."""
    inner = await says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", host="127.0.0.2")
    port = urlsplit(inner).port
    moved = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://{}:{}/\r\n\r\n"
    names = {"public.example": "127.0.0.1", "inner.example": "127.0.0.2"}

    async def make(to: str) -> tuple[str, Network]:
        outer = await says(moved.format(to, port).encode())
        network = Network(resolver=book(names), is_private=lambda ip: ip == "127.0.0.2")
        return f"http://public.example:{urlsplit(outer).port}/", network

    return make


@pytest.mark.parametrize("to", ["inner.example", "127.0.0.2"])
async def test_a_redirect_from_public_to_private_is_blocked(check, two_hosts, to):
    url, network = await two_hosts(to)
    seen = await check("http", url=url, through=network)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.REDIRECT_BLOCKED)


async def test_a_redirect_from_public_to_private_may_be_allowed(check, two_hosts):
    url, network = await two_hosts("inner.example")
    seen = await check("http", url=url, through=network, connection={"allow_private": True})
    assert seen.outcome is Outcome.UP, seen.detail


async def test_a_redirect_between_private_hosts_is_followed(check, two_hosts, book):
    url, _ = await two_hosts("inner.example")
    names = {"public.example": "127.0.0.1", "inner.example": "127.0.0.2"}
    network = Network(resolver=book(names), is_private=lambda _: True)
    assert (await check("http", url=url, through=network)).outcome is Outcome.UP


async def test_a_redirect_within_one_host_is_followed_even_if_it_moved_inside(
    check, two_hosts, book
):
    class Moving(book):
        async def resolve(self, host, *args, **kwargs):
            self.names = {host: "127.0.0.2"} if self.asked else {host: "127.0.0.1"}
            return await super().resolve(host, *args, **kwargs)

    url, _ = await two_hosts("public.example")
    network = Network(resolver=Moving({}), is_private=lambda ip: ip == "127.0.0.2")
    assert (await check("http", url=url, through=network)).outcome is Outcome.UP


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "0.0.0.0", "224.0.0.1",
    ],
)  # fmt: skip
def test_an_address_not_everybody_can_reach_is_private(address):
    assert is_private_address(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_everybody_can_reach_is_public(address):
    assert not is_private_address(address)


def test_a_posted_form_is_forgotten_after_see_other():
    posted = Request("POST", "https://a.example/login", form=(("password", "x"),))
    moved = follow(posted, 303, "/account")
    assert (moved.method, moved.url, moved.has_body) == ("GET", "https://a.example/account", False)


def test_a_password_is_never_sent_on_to_another_host():
    posted = Request("POST", "https://a.example/login", form=(("password", "x"),))
    with pytest.raises(UnwellError) as caught:
        follow(posted, 307, "https://b.example/login")
    assert caught.value.reason is Reason.REDIRECT_BLOCKED


def test_a_password_is_sent_on_within_its_host():
    posted = Request("POST", "http://a.example/login", form=(("password", "x"),))
    assert follow(posted, 308, "https://a.example/login").form == posted.form


def test_a_password_is_never_sent_on_in_the_clear():
    posted = Request("POST", "https://a.example/login", form=(("password", "x"),))
    with pytest.raises(UnwellError):
        follow(posted, 307, "http://a.example/login")


_TARGETS = st.sampled_from(["/x", "https://b.example/", "http://a.example/", "//c.example/y", "?q"])


@given(_TARGETS, st.sampled_from([301, 302, 303, 307, 308]))
def test_configured_secrets_stay_with_their_origin(target, status):
    secret = {"Authorization": "Bearer s3cr3t", "X-Key": "s3cr3t", "Accept-Language": "ru"}
    moved = follow(Request("GET", "https://a.example/", headers=secret), status, target)
    same = moved.url.startswith("https://a.example/")
    assert dict(moved.headers) == (secret if same else {"Accept-Language": "ru"})
