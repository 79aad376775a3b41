"""Once the planner has read that somebody has taken it, no ring goes out; before that it cannot know."""

from datetime import timedelta

import pytest

from incidents.commands import BY_HAND
from incidents.events import Acknowledged, Impact
from notify.oncall.people import Targets
from notify.planning.escalation import Policy, Step
from notify.planning.routing import Route
from notify.receipt import Sent, TryLater

POLICY = Policy(
    "p",
    (
        Step(timedelta(), Targets(channels=("mail",))),
        Step(timedelta(minutes=10), Targets(channels=("bot",))),
    ),
    wait=timedelta(hours=1),
)


@pytest.fixture
async def rung(make_world):
    world = make_world(routes=[Route("rung", escalation=POLICY)])
    yield world
    await world.store.close()


@pytest.fixture
def taken(story):
    return Acknowledged(story.NUMBER, "sms", BY_HAND)


async def happens(world, event, **actor):
    await world.happens(event, **actor)
    await world.plan()
    await world.ring()
    await world.send()


async def test_a_ring_that_is_planned_when_the_planner_reads_it_is_never_sent(rung, story, taken):
    await rung.happens(story.opened())
    await rung.plan()
    await rung.happens(taken, actor="boris")
    await rung.plan()
    await rung.send()
    assert rung.carriers["mail"].attempts == []
    assert {(r["state"], r["error_class"]) for r in await rung.rows()} == {("cancelled", "taken")}


async def test_so_is_one_that_waits_from_before_it_got_worse(rung, story, taken):
    await happens(rung, story.opened(impact=Impact.MINOR))
    await happens(rung, story.resolved())
    rung.carriers["mail"].answer = lambda _who, _message: TryLater("http_503")
    await happens(rung, story.reopened(impact=Impact.MINOR))
    await happens(rung, story.reassessed(Impact.MAJOR))
    before = rung.carriers["mail"].heard("ann")
    await happens(rung, taken, actor="boris")
    rung.carriers["mail"].answer = lambda _who, _message: Sent()
    rung.clock.forward(hours=1)
    await rung.send()
    assert rung.carriers["mail"].heard("ann") == before
    waiting = await rung.rows("event IN ('reopened', 'worsened')")
    assert {row["error_class"] for row in waiting} == {"taken"}


async def test_no_step_rings_while_there_is_something_unread(rung, story, taken):
    await happens(rung, story.opened())
    rung.clock.forward(minutes=10)
    await rung.happens(taken, actor="boris")
    assert await rung.ring() == 0
    await rung.plan()
    assert await rung.ring() == 0
    await rung.send()
    assert rung.carriers["bot"].attempts == []


async def test_whom_a_ring_reached_before_it_was_read_hears_at_once_who_took_it(rung, story, taken):
    await rung.happens(story.opened())
    await rung.plan()
    await rung.happens(taken, actor="boris")
    await rung.send()
    await rung.plan()
    await rung.send()
    assert rung.carriers["mail"].heard("ann") == ["opened", "taken"]
