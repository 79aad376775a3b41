"""Carries what is due: claim, send, record; a stuck channel holds up nobody but itself."""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from incidents.store import Store
from notify.ack.grant import Grants
from notify.backoff import delay
from notify.hooks import Hooks, Outcome
from notify.kind import Amends, Channel
from notify.message import Message
from notify.planning.quiet import Quiet
from notify.receipt import NotSentError, Receipt, Sent, TryLater
from notify.tables import outbox, pruning
from notify.tables.claiming import Claim, Claimed
from notify.writing.filling import CALLERS, Parts, Said, filled, nobody

_log = logging.getLogger(__name__)

_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and counts of sending.

    ``grace`` is what sends in flight get when we stop; ``rest`` the most that we wait for news
    before looking again, so that it shows that we live.
    """

    deadline: float = 30.0
    at_once: int = 32
    per_channel: int = 2
    horizon: timedelta = timedelta(hours=24)
    again_after: float = 0.2
    grace: float = 3.0
    rest: float = 5.0


@dataclass(kw_only=True)
class Courier:
    """One per state. ``wake`` it when deliveries were planned.

    ``gather`` makes one message of several. ``turned_at`` is when it last looked through the
    outbox without a fault.
    """

    store: Store
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    gather: Callable[[Sequence[Message]], Message]
    hooks: Hooks = field(default_factory=Hooks)
    said: Said = nobody
    grants: Grants = field(default_factory=lambda: Grants(b""))
    limits: Limits = field(default_factory=Limits)
    quiet: Quiet = field(default_factory=Quiet)
    luck: Callable[[], float] = lambda: random.uniform(-1, 1)
    turned_at: datetime | None = field(default=None, init=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _in_flight: Counter[str] = field(default_factory=Counter, init=False)
    _flights: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _recovered: bool = field(default=False, init=False)
    _pruned_at: datetime | None = field(default=None, init=False)

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def run(self) -> None:
        """Recover, then send for ever. When cancelled, what is in flight gets a short grace."""
        try:
            while True:
                self._woken.clear()
                try:
                    pause = await self._turn()
                except sqlite3.Error:
                    _log.exception("the outbox cannot be used; trying again")
                    pause = _PAUSE
                await self._sleep(pause)
                self._reap()
        finally:
            await self._land(self.limits.grace)

    async def _turn(self) -> float:
        """One look through the outbox; answers how many seconds there is nothing to do."""
        if not self._recovered:
            await self.recover()
        await self._launch()
        pause = 0.0 if await self.prune() else await self._until_due()
        self.turned_at = self.clock()
        return pause

    async def recover(self) -> int:
        """Take back what a dead process was sending; answers how many. Once, before sending."""
        now = self.clock()
        found = await self.store.write(lambda db: outbox.requeue(db, now))
        self._recovered = True
        return found

    async def prune(self) -> bool:
        """Forget a batch of what is old, at the first turn and then daily; True: there is more."""
        now = self.clock()
        if self._pruned_at is not None and now - self._pruned_at < pruning.EVERY:
            return False
        old = await self.store.read(lambda db: pruning.find(db, now))
        if old:
            await self.store.write(lambda db: pruning.forget(db, old))
        else:
            self._pruned_at = now
        return bool(old)

    async def drain(self) -> int:
        """Send all that is due now, and what becomes due through that; answers the attempts.

        Instead of ``run``, for one-shot use: a command that sends and ends, a test that looks.
        """
        attempts = 0
        while started := await self._launch():
            attempts += started
            try:
                await asyncio.gather(*self._flights)
            finally:
                await self._land(0)
        return attempts

    async def _launch(self) -> int:
        """Claim what is due and there is room for, start sending it; answers how many."""
        started = 0
        while slots := self._slots():
            if not await self.store.read(self._is_due(slots)):
                break
            claim = await self.store.write(self._claim(slots))
            for channel, outcome in claim.settled:
                self.hooks.settled(channel, outcome)
            for (channel, because), number in claim.held.items():
                _log.info("%s: %d deliveries wait (%s)", channel, number, because)
            if not claim.deliveries and not claim.settled:
                break
            self.hooks.checkpoint("after_claim")
            for one in claim.deliveries:
                self._start(one)
            started += len(claim.deliveries)
        return started

    def _slots(self) -> dict[str, int]:
        """How many more each channel may have in flight, and all of them together."""
        room = self.limits.at_once - self._in_flight.total()
        slots: dict[str, int] = {}
        # Those with the least in flight first, so that room goes to whom it was denied before.
        for channel in sorted(self.channels, key=lambda id_: self._in_flight[id_]):
            free = min(self.limits.per_channel - self._in_flight[channel], room)
            if free > 0:
                slots[channel] = free
                room -= free
        return slots

    def _is_due(self, slots: Mapping[str, int]) -> Callable[[Database], bool]:
        now, horizon = self.clock(), self.limits.horizon
        return lambda db: outbox.is_due(db, slots, now=now, horizon=horizon)

    def _claim(self, slots: Mapping[str, int]) -> Callable[[Database], Claim]:
        now, horizon, quiet = self.clock(), self.limits.horizon, self.quiet
        return lambda db: outbox.claim(db, slots, now=now, horizon=horizon, quiet=quiet)

    def _start(self, one: Claimed) -> None:
        self._in_flight[one.channel] += 1
        task = asyncio.create_task(self._deliver(one), name=f"delivery {one.id}")
        task.add_done_callback(lambda _: self._landed(one.channel))
        self._flights.add(task)

    def _landed(self, channel: str) -> None:
        self._in_flight[channel] -= 1
        self.wake()

    async def _deliver(self, one: Claimed) -> None:
        receipt = await self._attempt(one)
        self.hooks.checkpoint("after_send_before_record")
        outcomes = await self._record(one, receipt)
        self.hooks.checkpoint("after_record")
        for outcome in outcomes:
            self.hooks.settled(one.channel, outcome)
        is_lost = not {Outcome.REFUSED, Outcome.EXPIRED}.isdisjoint(outcomes)
        _log.log(
            logging.WARNING if is_lost else logging.INFO,
            "delivery %s%s: %s%s",
            one.id,
            f" of {len(one.rows)} together" if len(one.rows) > 1 else "",
            ", ".join(dict.fromkeys(outcomes)),
            "" if isinstance(receipt, Sent) else f" ({receipt.reason})",
        )

    async def _attempt(self, one: Claimed) -> Receipt:
        """Send once; what failed before a byte of it left is tried a second time at once."""
        sender, previous = self.channels[one.channel].sender, one.company.previous
        send: Callable[[str, Message, str], Awaitable[Receipt]] = sender.send
        if previous and isinstance(sender, Amends):
            send = partial(sender.amend, previous=previous)
        again = AsyncRetrying(
            stop=stop_after_attempt(2),
            wait=wait_fixed(self.limits.again_after),
            retry=retry_if_exception_type(NotSentError),
            reraise=True,
        )
        try:
            message = await self._in_full(one)
            async with asyncio.timeout(self.limits.deadline):
                return await again(send, one.recipient, message, one.id)
        except NotSentError as error:
            return TryLater(error.reason, detail=error.detail)
        except TimeoutError:
            return TryLater("deadline", ambiguous=True)
        except Exception as error:  # noqa: BLE001 - a channel may raise what it likes
            _log.exception("delivery %s: the channel broke", one.id)
            return TryLater(
                "channel_broke", ambiguous=True, detail=f"{type(error).__name__}: {error}"
            )

    async def _in_full(self, one: Claimed) -> Message:
        """With all that only its recipient is told, and only now. News doesn't wait for it."""
        message, said = self.gather([Message.from_json(text) for text in one.messages]), list[str]()
        if message.fault and message.also:
            _log.error("delivery %s is told in plain words: %s", one.id, message.fault)
        if CALLERS in message.text:
            try:
                said = [*await self.said(message.incident)]
            except Exception:  # noqa: BLE001 - whatever it is, the news is worth more
                _log.exception("%s is told without what callers said", message.incident)
        whom, engineers = (one.channel, one.recipient), self.grants.engineers
        reader = engineers.get(whom)
        parts = Parts(
            said=said,
            link=self.grants.link(
                message.takes or (message.incident,), whom, message.lang, self.clock()
            ),
            others=[
                (other[0], engineers[other].called(message.lang) if other in engineers else "")
                for other in one.company.others
                if reader is None or engineers.get(other) != reader
            ],
        )
        return replace(filled(message, parts), thread=one.company.thread)

    async def _record(self, one: Claimed, receipt: Receipt) -> list[Outcome]:
        """Write the receipt down; it is kept in hand until the disk takes it, not sent again."""
        after = receipt.after if isinstance(receipt, TryLater) else None
        wait = timedelta(seconds=delay(one.attempts, after=after, luck=self.luck()))
        while True:
            try:
                return await self.store.write(self._settle(one, receipt, wait))
            except sqlite3.Error:
                _log.exception("delivery %s: its receipt cannot be written yet", one.id)
                await asyncio.sleep(_PAUSE)

    def _settle(
        self, one: Claimed, receipt: Receipt, wait: timedelta
    ) -> Callable[[Database], list[Outcome]]:
        now, horizon = self.clock(), self.limits.horizon
        return lambda db: outbox.settle(
            db, one, receipt, now=now, retry_at=now + wait, horizon=horizon
        )

    async def _until_due(self) -> float:
        now, slots = self.clock(), self._slots()
        due = await self.store.read(lambda db: outbox.next_due(db, slots))
        if due is None:
            return self.limits.rest
        return min(max((due - now).total_seconds(), 0.0), self.limits.rest)

    async def _sleep(self, seconds: float) -> None:
        """Until woken, or for so long. Rather late than never: the sleep is bounded."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _land(self, grace: float) -> None:
        """Let what is in flight be recorded; cut what takes too long: it is sent again later."""
        flights, self._flights = self._flights, set()
        if not flights:
            return
        await asyncio.wait(flights, timeout=grace)
        for task in flights:
            task.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _reap(self) -> None:
        """Keep those still in the air. A flight doesn't fail by itself: an error is ours."""
        done = {task for task in self._flights if task.done()}
        self._flights -= done
        for task in done:
            error = task.exception()
            if isinstance(error, Exception):
                _log.error("%s broke off", task.get_name(), exc_info=error)
            elif error is not None:
                raise error
