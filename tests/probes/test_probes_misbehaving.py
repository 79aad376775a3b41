"""Servers that misbehave: the right reason each, in time, one observation, bounded memory."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable

import pytest

from probes.network import Network
from probes.observation import Observation, Outcome, Reason

Check = Callable[..., Awaitable[Observation]]
Serve = Callable[..., Awaitable[str]]

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def down(seen: Observation, reason: Reason) -> None:
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, reason), seen.detail
    assert seen.detail


async def test_a_page_that_answers_is_up_and_every_phase_is_timed(check: Check, says: Serve):
    seen = await check("http", url=await says(HELLO))
    assert (seen.outcome, seen.reason) == (Outcome.UP, None)
    (step,) = seen.steps
    assert (step.name, step.status) == ("page", 200)
    assert set(step.phases) == {"connect", "request", "wait", "transfer"}
    assert sum(step.phases.values()) == pytest.approx(step.seconds)


async def test_nobody_listens(check: Check, closed_port: int):
    seen = await check("http", url=f"http://127.0.0.1:{closed_port}/")
    down(seen, Reason.CONNECT_REFUSED)
    assert len(seen.steps) == 1


async def test_a_name_that_does_not_resolve(check: Check, book):
    async with Network(resolver=book({})) as network:
        seen = await check("http", url="http://portal.example/", through=network)
    down(seen, Reason.DNS_FAILED)
    assert "dns" in seen.steps[0].phases


async def test_a_resolver_that_never_answers_is_a_dns_failure(check: Check, book):
    class Silent(book):
        async def resolve(self, *_, **__):
            await asyncio.Event().wait()

    async with Network(resolver=Silent({})) as network:
        seen = await check("http", url="http://portal.example/", timeout="100ms", through=network)
    down(seen, Reason.DNS_FAILED)
    assert seen.seconds < 1.0


async def test_a_host_that_swallows_connection_attempts(check: Check):
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        seen = await check("http", url=url, timeout="150ms")
    down(seen, Reason.CONNECT_TIMEOUT)
    assert seen.seconds < 1.0


async def test_a_connection_reset_after_the_question(check: Check, talk: Serve):
    asked = 0

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        plug = writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    down(await check("http", url=await talk(reset)), Reason.CONNECTION_RESET)
    assert asked == 1, "a broken connection must not be quietly tried again"


async def test_a_connection_reset_in_the_middle_of_the_body(check: Check, talk: Serve):
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        plug = writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()

    seen = await check("http", url=await talk(reset))
    assert seen.reason in (Reason.BODY_TRUNCATED, Reason.CONNECTION_RESET), seen.detail
    assert seen.outcome is Outcome.DOWN


async def test_a_connection_closed_without_a_word(check: Check, says: Serve):
    down(await check("http", url=await says(b"")), Reason.CONNECTION_RESET)


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _slow_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: and more\r\n")
        await asyncio.sleep(0.02)


async def _slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b".")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("manner", "phase"), [(_silence, "wait"), (_slow_headers, "wait"), (_slow_body, "transfer")]
)
async def test_whoever_takes_too_long_is_cut_off_in_time(check, talk, manner, phase):
    loop = asyncio.get_running_loop()
    url, begun = await talk(manner), loop.time()
    seen = await check("http", url=url, timeout="200ms")
    down(seen, Reason.TIMEOUT)
    assert 0.2 <= loop.time() - begun <= 0.3
    assert phase in seen.detail
    assert len(seen.steps) == 1


async def test_an_endless_body_is_cut_off_at_the_limit(check: Check, talk: Serve):
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    seen = await check("http", url=await talk(flood), max_body="1MiB", contains="never")
    down(seen, Reason.BODY_TOO_LARGE)
    assert seen.steps[0].status == 200
    assert sent < 16 * 1024**2


async def test_a_gzip_bomb_goes_off_harmlessly(check: Check, says: Serve):
    bomb = gzip.compress(bytes(200 * 1024**2))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    url = await says(head + bomb)
    tracemalloc.start()
    try:
        seen = await check("http", url=url, max_body="1MiB", contains="never")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    down(seen, Reason.BODY_TOO_LARGE)
    assert peak < 8 * 1024**2


async def test_an_inflated_body_within_the_limit_is_read(check: Check, says: Serve):
    body = gzip.compress("добро пожаловать".encode())
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    seen = await check("http", url=await says(head + body), contains="добро")
    assert seen.outcome is Outcome.UP


def packed(body: bytes, encoding: bytes = b"gzip") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (encoding, len(body)) + body


RAW = zlib.compressobj(wbits=-15)
GREETING = "добро".encode()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(GREETING), b"x-gzip"),
        (gzip.compress(GREETING[:3]) + gzip.compress(GREETING[3:]), b"gzip"),
        (zlib.compress(GREETING), b"deflate"),
        (RAW.compress(GREETING) + RAW.flush(), b"deflate"),
        (GREETING, b"identity"),
    ],
    # Named, since gzip writes the time into its head and names must not change by the second.
    ids=["x-gzip", "gzip in two members", "deflate", "raw deflate", "identity"],
)
async def test_every_way_to_pack_a_body_is_unpacked(check, says, body, encoding):
    seen = await check("http", url=await says(packed(body, encoding)), contains="добро")
    assert seen.outcome is Outcome.UP


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"x" * 9999)[:-12], zlib.compress(b"x" * 9999)[:-5]],
    ids=["gzip", "deflate"],
)
async def test_a_packed_body_without_its_end_is_truncated(check, says, body):
    encoding = b"gzip" if body[0] == 0x1F else b"deflate"
    down(await check("http", url=await says(packed(body, encoding))), Reason.BODY_TRUNCATED)


@pytest.mark.parametrize(
    ("head", "reason"), [(b"500 Oops", Reason.HTTP_5XX), (b"403 No", Reason.HTTP_403)]
)
async def test_the_status_says_more_than_what_is_wrong_with_its_body(check, says, head, reason):
    large = b"HTTP/1.1 %s\r\nContent-Length: 5000\r\n\r\n" % head + b"x" * 5000
    down(await check("http", url=await says(large), max_body="1KiB"), reason)
    broken = b"HTTP/1.1 %s\r\nContent-Length: 5000\r\n\r\nhalf" % head
    down(await check("http", url=await says(broken)), reason)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.HTTP_4XX),
        (403, Reason.HTTP_403),
        (404, Reason.HTTP_404),
        (418, Reason.HTTP_4XX),
        (500, Reason.HTTP_5XX),
        (503, Reason.HTTP_5XX),
        (304, Reason.UNEXPECTED_CONTENT),
    ],
)
async def test_a_status_outside_success_is_down(check, says, status, reason):
    url = await says(b"HTTP/1.1 %d Words\r\nContent-Length: 0\r\n\r\n" % status)
    seen = await check("http", url=url)
    down(seen, reason)
    assert seen.steps[0].status == status


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Reason.BODY_TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", Reason.BODY_TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Reason.PROTOCOL_ERROR),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip", Reason.PROTOCOL_ERROR),
        (b"HTTP/1.1 \xd0\xb4\xd0\xb0 OK\r\n\r\n", Reason.PROTOCOL_ERROR),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Reason.PROTOCOL_ERROR),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", Reason.PROTOCOL_ERROR),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\n", Reason.PROTOCOL_ERROR),
    ],
)
async def test_an_answer_that_is_broken_says_how(check, says, answer, reason):
    down(await check("http", url=await says(answer)), reason)


async def test_an_old_server_that_ends_the_body_by_closing_is_up(check: Check, says: Serve):
    seen = await check("http", url=await says(b"HTTP/1.0 200 OK\r\n\r\nhello"), contains="hello")
    assert seen.outcome is Outcome.UP


async def test_an_early_hint_before_the_answer_is_no_answer(check: Check, says: Serve):
    url = await says(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + HELLO)
    assert (await check("http", url=url)).outcome is Outcome.UP


async def test_a_missing_text_is_unexpected_content(check: Check, says: Serve):
    seen = await check("http", url=await says(HELLO), contains="Добро пожаловать")
    down(seen, Reason.UNEXPECTED_CONTENT)


async def test_a_text_is_found_in_an_old_charset(check: Check, says: Serve):
    body = "Госуслуги".encode("cp1251")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1251\r\n\r\n"
    assert (await check("http", url=await says(head + body), contains="Госу")).reason is None


async def test_a_slow_answer_is_degraded(check: Check, talk: Serve):
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.06)
        writer.write(HELLO)

    seen = await check("http", url=await talk(late), slow_after="50ms")
    assert (seen.outcome, seen.reason) == (Outcome.DEGRADED, Reason.SLOW)


async def test_no_detail_repeats_the_address_asked_for(check: Check, says: Serve):
    url = await says(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
    seen = await check("http", url=f"{url}/private?token=s3cr3t")
    assert "s3cr3t" not in repr(seen)
