"""Many things fail at once: messages for each person and CPU, told together and one by one.

    python bench/storm.py [--services 1000] [--people 50] [--threshold 300]

The same journal is told twice, on a clock moved by hand, by the real planner and courier over a
real SQLite file; the channel only counts. "storm": the incidents become one umbrella, as the
machine writes it. "apart": nothing joins them. Each ends.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from incidents.events import (
    Attached,
    Because,
    Cause,
    Event,
    Gate,
    Impact,
    Merged,
    Opened,
    Origin,
    Resolved,
    Step,
)
from incidents.journal import MemoryJournal
from incidents.store import open_store
from incidents.texts import Texts
from notify.kind import Channel
from notify.message import Message, Portal
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.receipt import Receipt, Sent
from notify.service import Notifier
from notify.tables.schema import migrations
from probes.observation import Outcome, Reason

START = datetime(2026, 11, 22, 11, 3, tzinfo=UTC)
PACE = timedelta(milliseconds=20)
WHY = Because("confirmed_failures", {"probe": "p", "in_a_row": 3, "outcome": "down"})


@dataclass
class Counting:
    by_person: Counter[str] = field(default_factory=Counter)

    async def send(self, recipient: str, _message: Message, _id: str) -> Receipt:
        self.by_person[recipient] += 1
        return Sent()

    async def aclose(self) -> None:
        return


def number(n: int) -> str:
    return f"INC-2026-{n:04d}"


def openings(numbers: Sequence[int]) -> Iterator[Event]:
    for n in numbers:
        yield Opened(
            number(n),
            f"c{n}",
            Origin.PROBE,
            Impact.MAJOR,
            START,
            WHY,
            {"ru": f"Услуга {n}"},
            outcome=Outcome.DOWN,
            reason=Reason.TIMEOUT,
        )


def joined(n: int, failed: int) -> Attached:
    gate = Gate(Step.STORM, {"failed_together": failed, "needed": failed}, held=True)
    return Attached(
        number(1),
        f"c{n}",
        Because("storm", {}, (gate,)),
        Cause.STORM,
        START,
        Impact.MAJOR,
        outcome=Outcome.DOWN,
        reason=Reason.TIMEOUT,
    )


def storm(services: int, threshold: int) -> Iterator[Event]:
    yield from openings(range(1, threshold))
    yield joined(threshold, threshold)
    for n in range(2, threshold):
        yield joined(n, threshold)
        yield Merged(number(n), f"c{n}", Because("storm", {"into": number(1)}), number(1))
    for n in range(threshold + 1, services + 1):
        yield joined(n, threshold)


async def told(
    events: Sequence[Event], ends: Sequence[Event], people: int, quiet: Quiet
) -> tuple[Counter[str], float]:
    now, carrier, journal = START, Counting(), MemoryJournal()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "v.sqlite3", [migrations], now=now, threads=False)
        notifier = Notifier(
            store=store,
            journal=journal,
            channels={
                "mail": Channel("mail", "ru", tuple(f"p{n}" for n in range(people)), carrier)
            },
            routes=[Route("all", ("mail",))],
            texts=Texts.load(["ru"]),
            portal=Portal({"ru": "Портал"}, ZoneInfo("Europe/Moscow")),
            clock=lambda: now,
            quiet=quiet,
        )
        began = time.process_time()
        for batch in (events, ends):
            for count, event in enumerate(batch):
                _, token = await journal.head()
                await journal.append(
                    f"incident/{event.incident}", token, event, at=now, actor="probes"
                )
                now += PACE
                if count < 5 or count % 20 == 0:  # a second of the storm, or two
                    await notifier.planner.plan_pending()
                    await notifier.courier.drain()
            for _ in range(4):
                await notifier.planner.plan_pending()
                await notifier.courier.drain()
                now += timedelta(minutes=30)
        spent = time.process_time() - began
        left = await store.read(
            lambda db: db.execute(
                "SELECT count(*) FROM delivery WHERE state NOT IN ('sent', 'cancelled')"
            ).fetchone()[0]
        )
        await store.close()
    assert not left, left
    return carrier.by_person, spent


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--threshold", type=int, default=300)
    asked = parser.parse_args()
    quiet = Quiet(gather=timedelta(seconds=30), most=20)
    ended = [Resolved(number(1), "c1", Because("stayed_well"))]
    few = list(openings(range(1, asked.threshold + 1)))
    ends = [replace(ended[0], incident=one.incident, component=one.component) for one in few]
    print(f"{asked.services} services, {asked.people} people")
    for name, events, over in (
        ("storm", list(storm(asked.services, asked.threshold)), ended),
        ("apart", few, ends),
    ):
        for how, manner in (("together", quiet), ("one by one", Quiet())):
            heard, spent = await told(events, over, asked.people, manner)
            most = max(heard.values())
            print(
                f"{name:6} {how:11} {most:5} messages a person, {sum(heard.values()):7} in all, {spent:7.1f} s CPU"
            )


if __name__ == "__main__":
    asyncio.run(main())
