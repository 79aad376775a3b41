"""Where those who are rung cannot be reached, the next ones are rung at once."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.events import Because as Cause
from incidents.events import Recovering
from notify.oncall.directory import Directory
from notify.oncall.engineer import Engineer, Reach
from notify.oncall.people import Targets
from notify.planning.escalation import Policy, Step
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater
from notify.tables import reaching

UTC = ZoneInfo("UTC")
MINUTE = timedelta(minutes=1)
NAMES = ("anna", "boris", "vera", "gleb")


def to(*engineers):
    return Targets(engineers=engineers)


NIGHTS = Policy(
    "nights",
    (Step(timedelta(), to("anna")), Step(10 * MINUTE, to("boris"))),
    wait=10 * MINUTE,
    last_resort=to("gleb"),
)
TWICE = replace(NIGHTS, repeat=1)


def person(id_):
    reach = (Reach("mail", id_), Reach("chat", id_))
    return Engineer(id_, {"ru": id_.title()}, "ru", UTC, reach)


@pytest.fixture
def night(make_world):
    """A world in which the messages of whoever is in ``out`` are refused."""

    def make(policy=NIGHTS, *routes, out=(), **changes):
        world = make_world(
            recipients={"mail": (), "chat": ()},
            routes=[*routes, Route("nights", escalation=policy)],
            directory=Directory({id_: person(id_) for id_ in NAMES}),
            **changes,
        )
        world.out = set(out)
        for carrier in world.carriers.values():
            carrier.answer = lambda who, _: Refused("gone") if who in world.out else Sent()
        return world

    return make


async def turn(world, times=1):
    for _ in range(times):
        await world.plan()
        await world.ring()
        await world.send()


async def minutes(world, number):
    for _ in range(number):
        world.clock.forward(minutes=1)
        await turn(world, 4)


def rung(world):
    """Who was tried, in order, whatever the answer."""
    return [who for _, who, _ in world.carriers["mail"].attempts]


async def reasons(world):
    rows = await world.rows("channel = 'mail'")
    return [row["because"] for row in sorted(rows, key=lambda row: row["step"])]


async def unreached(world):
    return await world.store.read(reaching.unreached)


async def test_the_next_step_rings_at_once_where_every_message_of_one_is_refused(night, story):
    world = night(out=["anna"])
    await world.happens(story.opened())
    await turn(world, 5)
    assert rung(world) == ["anna", "boris"]
    assert await reasons(world) == ["opened", "unreached"]
    assert world.decided.count("unreached") == 2
    assert await unreached(world) == []
    await minutes(world, 9)
    assert rung(world) == ["anna", "boris"]
    await minutes(world, 1)
    assert rung(world) == ["anna", "boris", "gleb"]
    await world.store.close()


async def test_it_says_why_it_comes_before_its_time(night, story):
    world = night(out=["anna"])
    await world.happens(story.opened())
    await turn(world, 3)
    [row] = await world.rows("channel = 'mail' AND because = 'unreached'")
    assert "До тех, кого звали, сообщения не доходят. Коды из СМС" in row["message"]
    assert "ступень 2: до тех, кого звали раньше, не дошло ни одно сообщение" in row["message"]
    await world.store.close()


async def test_one_way_that_works_is_enough_to_be_waited_for(night, story):
    world = night()
    world.carriers["mail"].answer = lambda _who, _message: Refused("gone")
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 9)
    assert rung(world) == ["anna"]
    await world.store.close()


@pytest.mark.parametrize("is_doubtful", [False, True])
async def test_what_may_yet_arrive_or_may_have_is_waited_for(night, story, is_doubtful):
    world = night()
    for carrier in world.carriers.values():
        carrier.answer = lambda _who, _message: TryLater("http_503", ambiguous=is_doubtful)
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 9)
    assert set(rung(world)) == {"anna"}
    assert await unreached(world) == []
    await world.store.close()


async def test_where_all_steps_fail_the_last_resort_is_rung_at_once(night, story):
    world = night(out=["anna", "boris"])
    await world.happens(story.opened())
    await turn(world, 5)
    assert rung(world) == ["anna", "boris", "gleb"]
    assert await reasons(world) == ["opened", "unreached", "last_resort"]
    assert await unreached(world) == []
    await world.store.close()


async def test_rounds_that_are_to_come_are_rung_in_their_time_after_the_last_resort(night, story):
    world = night(TWICE, out=["anna", "boris"])
    await world.happens(story.opened())
    await turn(world, 6)
    assert rung(world) == ["anna", "boris", "gleb"]
    await minutes(world, 9)
    assert rung(world) == ["anna", "boris", "gleb"]
    world.out.clear()
    await minutes(world, 60)
    assert rung(world) == ["anna", "boris", "gleb", "anna", "boris"]
    ids = [id_ for carrier in world.carriers.values() for id_, _, _ in carrier.attempts]
    assert len(ids) == len(set(ids))
    await world.store.close()


async def test_a_last_resort_that_is_nobody_keeps_nobody_from_their_time(night, story):
    world = night(replace(TWICE, last_resort=to("nobody")), out=["anna", "boris"])
    await world.happens(story.opened())
    await turn(world, 5)
    assert rung(world) == ["anna", "boris"]
    await minutes(world, 10)
    assert rung(world) == ["anna", "boris"] * 2
    await world.store.close()


async def test_that_nobody_could_be_reached_is_known_until_somebody_takes_it(night, story):
    world = night(out=NAMES)
    await world.happens(story.opened())
    await turn(world, 6)
    assert rung(world) == ["anna", "boris", "gleb"]
    assert await unreached(world) == [story.NUMBER]
    await world.happens(story.resolved())
    await turn(world)
    assert await unreached(world) == []
    await world.store.close()


async def test_nobody_with_an_address_is_nobody_reached(night, story):
    world = night(Policy("p", (Step(timedelta(), to("nobody")),), wait=MINUTE))
    await world.happens(story.opened())
    await turn(world)
    assert await unreached(world) == [story.NUMBER]
    await world.store.close()


async def test_whoever_another_route_has_told_counts_as_reached(night, story):
    both = replace(NIGHTS, steps=(Step(timedelta(), to("anna", "vera")), NIGHTS.steps[1]))
    world = night(both, Route("direct", engineers=("anna",)), out=["vera"])
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 9)
    assert rung(world) == ["anna", "vera"]
    assert await unreached(world) == []
    await world.store.close()


async def test_what_gets_well_hurries_nobody(night, story):
    world = night(out=["anna"])
    await world.happens(story.opened(), Recovering(story.NUMBER, "sms", Cause("ok")))
    await turn(world, 5)
    assert rung(world).count("boris") == 0
    await world.store.close()


class Crash(BaseException):
    """Not an Exception: nothing in the house may catch it."""


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", ["before_ring", "after_ring", "after_record"])
async def test_a_crash_neither_loses_an_early_ring_nor_rings_twice(night, story, point, nth):
    left = [nth]

    def fuse(name):
        left[0] -= name == point
        if name == point and left[0] == 0:
            raise Crash(name)

    world = night(out=["anna", "boris"], checkpoint=fuse)
    await world.happens(story.opened())
    deaths = 0
    for _ in range(10):
        try:
            await turn(world)
        except Crash:
            deaths += 1
            await world.restart()
    assert deaths == (left[0] <= 0)
    assert rung(world) == ["anna", "boris", "gleb"]
    assert await reasons(world) == ["opened", "unreached", "last_resort"]
    await world.store.close()
