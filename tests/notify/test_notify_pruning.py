"""What was settled long ago goes; what still decides who is told stays."""

import pytest

from notify.planning.routing import Route
from notify.receipt import Refused, TryLater
from notify.tables import pruning

OTHER = "ИНЦ-2026-0002"


async def over(world, story, incident=None):
    """An incident that everybody was told of, to its end."""
    number = incident or story.NUMBER
    await world.happens(story.opened(number))
    await world.plan()
    await world.send()
    await world.happens(story.resolved(number))
    await world.plan()
    await world.send()


async def prune(world):
    batches = 0
    while await world.notifier.courier.prune():
        batches += 1
    return batches


async def test_what_was_settled_over_ninety_days_ago_is_forgotten(world, story):
    await over(world, story)
    world.clock.forward(days=89)
    await over(world, story, OTHER)
    world.clock.forward(days=1, seconds=1)
    await prune(world)
    assert {r["incident"] for r in await world.rows()} == {OTHER}


async def test_ninety_days_are_kept(world, story):
    await over(world, story)
    world.clock.forward(days=90)
    assert await prune(world) == 0
    assert len(await world.rows()) == 6


async def test_it_is_done_a_batch_at_a_time_and_once_a_day(world, story):
    await over(world, story)
    world.clock.forward(days=91)
    assert await prune(world) == 1
    await over(world, story, OTHER)
    world.clock.forward(hours=23)
    await world.store.write(lambda db: db.execute("UPDATE delivery SET finished_at = '2020-01-01'"))
    assert await prune(world) == 0
    world.clock.forward(hours=1)
    assert await prune(world) == 1
    assert await world.rows() == []


async def test_a_batch_is_a_thousand_rows_and_beginnings_go_first(make_world, story):
    recipients = {"mail": tuple(f"p{n}" for n in range(600))}
    world = make_world(recipients=recipients, routes=[Route("all", ("mail",))])
    await over(world, story)
    world.clock.forward(days=91)
    old = await world.store.read(lambda db: pruning.find(db, world.clock()))
    assert len(old.deliveries) == 1000
    assert sum(id_.startswith("1/") for id_ in old.deliveries) == 600
    assert await prune(world) == 2
    assert await world.rows() == []
    await world.store.close()


async def test_an_incident_that_is_still_open_keeps_who_is_to_hear_its_end(world, story):
    await world.happens(story.opened())
    await world.plan()
    await world.send()
    world.clock.forward(days=100)
    await prune(world)
    await world.happens(story.resolved())
    await world.plan()
    await world.send()
    assert world.carriers["mail"].heard("ann") == ["opened", "resolved"]


@pytest.mark.parametrize("answer", [Refused("smtp_550"), TryLater("http_503")])
async def test_what_nobody_heard_of_is_forgotten_though_it_has_no_end(world, story, answer):
    for carrier in world.carriers.values():
        carrier.answer = lambda _who, _message: answer
    await world.happens(story.opened())
    await world.plan()
    await world.send()
    world.clock.forward(days=2)
    await world.send()
    world.clock.forward(days=91)
    await prune(world)
    assert await world.rows() == []


async def test_an_incident_with_unfinished_deliveries_stays_whole(world, story):
    world.carriers["bot"].answer = lambda _who, _message: TryLater("timeout", ambiguous=True)
    await over(world, story)
    world.clock.forward(days=91)
    await prune(world)
    assert len(await world.rows()) == 6


async def test_what_was_left_unsaid_goes_with_its_incident(make_world, story):
    world = make_world(routes=[Route("all", ("mail",)), Route("twice", ("mail",))])
    await over(world, story)
    await world.happens(story.opened(OTHER))
    await world.plan()
    await world.send()
    world.clock.forward(days=91)
    await prune(world)
    assert {r["incident"] for r in await world.untold()} == {OTHER}
    await world.store.close()


async def test_a_courier_prunes_at_its_first_turn(world, story, run_until):
    await over(world, story)
    world.clock.forward(days=91)

    async def is_empty():
        return not await world.rows()

    await run_until(world.notifier.courier.run(), is_empty)
