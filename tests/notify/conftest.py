"""A notifier on a real SQLite file, a clock moved by hand, and a carrier that does as it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from incidents.commands import BY_HAND
from incidents.events import (
    Attached,
    Because,
    Cause,
    Event,
    Gate,
    Impact,
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenancePlanned,
    MaintenanceStarted,
    Merged,
    Opened,
    Origin,
    Reassessed,
    Reminded,
    Reopened,
    Resolved,
    Seen,
    Step,
    Unrecognised,
    Unstable,
    Updated,
)
from incidents.journal import Entry, MemoryJournal
from incidents.store import Store, open_store
from incidents.texts import Texts
from notify.ack.grant import Grants
from notify.courier import Limits
from notify.hooks import Outcome
from notify.kind import Channel
from notify.message import Message, Portal
from notify.oncall.directory import Directory
from notify.oncall.rota import Override
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.receipt import Receipt, Sent
from notify.service import Notifier
from notify.tables.schema import migrations
from probes.observation import Outcome as Seeing
from probes.observation import Reason

START = datetime(2026, 11, 22, 11, 3, tzinfo=UTC)
NUMBER = "ИНЦ-2026-0001"
WORK = "РАБ-2026-0001"
CONFIRMED = Because(
    "confirmed_failures",
    {"probe": "sms-main", "location": "local", "in_a_row": 3, "open_after": 3, "outcome": "down"},
)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def opened(incident: str = NUMBER, **changes: Any) -> Opened:
    values: dict[str, Any] = {
        "origin": Origin.PROBE,
        "impact": Impact.MAJOR,
        "started_at": START,
        "because": CONFIRMED,
        "component_name": {"ru": "Коды из СМС", "en": "SMS codes"},
        "outcome": Seeing.DOWN,
        "reason": Reason.CODE_NOT_ARRIVED,
        "streak": (Seen(START, Seeing.DOWN, Reason.CODE_NOT_ARRIVED, "no code after 2.0 s"),),
    }
    return Opened(incident, "sms", **{**values, **changes})


def reassessed(impact: Impact, incident: str = NUMBER) -> Reassessed:
    return Reassessed(incident, "sms", CONFIRMED, impact, Seeing.DOWN, Reason.TIMEOUT)


def said(text: str, incident: str = NUMBER, **changes: Any) -> Updated:
    return Updated(incident, "sms", BY_HAND, text={"ru": text} if text else {}, **changes)


def resolved(incident: str = NUMBER) -> Resolved:
    return Resolved(incident, "sms", Because("stayed_well"))


def reopened(incident: str = NUMBER, impact: Impact = Impact.MAJOR) -> Reopened:
    return Reopened(incident, "sms", CONFIRMED, START, impact, Seeing.DOWN, Reason.TIMEOUT)


def attached(component: str, cause: Cause, incident: str = NUMBER, **values: Any) -> Attached:
    gate = Gate(Step.STORM, values, held=True)
    because = Because(cause.value, {}, (gate,) if values else ())
    return Attached(
        *(incident, component, because, cause, START, Impact.MAJOR),
        outcome=Seeing.DOWN,
        reason=Reason.TIMEOUT,
    )


def merged(into: str, incident: str = NUMBER, because: Because = BY_HAND) -> Merged:
    return Merged(incident, "sms", because, into)


def unstable(incident: str = NUMBER) -> Unstable:
    values: dict[str, Any] = {"turns": 4, "within_seconds": 3600.0, "calm_for_seconds": 1800.0}
    return Unstable(incident, "sms", Because("flapping", values))


def reminded(incident: str = NUMBER) -> Reminded:
    return Reminded(incident, "sms", Because("no_update", {"quiet_for_seconds": 3600.0}))


def announced(work: str = WORK, **changes: Any) -> MaintenancePlanned:
    values: dict[str, Any] = {
        "components": ("login", "sms"),
        "starts_at": START + timedelta(hours=12),
        "ends_at": START + timedelta(hours=14),
        "timezone": "Europe/Moscow",
    }
    return MaintenancePlanned(work, "login", BY_HAND, **{**values, **changes})


def started(work: str = WORK, hours: float = 12) -> MaintenanceStarted:
    begins = START + timedelta(hours=hours)
    return MaintenanceStarted(
        work, "login", Because("time"), begins, ends_at=begins + timedelta(hours=2)
    )


def ended(work: str = WORK, **changes: Any) -> MaintenanceEnded:
    return MaintenanceEnded(work, "login", Because("time"), **changes)


def called_off(work: str = WORK) -> MaintenanceCancelled:
    return MaintenanceCancelled(work, "login", BY_HAND)


def newer(incident: str = NUMBER) -> Unrecognised:
    return Unrecognised(incident, "sms", Because("newer_version"), "escalated")


Answer = Callable[[str, Message], Receipt]


@dataclass
class Carrier:
    """Answers as ``answer`` says, by recipient and message; notes every attempt."""

    answer: Answer = lambda _recipient, _message: Sent()
    attempts: list[tuple[str, str, str]] = field(default_factory=list)  # id, recipient, event
    tried: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:
        self.attempts.append((delivery_id, recipient, message.event))
        async with self.tried:
            self.tried.notify_all()
        return self.answer(recipient, message)

    async def aclose(self) -> None:
        return

    async def has_tried(self, times: int) -> None:
        async with self.tried:
            await self.tried.wait_for(lambda: len(self.attempts) >= times)

    def heard(self, recipient: str) -> list[str]:
        return [event for _, who, event in self.attempts if who == recipient]


@dataclass
class World:
    path: Path
    clock: Clock = field(default_factory=Clock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    carriers: dict[str, Carrier] = field(default_factory=dict)
    recipients: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"mail": ("ann", "bob"), "bot": ("bot",)}
    )
    routes: list[Route] = field(default_factory=lambda: [Route("all", ("mail", "bot"))])
    directory: Directory = field(default_factory=Directory)
    overrides: list[Override] = field(default_factory=list)
    checkpoint: Callable[[str], None] = lambda _name: None
    settled: list[tuple[str, Outcome]] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=lambda: Limits(deadline=0.2, again_after=0.0, grace=0.2))
    quiet: Quiet = field(default_factory=Quiet)
    grants: Grants = field(default_factory=lambda: Grants(b""))
    store: Store = field(init=False)
    notifier: Notifier = field(init=False)

    def start(self) -> Notifier:
        self.store = open_store(self.path, [migrations], now=self.clock(), threads=False)
        for id_ in self.recipients:
            self.carriers.setdefault(id_, Carrier())
        self.notifier = Notifier(
            store=self.store,
            journal=self.journal,
            channels={
                id_: Channel(id_, "ru", who, self.carriers[id_])
                for id_, who in self.recipients.items()
            },
            routes=self.routes,
            texts=Texts.load(["ru", "en"]),
            portal=Portal({"ru": "Портал"}, ZoneInfo("Europe/Moscow")),
            clock=self.clock,
            directory=self.directory,
            overrides=lambda _db, _at: self.overrides,
            checkpoint=self.checkpoint,
            on_settled=lambda channel, outcome: self.settled.append((channel, outcome)),
            on_decided=self.decided.append,
            limits=self.limits,
            quiet=self.quiet,
            grants=self.grants,
        )
        self.notifier.courier.luck = lambda: 0.0
        return self.notifier

    async def restart(self) -> None:
        """As a new process would: the file is opened again, what was in flight is taken back."""
        await self.store.close()
        self.start()
        await self.notifier.courier.recover()

    async def happens(self, *events: Event, actor: str = "probes") -> list[Entry]:
        entries = []
        for event in events:
            _, token = await self.journal.head()
            entries.append(
                await self.journal.append(
                    f"incident/{event.incident}", token, event, at=self.clock(), actor=actor
                )
            )
        return entries

    async def plan(self) -> int:
        return await self.notifier.planner.plan_pending()

    async def ring(self) -> int:
        return await self.notifier.planner.ringer.ring_due()

    async def send(self) -> int:
        return await self.notifier.courier.drain()

    async def rows(self, where: str = "1") -> list[dict[str, Any]]:
        return await self.store.read(
            lambda db: list(db["delivery"].rows_where(where, order_by="seq, channel, recipient"))
        )

    async def untold(self) -> list[dict[str, Any]]:
        return await self.store.read(
            lambda db: list(db["notify_untold"].rows_where(order_by="seq"))
        )

    async def states(self, recipient: str) -> list[tuple[str, str]]:
        return [(r["event"], r["state"]) for r in await self.rows() if r["recipient"] == recipient]


@pytest.fixture
def make_world(tmp_path: Path) -> Callable[..., World]:
    def make(**changes: Any) -> World:
        world = World(**{"path": tmp_path / "vahta.sqlite3", **changes})
        world.start()
        return world

    return make


@pytest.fixture
async def world(make_world: Callable[..., World]) -> AsyncIterator[World]:
    world = make_world()
    yield world
    await world.store.close()


class Story:
    """The events tests tell stories with, so that test modules need no import from here."""

    NUMBER, START, WORK = NUMBER, START, WORK
    opened = staticmethod(opened)
    reassessed = staticmethod(reassessed)
    said = staticmethod(said)
    resolved = staticmethod(resolved)
    reopened = staticmethod(reopened)
    newer = staticmethod(newer)
    attached = staticmethod(attached)
    merged = staticmethod(merged)
    unstable = staticmethod(unstable)
    reminded = staticmethod(reminded)
    announced = staticmethod(announced)
    started = staticmethod(started)
    ended = staticmethod(ended)
    called_off = staticmethod(called_off)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def make_clock() -> Callable[[], Clock]:
    """Clocks moved by hand."""
    return Clock


@pytest.fixture
def unused_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def run_until() -> Callable[..., Any]:
    """Runs something that never ends until a condition holds."""

    async def run(forever: Coroutine[Any, Any, None], condition: Callable[[], Any]) -> None:
        running = asyncio.create_task(forever)
        try:
            async with asyncio.timeout(10):
                while not await condition():
                    await asyncio.wait([running], timeout=0.005)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    return run
