"""What can wait for the morning or for a digest waits, and is told then, whatever came of it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.events import Impact
from notify.oncall.directory import Directory
from notify.oncall.engineer import Engineer, Reach
from notify.oncall.hours import parse_hours
from notify.oncall.people import Targets
from notify.planning.escalation import Policy, Step
from notify.planning.manner import Digest, Manner, Nights, parse_digest, quiet_until
from notify.planning.quiet import Quiet
from notify.planning.routing import Route

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")
NIGHT = parse_hours("22:00-08:00")
QUIET = Quiet(gather=timedelta(seconds=30), most=20, hours=(NIGHT,), zone=MOSCOW)
MIDNIGHT = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)  # in Moscow
ROUTES = [Route("all", ("bot",))]


@pytest.fixture
async def night(make_world):
    world = make_world(quiet=QUIET, routes=ROUTES)
    world.clock.now = MIDNIGHT
    yield world
    await world.store.close()


async def happens(world, *events):
    for event in events:
        await world.happens(event)
        await world.plan()
        await world.send()
        world.clock.forward(minutes=1)


async def at(world, hour, minute=0):
    """Goes on to a time of the day in Moscow, a minute at a time at its end."""
    local = world.clock.now.astimezone(MOSCOW)
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    world.clock.now = (due if due > local else due + timedelta(days=1)).astimezone(UTC)
    await world.plan()
    await world.send()


def heard(world):
    return world.carriers["bot"].heard("bot")


def minor(story, number=None, **changes):
    return story.opened(number or story.NUMBER, impact=Impact.MINOR, **changes)


async def test_what_is_minor_waits_for_the_morning(night, story):
    await happens(night, minor(story))
    await at(night, 7, 59)
    assert heard(night) == []
    await at(night, 8)
    assert heard(night) == ["opened"]


async def test_what_is_not_minor_does_not(night, story):
    await happens(night, story.opened())
    assert heard(night) == ["opened"]


async def test_in_the_morning_one_message_tells_of_the_night(night, story):
    two = replace(minor(story, "ИНЦ-2026-0002"), component="login")
    await happens(night, minor(story), two, story.resolved())
    await at(night, 8)
    assert heard(night) == ["opened"]
    assert {row["carrier"] for row in await night.rows()} == {(await night.rows())[0]["carrier"]}
    assert {row["state"] for row in await night.rows()} == {"sent"}
    night.clock.forward(minutes=1)
    await happens(night, story.resolved("ИНЦ-2026-0002"))
    assert heard(night) == ["opened", "resolved"]


async def test_what_gets_worse_is_told_at_once(night, story):
    await happens(night, minor(story), story.reassessed(Impact.CRITICAL))
    assert heard(night) == ["worsened"]
    await at(night, 8)
    assert heard(night) == ["worsened"]
    await happens(night, story.resolved())
    assert heard(night) == ["worsened", "resolved"]


async def test_the_end_of_what_is_not_minor_is_told_at_night(night, story):
    await happens(night, story.opened(), story.resolved())
    assert heard(night) == ["opened", "resolved"]


async def test_a_reminder_waits_and_is_not_told_when_all_is_over(night, story):
    await happens(night, story.opened(), story.reminded(), story.resolved())
    await at(night, 9)
    assert heard(night) == ["opened", "resolved"]
    [row] = await night.rows("event = 'reminded'")
    assert (row["state"], row["error_class"]) == ("cancelled", "superseded")


async def test_a_plan_of_work_waits_for_the_morning(night, story):
    starts = MIDNIGHT + timedelta(days=2)
    work = story.announced(starts_at=starts, ends_at=starts + timedelta(hours=1))
    await happens(night, work)
    assert heard(night) == []
    await at(night, 8)
    assert heard(night) == ["maintenance_planned"]


async def test_a_digest_tells_of_all_since_the_last(make_world, story):
    manners = {"all": Manner(digest=parse_digest("09:00"))}
    world = make_world(quiet=replace(QUIET, manners=manners), routes=ROUTES)
    await happens(world, story.opened(), story.opened("ИНЦ-2026-0002"), story.resolved())
    await at(world, 8, 59)
    assert heard(world) == []
    await at(world, 9)
    assert len(heard(world)) == 1
    assert {row["state"] for row in await world.rows()} == {"sent"}
    await world.store.close()


async def test_a_digest_of_yesterday_does_not_expire(make_world, story):
    manners = {"all": Manner(digest=parse_digest("09:00"))}
    world = make_world(quiet=replace(QUIET, manners=manners), routes=ROUTES)
    world.clock.now = datetime(2026, 11, 22, 6, 0, 1, tzinfo=UTC)  # a second past nine
    await happens(world, story.opened())
    await at(world, 8, 59)
    await at(world, 9, 5)
    assert {row["state"] for row in await world.rows()} == {"sent"}
    await world.store.close()


async def test_a_route_may_have_no_quiet_hours(make_world, story):
    world = make_world(quiet=replace(QUIET, manners={"all": Manner(hours=())}), routes=ROUTES)
    world.clock.now = MIDNIGHT
    await happens(world, minor(story))
    assert heard(world) == ["opened"]
    await world.store.close()


ANNA = Engineer("anna", {"ru": "Анна"}, "ru", VLADIVOSTOK, (Reach("bot", "anna"),))
HERS = {"anna": Nights((parse_hours("22:00-08:00"),), VLADIVOSTOK)}
BY_NAME = Route("all", ("bot",), engineers=("anna",))


@pytest.fixture
def far_away(make_world):
    """A world at Moscow's midnight, when it is seven in the morning where Anna lives."""

    def make(route, **manners):
        world = make_world(
            quiet=replace(QUIET, nights=HERS, manners=manners),
            routes=[route],
            directory=Directory({"anna": ANNA}),
        )
        world.clock.now = MIDNIGHT
        return world

    return make


async def test_an_engineer_has_quiet_hours_by_the_clock_where_they_live(far_away, story):
    world = far_away(BY_NAME)
    await happens(world, minor(story))
    await at(world, 0, 59)
    assert world.carriers["bot"].heard("anna") == []
    await at(world, 1)  # eight in Vladivostok
    assert world.carriers["bot"].heard("anna") == ["opened"]
    assert heard(world) == []
    await at(world, 8)
    assert heard(world) == ["opened"]
    await world.store.close()


async def test_what_is_not_minor_wakes_an_engineer_all_the_same(far_away, story):
    world = far_away(BY_NAME)
    await happens(world, story.opened())
    assert world.carriers["bot"].heard("anna") == ["opened"]
    await world.store.close()


async def test_a_route_without_quiet_hours_has_none_for_an_engineer(far_away, story):
    world = far_away(BY_NAME, all=Manner(hours=()))
    await happens(world, minor(story))
    assert world.carriers["bot"].heard("anna") == ["opened"]
    await world.store.close()


async def test_what_rings_asks_for_nobody_s_quiet_hours(far_away, story):
    steps = (Step(timedelta(), Targets(engineers=("anna",))),)
    rung = Route("rung", escalation=Policy("p", steps, wait=timedelta(hours=1)))
    world = far_away(rung)
    await happens(world, minor(story))
    assert world.carriers["bot"].heard("anna") == ["opened"]
    await world.store.close()


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (("22:00-08:00",), "2026-11-22 23:30", "2026-11-23 08:00"),
        (("22:00-08:00",), "2026-11-23 03:00", "2026-11-23 08:00"),
        (("22:00-08:00",), "2026-11-23 08:00", None),
        (("sat,sun", "22:00-08:00"), "2026-11-20 23:00", "2026-11-23 08:00"),
        (("mon-fri 12:00-13:00",), "2026-11-23 12:59", "2026-11-23 13:00"),
        (("00:00-00:00",), "2026-11-23 12:00", "later"),
    ],
)
def test_quiet_hours_end_with_the_last_that_touches(hours, now, until):
    parsed = [parse_hours(one) for one in hours]
    begins = datetime.fromisoformat(now).replace(tzinfo=MOSCOW)
    found = quiet_until(parsed, MOSCOW, begins)
    if until == "later":
        assert found > begins
    else:
        assert found == (until and datetime.fromisoformat(until).replace(tzinfo=MOSCOW))


INSTANTS = st.timedeltas(timedelta(0), timedelta(days=270)).map(
    lambda since: datetime(2026, 3, 1, tzinfo=UTC) + since
)


@given(now=INSTANTS)
@example(now=datetime(2026, 3, 29, 5, 59, 0, 1, tzinfo=UTC))
def test_quiet_hours_are_by_the_clock_on_the_wall(now):
    until = quiet_until([NIGHT], BERLIN, now)
    assert (until is not None) == NIGHT.hold(now, BERLIN)
    if until is not None:
        assert until.astimezone(BERLIN).time() == time(8)
        assert now < until <= now + timedelta(hours=11)


@given(now=INSTANTS, text=st.sampled_from(["09:00", "02:30", "1h", "7h", "24h", "45m"]))
def test_a_digest_comes_soon_and_never_now(now, text):
    digest = parse_digest(text)
    due = digest.next_after(now, BERLIN)
    longest = timedelta(days=1) if digest.at else digest.every
    assert now < due <= now + longest + timedelta(hours=1)
    if digest.at == time(9):
        assert due.astimezone(BERLIN).time() == time(9)


@pytest.mark.parametrize("text", ["", "9", "24:00", "1m", "2d", "9:00", "0s"])
def test_a_digest_is_at_a_time_or_every_so_often(text):
    with pytest.raises(ValueError, match="expected a time"):
        parse_digest(text)
    assert Digest(every=timedelta(hours=1)) == parse_digest("1h")
