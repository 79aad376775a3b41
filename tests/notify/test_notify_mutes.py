"""What people mute is told later or not at all; its end is told to whoever heard of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.events import Cause, Impact
from notify.planning.quiet import Quiet
from notify.tables import mutes
from notify.tables.mutes import Mute

QUIET = Quiet(gather=timedelta(seconds=30))


@pytest.fixture
async def world(make_world):
    world = make_world(quiet=QUIET)
    yield world
    await world.store.close()


async def mute(world, incident="", component="", **lasts):
    now = world.clock()
    asked = Mute(incident, component, now + timedelta(**lasts), "anna", "we know")
    return await world.store.write(lambda db: mutes.enter(db, asked, now=now))


async def happens(world, *events):
    for event in events:
        await world.happens(event)
        await world.plan()
        await world.send()
        world.clock.forward(minutes=1)


async def passes(world, **time):
    world.clock.forward(**time)
    await world.plan()
    await world.send()


def heard(world):
    return world.carriers["mail"].heard("ann")


async def test_what_is_muted_is_told_when_the_mute_ends_if_it_goes_on(world, story):
    await mute(world, component="sms", hours=1)
    await happens(world, story.opened())
    await passes(world, minutes=58)
    assert heard(world) == []
    await passes(world, minutes=2)
    assert heard(world) == ["opened"]


async def test_what_is_over_before_the_mute_ends_is_not_told_at_all(world, story):
    await mute(world, component="sms", hours=1)
    await happens(world, story.opened(), story.resolved())
    await passes(world, hours=2)
    assert heard(world) == []
    assert {(r["state"], r["held"]) for r in await world.rows()} == {("cancelled", "muted")}


async def test_the_end_of_what_was_heard_is_told(world, story):
    await happens(world, story.opened())
    await mute(world, incident=story.NUMBER, hours=1)
    await happens(world, story.said("чиним"), story.reassessed(Impact.CRITICAL), story.resolved())
    assert heard(world) == ["opened", "resolved"]


async def test_something_else_is_told(world, story):
    await mute(world, component="sms", hours=1)
    await happens(world, replace(story.opened("ИНЦ-2026-0002"), component="login"))
    assert heard(world) == ["opened"]


async def test_a_mute_of_one_service_does_not_hide_that_another_fails_with_it(world, story):
    await happens(world, story.opened())
    await mute(world, component="sms", hours=1)
    await happens(world, story.attached("login", Cause.STORM))
    assert heard(world) == ["opened", "spread"]


async def test_who_lifts_it_is_told_what_waited_at_once(world, story):
    number = await mute(world, component="sms", hours=1)
    other = await mute(world, incident="ИНЦ-2026-0002", hours=2)
    await happens(world, story.opened(), story.opened("ИНЦ-2026-0002"))
    now = world.clock()
    assert await world.store.write(lambda db: mutes.lift(db, number, by="ivan", now=now))
    assert not await world.store.write(lambda db: mutes.lift(db, number, by="ivan", now=now))
    await passes(world, seconds=0)
    assert heard(world) == ["opened"]
    standing = await world.store.read(lambda db: mutes.standing(db, now))
    assert [(one.id, one.by, one.why) for one in standing] == [(other, "anna", "we know")]
    await passes(world, hours=2)
    assert heard(world) == ["opened", "opened"]


async def test_the_longer_of_two_mutes_counts(world, story):
    await mute(world, component="sms", hours=1)
    await mute(world, incident=story.NUMBER, hours=3)
    await happens(world, story.opened())
    await passes(world, hours=2)
    assert heard(world) == []
    await passes(world, hours=1)
    assert heard(world) == ["opened"]
