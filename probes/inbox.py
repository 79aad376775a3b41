"""Where messages to a test number can be read: polled from a gateway, brought to us, or bound for.

``look`` answers every message there is now, oldest first. ``assure`` is asked before it is said
that nothing came; it raises UnwellError (unknown) where it may have passed us by.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.flow.jsonpath import as_text, values_at
from probes.memory import Message
from probes.observation import Outcome, Reason
from probes.request import Request
from probes.smpp.gateway import Gateway
from probes.smpp.link import Link
from probes.smpp.pdu import Command
from probes.smpp.receipts import Receipt
from probes.smpp.session import BindError, UnansweredError, UnboundError


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

    async def assure(self, visit: Visit) -> None:
        """It is the gateway's own list."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Messages that a gateway posts to ``/hooks/sms/<token>``."""

    token: str

    async def look(self, visit: Visit) -> list[Message]:
        return list(visit.memory.arrivals.look(self.token))

    async def assure(self, visit: Visit) -> None:
        """Whether the gateway would have posted, nobody here can know."""


@dataclass(slots=True)
class Bound:
    """Messages that come by SMPP. A bind that breaks is our own trouble: unknown, never down.

    ``patience``: seconds to wait for the gateway, so that its silence does not use the run up.
    """

    gateway: Gateway
    bind: Command
    number: str
    patience: float
    _losses: int | None = None

    async def look(self, visit: Visit) -> list[Message]:
        link = visit.link(self.gateway, self.bind)
        link.arrivals.look(self.number)  # from now on they may come
        await self._bound(link)
        return list(link.arrivals.look(self.number))

    async def receipts(self, visit: Visit) -> list[Receipt]:
        """What was reported of messages to the number so far, oldest first."""
        link = visit.link(self.gateway, self.bind)
        link.receipts.look(self.number)  # as above
        await self._bound(link)
        return list(link.receipts.look(self.number))

    async def assure(self, visit: Visit) -> None:
        link = visit.link(self.gateway, self.bind)
        async with self._ours(link):
            await (await link.ready()).ask(Command.ENQUIRE_LINK)
            if link.losses != self._losses:
                raise UnboundError

    async def _bound(self, link: Link) -> None:
        async with self._ours(link):
            session = await link.ready()
            if self._losses is None:
                self._losses = link.losses
                # What the gateway kept for us mostly comes before this answer: it isn't new.
                await session.ask(Command.ENQUIRE_LINK)

    @asynccontextmanager
    async def _ours(self, link: Link) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.patience):
                yield
        except BindError as error:
            words = f"no bind to our SMS gateway {link.name}: {error.detail}"
        except UnboundError:
            words = f"the bind to our SMS gateway {link.name} broke during the wait"
        except (UnansweredError, TimeoutError):
            words = f"our SMS gateway {link.name} does not answer"
        else:
            return
        raise UnwellError(Reason.PROBE_ERROR, words, Outcome.UNKNOWN)


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
