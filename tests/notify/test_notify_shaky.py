"""What opens again and is called unstable in the same second is one message."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.events import Gate, Step
from notify.oncall.people import Targets
from notify.planning import escalation
from notify.planning.escalation import Policy
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.receipt import Sent

QUIET = Quiet(gather=timedelta(seconds=30), most=20)
RINGS = Policy(
    "p", (escalation.Step(timedelta(), Targets(channels=("mail",))),), wait=timedelta(hours=1)
)


class Letters:
    """Keeps every message whole."""

    def __init__(self):
        self.sent = []

    async def send(self, _recipient, message, _delivery_id):
        self.sent.append(message)
        return Sent()

    async def aclose(self):
        return


@pytest.fixture
def over(make_world, story):
    """A world in which Ann has heard a beginning and its end, ten minutes ago."""

    async def make(route):
        letters = Letters()
        world = make_world(
            recipients={"mail": ("ann",)}, routes=[route], carriers={"mail": letters}, quiet=QUIET
        )
        world.letters = letters
        for event in (story.opened(), story.resolved()):
            await tell(world, event)
            world.clock.forward(minutes=5)
        assert events(world) == ["opened", "resolved"]
        letters.sent.clear()
        return world

    return make


async def tell(world, event):
    await world.happens(event)
    await world.plan()
    await world.ring()
    await world.send()


def events(world):
    return [one.event for one in world.letters.sent]


def again(story, turns):
    """It opens again after so many turns; four are enough to call it unstable."""
    event = story.reopened()
    gates = (Gate(Step.FLAPPING, {"turns": turns, "flap_after": 4, "within_seconds": 3600.0}),)
    return replace(event, because=replace(event.because, gates=gates))


@pytest.mark.parametrize(
    "route",
    [Route("all", ("mail",)), Route("all", escalation=RINGS)],
    ids=["told", "rung"],
)
async def test_what_opens_again_and_is_unstable_at_once_is_one_message(over, story, route):
    world = await over(route)
    await tell(world, again(story, 3))
    await tell(world, story.unstable())
    [message] = world.letters.sent
    assert message.event == "unstable"
    assert [one["event"] for one in message.also] == ["reopened"]
    rows = await world.rows("seq > 2")
    assert [(row["event"], row["state"]) for row in rows] == [
        ("reopened", "sent"),
        ("unstable", "sent"),
    ]
    assert len({row["carrier"] for row in rows}) == 1
    await world.store.close()


async def test_it_waits_no_longer_than_a_beat_for_the_word(over, story):
    world = await over(Route("all", ("mail",)))
    await tell(world, again(story, 3))
    assert events(world) == []
    world.clock.forward(seconds=5)
    await world.send()
    assert events(world) == ["reopened"]
    await world.store.close()


async def test_what_has_seldom_come_and_gone_waits_for_nothing(over, story):
    world = await over(Route("all", ("mail",)))
    await tell(world, again(story, 2))
    assert events(world) == ["reopened"]
    await world.store.close()
