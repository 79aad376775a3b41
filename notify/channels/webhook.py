"""Posts JSON to an address, signed if wanted (Standard Webhooks 1.0)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
from pydantic import Field, SecretStr, field_validator
from yarl import URL

from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import Message
from notify.receipt import NotSentError, Receipt, Refused, Sent, TryLater
from probes.settings import Duration

_ANSWER_LIMIT = 64 * 1024
_ANSWER_SECONDS = 2.0
_TRY_LATER = (408, 425, 429)
_SECRET_PREFIX = "whsec_"  # noqa: S105 - the standard's prefix, no secret


class WebhookSettings(ChannelSettings):
    """One POST per message, with JSON: ``delivery_id, event, at, lang, subject, text, incident``.

    News of announced work has ``maintenance``, and null for the incident.
    The same ``delivery_id`` (also in the header ``webhook-id``) comes again when a delivery is
    repeated. 2xx is taken as received; 408, 425, 429 and 5xx are tried again, honouring
    ``Retry-After``; redirects are not followed.

    ```toml
    [[channel]]
    id = "duty-bot"
    kind = "webhook"
    url = "https://bot.example.org/hooks/vahta"
    ```
    """

    url: SecretStr = Field(description="Where to post; it is never printed.")
    secret: SecretStr | None = Field(
        None, description="Signs each request: any text, or whsec_ and base64."
    )
    timeout: Duration = Field(10.0, gt=0, le=25, description="Hard limit for one request.")

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: SecretStr) -> SecretStr:
        try:
            url = URL(value.get_secret_value())
        except ValueError:
            url = URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("expected an address such as https://bot.example.org/hook")
        return value

    @field_validator("secret")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _key(value)
        return value


class Webhook:
    def __init__(self, settings: WebhookSettings, clock: Callable[[], datetime]) -> None:
        self._url = URL(settings.url.get_secret_value())
        self._key = _key(settings.secret) if settings.secret else None
        # connect covers finding the name, too: until then nothing has left.
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout, connect=settings.timeout / 2)
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:  # noqa: ARG002 - the address is the recipient
        body = _body(message, delivery_id)
        try:
            async with self._open().post(
                self._url,
                data=body,
                headers=self._headers(body, delivery_id),
                allow_redirects=False,
            ) as response:
                return await self._judge(response)
        except (
            aiohttp.ClientConnectorCertificateError,
            aiohttp.ClientConnectorSSLError,
        ) as error:
            raise NotSentError("tls", type(error).__name__) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise NotSentError("dns", "the host's name is not found") from error
        except aiohttp.ClientConnectorError as error:
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

    def _open(self) -> aiohttp.ClientSession:
        """Made on first use: a session wants a running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session

    def _headers(self, body: bytes, delivery_id: str) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "vahta",
            "webhook-id": delivery_id,
        }
        if self._key is not None:
            stamp = str(int(self._clock().timestamp()))
            signed = b".".join((delivery_id.encode(), stamp.encode(), body))
            digest = hmac.new(self._key, signed, hashlib.sha256).digest()
            headers["webhook-timestamp"] = stamp
            headers["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
        return headers

    async def _judge(self, response: aiohttp.ClientResponse) -> Receipt:
        status = response.status
        if status // 100 == 2:  # noqa: PLR2004 - any 2xx
            return Sent()  # its body changes nothing, however large or slow it is
        reason = f"http_{status}"
        if status in _TRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            after = _retry_after(response.headers.get("Retry-After"), self._clock())
            return TryLater(reason, after=after, detail=await _excerpt(response))
        return Refused(reason, detail=await _excerpt(response))


@channel_kind(WebhookSettings)
def webhook(settings: WebhookSettings, tools: Tools) -> Sender:
    return Webhook(settings, tools.clock)


def _body(message: Message, delivery_id: str) -> bytes:
    document: dict[str, object] = {
        "delivery_id": delivery_id,
        "event": message.event,
        "at": message.at,
        "lang": message.lang,
        "subject": message.subject,
        "text": message.text,
        "incident": message.facts or None,
    }
    if message.maintenance:
        document["maintenance"] = message.maintenance
    if message.call:
        document["call"] = message.call
    return json.dumps(document, ensure_ascii=False).encode()


def _key(secret: SecretStr) -> bytes:
    text = secret.get_secret_value()
    if not text.startswith(_SECRET_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("after whsec_ base64 is expected") from None


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


async def _excerpt(response: aiohttp.ClientResponse) -> str:
    """The beginning of an error's body, if it comes soon."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            start = await response.content.read(_ANSWER_LIMIT)
    except (TimeoutError, aiohttp.ClientError):
        return ""
    return start.decode(errors="replace")
