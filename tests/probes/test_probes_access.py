"""Who a probe says it is, to whom, and which way it goes."""

from __future__ import annotations

import asyncio
import base64
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from probes.network import Network
from probes.observation import Outcome, Reason
from probes.timing import timed_tls


class Host:
    """Remembers what it was sent, and redirects where it is told to."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.sent: list[dict[str, str]] = []
        self.location = ""
        self.answers: list[web.Response] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.any)
        return app

    async def any(self, request: web.Request) -> web.Response:
        self.headers.append({k.lower(): v for k, v in request.headers.items()})
        self.sent.append({k: str(v) for k, v in (await request.post()).items()})
        if request.path == "/moved":
            raise web.HTTPFound(self.location)
        return self.answers.pop(0) if self.answers else web.json_response({"next": self.location})


@pytest.fixture
async def two(serve):
    """Two hosts and their addresses: our portal and a stranger."""
    ours, theirs = Host(), Host()
    return ours, await serve(ours.app()), theirs, await serve(theirs.app(), host="127.0.0.2")


SECRET = {"X-Key": "s3cr3t"}


@pytest.mark.parametrize("kind", ["http", "flow"])
async def test_headers_are_sent_to_their_origin_and_not_after_a_redirect(check, two, kind):
    ours, here, theirs, there = two
    ours.location = there
    more = {"step": [{"name": "a"}]} if kind == "flow" else {}
    seen = await check(kind, url=f"{here}/moved", headers=SECRET, **more)
    assert seen.outcome is Outcome.UP
    assert ours.headers[0]["x-key"] == "s3cr3t"
    assert "x-key" not in theirs.headers[0]


async def test_headers_come_back_with_the_redirect_that_leads_back(check, two):
    ours, here, theirs, there = two
    ours.location, theirs.location = f"{there}/moved", f"{here}/home"
    await check("http", url=f"{here}/moved", headers=SECRET)
    assert [h.get("x-key") for h in ours.headers] == ["s3cr3t", "s3cr3t"]
    assert "x-key" not in theirs.headers[0]


async def test_another_address_of_the_config_gets_only_its_own_headers(check, two):
    ours, here, theirs, there = two
    ours.answers = [web.json_response({"id": 7})]
    theirs.answers = [web.json_response([{"id": 7, "text": "код 1234"}])]
    seen = await check(
        "sms", request_url=f"{here}/send", inbox_url=f"{there}/in", wait="1s",
        headers=SECRET, inbox_headers={"X-Other": "o"},
    )  # fmt: skip
    assert seen.outcome is Outcome.UP, seen.detail
    assert (ours.headers[0].get("x-key"), ours.headers[0].get("x-other")) == ("s3cr3t", None)
    assert (theirs.headers[0].get("x-key"), theirs.headers[0].get("x-other")) == (None, "o")


async def test_an_address_found_on_the_way_gets_no_headers(check, two):
    ours, here, theirs, there = two
    ours.location = f"{there}/put"
    steps = [
        {"name": "ask", "extract": {"next": {"json": "next"}}},
        {"name": "go", "url": "{{next}}"},
    ]
    assert (await check("flow", url=here, headers=SECRET, step=steps)).outcome is Outcome.UP
    assert "x-key" not in theirs.headers[0]


async def test_an_address_found_at_a_public_host_does_not_lead_to_a_private_one(check, two, book):
    ours, here, theirs, there = two
    ours.location = f"{there}/admin"
    names = book({"public.example": "127.0.0.1"})
    steps = [
        {"name": "ask", "extract": {"next": {"json": "next"}}},
        {"name": "go", "url": "{{next}}"},
    ]
    async with Network(resolver=names, is_private=lambda ip: ip == "127.0.0.2") as network:
        url = f"http://public.example:{urlsplit(here).port}"
        seen = await check("flow", url=url, step=steps, through=network)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.REDIRECT_BLOCKED)
    assert theirs.headers == []


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (
            {"kind": "basic", "username": "робот", "password": "p"},
            "Basic " + base64.b64encode("робот:p".encode()).decode(),
        ),
        ({"kind": "bearer", "token": "t0k"}, "Bearer t0k"),
    ],
    ids=["basic", "bearer"],
)
async def test_credentials_are_sent_at_once(check, two, auth, sent):
    ours, here, theirs, there = two
    ours.location = there
    await check("http", url=f"{here}/moved", auth=auth)
    assert ours.headers[0]["authorization"] == sent
    assert "authorization" not in theirs.headers[0]


async def test_a_digest_is_answered_when_it_is_asked_for(check, two):
    ours, here, _, _ = two
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
    ours.answers = [web.Response(status=401, headers={"WWW-Authenticate": challenge})]
    auth = {"kind": "digest", "username": "robot", "password": "p"}
    assert (await check("http", url=here, auth=auth)).outcome is Outcome.UP
    assert ours.headers[1]["authorization"].startswith('Digest username="robot"')


CLIENT = {"kind": "oauth2", "client_id": "vahta", "client_secret": "cs", "scope": "read"}


async def test_a_token_is_got_with_client_credentials_and_goes_to_the_portal_alone(check, two):
    ours, here, theirs, there = two
    theirs.answers = [web.json_response({"access_token": "t0k"})]
    seen = await check("http", url=here, auth={**CLIENT, "token_url": f"{there}/token"})
    assert [step.name for step in seen.steps] == ["token", "page"]
    assert theirs.sent == [{"grant_type": "client_credentials", "scope": "read"}]
    assert theirs.headers[0]["authorization"].startswith("Basic ")
    assert ours.headers[0]["authorization"] == "Bearer t0k"


@pytest.mark.parametrize("answer", [{}, [], {"access_token": 7}, {"access_token": "a\nb"}], ids=str)
async def test_an_answer_without_a_token_is_unexpected(check, two, answer):
    _, here, theirs, there = two
    theirs.answers = [web.json_response(answer)]
    seen = await check("http", url=here, auth={**CLIENT, "token_url": f"{there}/token"})
    assert seen.reason is Reason.UNEXPECTED_CONTENT


# ── the way ───────────────────────────────────────────────────────────────────


async def test_a_host_may_be_given_its_address(check, two):
    ours, here, _, _ = two
    url = f"http://portal.example:{urlsplit(here).port}/"
    connection = {"resolve": {"portal.example": "127.0.0.1"}}
    assert (await check("http", url=url, connection=connection)).outcome is Outcome.UP
    assert ours.headers[0]["host"].startswith("portal.example")


async def test_a_name_server_may_be_chosen(check, closed_port):
    connection = {"nameservers": ["127.0.0.2"]}
    seen = await check("http", url="http://portal.example/", connection=connection, timeout="200ms")
    assert seen.reason is Reason.DNS_FAILED


async def test_a_proxy_is_gone_through(check, two):
    _, here, proxy, through = two
    connection = {"proxy": through, "proxy_headers": {"X-Pass": "pp"}}
    seen = await check("http", url=f"{here}/", connection=connection)
    assert seen.outcome is Outcome.UP
    assert proxy.headers[0]["host"] == urlsplit(here).netloc
    assert proxy.headers[0]["x-pass"] == "pp"


@pytest.mark.parametrize(("allowed", "reason"), [(False, Reason.REDIRECT_BLOCKED), (True, None)])
async def test_behind_a_proxy_a_redirect_to_a_private_number_is_refused_unless_allowed(
    check, two, allowed, reason
):
    _, _, proxy, through = two
    proxy.location = "http://10.20.30.40/admin"
    connection = {"proxy": through, "allow_private": allowed}
    seen = await check("http", url="http://public.example/moved", connection=connection)
    assert seen.reason is reason, seen.detail
    assert len(proxy.headers) == 1 + allowed


async def test_the_internet_protocol_may_be_chosen(check, serve, book):
    host = Host()
    here = await serve(host.app())
    port = urlsplit(here).port
    url = f"http://localhost:{port}/"
    assert (await check("http", url=url, connection={"ip": "4"})).outcome is Outcome.UP
    seen = await check("http", url=url, connection={"ip": "6"})
    assert seen.reason in (Reason.CONNECT_REFUSED, Reason.DNS_FAILED), seen.detail


@pytest.fixture
def authority(needs, tmp_path: Path):
    """A root, and certificates it has signed for 127.0.0.1 and for a client."""
    program = needs("openssl")

    def run(*arguments: str) -> None:
        subprocess.run([program, *arguments], check=True, capture_output=True, cwd=tmp_path)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=root",
        "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    for name in ("server", "client"):
        run("req", "-new", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")  # fmt: skip
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
            "-CAcreateserial", "-copy_extensions", "copyall", "-out", f"{name}.pem")  # fmt: skip
    return tmp_path


@pytest.fixture
async def guarded(says, authority: Path) -> str:
    """A server that lets in only those who show a certificate of that root's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    context.load_verify_locations(authority / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    return str(await says(answer, tls=context))


async def test_own_roots_and_a_client_certificate_open_the_door(check, guarded, authority):
    ca = str(authority / "ca.pem")
    mine = {"certificate": str(authority / "client.pem"), "key": str(authority / "client.key")}
    seen = await check("http", url=guarded, connection={"ca": ca, **mine})
    assert seen.outcome is Outcome.UP, seen.detail
    assert seen.steps[0].phases["tls"] > 0
    assert (await check("http", url=guarded, connection={"ca": ca})).outcome is Outcome.DOWN
    assert (await check("http", url=guarded, connection=mine)).reason is Reason.TLS_UNTRUSTED


async def test_a_server_that_misses_a_client_certificate_is_guessed(check, guarded, authority):
    seen = await check("http", url=guarded, connection={"ca": str(authority / "ca.pem")})
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.CONNECTION_RESET)
    assert seen.detail.endswith("does it want a client certificate? none is configured")


async def test_a_server_that_hangs_up_on_a_certificate_is_not(check, says, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    files = {"ca": "ca.pem", "certificate": "client.pem", "key": "client.key"}
    connection = {name: str(authority / file) for name, file in files.items()}
    seen = await check("http", url=await says(b"", tls=context), connection=connection)
    assert seen.reason is Reason.CONNECTION_RESET
    assert "certificate" not in seen.detail


async def test_a_certificate_that_cannot_be_read_is_our_fault(check, closed_port, tmp_path):
    (tmp_path / "broken.pem").write_text("no certificate")
    url = f"https://127.0.0.1:{closed_port}/"
    for name in ("missing.pem", "broken.pem"):
        seen = await check("http", url=url, connection={"ca": str(tmp_path / name)})
        assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
        assert "certificate" in seen.detail


async def test_a_certificate_that_ends_soon_is_mentioned_and_blames_nobody(
    check, says, authority, noon
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    url = await says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", tls=context)
    ca = {"ca": str(authority / "ca.pem")}
    seen = await check("http", url=url, connection=ca, renew_before="3650d")
    assert seen.outcome is Outcome.UP
    assert "the certificate ends in" in seen.detail
    assert seen.measures["certificate_expiry_timestamp_seconds"] > seen.at.timestamp()
    assert (await check("http", url=url, connection=ca, renew_before="1s")).detail == ""


async def test_a_silent_ipv6_address_does_not_hide_a_good_ipv4_one(check, says, book):
    """P28: the second address is tried a quarter of a second after the first."""
    import socket

    port = urlsplit(await says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).port

    class Both(book):
        async def resolve(self, host, port=0, *_):
            (found,) = await super().resolve(host, port, socket.AF_INET)
            return [{**found, "host": "::1", "family": socket.AF_INET6}, found]

    with socket.socket(socket.AF_INET6) as deaf, socket.socket(socket.AF_INET6) as filler:
        deaf.bind(("::1", port))
        deaf.listen(0)
        with socket.socket(socket.AF_INET6) as second:
            for plug in (filler, second):
                plug.setblocking(False)
                plug.connect_ex(deaf.getsockname())
            async with Network(resolver=Both({"portal.example": "127.0.0.1"})) as network:
                seen = await check("http", url=f"http://portal.example:{port}/", through=network)
    assert seen.outcome is Outcome.UP, seen.detail
    assert seen.steps[0].phases["connect"] >= 0.2


async def test_plain_http_at_a_tls_port_is_no_answer(check, says, authority):
    """P27."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    url = (await says(b"", tls=context)).replace("https:", "http:")
    seen = await check("http", url=url)
    assert seen.reason in (Reason.CONNECTION_RESET, Reason.PROTOCOL_ERROR)


async def test_tls_at_a_plain_port_that_says_nothing_is_cut_off(check, talk):
    """P26."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    url = (await talk(silence)).replace("http:", "https:")
    seen = await check("http", url=url, timeout="200ms", through=Network(tls=timed_tls()))
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.TIMEOUT)
    assert "tls" in seen.detail
