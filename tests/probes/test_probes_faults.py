"""Faults of the network that have no better place: names, redirects, floods, firewalls, crowds."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest

from probes.exchange import Visit
from probes.kind import Kind
from probes.network import Network
from probes.observation import Outcome, Reading, Reason
from probes.runner import Runner, make_probe
from probes.settings import ProbeSettings


class NameServer(asyncio.DatagramProtocol):
    """Answers every question with this code and no address."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(b"\0", 12) + 5
        head = data[:2] + (0x8180 | self.code).to_bytes(2, "big") + b"\0\1" + bytes(6)
        self.transport.sendto(head + data[12:end], addr)


@pytest.mark.parametrize(
    "code", [0, 2, 3, 5], ids=["no address", "SERVFAIL", "NXDOMAIN", "REFUSED"]
)
async def test_a_name_server_that_fails_or_has_nothing_is_a_dns_failure(check, code):
    """P1, P2."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: NameServer(code), local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    resolver = aiohttp.AsyncResolver(nameservers=["127.0.0.1"], udp_port=port, tries=1)
    async with Network(resolver=resolver) as network:
        seen = await check("http", url="http://portal.example/", through=network)
    transport.close()
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.DNS_FAILED), seen.detail


async def test_a_flood_of_interim_answers_is_cut_off_in_time(check, talk):
    """P21."""

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    loop = asyncio.get_running_loop()
    begun = loop.time()
    seen = await check("http", url=await talk(flood), timeout="200ms")
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.TIMEOUT)
    assert loop.time() - begun <= 0.3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_an_answer_of_two_lengths_is_a_protocol_error(check, says, answer):
    """P23."""
    seen = await check("http", url=await says(answer))
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.PROTOCOL_ERROR), seen.detail


async def test_a_body_where_none_may_be_is_not_read_as_the_next_answer(check, says):
    """P23: each request has a connection of its own, so there is no next answer to forge."""
    seen = await check("http", url=await says(b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK"))
    assert seen.outcome in (Outcome.UP, Outcome.DOWN)
    assert [step.status for step in seen.steps] == [204]


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_a_firewall_that_turns_the_probe_away_is_no_outage_where_it_can_be_told(
    check, says, status
):
    """P30."""
    head = b"HTTP/1.1 %d No\r\nContent-Length: 23\r\n\r\nRequest blocked (WAF-7)" % status
    url = await says(head)
    assert (await check("http", url=url)).outcome is Outcome.DOWN
    seen = await check("http", url=url, blocked=["(WAF-7", "other"])
    assert seen.outcome is Outcome.UNKNOWN
    assert "firewall" in seen.detail
    assert (await check("http", url=url, blocked=["other"])).outcome is Outcome.DOWN


@pytest.fixture
def certificate(needs, tmp_path: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that is its own root, and its key."""
    file, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    subprocess.run(
        [needs("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", file, "-days", "2",
         "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return file, key


async def test_a_redirect_from_https_to_plain_http_is_never_passed_over(check, says, certificate):
    """P15."""
    file, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    plain = await says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    moved = f"HTTP/1.1 302 Found\r\nLocation: {plain}\r\nContent-Length: 0\r\n\r\n"
    url = await says(moved.encode(), tls=context)
    seen = await check("http", url=url, connection={"ca": file})
    assert (seen.outcome, seen.detail) == (
        Outcome.UP,
        "a redirect led from https to plain http at 127.0.0.1",
    )
    steps = [{"name": "a", "redirects": "refuse"}]
    seen = await check("flow", url=url, connection={"ca": file}, step=steps)
    assert seen.reason is Reason.REDIRECT_BLOCKED


class HangingSettings(ProbeSettings):
    kind: Literal["hanging"] = "hanging"


def test_a_thousand_that_time_out_together_keep_their_cadence(leap, noon):
    """P33: nobody is later than by one interval, and nobody is left out."""

    async def hang(_: Any, __: Visit) -> Reading:
        await asyncio.Event().wait()
        raise AssertionError

    kind = Kind("hanging", HangingSettings, hang)
    probes = [
        make_probe(
            HangingSettings(id=f"p{number}", component="c", every="30s", timeout="10s"),
            {"hanging": kind},
            default_recheck=1.0,
            default_open_after=3,
        )
        for number in range(1000)
    ]
    lags: list[float] = []
    runs: dict[str, int] = {}

    async def main() -> None:
        runner = Runner(
            emit=lambda seen: runs.update({seen.probe: runs.get(seen.probe, 0) + 1}),
            location="here",
            clock=lambda: noon,
            network=Network(),
            on_start=lambda _, lag: lags.append(lag),
            at_once=1000,
        )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(240):
                await runner.run_forever(probes)

    leap(main())
    assert len(runs) == 1000
    assert max(lags) <= 30
    assert min(runs.values()) >= 6
