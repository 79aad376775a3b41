"""Certificates that are wrong in the three ways people are told apart about."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from probes.attempt import Standpoint
from probes.catalog import kinds
from probes.network import Network
from probes.observation import Outcome, Reason
from probes.timing import timed_tls

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass(frozen=True)
class Certificate:
    file: str
    key: str

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


@pytest.fixture
def certificate(needs, tmp_path: Path):
    """A self-signed certificate for ``name``, valid for ``days`` (-1: until yesterday)."""
    program = needs("openssl")

    def make(name: str = "portal.example", days: int = 2) -> Certificate:
        key, request, file = (str(tmp_path / n) for n in ("key.pem", "request.pem", "cert.pem"))
        subprocess.run(
            [program, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}",
             "-addext", f"subjectAltName=DNS:{name}"],
            check=True, capture_output=True,
        )  # fmt: skip
        subprocess.run(
            [program, "x509", "-req", "-in", request, "-signkey", key, "-out", file,
             "-days", str(days), "-copy_extensions", "copyall"],
            check=True, capture_output=True,
        )  # fmt: skip
        return Certificate(file, key)

    return make


@pytest.fixture
def ask(check, says, book):
    """Ask https://portal.example, which serves this certificate; trust it or not."""

    async def run(certificate: Certificate, *, trusted: bool):
        port = urlsplit(await says(HELLO, tls=certificate.server())).port
        tls = timed_tls(cafile=certificate.file if trusted else None)
        async with Network(resolver=book({"portal.example": "127.0.0.1"}), tls=tls) as network:
            return await check("http", url=f"https://portal.example:{port}/", through=network)

    return run


async def test_a_good_certificate_is_up_and_its_handshake_is_timed(ask, certificate):
    seen = await ask(certificate(), trusted=True)
    assert seen.outcome is Outcome.UP
    assert set(seen.steps[0].phases) == {"dns", "connect", "tls", "request", "wait", "transfer"}
    assert seen.steps[0].phases["tls"] > 0


async def test_an_expired_certificate(ask, certificate):
    assert (await ask(certificate(days=-1), trusted=True)).reason is Reason.TLS_EXPIRED


async def test_a_self_signed_certificate(ask, certificate):
    assert (await ask(certificate(), trusted=False)).reason is Reason.TLS_UNTRUSTED


async def test_a_certificate_for_another_name(ask, certificate):
    assert (await ask(certificate("other.example"), trusted=True)).reason is Reason.TLS_HOSTNAME


async def test_a_certificate_asked_for_by_number(check, says, certificate):
    made = certificate()
    async with Network(tls=timed_tls(cafile=made.file)) as network:
        seen = await check("http", url=await says(HELLO, tls=made.server()), through=network)
    assert seen.reason is Reason.TLS_HOSTNAME


async def test_plain_http_where_tls_was_expected(check, talk):
    async def plain(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    url = (await talk(plain)).replace("http:", "https:")
    assert (await check("http", url=url)).reason is Reason.PROTOCOL_ERROR


async def test_a_handshake_cut_short(check, talk):
    async def cut(reader, writer):
        await reader.read(1)

    url = (await talk(cut)).replace("http:", "https:")
    assert (await check("http", url=url)).reason is Reason.CONNECTION_RESET


@pytest.mark.parametrize(
    ("made", "trusted", "reason"),
    [
        ({}, True, None),
        ({"days": -1}, True, "tls_expired"),
        ({}, False, "tls_untrusted"),
        ({"name": "other.example"}, True, "tls_hostname"),
    ],
    ids=["good", "expired", "untrusted", "another's"],
)
async def test_a_capture_tells_of_the_certificate_trusted_or_not(
    says, book, certificate, noon, made, trusted, reason
):
    shown = certificate(**made)
    port = urlsplit(await says(HELLO, tls=shown.server())).port
    kind = kinds()["http"]
    settings = kind.settings.model_validate(
        {"id": "p", "kind": "http", "component": "c", "url": f"https://portal.example:{port}/"}
    )
    resolver = book({"portal.example": "127.0.0.1"})
    tls = timed_tls(shown.file if trusted else None)
    async with Network(resolver=resolver, tls=tls) as network:
        here = Standpoint(location="here", clock=lambda: noon, network=network)
        capture = (await here.take(kind, settings)).capture(str)
    assert capture.reason == reason
    (found,) = (each.certificate for step in capture.steps for each in step.exchanges)
    assert found is not None
    name = made.get("name", "portal.example")
    assert (found.subject, found.issuer) == (name, name)
    assert datetime.fromisoformat(found.not_after).tzinfo is not None
