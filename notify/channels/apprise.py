"""A hundred services by URL, each message sent by a process of its own: see apprise_worker.

So a service that hangs, floods or crashes costs one delivery and nothing else, and what is given
up on is really over: it cannot arrive afterwards. What isn't clearly refused may have arrived.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import Field, SecretStr, field_validator

from notify.apprise_worker import STARTED, plugin
from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import Message
from notify.receipt import NotSentError, Receipt, Refused, Sent, TryLater

_SEND_SECONDS = 25.0
"""With the half second that it takes to start; below the courier's own deadline."""

_NOT_OURS = frozenset({"file", "dbus", "syslog", "windows", "macosx", "gnome"})


class AppriseSettings(ChannelSettings):
    """Anything Apprise can reach by one URL: Mattermost, Matrix, ntfy, Slack, SMS gateways.

    One target a channel, so that a repeat doesn't tell the others twice. Each message is sent by
    a process of its own, which is ended when it takes too long or too much memory.

    ```toml
    [[channel]]
    id = "duty-chat"
    kind = "apprise"
    url = "mmosts://chat.example.org/3ccdd113474722377935511fc85d3dd4"
    ```
    """

    url: SecretStr = Field(description="An Apprise URL; it is never printed.")

    @field_validator("url")
    @classmethod
    def _is_known(cls, value: SecretStr) -> SecretStr:
        _check(value.get_secret_value())
        return value


class Apprise:
    def __init__(self, settings: AppriseSettings, *, seconds: float = _SEND_SECONDS) -> None:
        self._url = settings.url.get_secret_value()
        self._seconds = seconds

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:  # noqa: ARG002 - Apprise has nowhere to put an id
        request = {"url": self._url, "subject": message.subject, "text": message.text}
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "notify.apprise_worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        has_started = False
        try:
            async with asyncio.timeout(self._seconds):
                await _ask(worker, request)
                has_started = await _answer(worker) == STARTED
                said = await _answer(worker) if has_started else None
        except TimeoutError:
            said = {"outcome": "unclear", "reason": "timeout"}
        finally:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()
        if not has_started:
            raise NotSentError("worker", "the process that sends did not start")
        return _receipt(said or {"outcome": "unclear", "reason": "worker_died"})

    async def aclose(self) -> None:
        """Nothing outlives a message."""


@channel_kind(AppriseSettings)
def apprise(settings: AppriseSettings, _tools: Tools) -> Sender:
    return Apprise(settings)


async def _ask(worker: asyncio.subprocess.Process, request: Mapping[str, str]) -> None:
    assert worker.stdin is not None  # noqa: S101 - a pipe was asked for
    worker.stdin.write(json.dumps(request).encode() + b"\n")
    try:
        await worker.stdin.drain()
    except ConnectionError:
        return  # it is gone, and so will be its answer


async def _answer(worker: asyncio.subprocess.Process) -> Mapping[str, Any] | None:
    """The next line it says, None when it is gone."""
    assert worker.stdout is not None  # noqa: S101 - as above
    line = await worker.stdout.readline()
    return json.loads(line) if line.endswith(b"\n") else None


def _receipt(said: Mapping[str, Any]) -> Receipt:
    reason, detail = str(said.get("reason", "apprise")), str(said.get("detail", ""))
    match said["outcome"]:
        case "sent":
            return Sent()
        case "refused":
            return Refused(reason, detail)
        case "later":
            return TryLater(reason, detail=detail)
        case _:
            return TryLater(reason, ambiguous=True, detail=detail)


def _check(url: str) -> None:
    """Raises ValueError saying what is wrong with ``url``, without repeating it."""
    from apprise import LogCapture

    if url.partition("://")[0].lower() in _NOT_OURS:
        raise ValueError("this Apprise service works on the local machine only")
    capture: Any = LogCapture  # untyped
    with capture(level=logging.WARNING, fmt="%(message)s") as said:
        found = plugin(url)
        warned = bool(said.getvalue().strip())
    if found is None:
        raise ValueError("Apprise doesn't know this kind of URL, or something in it is missing")
    if warned:
        raise ValueError("Apprise finds a fault in this URL: a phone number or target is not valid")
    if len(found) != 1:
        raise ValueError("one target a channel: make a [[channel]] for each")
