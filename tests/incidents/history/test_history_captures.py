"""Records of failures on a real file: few enough, found again, gone in time, and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from incidents.history.captures import MOST_A_DAY, Captures, find, latest
from incidents.store import Store
from probes.observation import Observation

DAY = timedelta(days=1)
KEEP = timedelta(days=30)
See = Callable[..., Observation]


@pytest.fixture
def captures(store: Store, seen: See) -> Captures:
    return Captures(store, keep=KEEP, clock=lambda: seen().at)


async def test_a_failure_is_found_again_by_its_id(captures: Captures, store: Store, seen: See):
    id_ = captures.take(seen("down", 5), lambda: '{"said": "слово"}')
    await captures.flush()
    kept = await find(store, id_)
    assert kept is not None
    assert (kept.probe, kept.location, kept.text) == ("sms-1", "local", '{"said": "слово"}')
    assert kept.at == seen("down", 5).at
    assert await find(store, "another") is None


async def test_it_is_compressed(captures: Captures, store: Store, seen: See):
    captures.take(seen("down"), lambda: "x" * 10_000)
    await captures.flush()
    size = await store.read(
        lambda db: db.execute("SELECT length(document) FROM capture").fetchone()[0]
    )
    assert size < 100


async def test_nothing_is_kept_of_what_nobody_saw(captures: Captures, seen: See):
    assert captures.take(seen("unknown"), str) == ""


async def test_the_same_failure_goes_on_being_kept_but_rarely(captures: Captures, seen: See):
    kept = [bool(captures.take(seen("down", 10 * n), str)) for n in range(200)]
    assert kept[:6] == [True] * 5 + [False]
    assert sum(kept) == 5 + 3


async def test_another_failure_is_worth_keeping_at_once(captures: Captures, seen: See):
    for n in range(20):
        captures.take(seen("down", n), str)
    assert captures.take(seen("degraded", 20), str)


async def test_a_probe_that_flaps_all_day_leaves_a_few_dozen(captures: Captures, seen: See):
    kept = 0
    for n in range(2 * 60 * 14):  # until an hour before midnight
        kept += bool(captures.take(seen("down" if n % 2 else "up", 30 * n), str)) and n % 2
        await captures.flush()
    assert MOST_A_DAY < kept <= MOST_A_DAY + 14


async def test_only_the_latest_success_is_kept(captures: Captures, store: Store, seen: See):
    ids = {captures.take(seen("up", 700 * n), lambda n=n: str(n)) for n in range(3)}
    await captures.flush()
    assert len(ids) == 1
    assert [kept.text for kept in await latest(store, "sms-1")] == ["2"]


async def test_successes_are_kept_every_ten_minutes_at_most(captures: Captures, seen: See):
    assert captures.take(seen("up", 0), str)
    assert not captures.take(seen("up", 599), str)
    assert captures.take(seen("up", 600), str)


async def test_each_place_has_its_own(captures: Captures, seen: See):
    here = captures.take(seen("down", location="here"), str)
    there = captures.take(seen("down", location="there"), str)
    assert here
    assert there
    assert here != there


async def test_old_ones_go_successes_first(captures: Captures, store: Store, seen: See):
    old = captures.take(seen("down"), lambda: "old")
    good = captures.take(seen("up", 1), lambda: "good")
    fresh = captures.take(seen("down", 20 * 86_400), lambda: "fresh")
    await captures.flush()

    async def left() -> list[str]:
        return [name for name, id_ in names if await find(store, id_) is not None]

    names = [("old", old), ("good", good), ("fresh", fresh)]
    await captures.prune(seen().at + DAY)
    assert await left() == ["old", "good", "fresh"]
    await captures.prune(seen().at + 3 * DAY)
    assert await left() == ["old", "fresh"]
    await captures.prune(seen().at + KEEP + DAY)
    assert await left() == ["fresh"]


async def test_past_the_most_the_oldest_go(store: Store, seen: See):
    captures = Captures(store, keep=KEEP, clock=lambda: seen().at, most=3)
    ids = [captures.take(seen("down", n), lambda n=n: str(n)) for n in range(5)]
    await captures.flush()
    await captures.prune(seen().at)
    assert [await find(store, id_) is not None for id_ in ids] == [False, False, True, True, True]


async def test_what_cannot_be_made_is_left_out_and_nothing_of_it_is_told(
    captures: Captures, store: Store, seen: See, caplog: pytest.LogCaptureFixture
):
    def broken() -> str:
        raise ValueError("s3cr3t")

    bad = captures.take(seen("down"), broken)
    good = captures.take(seen("down", 1), lambda: "good")
    await captures.flush()
    assert await find(store, bad) is None
    assert await find(store, good) is not None
    assert "s3cr3t" not in caplog.text


async def test_what_cannot_be_written_waits_and_does_not_pile_up(
    captures: Captures, store: Store, seen: See, caplog: pytest.LogCaptureFixture
):
    store.give_up("the file is damaged")
    ids = []
    for n in range(1000):
        ids.append(captures.take(seen("down", n, probe=f"p{n // 5}"), str))
        await captures.flush()
    assert sum(map(bool, ids)) == 200
    assert sum("cannot be written" in record.message for record in caplog.records) == 1


async def test_running_it_writes_soon_and_stopping_it_writes_the_rest(
    captures: Captures, store: Store, seen: See
):
    running = asyncio.ensure_future(captures.run())
    await asyncio.sleep(0)
    id_ = captures.take(seen("down"), lambda: "last words")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await find(store, id_) is not None
