"""How soon engineers hear: from a bad answer to their webhook, and past a crowd or a stuck provider.

    .venv/bin/python -m bench.delivery [--rounds 8] [--recipients 10000]

1. A portal breaks under a real ``vahta run``; what counts is the time from the first bad answer to
   the webhook, less the two confirmations that the schedule asks for. Yardstick: a bare loop that
   asks, confirms and posts on the same schedule, and does nothing else.
2. An engineer's message while another channel has 10,000 messages to send, or 10,000 behind a
   provider that never answers. Yardstick: the same message when there is nothing else to do.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from incidents.events import Because, Impact, Opened, Origin
from incidents.journal import MemoryJournal
from incidents.store import open_store
from incidents.texts import Texts
from notify.kind import Channel
from notify.message import Message, Portal
from notify.planning.routing import Route
from notify.receipt import Receipt, Sent
from notify.service import Notifier
from notify.tables.schema import migrations

EVERY, RECHECK, OPEN_AFTER = 0.5, 0.2, 3
BOUND_BEYOND, BOUND_CROWD = 0.05, 5.0


@dataclass
class Stage:
    """A portal to break and an engineer's webhook; notes when each bad answer left."""

    base: str = ""
    is_up: bool = True
    bad: list[float] = field(default_factory=list)
    heard: asyncio.Queue[float] = field(default_factory=asyncio.Queue)

    async def portal(self, _: web.Request) -> web.Response:
        if not self.is_up:
            self.bad.append(time.perf_counter())
        return web.Response(status=200 if self.is_up else 500)

    async def hook(self, _: web.Request) -> web.Response:
        self.heard.put_nowait(time.perf_counter())
        return web.Response(status=204)

    async def broken_once(self) -> float:
        """Seconds from the first bad answer to the webhook, less the confirmations."""
        self.bad.clear()
        self.is_up = False
        at = await self.heard.get()
        beyond = at - self.bad[0] - (OPEN_AFTER - 1) * RECHECK
        self.is_up = True
        await self.heard.get()
        return beyond


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    stage, app = Stage(), web.Application()
    app.add_routes([web.get("/portal", stage.portal), web.post("/hook", stage.hook)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stage.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield stage
    await runner.cleanup()


async def bare(base: str) -> None:
    """The least that could do it: no journal, no outbox, nothing that survives."""
    failed, told = 0, False
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        while True:
            async with session.get(f"{base}/portal") as answer:
                failed = failed + 1 if answer.status != 200 else 0
            if (failed >= OPEN_AFTER) != told:
                told = not told
                await session.post(f"{base}/hook", json={"down": told})
            await asyncio.sleep(RECHECK if 0 < failed < OPEN_AFTER else EVERY)


def _bare(base: str) -> None:
    asyncio.run(bare(base))


async def beyond_schedule(stage: Stage, rounds: int) -> list[float]:
    await stage.broken_once()  # the first round finds caches cold
    return [await stage.broken_once() for _ in range(rounds)]


async def by_bare_loop(rounds: int) -> list[float]:
    async with staged() as stage:
        process = multiprocessing.get_context("spawn").Process(
            target=_bare, args=(stage.base,), daemon=True
        )
        process.start()
        try:
            return await beyond_schedule(stage, rounds)
        finally:
            process.kill()
            process.join()


async def by_vahta(rounds: int) -> list[float]:
    async with staged() as stage:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.toml"
            config.write_text(_CONFIG.format(base=stage.base, folder=folder))
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "vahta", "run", "-c", str(config)),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=os.environ,
            )
            try:
                return await beyond_schedule(stage, rounds)
            finally:
                process.kill()
                await process.wait()


_CONFIG = f"""
[portal]
name = "Портал"
[http]
listen = "127.0.0.1:0"
[state]
dir = "{{folder}}/state"
[page]
dir = "{{folder}}/site"
[rules]
open_after = {OPEN_AFTER}
recheck = "{int(RECHECK * 1000)}ms"
close_after = 1
monitor_for = "0s"
flap_after = 0
reopen_within = "0s"
[[component]]
id = "login"
name = "Вход"
[[probe]]
id = "login"
kind = "http"
component = "login"
url = "{{base}}/portal"
every = "{int(EVERY * 1000)}ms"
timeout = "5s"
[[channel]]
id = "duty"
kind = "webhook"
url = "{{base}}/hook"
gather = false
[[route]]
id = "all"
channels = ["duty"]
"""


# ── past a crowd ──────────────────────────────────────────────────────────────


@dataclass
class Crowd:
    """A channel whose every message takes ``seconds``."""

    seconds: float
    carried: int = 0

    async def send(self, _whom: str, _message: Message, _id: str) -> Receipt:
        await asyncio.sleep(self.seconds)
        self.carried += 1
        return Sent()

    async def aclose(self) -> None:
        return


@dataclass
class Duty:
    heard: asyncio.Queue[float] = field(default_factory=asyncio.Queue)

    async def send(self, _whom: str, _message: Message, _id: str) -> Receipt:
        self.heard.put_nowait(time.perf_counter())
        return Sent()

    async def aclose(self) -> None:
        return


def opened(number: int) -> Opened:
    return Opened(
        f"ИНЦ-2026-{number:04}",
        f"c{number}",
        origin=Origin.PERSON,
        impact=Impact.MAJOR,
        started_at=datetime.now(UTC),
        because=Because("by_hand"),
        title={"ru": "Не отвечает"},
    )


async def past(recipients: int, seconds: float, folder: Path) -> list[float]:
    """Seconds from the journal to the engineer: of what the crowd hears too, then of ten others."""
    now = datetime.now(UTC)
    store = open_store(folder / "v.sqlite3", [migrations], now=now, threads=True)
    crowd, duty, journal = Crowd(seconds), Duty(), MemoryJournal()
    people = tuple(f"citizen-{number}@example.org" for number in range(recipients))
    notifier = Notifier(
        store=store,
        journal=journal,
        channels={
            "crowd": Channel("crowd", "ru", people, crowd),
            "duty": Channel("duty", "ru", ("duty",), duty),
        },
        routes=[Route("crowd", ("crowd",), component=("c1",)), Route("duty", ("duty",))],
        texts=Texts.load(["ru"]),
        portal=Portal({"ru": "Портал"}, ZoneInfo("Europe/Moscow")),
        clock=lambda: datetime.now(UTC),
    )
    running = asyncio.create_task(notifier.run())
    took = []
    for number in range(1, 12):
        _, token = await journal.head()
        began = time.perf_counter()
        event = opened(number)
        await journal.append(
            f"incident/{event.incident}", token, event, at=datetime.now(UTC), actor="bench"
        )
        took.append(await duty.heard.get() - began)
        await asyncio.sleep(0.1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert crowd.carried < max(recipients, 1), "the crowd was gone before the engineer was told"
    await store.close()
    return took


async def alone(work: Callable[[Path], Awaitable[list[float]]]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        return await work(Path(folder))


def _ms(seconds: Sequence[float]) -> str:
    return (
        f"median {statistics.median(seconds) * 1000:7.1f} ms   worst {max(seconds) * 1000:7.1f} ms"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--recipients", type=int, default=10_000)
    args = parser.parse_args()
    print("from the first bad answer to the webhook, beyond the schedule")
    loop, ours = await by_bare_loop(args.rounds), await by_vahta(args.rounds)
    print(f"  bare loop        {_ms(loop)}")
    print(f"  vahta run        {_ms(ours)}")
    beyond = statistics.median(ours) - statistics.median(loop)
    print(
        f"  more than bare   {beyond * 1000:+.1f} ms at the median (asked: {BOUND_BEYOND * 1000:.0f})"
    )
    print(f"from the journal to the engineer, {args.recipients} on another channel")
    idle = await alone(lambda folder: past(0, 0.0, folder))
    print(f"  nothing else     {_ms(idle)}")
    worst = 0.0
    for name, seconds in (("a crowd", 0.002), ("a stuck one", 3600.0)):
        took = await alone(lambda folder, s=seconds: past(args.recipients, s, folder))
        worst = max(worst, *took)
        ratio = statistics.median(took[1:]) / statistics.median(idle)
        print(f"  {name:<16} {_ms(took[1:])}   {ratio:.1f} times; the crowd's own {took[0]:.2f} s")
    if beyond > BOUND_BEYOND or worst > BOUND_CROWD:
        sys.exit("beyond what is asked")


if __name__ == "__main__":
    asyncio.run(main())
