"""Where messages to a test number can be read: polled from a gateway, or brought to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.flow.jsonpath import as_text, values_at
from probes.memory import Message
from probes.observation import Reason
from probes.request import Request


@dataclass(frozen=True, slots=True)
class Polled:
    """A gateway that answers GET ``url`` with JSON; the keys are those of one message."""

    url: str
    headers: Mapping[str, str]
    messages: str
    id_key: str
    text_key: str

    async def look(self, visit: Visit) -> list[Message]:
        """Every message there is now, in the gateway's order. Raises UnwellError."""
        answer = await visit.fetch("inbox", Request("GET", self.url, headers=self.headers))
        body = answer.expect_ok().json()
        found = [body] if self.messages == "$" else values_at(self.messages, body)
        if len(found) != 1 or not isinstance(found[0], list):
            raise UnwellError(
                Reason.UNEXPECTED_CONTENT, "inbox: the answer is not a list of messages"
            )
        messages = [message for message in found[0] if isinstance(message, dict)]
        return [Message(_at(self.id_key, m), _at(self.text_key, m)) for m in messages]


@dataclass(frozen=True, slots=True)
class Brought:
    """Messages that a gateway posts to ``/hooks/sms/<token>``, or that an SMPP session receives."""

    token: str

    async def look(self, visit: Visit) -> list[Message]:
        return list(visit.memory.arrivals.look(self.token))


def posted(body: Any, *, messages: str, id_key: str, text_key: str) -> list[Message]:
    """The messages that a gateway posted: one, or a list of them; none without a text."""
    found = [body] if messages == "$" else values_at(messages, body)
    if len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    read = [Message(_at(id_key, m), _at(text_key, m)) for m in found if isinstance(m, dict)]
    return [message for message in read if message.text]


def _at(key: str, message: Mapping[str, Any]) -> str:
    found = values_at(key, message)
    return "" if not found or found[0] is None else as_text(found[0])
