"""A crash at every named point: nothing planned is lost, repeats carry the same id."""

from collections import Counter

import pytest

from notify.receipt import Sent, TryLater

POINTS = (
    "before_commit",
    "after_commit",
    "after_claim",
    "after_send_before_record",
    "after_record",
)


class Crash(BaseException):
    """Not an Exception: nothing in the house may catch it."""


class Fuse:
    """Blows the n-th time that a point is reached, once."""

    def __init__(self, point: str, nth: int) -> None:
        self.point, self.left = point, nth

    def __call__(self, name: str) -> None:
        if name == self.point:
            self.left -= 1
            if self.left == 0:
                raise Crash(name)


async def work(world):
    while True:
        planned = await world.plan()
        sent = await world.send()
        if not planned and not sent:
            return


async def survive(world):
    """Work on; die and start again as often as it takes. Answers how many deaths there were."""
    deaths = 0
    while True:
        try:
            await work(world)
        except Crash:
            deaths += 1
            await world.restart()
        else:
            return deaths


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_loses_nothing_and_repeats_only_what_was_in_flight(
    make_world, story, point, nth
):
    world = make_world(checkpoint=Fuse(point, nth))
    happened = [
        [story.opened()],
        [story.opened("ИНЦ-2026-0002"), story.said("чиним")],
        [story.resolved()],
    ]
    deaths = 0
    for events in happened:
        await world.happens(*events)
        deaths += await survive(world)
    assert deaths == 1
    rows = await world.rows()
    assert {row["state"] for row in rows} == {"sent"}
    assert len(rows) == 3 * 4
    attempts = Counter(id_ for carrier in world.carriers.values() for id_, _, _ in carrier.attempts)
    assert set(attempts) == {row["id"] for row in rows}
    repeated = {id_ for id_, times in attempts.items() if times > 1}
    assert repeated <= {row["id"] for row in rows if row["ambiguous"]}
    assert max(attempts.values()) <= 2
    if point != "after_send_before_record":
        assert sum(attempts.values()) - len(attempts) <= 3  # those claimed together
    assert (
        await world.store.read(lambda db: db.execute("PRAGMA integrity_check").fetchone()[0])
        == "ok"
    )
    await world.store.close()


async def test_a_crash_before_the_commit_leaves_neither_cursor_nor_delivery(make_world, story):
    world = make_world(checkpoint=Fuse("before_commit", 1))
    await world.happens(story.opened())
    with pytest.raises(Crash):
        await world.plan()
    await world.restart()
    assert await world.rows() == []
    assert (await world.notifier.stats()).cursor == 0
    await world.store.close()


async def test_a_waiting_time_outlives_a_crash(make_world, story):
    world = make_world(checkpoint=Fuse("after_record", 1))
    for carrier in world.carriers.values():
        carrier.answer = lambda _who, _message: TryLater("http_503")
    await world.happens(story.opened())
    await world.plan()
    with pytest.raises(Crash):
        await world.send()
    await world.restart()
    waiting = await world.rows("ambiguous = 0")
    assert waiting
    assert all(row["next_at"] > world.clock().isoformat() for row in waiting)
    for carrier in world.carriers.values():
        carrier.answer = lambda _who, _message: Sent()
    world.clock.forward(minutes=1)
    await work(world)
    assert {row["state"] for row in await world.rows()} == {"sent"}
    await world.store.close()
