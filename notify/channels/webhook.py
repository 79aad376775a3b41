"""Posts JSON to an address, signed if wanted (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, field_validator
from yarl import URL

from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import MERGED, Message
from notify.posting import Answer, Poster, is_web_address, judged
from notify.receipt import Receipt
from probes.settings import Duration

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the standard's prefix, no secret


def _a_key(value: SecretStr) -> SecretStr:
    _key(value)
    return value


Key = Annotated[SecretStr, AfterValidator(_a_key)]


class WebhookSettings(ChannelSettings):
    """One POST per message, with JSON: ``delivery_id, event, at, lang, subject, text, incident``.

    News of announced work has ``maintenance``, and null for the incident. ``ack_url``, where it is
    there, is where all is acknowledged that it tells of. ``merged`` says that the incident goes
    on as ``into``. One request may tell of several things: ``also`` lists those beside the first,
    each with ``event, at, incident``; ``gather = false`` asks for each by itself.

    The same ``delivery_id`` (also in the header ``webhook-id``) comes again when a delivery is
    repeated. 2xx is taken as received; 408, 425, 429 and 5xx are tried again, honouring
    ``Retry-After``; redirects are not followed. While a secret is changed, give ``old_secret``
    too: each request then carries two signatures.

    ```toml
    [[channel]]
    id = "duty-bot"
    kind = "webhook"
    url = "https://bot.example.org/hooks/vahta"
    ```
    """

    url: SecretStr = Field(description="Where to post; it is never printed.")
    first: int = Field(
        3,
        ge=1,
        le=100,
        description="So many of a kind go at once, one by one, before what follows soon after waits"
        " and goes together.",
    )
    secret: Key | None = Field(
        None, description="Signs each request: any text, or whsec_ and base64."
    )
    old_secret: Key | None = Field(
        None, description="Signs each request as well, until the other side knows the new one."
    )
    timeout: Duration = Field(10.0, gt=0, le=25, description="Hard limit for one request.")
    allow_private: bool = Field(
        default=False,
        description="Whether the host's name may lead to a private address. One that the URL names"
        " itself may be private.",
    )

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: SecretStr) -> SecretStr:
        if not is_web_address(value.get_secret_value()):
            raise ValueError("expected an address such as https://bot.example.org/hook")
        return value


class Webhook:
    def __init__(self, settings: WebhookSettings, clock: Callable[[], datetime]) -> None:
        self._url = URL(settings.url.get_secret_value())
        self._keys = [_key(one) for one in (settings.secret, settings.old_secret) if one]
        self._clock = clock
        self._poster = Poster(timeout=settings.timeout, allow_private=settings.allow_private)

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:  # noqa: ARG002 - the address is the recipient
        body = _body(message, delivery_id)
        answer = await self._poster.post(self._url, body, self._headers(body, delivery_id))
        return judged(answer, self._clock()) if isinstance(answer, Answer) else answer

    async def aclose(self) -> None:
        await self._poster.aclose()

    def _headers(self, body: bytes, delivery_id: str) -> dict[str, str]:
        # The standard joins what it signs with full stops, so there is none in an id.
        id_ = delivery_id.replace(".", "%2E")
        stamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": id_,
            "webhook-timestamp": stamp,
        }
        signed = b".".join((id_.encode(), stamp.encode(), body))
        digests = [hmac.new(key, signed, hashlib.sha256).digest() for key in self._keys]
        if digests:
            signatures = [f"v1,{base64.b64encode(one).decode()}" for one in digests]
            headers["webhook-signature"] = " ".join(signatures)
        return headers


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
    if message.ack:
        document["ack_url"] = message.ack
    if message.maintenance:
        document["maintenance"] = message.maintenance
    if message.call:
        document["call"] = message.call
    if message.event == MERGED:
        document["into"] = message.facts.get("merged_into")
    if message.also:
        document["also"] = message.also
    return json.dumps(document, ensure_ascii=False).encode()


def _key(secret: SecretStr) -> bytes:
    text = secret.get_secret_value()
    if not text.startswith(_SECRET_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("after whsec_ base64 is expected") from None
