"""A message that says it is only a test, sent outside the outbox, and exactly what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from notify.kind import Sender
from notify.message import Message
from notify.receipt import NotSentError, Refused, Sent, TryLater, redact

TEST = "test"
"""The ``event`` of such a message."""

_DEADLINE = 30.0
_NUMBER = "TEST"

_TEXTS = {
    "ru": (
        "Проверка связи: ничего не случилось",
        "Это проверка канала «{}»: если вы это читаете, он работает. Делать ничего не нужно.",
    ),
    "en": (
        "Test: nothing has happened",
        "This is a test of the channel “{}”: if you read this, it works. There is nothing to do.",
    ),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """``outcome`` is sent, refused, try_later or not_sent; the rest is fit to be shown."""

    outcome: str
    reason: str = ""
    detail: str = ""
    may_have_arrived: bool = False


def trial_message(channel: str, portal: str, lang: str, now: datetime) -> Message:
    """What is sent: plainly a test, in its first line."""
    first, rest = _TEXTS[lang]
    return Message(
        subject=f"{first} [{_NUMBER}]",
        text=f"{first}\n\n{rest.format(channel)}\n\n{portal}\n",
        lang=lang,
        first_line=first,
        incident=_NUMBER,
        event=TEST,
        at=now.isoformat(),
    )


async def tried(sender: Sender, recipient: str, message: Message) -> Trial:
    """Send once, as the courier would; whatever comes of it is an answer."""
    try:
        async with asyncio.timeout(_DEADLINE):
            receipt = await sender.send(recipient, message, f"{TEST}/{message.at}")
    except NotSentError as error:
        return Trial("not_sent", error.reason, redact(error.detail))
    except TimeoutError:
        return Trial("try_later", "deadline", may_have_arrived=True)
    match receipt:
        case Sent():
            return Trial("sent")
        case Refused():
            return Trial("refused", receipt.reason, redact(receipt.detail))
        case TryLater():
            detail = redact(receipt.detail)
            return Trial("try_later", receipt.reason, detail, receipt.ambiguous)
