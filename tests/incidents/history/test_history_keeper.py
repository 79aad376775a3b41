"""The history on a real file: written in small chunks, through restarts, and when it fails."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents.events import Because, Impact, Opened, Origin
from incidents.history.keeper import CHUNK, Keeper
from incidents.history.reading import latency_by_day, latency_by_hour, sights, spans
from incidents.journal import Token
from incidents.sqlite import SqliteJournal
from incidents.store import Store
from probes.observation import Observation

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
See = Callable[..., Observation]
Make = Callable[..., Keeper]


async def told(store: Store) -> list[tuple[str, str, int]]:
    found = await spans(store, START - YEAR, START + YEAR)
    return [(span.boot, span.outcome.value, span.count) for span in found]


async def counted(store: Store) -> int:
    """Rows of the latencies, all hours together."""
    return await store.read(
        lambda db: db.execute("SELECT count(*) FROM latency_hour").fetchone()[0]
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process writes, and goes on writing."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


async def test_what_was_flushed_is_read_back(keeper: Keeper, store: Store, seen: See) -> None:
    for beat, outcome in enumerate(["up", "up", "down", "up"]):
        keeper.observe(seen(outcome, beat))
    await keeper.flush()
    assert await told(store) == [("boot-1", "up", 2), ("boot-1", "down", 1), ("boot-1", "up", 1)]


async def test_a_run_that_goes_on_grows_from_flush_to_flush(
    keeper: Keeper, store: Store, seen: See
) -> None:
    for beat in range(3):
        keeper.observe(seen("up", beat * 30))
        await keeper.flush()
    assert await told(store) == [("boot-1", "up", 3)]


async def test_a_restart_begins_new_spans(make_keeper: Make, store: Store, seen: See) -> None:
    for boot in ("boot-1", "boot-2"):
        keeper = make_keeper(store, boot=boot)
        keeper.observe(seen("up", 0 if boot == "boot-1" else 60))
        await keeper.flush()
    assert await told(store) == [("boot-1", "up", 1), ("boot-2", "up", 1)]


async def test_a_day_is_whole_across_restarts(make_keeper: Make, store: Store, seen: See) -> None:
    for boot in range(3):
        keeper = make_keeper(store, boot=f"boot-{boot}")
        for beat in range(100):
            keeper.observe(seen("up", boot * 1000 + beat, seconds=0.1 * (boot + 1)))
        await keeper.flush()
    (day,) = (await latency_by_day(store, "sms-1", START.date())).values()
    assert day.count == 300
    assert day.p50_ms == pytest.approx(200, rel=0.05)
    assert day.p99_ms == pytest.approx(300, rel=0.05)
    (hour,) = (await latency_by_hour(store, "sms-1", START)).values()
    assert hour == day


async def test_what_is_in_sight_is_extended_by_every_flush(
    make_keeper: Make, store: Store, clock
) -> None:
    in_sight = ["sms"]
    keeper = make_keeper(store, in_sight=lambda _: in_sight)
    for _ in range(3):
        await keeper.flush()
        clock.forward(seconds=10)
    in_sight.clear()
    await keeper.flush()
    assert await sights(store, START) == {"sms": [(START, START + timedelta(seconds=20))]}


# ── out of everybody's way ──


async def test_appends_to_the_journal_get_in_between_the_chunks(
    make_keeper: Make, busy_store: Store, seen: See
) -> None:
    keeper = make_keeper(busy_store)
    for number in range(5 * CHUNK):
        keeper.observe(seen(probe=f"p{number}"))
    chunks = 3 * 5  # each probe has a running span, an hour and a day
    journal = SqliteJournal(busy_store)
    flush = asyncio.create_task(keeper.flush())
    token, appended = Token("0"), 0
    while not flush.done():
        appended += 1
        event = Opened(
            f"ИНЦ-2026-{appended:04d}", "sms", Origin.PERSON, Impact.MAJOR, START, Because("hand")
        )
        stream = f"incident/{appended}"
        entry = await journal.append(stream, token, event, at=START, actor="test")
        token = journal.token_of(entry.seq)
    assert appended >= chunks - 1


async def test_a_transaction_writes_no_more_than_a_chunk(
    make_keeper: Make, store: Store, seen: See
) -> None:
    keeper = make_keeper(store)
    for number in range(2 * CHUNK):
        keeper.observe(seen(probe=f"p{number}"))
    flush = asyncio.create_task(keeper.flush())
    sizes = []
    before = 0
    while not flush.done():
        await asyncio.sleep(0)
        rows = await store.read(_rows)
        sizes.append(rows - before)
        before = rows
    assert max(sizes) == CHUNK
    assert sum(sizes) == 6 * CHUNK


def _rows(db) -> int:
    tables = ("running_span", "latency_hour", "latency_day")
    return sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


# ── the loop ──


async def test_the_loop_flushes(keeper: Keeper, store: Store, seen: See) -> None:
    keeper.observe(seen())
    loop = asyncio.create_task(keeper.run())
    while not await told(store):
        await store.written(0.01)
    loop.cancel()
    await asyncio.wait([loop])
    assert loop.cancelled()


async def test_a_cancelled_loop_writes_what_there_still_is(
    keeper: Keeper, store: Store, seen: See
) -> None:
    loop = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    keeper.observe(seen())
    loop.cancel()
    await asyncio.wait([loop])
    assert await told(store) == [("boot-1", "up", 1)]


async def test_cancelled_in_the_midst_of_a_flush_it_loses_and_doubles_nothing(
    make_keeper: Make, busy_store: Store, seen: See
) -> None:
    keeper = make_keeper(busy_store)
    for number in range(2 * CHUNK):
        keeper.observe(seen(probe=f"p{number}"))
    others_turn = threading.Event()
    other = asyncio.create_task(busy_store.write(lambda _: others_turn.wait()))
    loop = asyncio.create_task(keeper.run())
    for _ in range(50):  # until the first chunk waits for the other's transaction to end
        await asyncio.sleep(0)
    loop.cancel()
    await asyncio.sleep(0)
    others_turn.set()
    await asyncio.wait([other, loop])
    assert await told(busy_store) == [("boot-1", "up", 1)] * (2 * CHUNK)
    hours = [await latency_by_hour(busy_store, f"p{n}", START) for n in range(2 * CHUNK)]
    assert [latency.count for hour in hours for latency in hour.values()] == [1] * (2 * CHUNK)


async def test_the_loop_prunes(keeper: Keeper, store: Store, seen: See, clock) -> None:
    keeper.observe(seen())
    await keeper.flush()
    clock.forward(days=100)
    loop = asyncio.create_task(keeper.run())
    while await counted(store):
        await store.written(0.01)
    loop.cancel()
    await asyncio.wait([loop])
    assert await told(store) == []


# ── a file that cannot be written ──


async def test_what_cannot_be_written_waits(
    keeper: Keeper, store: Store, state_file: Path, seen: See
) -> None:
    keeper.observe(seen("up", 0))
    with locked(state_file):
        await keeper.flush()
        keeper.observe(seen("up", 30))
        keeper.observe(seen("down", 60))
        await keeper.flush()
    await keeper.flush()
    assert await told(store) == [("boot-1", "up", 2), ("boot-1", "down", 1)]
    (hour,) = (await latency_by_hour(store, "sms-1", START)).values()
    assert hour.count == 2
    assert keeper.dropped == 0


async def test_a_full_disk_is_waited_out(keeper: Keeper, store: Store, seen: See) -> None:
    pages = await store.write(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await store.write(lambda db: db.execute(f"PRAGMA max_page_count={pages}"))
    for number in range(3 * CHUNK):
        keeper.observe(seen(probe=f"p{number}"))
    await keeper.flush()
    assert await told(store) == []
    await store.write(lambda db: db.execute("PRAGMA max_page_count=1000000"))
    await keeper.flush()
    assert len(await told(store)) == 3 * CHUNK


async def test_a_failure_is_logged_once_until_it_has_passed(
    keeper: Keeper, state_file: Path, seen: See, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    for beat in range(2):
        keeper.observe(seen("up", beat))
        with locked(state_file):
            await keeper.flush()
            await keeper.flush()
            await keeper.prune(START)
        assert len(caplog.records) == beat + 1
        await keeper.flush()


# ── retention ──


async def test_spans_and_hours_are_kept_for_fourteen_days(
    keeper: Keeper, store: Store, seen: See
) -> None:
    for after, outcome in ((0, "up"), (86_400, "degraded"), (2 * 86_400, "up")):
        keeper.observe(seen(outcome, after))
    await keeper.flush()
    await keeper.prune(START + timedelta(days=15, hours=-2))
    assert [outcome for _, outcome, _ in await told(store)] == ["degraded", "up"]
    hours = await latency_by_hour(store, "sms-1", START - YEAR)
    assert [hour - START for hour in hours] == [timedelta(days=1), timedelta(days=2)]


async def test_a_long_span_is_kept_until_its_end_is_old(
    keeper: Keeper, store: Store, seen: See
) -> None:
    keeper.observe(seen("up", 0))
    keeper.observe(seen("up", 20 * 86_400))
    keeper.observe(seen("down", 20 * 86_400 + 1))
    await keeper.flush()
    await keeper.prune(START + timedelta(days=30))
    assert len(await told(store)) == 2
    await keeper.prune(START + timedelta(days=35))
    assert await told(store) == []


async def test_days_are_kept_for_ninety_days(keeper: Keeper, store: Store, seen: See) -> None:
    for day in range(3):
        keeper.observe(seen("up", day * 86_400))
    await keeper.flush()
    await keeper.prune(START + timedelta(days=91))
    kept = await latency_by_day(store, "sms-1", START.date())
    assert list(kept) == [START.date() + timedelta(days=day) for day in (1, 2)]


async def test_sights_are_kept_for_four_hundred_days(
    make_keeper: Make, store: Store, clock
) -> None:
    keeper = make_keeper(store, in_sight=lambda _: ["sms"])
    for _ in range(2):
        await keeper.flush()
        clock.forward(days=1)
    await keeper.prune(START + timedelta(days=400, hours=1))
    stretch = START + timedelta(days=1)
    assert await sights(store, START) == {"sms": [(stretch, stretch)]}


async def test_pruning_takes_away_more_than_a_chunk(
    keeper: Keeper, store: Store, seen: See
) -> None:
    for number in range(2 * CHUNK + 1):
        keeper.observe(seen(probe=f"p{number}"))
    await keeper.flush()
    await keeper.prune(START + timedelta(days=100))
    assert await store.read(_rows) == 0
