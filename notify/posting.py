"""Posts to a service over HTTP and tells exactly what came of it: what channels of that sort share.

A redirect is an answer like any other, an answer is read up to a limit, and the address that is
really connected to is looked at: what a name meant when the config was written is not what counts.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from yarl import URL

from notify.receipt import NotSentError, Receipt, Refused, Sent, TryLater
from probes.network import is_private_address

_ANSWER_LIMIT = 64 * 1024
_ANSWER_SECONDS = 2.0
_TRY_LATER = (408, 425, 429)
_BLOCKED = errno.EACCES


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said; ``body`` is the beginning of it, as far as it came soon."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        return self.status // 100 == 2  # noqa: PLR2004 - any 2xx

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """What the body says, None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Poster:
    """Made once a channel, opened on first use. ``timeout`` in seconds is for the whole request.

    Without ``allow_private`` it connects to no private address, unless the URL names one itself.
    """

    def __init__(self, *, timeout: float, allow_private: bool = True) -> None:
        # connect covers finding the name, too: until then nothing has left.
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: URL, body: bytes, headers: Mapping[str, str], *, read: bool = False
    ) -> Answer | TryLater | Refused:
        """Raises NotSentError where nothing has left. With ``read`` a good answer's body counts."""
        try:
            async with self._open(url).post(
                url,
                data=body,
                headers={"User-Agent": "vahta", **headers},
                allow_redirects=False,
            ) as response:
                good = response.status // 100 == 2  # noqa: PLR2004 - any 2xx
                start = await _start(response) if read or not good else b""
                return Answer(response.status, response.headers, start)
        except (
            aiohttp.ClientConnectorCertificateError,
            aiohttp.ClientConnectorSSLError,
        ) as error:
            raise NotSentError("tls", type(error).__name__) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise NotSentError("dns", "the host's name is not found") from error
        except aiohttp.ClientConnectorError as error:
            if error.os_error.errno == _BLOCKED:
                return Refused("private_address", "the host's name leads to a private address")
            raise NotSentError("connect", error.os_error.strerror or "") from error
        except aiohttp.ConnectionTimeoutError:
            return TryLater("connect_timeout")
        except TimeoutError:
            return TryLater("timeout", ambiguous=True)
        except aiohttp.ClientError as error:
            return TryLater("connection_lost", ambiguous=True, detail=type(error).__name__)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self, url: URL) -> aiohttp.ClientSession:
        """Made on first use: a session wants a running loop."""
        if self._session is None:
            allowed = self._allow_private or _names_address(url)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    force_close=True, socket_factory=None if allowed else _public_socket
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session


def judged(answer: Answer, now: datetime) -> Receipt:
    """By the status alone: 2xx is taken, what may pass is tried later, the rest is refused."""
    if answer.is_good:
        return Sent()
    reason = f"http_{answer.status}"
    if answer.status in _TRY_LATER or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        after = _retry_after(answer.headers.get("Retry-After"), now)
        return TryLater(reason, after=after, detail=answer.text)
    return Refused(reason, detail=answer.text)


def is_web_address(text: str) -> bool:
    """Whether it can be posted to."""
    try:
        url = URL(text)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


def _names_address(url: URL) -> bool:
    """Whether it says itself which machine it means."""
    if url.host == "localhost":
        return True
    try:
        ipaddress.ip_address(url.host or "")
    except ValueError:
        return False
    return True


def _public_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = info
    if is_private_address(str(address[0])):
        raise OSError(_BLOCKED, "a private address")
    return socket.socket(family, kind, protocol)


def _retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds, from seconds or from a date; None where neither can be read."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()


async def _start(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of a body, if it comes soon."""
    found = bytearray()
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            async for chunk in response.content.iter_any():
                found += chunk
                if len(found) >= _ANSWER_LIMIT:
                    break
    except (TimeoutError, aiohttp.ClientError):
        pass
    return bytes(found[:_ANSWER_LIMIT])
