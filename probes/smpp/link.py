"""Keeps a bind at a gateway for as long as we run: binds again when it breaks, with pauses."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from dataclasses import dataclass, replace

from probes.memory import Arrivals, Message
from probes.smpp.alphabet import decoded
from probes.smpp.gateway import Gateway
from probes.smpp.parts import Assembly
from probes.smpp.pdu import Command, Delivered
from probes.smpp.receipts import Receipt, receipt_of
from probes.smpp.session import BindError, Session, UnansweredError, UnboundError, bound

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no bind; ``reason`` is one short word."""

    reason: str
    detail: str


class Link:
    """Made once a gateway; it binds when it is first wanted.

    ``arrivals`` and ``receipts`` are by number: whose messages they are, whose they report of.

    ``losses`` counts the binds that broke: what was on its way then may come late.
    """

    def __init__(self, gateway: Gateway, bind: Command) -> None:
        self.arrivals: Arrivals[Message] = Arrivals()
        self.receipts: Arrivals[Receipt] = Arrivals()
        self.losses = 0
        self._gateway = gateway
        self._bind = bind
        self._assembly = Assembly()
        self._ids = itertools.count(1)
        self._session: Session | None = None
        self._trouble = Trouble("bind", "not bound yet")
        self._keeper: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._tried = asyncio.Event()

    @property
    def name(self) -> str:
        return f"{self._gateway.host}:{self._gateway.port}"

    async def ready(self) -> Session:
        """The bind; one that is not there is tried for now. Raises BindError."""
        if self._session is None or self._session.is_over:
            self._tried.clear()
            self._wanted.set()
            if self._keeper is None or self._keeper.done():
                self._keeper = asyncio.create_task(self._keep(), name=f"smpp {self.name}")
            await self._tried.wait()
        if self._session is None:
            raise BindError(self._trouble.reason, self._trouble.detail)
        return self._session

    async def aclose(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})

    async def _keep(self) -> None:
        try:
            await self._bind_for_ever()
        finally:  # nobody waits for what will not come
            self._tried.set()

    async def _bind_for_ever(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            self._wanted.clear()
            try:
                self._session = await bound(self._gateway, self._bind, self._deliver)
            except BindError as error:
                self._fail(error)
                await self._rest(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            _log.info("bound to the SMS gateway %s", self.name)
            self._tried.set()
            await self._hold(self._session)
            pause = _FIRST_PAUSE
            await self._rest(pause)

    def _fail(self, error: BindError) -> None:
        trouble = Trouble(error.reason, error.detail)
        if trouble != self._trouble:  # said once, not at every try
            _log.warning("no bind to the SMS gateway %s: %s", self.name, error.detail)
        self._trouble = trouble
        self._tried.set()

    async def _hold(self, session: Session) -> None:
        """Until the bind breaks."""
        try:
            while not session.is_over:
                try:
                    async with asyncio.timeout(self._gateway.enquire):
                        await session.ended()
                except TimeoutError:
                    await session.ask(Command.ENQUIRE_LINK)
        except (UnansweredError, UnboundError):
            pass
        except asyncio.CancelledError:
            await session.close()
            raise
        finally:
            self._session = None
            session.abort()
        self.losses += 1
        self._trouble = Trouble("bind_lost", "the bind broke")
        _log.warning("the bind to the SMS gateway %s broke", self.name)

    async def _rest(self, pause: float) -> None:
        """Whoever wants the bind need not wait for the whole pause, once a second has passed."""
        await asyncio.sleep(_FIRST_PAUSE * random.uniform(0.5, 1))
        try:
            async with asyncio.timeout(max(0.0, pause - _FIRST_PAUSE)):
                await self._wanted.wait()
        except TimeoutError:
            pass

    def _deliver(self, heard: Delivered) -> None:
        receipt = receipt_of(heard)
        if receipt is not None:
            receipt = replace(receipt, order=next(self._ids))
            # The standard turns the two numbers round in a receipt, not every gateway does.
            for number in {heard.sender.lstrip("+"), heard.recipient.lstrip("+")}:
                self.receipts.bring(number, receipt)
            _log.info("SMS gateway %s: message %s is %s", self.name, receipt.id, receipt.state)
            return
        said: bytes | None = heard.data
        if heard.place is not None:
            said = self._assembly.whole(heard.sender, heard.recipient, heard.place, heard.data)
        if said is not None:
            text = decoded(said, heard.coding, self._gateway.alphabet)
            number = heard.recipient.lstrip("+")
            self.arrivals.bring(number, Message(str(next(self._ids)), text))
