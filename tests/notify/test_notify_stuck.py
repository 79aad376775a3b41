"""A planner or courier that no longer gets on is seen; one that merely has nothing to do is not."""

import logging
import sqlite3
from datetime import timedelta

import pytest

from notify.courier import Limits

MINUTE = timedelta(minutes=1)
UNPLANNED, UNSENT = "deliveries are not being planned", "deliveries are not being sent"


@pytest.fixture
def world(make_world):
    return make_world(limits=Limits(rest=0.02, grace=0))


async def test_before_it_runs_nothing_is_stuck(world):
    assert world.notifier.stuck(world.clock() + 10 * MINUTE, after=MINUTE) == []
    assert world.notifier.planner.turned_at is None
    assert world.notifier.courier.turned_at is None
    await world.store.close()


async def test_both_keep_turning_when_nothing_happens(world, run_until):
    planner, courier = world.notifier.planner, world.notifier.courier

    async def has_turned():
        return planner.turned_at == courier.turned_at == world.clock()

    async def has_turned_again():
        if await has_turned() and world.clock() < story_end:
            world.clock.forward(minutes=1)
        return await has_turned() and world.clock() == story_end

    story_end = world.clock() + 3 * MINUTE
    await run_until(world.notifier.run(), has_turned_again)
    assert world.notifier.stuck(world.clock() + MINUTE, after=MINUTE) == []
    assert world.notifier.stuck(world.clock() + 2 * MINUTE, after=MINUTE) == [UNPLANNED, UNSENT]
    await world.store.close()


async def test_a_journal_that_cannot_be_read_is_a_stuck_planner(world, run_until, caplog):
    class Broken:
        tried = False

        async def read(self, *_):
            self.tried = True
            raise sqlite3.OperationalError("disk I/O error")

    world.notifier.planner.journal = broken = Broken()

    async def is_seen():
        return broken.tried and world.notifier.courier.turned_at is not None

    with caplog.at_level(logging.CRITICAL):
        await run_until(world.notifier.run(), is_seen)
    world.notifier.courier.turned_at = late = world.clock() + 2 * MINUTE
    assert world.notifier.planner.turned_at is None
    assert world.notifier.stuck(late, after=MINUTE) == [UNPLANNED]
    await world.store.close()


async def test_an_outbox_that_cannot_be_written_is_a_stuck_courier(world, story, run_until, caplog):
    await world.happens(story.opened())
    await world.plan()
    real, refused = world.store, []

    class ReadOnly:
        read = staticmethod(real.read)

        async def write(self, _work):
            refused.append(1)
            raise sqlite3.OperationalError("database or disk is full")

    world.notifier.courier.store = ReadOnly()

    async def is_seen():
        return refused and world.notifier.planner.turned_at is not None

    with caplog.at_level(logging.CRITICAL):
        await run_until(world.notifier.run(), is_seen)
    world.notifier.planner.turned_at = late = world.clock() + 2 * MINUTE
    assert world.notifier.courier.turned_at is None
    assert world.notifier.stuck(late, after=MINUTE) == [UNSENT]
    await world.store.close()


async def test_a_pass_that_fails_does_not_count_as_a_turn(world, story):
    await world.happens(story.opened())

    def full(_name):
        raise sqlite3.OperationalError("database or disk is full")

    world.notifier.planner.hooks = type(world.notifier.planner.hooks)(full)
    with pytest.raises(sqlite3.OperationalError):
        await world.plan()
    assert world.notifier.planner.turned_at is None
    await world.store.close()
