"""Lives a service is made to live: incidents come and go, and it is killed in the midst of them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bench.accounting import books
from bench.accounting.pipe import ROOT, Pipe, StuckError, helper
from bench.accounting.world import BY_HAND, PROBED, write_config
from incidents import audit
from incidents.commands import Acknowledge, ByHand, Open, Reopen, Resolve, Update
from incidents.events import Impact
from incidents.recorder import Recorder
from vahta.config import load
from vahta.state import Opened, opened

SURE = (
    "after_send_before_record",
    "before_commit",
    "after_commit",
    "after_claim",
    "after_record",
)
"""Points that every life comes to when something happens."""

POINTS = (*SURE, "before_ring", "after_ring")
_PATIENCE = 120.0
_LONGEST = {True: 60.0, False: 4.0}
"""Seconds that a life may take to come to its point, if it is sure to."""
_JUMP = 75 * 60.0
"""Longer than the longest wait between two attempts, jitter included."""


@dataclass(kw_only=True)
class Soak:
    """One run. ``wrong`` is what was found amiss right after a death."""

    folder: Path
    luck: random.Random
    nest: Pipe
    providers: str
    session: aiohttp.ClientSession
    config: Path
    state: Opened
    recorder: Recorder
    in_flight: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    points: Sequence[str] = POINTS
    ahead: float = 0.0
    words: int = 0

    # ── what people and the portal do ──

    async def control(self, **wish: Any) -> None:
        async with self.session.post(f"{self.providers}/control", json=wish) as answer:
            answer.raise_for_status()

    async def happens(self) -> None:
        """Something, by chance: somebody at the desk does something, or a service fails."""
        await self.state.register.refresh()
        theirs = [i for i in self.state.register.open_incidents() if i.component in BY_HAND]
        what = self.luck.choices(
            ["open", "say", "worsen", "ack", "resolve", "reopen", "portal"],
            [5, 4, 2, 2, 3, 1, 3],
        )[0]
        if what == "portal":
            self.broken ^= {self.luck.choice(PROBED)}
            await self.control(broken=sorted(self.broken))
        elif what == "open" or not theirs:
            free = [id_ for id_ in BY_HAND if id_ not in {i.component for i in theirs}]
            if free:
                await self._open(self.luck.choice(free))
        elif what == "reopen":
            await self._reopen({i.component for i in theirs})
        else:
            await self._do(self.luck.choice(theirs).id, self._command(what))

    async def _open(self, component: str) -> str:
        self.words += 1
        known = {c.id: c for c in load(self.config, environ=os.environ).components}
        command = Open(now(), known[component], {"ru": f"тема-{self.words}"}, impact=Impact.MAJOR)
        entry = await self.recorder.open(command, actor="driver")
        return entry.event.incident

    async def _reopen(self, taken: set[str]) -> None:
        shut = [i for i in await self.state.register.closed() if i.component in BY_HAND]
        shut = [i for i in shut if i.component not in taken]
        if shut:
            await self._do(self.luck.choice(shut).id, Reopen(now()))

    async def _do(self, incident: str, command: ByHand) -> None:
        await self.recorder.do(incident, command, actor="driver")

    def _command(self, what: str) -> ByHand:
        self.words += 1
        return {
            "say": Update(text={"ru": f"слово-{self.words}"}),
            "worsen": Update(impact=Impact.CRITICAL),
            "ack": Acknowledge(),
            "resolve": Resolve(),
        }[what]

    # ── lives and deaths ──

    async def hatch(self, *, point: str = "", nth: int = 0) -> int:
        order = {"config": str(self.config), "ahead": self.ahead, "point": point, "nth": nth}
        log = str(self.folder / "service.log")
        return int((await self.nest.ask({"hatch": {**order, "log": log}}))["pid"])

    async def lives_and_dies(self, number: int) -> None:
        """One life: every second one ends at a named point, if it comes to it."""
        point, nth = "", 0
        if number % 2 == 0:
            point = self.points[number // 2 % len(self.points)]
            nth = self.luck.choice([1, 1, 2, 3])
        longest = _LONGEST[point in SURE] if point else self.luck.uniform(0.05, 0.3) ** 2 * 16
        until = time.monotonic() + longest
        pid = await self.hatch(point=point, nth=nth)
        status = None
        while time.monotonic() < until and status is None:
            await self.happens()
            await asyncio.sleep(self.luck.uniform(0.02, 0.15))
            status = (await self.nest.ask({"look": pid}))["status"]
        await self.dead(pid, status, point)
        for _ in range(self.luck.choice([0, 0, 1, 2])):
            await self.happens()

    async def dead(self, pid: int, status: int | None, point: str = "") -> None:
        """See it dead, and look at what it left behind."""
        if status is None:
            point = ""
            os.kill(pid, signal.SIGKILL)
            status = (await self.nest.ask({"wait": pid}))["status"]
        if status != -signal.SIGKILL:
            raise StuckError(f"it ended by itself ({status}): {self.folder / 'service.log'}")
        self.deaths[point or "at random"] += 1
        await self.looked_over()

    async def looked_over(self) -> None:
        with closing(books.connect(self.state.store.path.parent)) as db:
            self.in_flight.update(
                id_ for (id_,) in db.execute("SELECT id FROM delivery WHERE state = 'sending'")
            )
            whole = db.execute("PRAGMA integrity_check").fetchone()[0]
            self.wrong += [] if whole == "ok" else [f"integrity_check: {whole}"]
            self.wrong += books.planned_wrongly(db)
        chain, register = await self.state.store.read(audit.verify)
        self.wrong += [str(chain.flaw)] if chain.flaw else []
        self.wrong += [str(one) for one in (*register.flaws, *register.disagreements)]

    # ── the end ──

    async def drained(self) -> None:
        """Everything works from now on, and time flies: until nothing waits any more."""
        await self.control(well=True)
        for _ in range(12):
            pid = await self.hatch()
            await self._settled(pid)
            await self.dead(pid, None)
            if not self._waiting("1"):
                return
            self.ahead += _JUMP
        raise StuckError("deliveries still wait after half a day")

    async def _settled(self, pid: int) -> None:
        deadline = time.monotonic() + _PATIENCE
        calm = 0
        while calm < 3:  # a moment later there is still nothing to do
            await asyncio.sleep(0.1)
            if (await self.nest.ask({"look": pid}))["status"] is not None:
                raise StuckError(f"it died while draining: {self.folder / 'service.log'}")
            if time.monotonic() > deadline:
                raise StuckError(f"not drained: {self.folder / 'service.log'}")
            due = (now() + timedelta(seconds=self.ahead + 2)).isoformat(timespec="microseconds")
            calm = 0 if self._waiting(f"next_at <= '{due}'") else calm + 1

    def _waiting(self, condition: str) -> int:
        with closing(books.connect(self.state.store.path.parent)) as db:
            return int(
                db.execute(
                    "SELECT (SELECT count(*) FROM delivery d WHERE state = 'sending'"
                    f"   OR state = 'planned' AND ({condition}) AND NOT EXISTS ("
                    "     SELECT 1 FROM delivery e WHERE e.state = 'planned' AND e.seq < d.seq"
                    "     AND e.incident = d.incident AND e.channel = d.channel"
                    "     AND e.recipient = d.recipient))"  # it waits for those before it
                    " + (SELECT count(*) FROM escalation WHERE stand = 'ringing')"
                    " + ((SELECT max(seq) FROM journal)"
                    "   <> coalesce((SELECT max(seq) FROM notify_cursor), 0))"
                ).fetchone()[0]
            )


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def soak(
    folder: Path, *, seed: int, tree: Path = ROOT, points: Sequence[str] = POINTS
) -> AsyncIterator[Soak]:
    """A fresh state and providers in ``folder``; ``tree`` has the service that is tested."""
    async with AsyncExitStack() as up:
        ledger = str(folder / "ledger.jsonl")
        provider = await up.enter_async_context(
            helper("bench.accounting.provider", ledger, str(seed), tree=ROOT)
        )
        ports = await provider.told()
        nest = await up.enter_async_context(helper("bench.accounting.nest", tree=tree))
        file = write_config(folder, http=ports["http"], smtp=ports["smtp"])
        config = load(file, environ=os.environ)
        state = await up.enter_async_context(opened(config.state_dir, now=now(), threads=False))
        recorder = Recorder(state.journal, state.register, config.house(paces={}), clock=now)
        yield Soak(
            folder=folder,
            luck=random.Random(seed),
            nest=nest,
            providers=f"http://127.0.0.1:{ports['http']}",
            session=await up.enter_async_context(aiohttp.ClientSession()),
            config=file,
            state=state,
            recorder=recorder,
            points=points,
        )


async def run(  # noqa: PLR0913 - all but one by name
    folder: Path,
    *,
    kills: int,
    seed: int,
    tree: Path = ROOT,
    points: Sequence[str] = POINTS,
    is_well: bool = False,
    say: Callable[[str], None] = print,
) -> tuple[Soak, books.Balance]:
    """Kill it so often, let it finish, and balance the books; with ``is_well`` providers or not."""
    async with soak(folder, seed=seed, tree=tree, points=points) as it:
        await it.control(well=is_well)
        for number in range(kills):
            await it.lives_and_dies(number)
            if number % 20 == 19:
                say(f"{number + 1} deaths")
        await it.drained()
        found = books.balance(it.state.store.path.parent, folder / "ledger.jsonl", it.in_flight)
        return it, found
