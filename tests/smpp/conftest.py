"""An SMS gateway of our own, which takes SMPP apart by itself and writes down all it is told."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from probes.attempt import Standpoint
from probes.kinds.sms import SmsSettings, sms
from probes.memory import Memory
from probes.network import Network

BINDS = {0x01: "receiver", 0x02: "transmitter", 0x09: "transceiver"}
SUBMIT, DELIVER, UNBIND, ENQUIRE, ANSWER = 0x04, 0x05, 0x06, 0x15, 0x80000000
HANG_UP = -1
PASSWORD = "opensesame-and-longer-than-eight"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Submitted:
    sender: tuple[int, int, str]
    recipient: tuple[int, int, str]
    esm_class: int
    receipt: int
    coding: int
    data: bytes
    tlvs: dict[int, bytes]


@dataclass
class Smsc:
    """Does as it is told: ``statuses`` are its next answers to submit_sm, 0 when there are none.

    ``mute`` leaves commands unanswered, ``hangs_up_after`` ends the connection at a command. A
    status of HANG_UP is a message that is taken, and a connection that ends.
    """

    port: int = 0
    password: str = PASSWORD
    statuses: list[int] = field(default_factory=list)
    bind_status: int = 0
    mute: set[int] = field(default_factory=set)
    hangs_up_after: set[int] = field(default_factory=set)
    ledger: list[Submitted] = field(default_factory=list)
    taken: list[Submitted] = field(default_factory=list)
    binds: list[tuple[str, str]] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _sequence: int = 1000

    async def start(self, tls: Any = None) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None
        await self.drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def drop(self) -> None:
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    def say(self, command: int, body: bytes = b"", *, size: int | None = None) -> int:
        """To whoever is bound; its sequence number."""
        self._sequence += 1
        head = struct.pack(
            "!4I", 16 + len(body) if size is None else size, command, 0, self._sequence
        )
        for writer in self.writers:
            writer.write(head + body)
        return self._sequence

    def deliver(self, data: bytes, *, to: str = "79001234567", **more: Any) -> int:
        return self.say(DELIVER, deliver_body(data, to=to, **more))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                size, command, status, sequence = struct.unpack("!4I", await reader.readexactly(16))
                body = await reader.readexactly(size - 16)
                self.heard.append(command)
                if command & ANSWER:
                    self.answers[sequence] = status
                    continue
                code, said = self._judge(command, body, writer)
                if command in self.hangs_up_after or code == HANG_UP:
                    return
                if command not in self.mute:
                    head = (16 + len(said), command | ANSWER, code, sequence)
                    writer.write(struct.pack("!4I", *head) + said)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()
            if writer in self.writers:
                self.writers.remove(writer)

    def _judge(self, command: int, body: bytes, writer: Any) -> tuple[int, bytes]:
        if command in BINDS:
            system_id, password = body.split(b"\0")[:2]
            if password.decode() != self.password:
                return 0x0E, b""
            if self.bind_status:
                return self.bind_status, b""
            self.binds.append((BINDS[command], system_id.decode()))
            self.writers.append(writer)
            return 0, b"smsc\0"
        if command == SUBMIT:
            code = self.statuses.pop(0) if self.statuses else 0
            self.ledger.append(submitted(body))
            self.taken += [self.ledger[-1]] if code in (0, HANG_UP) else []
            return code, b"" if code else f"id-{len(self.ledger)}\0".encode()
        return 0, b""


def submitted(body: bytes) -> Submitted:
    at = body.index(b"\0") + 1
    ends = []
    for _ in range(2):
        end = body.index(b"\0", at + 2)
        ends.append((body[at], body[at + 1], body[at + 2 : end].decode()))
        at = end + 1
    esm_class = body[at]
    assert body[at + 3 : at + 5] == b"\0\0"  # no time given
    receipt, _, coding, _, size = body[at + 5 : at + 10]
    data = body[at + 10 : at + 10 + size]
    assert len(data) == size <= 140 or coding == 0
    at, tlvs = at + 10 + size, {}
    while at < len(body):
        tag, length = struct.unpack("!2H", body[at : at + 4])
        tlvs[tag] = body[at + 4 : at + 4 + length]
        at += 4 + length
    return Submitted(ends[0], ends[1], esm_class, receipt, coding, data, tlvs)


def deliver_body(
    data: bytes,
    *,
    to: str = "79001234567",
    sender: str = "Portal",
    coding: int = 8,
    esm_class: int = 0,
    tlvs: dict[int, bytes] | None = None,
) -> bytes:
    addresses = b"\5\0" + sender.encode() + b"\0" + b"\1\1" + to.encode() + b"\0"
    head = b"\0" + addresses + bytes([esm_class, 0, 0]) + b"\0\0"
    tail = b"".join(struct.pack("!2H", k, len(v)) + v for k, v in (tlvs or {}).items())
    return head + bytes([0, 0, coding, 0, len(data)]) + data + tail


@pytest.fixture
def delivers() -> Callable[..., bytes]:
    return deliver_body


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    one = Smsc()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - what others do
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Portal:
    """Sends a code by ``on_ask`` when it is asked for one."""

    def __init__(self) -> None:
        self.asked = 0
        self.url = ""
        self.on_ask: Callable[[], Any] = lambda: None

    async def send(self, _: web.Request) -> web.Response:
        self.asked += 1
        self.on_ask()
        return web.json_response({})


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    one = Portal()
    app = web.Application()
    app.router.add_post("/send", one.send)
    async with TestServer(app) as server:
        one.url = str(server.make_url("/send"))
        yield one


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with Network() as one:
        yield one


@pytest.fixture
def ask(smsc, portal, network):
    """Run the probe once, through the same network each time."""
    memory = Memory()

    async def run(smpp: dict[str, Any] | None = None, **more: Any) -> Any:
        gateway = {"host": "127.0.0.1", "port": smsc.port, "system_id": "vahta"}
        gateway |= {"password": PASSWORD, "number": "+7 900 123-45-67", **(smpp or {})}
        common = {"id": "code", "kind": "sms", "component": "sms", "request_url": portal.url}
        settings = {**common, "timeout": "20s", "wait": "10s", "smpp": gateway, **more}
        model = SmsSettings.model_validate(settings)
        here = Standpoint(location="x", clock=lambda: NOON, network=network, memory=memory)
        return (await here.take(sms, model)).seen

    return run
