"""One bind at a gateway: says something, hears the answer, and answers what it is told."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from probes.smpp import pdu, status
from probes.smpp.gateway import Gateway
from probes.smpp.pdu import Command, Delivered, MalformedError, Pdu

_log = logging.getLogger(__name__)

_GOODBYE_SECONDS = 1.0
_LAST_SEQUENCE = 0x7FFFFFFF

Deliver = Callable[[Delivered], None]


class BindError(Exception):
    """No bind came about; nothing has been said but who we are."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class UnboundError(Exception):
    """The bind was gone before anything was written."""


class UnansweredError(Exception):
    """It was written, and no answer came: the gateway may have taken it."""


async def bound(gateway: Gateway, bind: Command, deliver: Deliver) -> Session:
    """A bind at ``gateway``. ``deliver`` gets what comes in. Raises BindError."""
    try:
        async with asyncio.timeout(gateway.answer_within):
            context = await asyncio.to_thread(gateway.context)
            streams = await asyncio.open_connection(gateway.host, gateway.port, ssl=context)
    except TimeoutError:
        raise BindError("connect_timeout", "no connection") from None
    except ssl.SSLError as error:
        raise BindError("tls", error.reason or type(error).__name__) from error
    except (OSError, UnicodeError) as error:
        raise BindError("connect", _in_words(error)) from error
    session = Session(*streams, deliver, gateway.answer_within)
    try:
        body = pdu.bind(gateway.system_id, gateway.password.get_secret_value(), gateway.system_type)
        answer = await session.ask(bind, body)
    except (UnboundError, UnansweredError):
        session.abort()
        await session.ended()
        raise BindError("bind", "the gateway did not answer the bind") from None
    except asyncio.CancelledError:
        session.abort()
        raise
    if answer.status != status.OK:
        session.abort()
        await session.ended()
        reason = "bind_refused" if answer.status in status.NOT_KNOWN else "bind"
        raise BindError(reason, status.named(answer.status))
    return session


def _in_words(error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return "the host's name is not found"
    # asyncio's own words repeat the address, and are several where it tried several.
    return os.strerror(error.errno) if error.errno else "no connection"


class Session:
    """Made by ``bound``. It ends when the connection does, and is of no use afterwards.

    ``patience``: seconds for an answer.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        deliver: Deliver,
        patience: float,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._deliver = deliver
        self._patience = patience
        self._sequences = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._is_over = False
        self._task = asyncio.create_task(self._listen(), name="smpp")

    @property
    def is_over(self) -> bool:
        return self._is_over

    async def ask(self, command: Command, body: bytes = b"") -> Pdu:
        """The answer to ``command``, whatever it says. Raises UnboundError, UnansweredError."""
        if self._is_over or self._writer.is_closing():
            raise UnboundError
        sequence = next(self._sequences) % _LAST_SEQUENCE or 1
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._waiting[sequence] = answer
        try:
            self._writer.write(bytes(Pdu(command, sequence, body=body)))
            async with asyncio.timeout(self._patience):
                await self._writer.drain()
                return await answer
        except TimeoutError:
            raise UnansweredError("no answer") from None
        except ConnectionError:
            raise UnansweredError("the connection broke") from None
        finally:
            del self._waiting[sequence]
            answer.cancel()

    async def ended(self) -> None:
        """Returns when the connection has ended, for whatever reason."""
        await asyncio.wait({self._task})

    def abort(self) -> None:
        self._writer.transport.abort()

    async def close(self) -> None:
        """Say good-bye, and end."""
        with suppress(UnboundError, UnansweredError, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self.ask(Command.UNBIND)
        self.abort()
        await self.ended()

    async def _listen(self) -> None:
        try:
            while await self._take(await self._next()):
                await self._writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, ssl.SSLError):
            pass
        except MalformedError as error:
            _log.warning("an SMS gateway does not speak SMPP: %s", error)
        finally:
            self._is_over = True
            self.abort()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ConnectionResetError())

    async def _next(self) -> Pdu:
        header = await self._reader.readexactly(pdu.HEADER)
        body = await self._reader.readexactly(pdu.size_of(header) - pdu.HEADER)
        return pdu.read(header + body)

    async def _take(self, heard: Pdu) -> bool:
        """False when the gateway wants to end."""
        if heard.command & pdu.RESPONSE:
            answer = self._waiting.get(heard.sequence)
            if answer is not None and not answer.done():
                answer.set_result(heard)
            return True
        match heard.command:
            case Command.DELIVER_SM:
                self._answer(heard, self._delivered(heard), b"\0")
            case Command.ENQUIRE_LINK:
                self._answer(heard)
            case Command.UNBIND:
                self._answer(heard)
                await self._writer.drain()
                return False
            case Command.ALERT_NOTIFICATION:
                pass
            case _:
                nack = Pdu(Command.GENERIC_NACK, heard.sequence, status.UNKNOWN_COMMAND)
                self._writer.write(bytes(nack))
        return True

    def _delivered(self, heard: Pdu) -> int:
        try:
            self._deliver(pdu.delivered(heard.body))
        except MalformedError as error:
            _log.warning("an SMS gateway delivered what cannot be read: %s", error)
            return status.UNUSABLE
        return status.OK

    def _answer(self, heard: Pdu, code: int = status.OK, body: bytes = b"") -> None:
        answer = Pdu(heard.command | pdu.RESPONSE, heard.sequence, code, body)
        self._writer.write(bytes(answer))
