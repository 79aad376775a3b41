"""The history at 10,000 probes: bytes on disk after ninety days, and what a minute's flush costs.

    .venv/bin/python -m bench.rollups [--probes 10000] [--days 90] [--every 30] [--bad 0.01]

Size: ninety days as the service leaves them behind, in the order in which it writes them: spans
as they end, latencies hour by hour, each row once small and once grown. 1 % of the observations
are bad, in runs of two on average. Against 1 GB; fewer probes or days are scaled up.

Speed: a minute's flush through the Keeper. Yardstick: the rows it left behind, ready made, by
one bare executemany a table. Beside it runs somebody who has to write, and the event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from incidents.history.instants import to_ms
from incidents.history.keeper import Keeper
from incidents.history.retention import KEEP_HOURS, KEEP_SPANS
from incidents.history.rollups import HOUR_MS, Batch, Sight
from incidents.history.schema import migrations
from incidents.history.sketch import bin_of, pack_bins
from incidents.history.span import KEPT, Span
from incidents.history.writing import write
from incidents.store import FILE_NAME, Store, open_store
from probes.observation import Observation, Outcome, Reason

BOUND = 1e9
PROBES, DAYS = 10_000, 90
COMPONENTS = 200
RESTARTS_A_DAY = 2
BAD_RUN = 2
SKETCHES = 200
CHUNK = 5000  # how large transactions are makes no difference to the size
DAY_MS = 24 * HOUR_MS
ZONE = ZoneInfo("Europe/Moscow")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
INSERT = {
    "latency_hour": "INSERT OR REPLACE INTO latency_hour VALUES (?, ?, ?)",
    "latency_day": "INSERT OR REPLACE INTO latency_day VALUES (?, ?, ?)",
    "running_span": "INSERT INTO running_span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
}


# ── size ──


class Past:
    """Makes up what was seen, the same at every run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.random = random.Random(4)
        self.every = options.every * 1000
        self.bad = options.bad
        self.probes = [f"probe-{number:05d}" for number in range(options.probes)]
        recent = BEGIN + timedelta(days=max(options.days - KEEP_SPANS.days, 0))
        self.next = [
            (to_ms(recent) + self.random.randrange(self.every), False) for _ in self.probes
        ]
        self.small = [self.sketch(2) for _ in range(SKETCHES)]
        self.hours = [self.sketch(HOUR_MS // self.every) for _ in range(SKETCHES)]
        self.days = [self.sketch(DAY_MS // self.every) for _ in range(SKETCHES)]

    def sketch(self, count: int) -> bytes:
        """Log-normal around some tens to some hundreds of milliseconds."""
        bins: dict[int, int] = {}
        middle = self.random.uniform(3.5, 7)
        for _ in range(count):
            number = bin_of(self.random.lognormvariate(middle, 0.35))
            bins[number] = bins.get(number, 0) + 1
        return pack_bins(bins)

    def latencies(self, bucket: int, sketches: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
        for number in range(len(self.probes)):
            yield bucket, number, self.random.choice(sketches)

    def spans_until(self, end_ms: int) -> Sequence[Span]:
        """Everybody's spans that end before then, in the order in which they end."""
        spans = []
        for number in range(len(self.probes)):
            while True:
                first_ms, is_bad = self.next[number]
                span = self.span(number, first_ms, is_bad=is_bad)
                if span.last_ms >= end_ms:
                    break
                spans.append(span)
                self.next[number] = (span.last_ms + self.every, not is_bad)
        return sorted(spans, key=lambda span: span.last_ms)

    def span(self, number: int, first_ms: int, *, is_bad: bool) -> Span:
        mean = BAD_RUN if is_bad else BAD_RUN * (1 - self.bad) / self.bad
        count = 1 + int(self.random.expovariate(1 / (mean - 0.5)))
        marks = tuple(n * self.every + self.random.randrange(8) for n in range(1, min(count, KEPT)))
        return Span(
            probe=self.probes[number],
            kind="http",
            component=f"component-{number % COMPONENTS}",
            location="local",
            boot="20260101T000000-1",
            outcome=Outcome.DOWN if is_bad else Outcome.UP,
            reason=Reason.TIMEOUT if is_bad else None,
            first_ms=first_ms,
            last_ms=first_ms + (marks[-1] if count <= KEPT and marks else (count - 1) * self.every),
            count=count,
            marks=marks,
        )

    def sights(self, day: int) -> Iterator[Sight]:
        length = DAY_MS // RESTARTS_A_DAY
        for n in range(RESTARTS_A_DAY):
            began = to_ms(BEGIN) + day * DAY_MS + n * length
            for component in range(min(COMPONENTS, len(self.probes))):
                yield Sight(f"component-{component}", began, began + length - 20_000)


def chunks(rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    rest = iter(rows)
    while chunk := tuple(islice(rest, CHUNK)):
        yield chunk


async def fill(store: Store, past: Past, days: int) -> None:
    labels: dict[str, int] = {}

    async def put(batch: Batch) -> None:
        labels.update(await store.write(lambda db: write(db, batch, labels)))

    async def put_latencies(table: str, bucket: int, grown: Sequence[bytes]) -> None:
        for sketches in (past.small, grown):
            for rows in chunks(past.latencies(bucket, sketches)):
                await store.write(partial(_insert, table, rows))

    for day in range(days):
        end_ms = to_ms(BEGIN) + (day + 1) * DAY_MS
        await put(Batch(sights=tuple(past.sights(day))))
        if days - day <= KEEP_SPANS.days:
            for spans in chunks(past.spans_until(end_ms)):
                await put(Batch(ended=spans))
        if days - day <= KEEP_HOURS.days:
            for hour in range(end_ms // HOUR_MS - 24, end_ms // HOUR_MS):
                await put_latencies("latency_hour", hour, past.hours)
        await put_latencies("latency_day", BEGIN.toordinal() + day, past.days)
        print(f"\rday {day + 1} of {days}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


async def size(options: argparse.Namespace, folder: Path) -> None:
    path = folder / FILE_NAME
    store = open_store(path, [migrations], now=BEGIN, threads=False)
    empty = path.stat().st_size
    begun = time.perf_counter()
    await fill(store, Past(options), options.days)
    seconds = time.perf_counter() - begun
    await store.write(lambda _: None)
    counts = await store.read(_counts)
    await store.close()  # the last to close moves the write-ahead log into the file
    total = path.stat().st_size - empty
    for table, rows in counts.items():
        print(f"{table:13} {rows:10,} rows")
    whole = total * (PROBES / options.probes)
    print(
        f"written in {seconds:.0f} s; {total / 1e6:.0f} MB, {total / options.probes:.0f} bytes a probe"
    )
    print(f"ninety days at {PROBES:,} probes: {whole / 1e6:.0f} MB = {whole / BOUND:.2f} of 1 GB")
    if options.days != DAYS:
        print(f"(of {options.days} days only)")


def _counts(db: Database) -> dict[str, int]:
    tables = ("span", "sight", "latency_hour", "latency_day")
    return {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}


# ── speed ──


async def speed(options: argparse.Namespace, folder: Path) -> None:
    store = open_store(folder / FILE_NAME, [migrations], now=BEGIN)
    components = [f"component-{n}" for n in range(COMPONENTS)]
    keeper = Keeper(
        store, boot="bench", zone=ZONE, clock=lambda: BEGIN, in_sight=lambda _: components
    )
    each = _observe(keeper, options, minute=0)
    print(f"observe       {each * 1e6:6.1f} µs")
    await keeper.flush()  # the first minute makes the rows
    _observe(keeper, options, minute=1)
    waits: list[float] = []
    lags: list[float] = []
    beside = [
        asyncio.create_task(_again(lambda: store.write(lambda _: None), waits)),
        asyncio.create_task(_again(lambda: asyncio.sleep(0.001), lags)),
    ]
    await asyncio.sleep(0.05)
    cpu, begun = time.thread_time(), time.perf_counter()
    await keeper.flush()
    seconds, cpu = time.perf_counter() - begun, time.thread_time() - cpu
    for task in beside:
        task.cancel()
    rows = 3 * options.probes + COMPONENTS
    bare = await _bare(store, folder)
    await store.close()
    print(
        f"minute's flush {rows / seconds:9,.0f} rows a second: {rows:,} in {seconds:.2f} s,"
        f" {cpu * 1000:.0f} ms of it on the event loop"
    )
    print(f"bare executemany {3 * options.probes / bare:7,.0f} rows a second")
    print(f"ratio            {rows / seconds / (3 * options.probes / bare):7.2f}")
    print(
        f"another's write waited {max(waits) * 1000:.0f} ms at most ({len(waits)} writes),"
        f" the event loop {max(lags) * 1000:.0f} ms"
    )


def _observe(keeper: Keeper, options: argparse.Namespace, *, minute: int) -> float:
    """A minute's observations of every probe; seconds for one of them."""
    lots = random.Random(minute)
    made = [
        Observation(
            probe=f"probe-{number:05d}",
            component=f"component-{number % COMPONENTS}",
            kind="http",
            location="local",
            at=BEGIN + timedelta(minutes=minute, seconds=beat),
            outcome=Outcome.UP,
            reason=None,
            detail="",
            seconds=lots.lognormvariate(-2, 0.5),
        )
        for beat in range(0, 60, options.every)
        for number in range(options.probes)
    ]
    begun = time.perf_counter()
    for seen in made:
        keeper.observe(seen)
    return (time.perf_counter() - begun) / len(made)


async def _again(do: Callable[[], Awaitable[Any]], took: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await do()
        took.append(time.perf_counter() - begun)


async def _bare(store: Store, folder: Path) -> float:
    """Seconds to write the same rows into an empty file with nothing around it."""
    found = {t: await store.read(partial(_all, t)) for t in INSERT}
    other = open_store(folder / "bare.sqlite3", [migrations], now=BEGIN, threads=False)
    begun = time.perf_counter()
    for table, rows in found.items():
        await other.write(partial(_insert, table, rows))
    seconds = time.perf_counter() - begun
    await other.close()
    return seconds


def _insert(table: str, rows: Sequence[Any], db: Database) -> None:
    db.conn.executemany(INSERT[table], rows)


def _all(table: str, db: Database) -> Sequence[Any]:
    return db.execute(f"SELECT * FROM {table}").fetchall()


def main() -> None:
    parser = argparse.ArgumentParser(description="see the head of bench/rollups.py")
    parser.add_argument("--probes", type=int, default=PROBES)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--every", type=int, default=30, help="seconds between observations")
    parser.add_argument("--bad", type=float, default=0.01, help="share of bad observations")
    options = parser.parse_args()
    for part in (speed, size):
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(part(options, Path(folder)))


if __name__ == "__main__":
    main()
