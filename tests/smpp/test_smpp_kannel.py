"""Against Debian's Kannel: its SMPP, which is not ours, hears the channel and speaks to a bind."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from notify.channels.sms import Sms, SmsSettings
from notify.message import Message
from notify.receipt import Sent
from notify.writing.short import mark_of
from probes.smpp.gateway import Gateway
from probes.smpp.link import Link
from probes.smpp.pdu import Command

BOX = 13001
"""Where Kannel's SMSC expects a box of Kannel's: it counts what that box gets, and dies without."""


@pytest.fixture
async def box() -> AsyncIterator[None]:
    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await reader.read()

    try:
        server = await asyncio.start_server(keep, "127.0.0.1", BOX)
    except OSError:  # somebody listens there already, which is as good
        yield
        return
    yield
    server.close()


@pytest.fixture
async def kannel(
    needs: Callable[[str], str], box: None, tmp_path: Path, until: Any
) -> AsyncIterator[tuple[dict[str, Any], Path]]:
    """Kannel's SMSC, which has three messages for whoever binds: how to reach it, and its log."""
    program = needs("/usr/lib/kannel/test/drive_smpp")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with running([program, "-v", "0", "-p", str(port), "-m", "3"], log):
        await until(lambda: is_open(port))
        yield {"host": "127.0.0.1", "port": port, "system_id": "foo", "password": "bar"}, log


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.kill()


def is_open(port: int) -> bool:
    """Whether the port is bound: who only looks must not be taken for a client."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def message(text: str) -> Message:
    return Message(text, text, "en", text, "INC-2026-0001", "opened", "")


async def test_kannel_takes_our_messages_and_we_take_kannel_s(kannel, until) -> None:
    reach, log = kannel
    link = Link(Gateway(**reach), Command.BIND_RECEIVER)
    common = {"id": "sms", "kind": "sms", "bind": "transmitter", "from": "Vahta"}
    channel = Sms(SmsSettings(**common, **reach))
    link.arrivals.look("123")
    try:
        session = await link.ready()
        await until(lambda: len(link.arrivals.look("123")) == 3)
        assert [one.text for one in link.arrivals.look("123")] == ["1", "2", "3"]
        assert (await session.ask(Command.ENQUIRE_LINK)).status == 0
        said = message("Outage [codes] 5 EUR")
        assert await channel.send("79001234567", said, "7/x") == Sent()
        assert await channel.send("79001234567", message("Сбой " * 18), "8/x") == Sent()
        await until(lambda: "submitted all messages" in log.read_text(errors="replace"))
    finally:
        await channel.aclose()
        await link.aclose()
    heard = log.read_text(errors="replace")
    assert heard.count("Handling SMPP PDU of type deliver_sm_resp") == 3
    assert heard.count("Handling SMPP PDU of type submit_sm\n") == 3  # the second in two parts
    assert "Handling SMPP PDU of type enquire_link_resp" in heard
    assert f"short_message = <Outage \x1b<codes\x1b> 5 EUR\n{mark_of(said, '7/x')}>" in heard
    assert "Unhandled" not in heard
    assert "ERROR" not in heard
