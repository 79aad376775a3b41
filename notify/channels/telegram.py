"""Messages from a Telegram bot, one per recipient; news of no urgency amends the last one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from markupsafe import Markup, escape
from pydantic import AfterValidator, Field, SecretStr, field_validator
from yarl import URL

from notify.delivery import Telling
from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import Message
from notify.posting import Answer, Poster, is_web_address, judged
from notify.receipt import Receipt, Refused, Sent, TryLater
from notify.writing.filling import button

_OFFICIAL = "https://api.telegram.org"
_TIMEOUT = 10.0
_LONGEST = 4000
"""UTF-16 units of a text; Telegram takes 4096."""

_QUIET = frozenset({Telling.UPDATED, Telling.JOINED, Telling.SPREAD, Telling.TAKEN})
"""What changes the message before it, without a sound. All else is a new one, in reply to it."""

_TOKEN = re.compile(r"[0-9]+:[\w-]{10,}", re.ASCII)
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z]\w{3,31}", re.ASCII)


def _chat(value: str) -> str:
    if not _CHAT.fullmatch(value):
        raise ValueError("expected a chat's number such as 123456789, or @name of a public channel")
    return value


class TelegramSettings(ChannelSettings):
    """Messages from a Telegram bot. Whoever is to get them writes to the bot first.

    An update edits the message that its chat had about the incident; openings, worsening and
    ends are messages of their own, which ring.

    ```toml
    [[channel]]
    id = "duty-telegram"
    kind = "telegram"
    token = "123456789:replace-with-the-token-of-your-bot"
    to = ["-1001234567890"]
    ```
    """

    token: SecretStr = Field(description="The bot's token, from @BotFather; it is never printed.")
    to: tuple[Annotated[str, AfterValidator(_chat)], ...] = Field(
        (),
        description="Chats that get them, beside the engineers who are reached through it: numbers,"
        " or @name of a public channel.",
    )
    base_url: str = Field(_OFFICIAL, description="The Bot API; another if you run your own.")

    @field_validator("token")
    @classmethod
    def _is_token(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("expected a token such as 123456789:AA…, from @BotFather")
        return value

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not is_web_address(value):
            raise ValueError(f"expected an address such as {_OFFICIAL}")
        return value.rstrip("/")


class Telegram:
    def __init__(self, settings: TelegramSettings, clock: Callable[[], datetime]) -> None:
        self._base = f"{settings.base_url}/bot{settings.token.get_secret_value()}"
        self._poster = Poster(timeout=_TIMEOUT)
        self._clock = clock

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:
        return await self._say(recipient, message, delivery_id)

    async def amend(
        self, recipient: str, message: Message, delivery_id: str, previous: str
    ) -> Receipt:
        if not previous.isdecimal():  # of another kind of channel that had this id
            return await self._say(recipient, message, delivery_id)
        if message.event not in _QUIET:
            return await self._say(recipient, message, delivery_id, in_reply_to=previous)
        edit = {"message_id": int(previous), **_content(recipient, message)}
        receipt = await self._call("editMessageText", edit, delivery_id)
        if isinstance(receipt, Refused) and "message is not modified" in receipt.detail:
            return Sent(previous)
        if (
            isinstance(receipt, Refused) and "message" in receipt.detail.lower()
        ):  # deleted, or too old
            return await self._say(recipient, message, delivery_id)
        return receipt

    async def aclose(self) -> None:
        await self._poster.aclose()

    async def _say(
        self, recipient: str, message: Message, delivery_id: str, *, in_reply_to: str = ""
    ) -> Receipt:
        content = _content(recipient, message)
        if in_reply_to:
            content["reply_parameters"] = {
                "message_id": int(in_reply_to),
                "allow_sending_without_reply": True,
            }
        return await self._call("sendMessage", content, delivery_id)

    async def _call(self, method: str, document: Mapping[str, Any], delivery_id: str) -> Receipt:
        answer = await self._poster.post(
            URL(f"{self._base}/{method}"),
            json.dumps(document, ensure_ascii=False).encode(),
            {
                "Content-Type": "application/json; charset=utf-8",
                # The Bot API makes nothing of it; whoever reads a proxy's log can.
                "X-Vahta-Delivery": delivery_id,
            },
            read=True,
        )
        return _judge(answer, self._clock()) if isinstance(answer, Answer) else answer


@channel_kind(TelegramSettings, recipients=lambda settings: settings.to, address=_chat)
def telegram(settings: TelegramSettings, tools: Tools) -> Sender:
    return Telegram(settings, tools.clock)


def _judge(answer: Answer, now: datetime) -> Receipt:
    """What the Bot API says, which counts for more than the status it says it with."""
    said = answer.json()
    if not isinstance(said, dict) or said.get("ok") not in (True, False):
        return judged(answer, now)
    if said["ok"]:
        result = said.get("result")
        number = result.get("message_id") if isinstance(result, dict) else None
        return Sent(str(number) if isinstance(number, int) else "")
    code, words = said.get("error_code", answer.status), str(said.get("description", ""))
    more = said.get("parameters")
    more = more if isinstance(more, dict) else {}
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        after = more.get("retry_after")
        return TryLater("http_429", after=after if isinstance(after, int) else None, detail=words)
    if code == HTTPStatus.FORBIDDEN:
        return Refused("blocked", detail=words)
    if isinstance(code, int) and code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TryLater(f"http_{code}", detail=words)
    return Refused("moved" if "migrate_to_chat_id" in more else f"http_{code}", detail=words)


def _content(recipient: str, message: Message) -> dict[str, Any]:
    return {
        "chat_id": recipient,
        "text": _marked(message),
        "parse_mode": "HTML",
        # What makes previews would otherwise visit the links, and show what is behind them.
        "link_preview_options": {"is_disabled": True},
    }


def _marked(message: Message) -> str:
    """The text in Telegram's HTML: its first line bold, the link to acknowledge behind a word."""
    first, _, rest = _cut(message.text.strip()).partition("\n")
    lines = [escape(line) for line in rest.split("\n")]
    if message.ack:
        link = Markup('<a href="{}"><b>{}</b></a>').format(message.ack, button(message))
        lines = [link if escape(message.ack) in line else line for line in lines]
    return "\n".join([Markup("<b>{}</b>").format(first), *lines])


def _cut(text: str) -> str:
    """At most so long. What goes is the end of what is said, never the numbers and links below."""
    if _units(text) <= _LONGEST:
        return text
    said, _, foot = text.rpartition("\n\n")
    foot = f"…\n\n{foot}" if _units(foot) < _LONGEST // 2 else "…"
    whole = said or text
    room = (_LONGEST - _units(foot)) * 2
    return whole.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + foot


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
