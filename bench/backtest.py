"""How fast a recorded week is told again, and how well a known week is watched by which rules.

    .venv/bin/python -m bench.backtest speed [--every 30]
    .venv/bin/python -m bench.backtest rules [--every 60] [--live]

speed: a week of 100 probes, recorded by a Keeper. Yardstick: a bare loop over the same
observations that only adds each to the evidence.

rules: the table of docs/backtest.md. The week is lived through by a real Recorder under the
default rules, and told again under others. With --live it is also lived through under each of
them, since a service that needs five failures asks again five times, and a record of one that
needed three doesn't say what it would have seen.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlite_utils import Database

import incidents.history.schema
import incidents.schema
from bench.known_week import BEGIN, LENGTH, PREFIXES, Judged, Week, judge, keeper, live_through
from incidents.backtest.recorded import recorded
from incidents.backtest.replay import Replay
from incidents.evidence import Evidence, add
from incidents.history.span import observations_of
from incidents.house import House
from incidents.incident import Incident
from incidents.register import Register
from incidents.sqlite import SqliteJournal
from incidents.store import FILE_NAME, Store, open_store

OPEN_AFTER = (3, 1, 5)
HEADINGS = (
    "| Rules | incidents | found after, median | p90 | false | missed |",
    "|---|---:|---:|---:|---:|---:|",
)


def opened(folder: Path) -> Store:
    migrations = [incidents.schema.migrations, incidents.history.schema.migrations]
    return open_store(folder / FILE_NAME, migrations, now=BEGIN, threads=False)


def again(db: Database, house: House) -> Replay:
    """The recorded week under the rules of ``house``."""
    past = recorded(db, since=BEGIN, until=BEGIN + LENGTH, prefixes=PREFIXES)
    replay = Replay(house, past.known, spans=past.spans, journal=past.entries, stretch=past.stretch)
    for _ in replay.run():
        pass
    return replay


# ── rules ──


async def rules(week: Week, *, live: bool) -> Sequence[str]:
    """The lines of the table."""
    lines = list(HEADINGS)
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder))
        await live_through(store, week)
        lines.append(row("as it was (`open_after = 3`)", judge(week, await was(store))))
        for open_after in OPEN_AFTER:
            house = week.house(open_after=open_after)
            replay = await store.read(partial(again, house=house))
            found = judge(week, would(replay))
            lines.append(row(f"told again, `open_after = {open_after}`", found))
        await store.close()
    for open_after in OPEN_AFTER[1:] if live else ():
        with tempfile.TemporaryDirectory() as folder:
            store = opened(Path(folder))
            await live_through(store, week, open_after=open_after)
            lines.append(row(f"lived, `open_after = {open_after}`", judge(week, await was(store))))
            await store.close()
    return lines


async def was(store: Store) -> Sequence[Incident]:
    register = Register(store, SqliteJournal(store))
    await register.refresh()
    return [*register.open_incidents(), *await register.closed()]


def would(replay: Replay) -> Sequence[Incident]:
    return list(replay.world.past.values())


def row(name: str, found: Judged) -> str:
    delays = " | ".join(_seconds(found.delay(tenths)) for tenths in (5, 9))
    return f"| {name} | {found.incidents} | {delays} | {found.false} | {found.missed} |"


def _seconds(delay: float | None) -> str:
    return "—" if delay is None else f"{delay:.0f} s"


# ── speed ──


async def speed(week: Week) -> None:
    house = week.house()
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder))
        print("recording", file=sys.stderr)
        now = BEGIN
        kept = keeper(store, "boot-1", lambda: now)
        for number, (known, seen) in enumerate(week.observations()):
            now = known
            kept.observe(seen)
            if number % 20_000 == 0:
                await kept.flush()
        await kept.flush()
        begun = time.perf_counter()
        replay = await store.read(lambda db: again(db, house))
        seconds = time.perf_counter() - begun
        bare = await store.read(lambda db: bare_loop(db, house))
        await store.close()
    number = replay.left.observations
    print(f"a week of 100 probes every {week.every:.0f} s: {number:,} observations")
    print(f"told again  {seconds:6.2f} s  {number / seconds:12,.0f} observations/s")
    print(f"bare loop   {bare:6.2f} s  {number / bare:12,.0f} observations/s, evidence.add alone")
    print(f"ratio       {bare / seconds:6.1f} times as fast")
    print(f"incidents   {len(replay.world.past):6}")


def bare_loop(db: Database, house: House) -> float:
    """Seconds to add every observation to its component's evidence; making it isn't counted."""
    past = recorded(db, since=BEGIN, until=BEGIN + LENGTH, prefixes=PREFIXES)
    evidence: dict[str, Evidence] = {}
    seconds = 0.0
    for span in past.spans:
        seen, pace = observations_of(span), house.paces[span.probe]
        begun = time.perf_counter()
        for one in seen:
            evidence[one.component] = add(
                evidence.get(one.component, Evidence()),
                one,
                open_after=pace.open_after,
                fresh_for=pace.fresh_for,
            )
        seconds += time.perf_counter() - begun
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="see the head of bench/backtest.py")
    parser.add_argument("what", choices=("speed", "rules"))
    parser.add_argument("--every", type=float, help="seconds between two runs of a probe")
    parser.add_argument("--live", action="store_true", help="live through it under each, too")
    options = parser.parse_args()
    if options.what == "speed":
        asyncio.run(speed(Week(every=options.every or 30.0)))
    else:
        print("\n".join(asyncio.run(rules(Week(every=options.every or 60.0), live=options.live))))


if __name__ == "__main__":
    main()
