"""What began and ended while somebody could not be reached is told to them in one message."""

import json
from datetime import timedelta

import pytest

from notify.delivery import Past, State, Telling
from notify.planning.hearing import out_of_reach
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater
from notify.tables import pruning


def down(_who, _message):
    return TryLater("http_503")


def works(_who, _message):
    return Sent()


async def turn(world, *events):
    await world.happens(*events)
    await world.plan()
    await world.send()


async def told(world):
    """To Ann."""
    return [(r["event"], r["state"]) for r in await world.rows("recipient = 'ann'")]


async def broken(world, story, **gone):
    """It began, and nobody could be reached by mail until after it was over."""
    world.carriers["mail"].answer = down
    await turn(world, story.opened())
    world.clock.forward(**(gone or {"hours": 2}))
    await turn(world, story.resolved())


async def test_one_message_says_from_when_to_when(world, story):
    await broken(world, story)
    world.carriers["mail"].answer = works
    world.clock.forward(hours=1)
    await world.send()
    assert await told(world) == [("opened", "cancelled"), ("missed", "sent")]
    [row] = await world.rows("recipient = 'ann' AND event = 'missed'")
    message = json.loads(row["message"])
    assert message["first_line"] == "Был сбой, уже решено. Коды из СМС: код не приходит, 2 часа"
    assert "Пока он длился, это сообщение до вас не доходило." in message["text"]
    assert "Началось: " in message["text"]
    assert "Закончилось: " in message["text"]


async def test_whoever_heard_hears_the_plain_end(world, story):
    await broken(world, story)
    bot = [r["event"] for r in await world.rows("recipient = 'bot'")]
    assert bot == ["opened", "resolved"]


async def test_the_reason_is_counted_and_nobody_is_said_to_have_missed_nothing(world, story):
    await broken(world, story)
    assert world.decided.count("missed") == 2
    assert await world.untold() == []


async def test_what_was_over_before_anything_was_tried_is_not_told(world, story):
    await world.happens(story.opened(), story.resolved())
    await turn(world)
    assert await told(world) == [("opened", "cancelled")]


async def test_whoever_is_refused_for_good_is_not_tried_again(world, story):
    world.carriers["mail"].answer = lambda _who, _message: Refused("smtp_550")
    await turn(world, story.opened(), story.resolved())
    await turn(world, story.reopened(), story.resolved())
    assert "missed" not in [event for event, _ in await told(world)]


async def test_whoever_could_not_be_reached_for_a_day_hears_when_it_is_over(world, story):
    world.carriers["mail"].answer = down
    await turn(world, story.opened())
    world.clock.forward(hours=25)
    await world.send()
    world.carriers["mail"].answer = works
    await turn(world, story.resolved())
    assert await told(world) == [("opened", "expired"), ("missed", "sent")]


async def test_what_opens_again_after_that_has_its_beginning_and_end(world, story):
    await broken(world, story)
    world.carriers["mail"].answer = works
    world.clock.forward(hours=1)
    await turn(world, story.reopened())
    await turn(world, story.resolved())
    heard = [event for event, state in await told(world) if state == "sent"]
    assert heard == ["missed", "reopened", "resolved"]


@pytest.mark.parametrize("days", [89, 91])
async def test_it_is_an_end_to_whoever_forgets_what_is_old(world, story, days):
    await broken(world, story)
    world.carriers["mail"].answer = works
    world.clock.forward(hours=1)
    await world.send()
    later = world.clock() + timedelta(days=days)
    old = await world.store.read(lambda db: pruning.find(db, later))
    assert bool(old.deliveries) is (days > 90)


TWO, THREE = "ИНЦ-2026-0002", "ИНЦ-2026-0003"


async def test_what_went_inside_another_message_has_been_tried_as_well(make_world, story):
    world = make_world(quiet=Quiet(gather=timedelta(seconds=30)), routes=[Route("all", ("mail",))])
    await turn(world, story.opened())
    world.carriers["mail"].answer = down
    world.clock.forward(seconds=1)
    await turn(world, story.opened(TWO), story.opened(THREE))
    world.clock.forward(seconds=30)
    await world.send()
    tried = await world.rows("recipient = 'ann' AND seq > 1")
    assert [row["attempts"] for row in tried] == [1, 1]
    assert len({id_ for id_, who, _ in world.carriers["mail"].attempts if who == "ann"}) == 2
    world.clock.forward(hours=2)
    await turn(world, story.resolved(TWO), story.resolved(THREE))
    world.carriers["mail"].answer = works
    world.clock.forward(hours=1)
    await world.send()
    found = await world.rows("recipient = 'ann' AND event = 'missed'")
    assert [(row["incident"], row["state"]) for row in found] == [(TWO, "sent"), (THREE, "sent")]
    await world.store.close()


def row(seq, telling, state, **changes):
    return Past(
        str(seq), seq, telling, "rung", "mail", "ann", state, **{"step": seq - 1, **changes}
    )


@pytest.mark.parametrize("is_tried", [True, False])
def test_a_ring_that_took_the_place_of_one_in_vain_counts_its_attempts(is_tried):
    first = row(1, Telling.OPENED, State.CANCELLED, tried=is_tried)
    second = row(2, Telling.UNANSWERED, State.PLANNED)
    assert [one.recipient for one in out_of_reach([first, second])] == ["ann"] * is_tried


def test_whoever_was_refused_has_not_missed_what_took_its_place():
    refused = row(1, Telling.OPENED, State.REFUSED, tried=True)
    assert out_of_reach([refused, row(2, Telling.UNANSWERED, State.PLANNED)]) == []
