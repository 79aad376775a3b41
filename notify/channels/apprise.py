"""A hundred services by URL. The only import of Apprise, made when such a channel is used.

Apprise blocks, cannot be cancelled and says little: so a send runs in a daemon thread of its
own, of which there are few, and what isn't clearly refused may have arrived.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import warnings
from http import HTTPStatus
from typing import Any

from pydantic import Field, SecretStr, field_validator

from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import Message
from notify.receipt import NotSentError, Receipt, Refused, Sent, TryLater

_THREADS = 4
"""Sends of one channel that may run at once, those given up on included."""

_CONNECT_SECONDS, _READ_SECONDS, _SEND_SECONDS = 4.0, 10.0, 20.0
_STATUS = re.compile(r"error=(\d{3})\b")
_NOT_OURS = frozenset({"file", "dbus", "syslog", "windows", "macosx", "gnome"})
_TRY_LATER = (408, 425, 429)


class AppriseSettings(ChannelSettings):
    """Anything Apprise can reach by one URL: Telegram, Mattermost, Matrix, ntfy, SMS gateways.

    One target a channel, so that a repeat doesn't tell the others twice.

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
    def __init__(self, settings: AppriseSettings) -> None:
        self._id = settings.id
        self._url = settings.url.get_secret_value()
        self._free = threading.Semaphore(_THREADS)

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:  # noqa: ARG002 - Apprise has nowhere to put an id
        if not self._free.acquire(blocking=False):
            raise NotSentError("busy", "earlier sends of this channel have not ended yet")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Receipt] = loop.create_future()

        def work() -> None:
            try:
                receipt = _notify(self._url, message)
            finally:
                self._free.release()
            _tell(loop, done, receipt)

        # Daemon: a service that never answers must not keep the process from ending.
        threading.Thread(target=work, name=f"apprise {self._id}", daemon=True).start()
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                return await done
        except TimeoutError:
            return TryLater("timeout", ambiguous=True)

    async def aclose(self) -> None:
        """Threads still sending end with their time-outs, or with the process."""


@channel_kind(AppriseSettings)
def apprise(settings: AppriseSettings, _tools: Tools) -> Sender:
    return Apprise(settings)


def _tell(loop: asyncio.AbstractEventLoop, done: asyncio.Future[Receipt], receipt: Receipt) -> None:
    def set_result() -> None:
        if not done.done():
            done.set_result(receipt)

    try:
        loop.call_soon_threadsafe(set_result)
    except RuntimeError:
        return  # the loop is gone, and nobody waits any more


def _notify(url: str, message: Message) -> Receipt:
    """One blocking attempt in this thread. Never raises."""
    try:
        return _attempt(url, message)
    except Exception as error:  # noqa: BLE001 - its plugins are many and raise what they like
        return TryLater("apprise", ambiguous=True, detail=type(error).__name__)


def _attempt(url: str, message: Message) -> Receipt:
    from apprise import Apprise as Library
    from apprise import AppriseResultStatus

    plugin = _plugin(url)
    library = Library(asset=plugin.asset)
    library.add(plugin)
    result = library.notify(body=message.text, title=message.subject, body_format="text")
    if result.status is AppriseResultStatus.SUCCESS:
        return Sent()
    words = " ".join(str(entry.message) for entry in result.logs())
    return _judge(words)


def _judge(words: str) -> Receipt:
    """What Apprise's own words say about a failure: an HTTP status, if there was an answer."""
    if found := _STATUS.search(words):
        status = int(found[1])
        reason = f"http_{status}"
        if status in _TRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TryLater(reason)
        return Refused(reason)
    return TryLater("apprise", ambiguous=True, detail=words)


def _check(url: str) -> None:
    """Raises ValueError saying what is wrong with ``url``, without repeating it."""
    from apprise import LogCapture

    if url.partition("://")[0].lower() in _NOT_OURS:
        raise ValueError("this Apprise service works on the local machine only")
    capture: Any = LogCapture  # untyped
    with capture(level=logging.WARNING, fmt="%(message)s") as said, warnings.catch_warnings():
        # The first URL loads all of its plugins, some of which import what is about to go.
        warnings.simplefilter("ignore", DeprecationWarning)
        plugin = _plugin(url)
        warned = bool(said.getvalue().strip())
    if plugin is None:
        raise ValueError("Apprise doesn't know this kind of URL, or something in it is missing")
    if warned:
        raise ValueError("Apprise finds a fault in this URL: a phone number or target is not valid")
    if len(plugin) != 1:
        raise ValueError("one target a channel: make a [[channel]] for each")


def _plugin(url: str) -> Any:
    """The plugin for ``url`` with our limits; None where Apprise makes nothing of it."""
    from apprise import Apprise as Library
    from apprise import AppriseAsset
    from apprise.common import OverflowMode

    # What it says is in our receipts; its own log lines may name a phone or a chat.
    logging.getLogger("apprise").propagate = False
    # service_timeout=0 keeps the send in our own thread, out of Apprise's shared pool.
    asset = AppriseAsset(http_redirects=False, service_timeout=0)
    plugin = Library.instantiate(url, asset=asset)
    if plugin is not None:
        plugin.retry = 0  # the outbox retries
        plugin.redirects = False
        plugin.overflow_mode = OverflowMode.SPLIT
        plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, _CONNECT_SECONDS)
        plugin.socket_read_timeout = min(plugin.socket_read_timeout, _READ_SECONDS)
    return plugin
