"""Short messages through an SMS gateway by SMPP 3.4: what broke is in the first 67 characters."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import Message
from notify.receipt import NotSentError, Receipt, Refused, Sent, TryLater
from notify.writing.short import mark_of, reference_of, short
from probes.smpp import pdu, status
from probes.smpp.gateway import Gateway, Number, number
from probes.smpp.link import Link
from probes.smpp.parts import split
from probes.smpp.pdu import Address, Command
from probes.smpp.session import BindError, UnansweredError, UnboundError

_BUSY_PAUSE = 10.0
_SETUP_PAUSE = 60.0
"""Seconds before a wrong password is tried again: somebody has to put it right first."""

_NAME = re.compile(r"[A-Za-z0-9 ._&-]{1,11}", re.ASCII)
_SHORT_NUMBER = re.compile(r"\d{3,8}", re.ASCII)
_INTERNATIONAL = re.compile(r"\+[\d\s().-]+", re.ASCII)


def _sender(value: str) -> Address:
    """``+79001234567``, a short number or a name, each with its type as gateways want it."""
    if _INTERNATIONAL.fullmatch(value):
        return Address(number(value))
    if _SHORT_NUMBER.fullmatch(value):
        return Address(value, ton=3, npi=0)
    return Address(value, ton=5, npi=0)


def _is_sender(value: str) -> str:
    if not (_INTERNATIONAL.fullmatch(value) or _NAME.fullmatch(value)):
        raise ValueError(
            "expected a number such as +79001234567, a short one such as 1234, or a name of at"
            " most 11 Latin letters and digits"
        )
    _sender(value)
    return value


class SmsSettings(Gateway, ChannelSettings):
    """Short messages through an SMS gateway, by SMPP 3.4; one to each recipient.

    SMPP is built in: there is nothing to install.

    The first line, which says what broke, comes whole in the first part, at most 67 characters;
    then the link to acknowledge, the line that says more, and what else finds room in parts that
    are paid for anyway, at most ``parts``. A part holds 67
    characters of Cyrillic or 153 of Latin (70 or 160 when it is alone); parts are joined by the
    phone (header of GSM 03.40). The last line, such as ``#INC-2026-0042.5ad``, is the same when a
    message is repeated, and so are ``user_message_reference`` and the reference of the parts.

    ```toml
    [[channel]]
    id = "duty-sms"
    kind = "sms"
    host = "smpp.example.org"
    tls = true
    port = 3550
    system_id = "vahta"
    password = "${SMPP_PASSWORD:-}"
    from = "Vahta"
    to = ["+7 900 123-45-67"]
    ```
    """

    bind: Literal["transceiver", "transmitter"] = Field(
        "transceiver", description="What we are to the gateway; some know transmitters only."
    )
    sender: Annotated[str, AfterValidator(_is_sender)] = Field(
        alias="from", description="Whom they are from: a number, or a name that the gateway knows."
    )
    to: tuple[Number, ...] = Field(
        (), description="Numbers that get them, beside the engineers who are reached through it."
    )
    parts: int = Field(3, ge=1, le=10, description="The most parts of a message: each is paid for.")
    per_second: float = Field(
        5.0, ge=1, le=1000, description="The most parts a second that the gateway takes from us."
    )
    receipts: bool = Field(
        default=False, description="Whether the log tells what the gateway reports of each part."
    )


class Sms:
    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings
        self._sender = _sender(settings.sender)
        self._septets = settings.alphabet == "gsm7"
        self._link = Link(settings, Command[f"BIND_{settings.bind.upper()}"])
        self._free_at = 0.0

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:
        mark, reference = mark_of(message, delivery_id), reference_of(delivery_id)
        text = short(message, mark, most=self._settings.parts, septets=self._septets)
        bodies = [
            pdu.submit(
                self._sender,
                Address(recipient),
                part,
                receipt=self._settings.receipts,
                reference=reference,
            )
            for part in split(text, reference=reference, septets=self._septets)
        ]
        receipt: Receipt = Sent()
        for n, body in enumerate(bodies):
            receipt = await self._say(body, has_begun=n > 0)
            if not isinstance(receipt, Sent):
                return receipt
        return receipt

    async def aclose(self) -> None:
        await self._link.aclose()

    async def _say(self, body: bytes, *, has_begun: bool) -> Receipt:
        """One part. Raises NotSentError where no part has left."""
        try:
            session = await self._link.ready()
            await self._turn()
            answer = await session.ask(Command.SUBMIT_SM, body)
        except BindError as error:
            return _without_bind(error, has_begun=has_begun)
        except UnboundError:
            if has_begun:
                return TryLater("bind_lost", ambiguous=True)
            raise NotSentError("bind_lost") from None
        except UnansweredError as error:
            return TryLater("no_answer", ambiguous=True, detail=str(error))
        return _judged(answer.status, pdu.first_string(answer.body), has_begun=has_begun)

    async def _turn(self) -> None:
        """Waits until one part more is no part too many."""
        now = asyncio.get_running_loop().time()
        mine = max(now, self._free_at)
        self._free_at = mine + 1 / self._settings.per_second
        await asyncio.sleep(mine - now)


@channel_kind(SmsSettings, recipients=lambda settings: settings.to, address=number)
def sms(settings: SmsSettings, tools: Tools) -> Sender:  # noqa: ARG001 - it needs no clock
    return Sms(settings)


def _without_bind(error: BindError, *, has_begun: bool) -> Receipt:
    if error.reason == "bind_refused":
        return TryLater(error.reason, after=_SETUP_PAUSE, ambiguous=has_begun, detail=error.detail)
    if has_begun:
        return TryLater(error.reason, ambiguous=True, detail=error.detail)
    raise NotSentError(error.reason, error.detail) from error


def _judged(code: int, id_: str, *, has_begun: bool) -> Receipt:
    """By the gateway's status. A part that is tried again brings those before it again."""
    if code == status.OK:
        return Sent(id_)
    reason, detail = f"smpp_{code:x}", status.named(code)
    if code in status.FOR_GOOD:
        return Refused(reason, detail)
    after = _BUSY_PAUSE if code in status.BUSY else None
    return TryLater(reason, after=after, ambiguous=has_begun, detail=detail)
