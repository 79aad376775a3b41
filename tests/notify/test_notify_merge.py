"""An incident that becomes part of another: who hears of it, and of the other's end."""

import json
from dataclasses import replace

import pytest
from sqlite_utils import Migrations

from incidents.events import Cause
from incidents.fold import evolve
from incidents.store import open_store
from notify.delivery import Because, Past, State, Telling
from notify.oncall.people import People
from notify.planning.hearing import obsolete
from notify.planning.notice import Notice
from notify.planning.plan import Known, plan
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater
from notify.tables import plans
from notify.tables.schema import m001_outbox, migrations

OTHER = "ИНЦ-2026-0002"
ROUTES = [
    Route("sms", ("mail",), component=("sms",)),
    Route("login", ("bot",), component=("login",)),
]


@pytest.fixture
def login(story):
    """The incident that the other one becomes part of."""
    return replace(story.opened(OTHER), component="login")


@pytest.fixture
async def world(make_world):
    """Ann and Bob hear of the SMS codes, the bot of the log-in."""
    world = make_world(routes=ROUTES)
    yield world
    await world.store.close()


async def happens(world, *events):
    """One after another, each told before the next."""
    for event in events:
        await world.happens(event)
        await world.plan()
        await world.send()


async def heard(world, channel, recipient):
    """What a recipient was sent, with the last digit of its number: «1 opened»."""
    about = {row["id"]: row["incident"][-1] for row in await world.rows()}
    attempts = world.carriers[channel].attempts
    return [f"{about[id_]} {event}" for id_, who, event in attempts if who == recipient]


async def test_whoever_heard_of_it_hears_where_it_goes_on_and_then_how_that_ends(
    world, story, login
):
    await happens(world, story.opened(), login)
    await happens(world, story.attached("sms", Cause.MERGE, OTHER), story.merged(OTHER))
    await happens(world, story.resolved(OTHER))
    assert await heard(world, "mail", "ann") == ["1 opened", "1 merged", "2 resolved"]
    assert await heard(world, "bot", "bot") == ["2 opened", "2 resolved"]


async def test_it_is_said_with_the_other_s_number(world, story, login):
    await happens(world, story.opened(), login, story.merged(OTHER))
    [row] = await world.rows("event = 'resolved' AND recipient = 'ann'")
    message = json.loads(row["message"])
    assert message["first_line"].startswith(f"Теперь это часть сбоя {OTHER}. Коды из СМС")
    assert message["facts"]["merged_into"] == OTHER
    assert message["event"] == "merged"


async def test_the_heirs_hear_what_is_said_of_the_other_and_each_once(make_world, story, login):
    world = make_world()  # everybody hears of everything
    await happens(world, story.opened(), login, story.merged(OTHER))
    await happens(world, story.said("чиним", OTHER), story.resolved(OTHER))
    assert await heard(world, "mail", "ann") == [
        "1 opened",
        "2 opened",
        "1 merged",
        "2 updated",
        "2 resolved",
    ]
    await world.store.close()


async def test_a_chain_of_mergers_is_followed_to_its_end(world, story, login):
    third = "ИНЦ-2026-0003"
    await happens(world, story.opened(), login, story.merged(OTHER))
    await happens(world, replace(story.opened(third), component="pay"))
    await happens(world, replace(story.merged(third, OTHER), component="login"))
    await happens(world, story.resolved(third))
    assert await heard(world, "mail", "ann") == [
        "1 opened",
        "1 merged",
        "2 merged",
        "3 resolved",
    ]
    assert await heard(world, "bot", "bot") == ["2 opened", "2 merged", "3 resolved"]


async def test_nobody_hears_the_end_of_what_they_never_heard_of(world, story, login):
    world.carriers["mail"].answer = lambda _who, _message: Refused("smtp_550")
    await happens(world, story.opened(), login)
    await happens(world, story.merged(OTHER), story.resolved(OTHER))
    assert await heard(world, "mail", "ann") == ["1 opened"]


async def test_what_could_not_be_said_yet_is_said_in_order_since_it_is_not_over(
    world, story, login
):
    world.carriers["mail"].answer = lambda _who, _message: TryLater("http_503")
    await happens(world, story.opened(), login, story.merged(OTHER), story.resolved(OTHER))
    world.carriers["mail"].answer = lambda _who, _message: Sent()
    world.carriers["mail"].attempts.clear()
    for _ in range(4):
        world.clock.forward(minutes=5)
        await world.send()
    assert await heard(world, "mail", "ann") == ["1 opened", "1 merged", "2 resolved"]


async def test_the_other_s_end_does_not_overtake_the_word_that_it_goes_on_there(
    world, story, login
):
    await happens(world, story.opened(), login)
    world.carriers["mail"].answer = lambda _who, message: (
        TryLater("http_503") if message.facts["merged_into"] else Sent()
    )
    await happens(world, story.merged(OTHER), story.resolved(OTHER))
    assert await heard(world, "mail", "ann") == ["1 opened", "1 merged"]
    world.carriers["mail"].answer = lambda _who, _message: Sent()
    world.clock.forward(minutes=5)
    await world.send()
    assert (await heard(world, "mail", "ann"))[-1] == "2 resolved"


# ── planning alone ──


@pytest.fixture
def merger(story):
    """The notice of a merger."""
    was = evolve(None, story.opened(), at=story.START, actor="probes")
    event = story.merged(OTHER)
    now = evolve(was, event, at=story.START, actor="ann")
    return Notice(9, story.START, Telling.RESOLVED, event, now)


def past(telling, state=State.SENT, who="ann", *, seq=1, **more):
    return Past(f"{seq}/{who}", seq, telling, "all", "mail", who, state, **more)


def plan_it(merger, *, past, elsewhere=()):
    known = Known(past, elsewhere)
    return plan(merger, (), people=People(), known=known, now=merger.at)


def test_an_opening_that_waits_is_dropped_for_whoever_hears_of_the_other(merger):
    waiting = past(Telling.OPENED, State.PLANNED)
    found = plan_it(merger, past=[waiting], elsewhere=[past(Telling.OPENED, seq=2)])
    assert (found.deliveries, found.cancel) == ((), (waiting.id,))
    assert found.because is Because.NOT_HEARD_OPENED


def test_an_opening_that_waits_stays_for_whoever_would_not_hear_of_the_other(merger):
    found = plan_it(merger, past=[past(Telling.OPENED, State.PLANNED)])
    assert [d.recipient for d in found.deliveries] == ["ann"]
    assert found.cancel == ()


def test_an_update_that_waits_is_dropped_once_it_goes_on_elsewhere(merger):
    waiting = past(Telling.UPDATED, State.PLANNED, seq=2)
    found = plan_it(merger, past=[past(Telling.OPENED), waiting])
    assert [d.recipient for d in found.deliveries] == ["ann"]
    assert found.cancel == (waiting.id,)


def test_a_merger_does_not_outdate_the_opening_before_it():
    end = past(Telling.RESOLVED, State.PLANNED, seq=2, merged=True)
    assert obsolete(past(Telling.OPENED, State.PLANNED), [end]) is None


def test_a_merger_nobody_heard_the_beginning_of_is_not_worth_saying():
    end = past(Telling.RESOLVED, State.PLANNED, seq=2, merged=True)
    assert obsolete(end, [past(Telling.OPENED, State.REFUSED)]) is Because.NOT_HEARD_OPENED


def test_an_end_is_due_for_whoever_heard_only_of_the_merger():
    end = past(Telling.RESOLVED, State.PLANNED, seq=3)
    told = past(Telling.RESOLVED, seq=2, merged=True, inherited=True)
    assert obsolete(end, [told]) is None
    unheard = replace(told, state=State.REFUSED)
    assert obsolete(end, [unheard]) is Because.NOT_HEARD_OPENED


def test_a_reminder_is_outdated_by_any_later_word():
    waiting = past(Telling.REMINDED, State.PLANNED, seq=2)
    others = [past(Telling.OPENED), past(Telling.UPDATED, State.PLANNED, seq=3)]
    assert obsolete(waiting, others) is Because.SUPERSEDED
    assert obsolete(waiting, others[:1]) is None


async def test_a_file_of_the_first_release_is_taken_along(tmp_path, story):
    first = Migrations("notify")
    first()(m001_outbox)
    store = open_store(tmp_path / "v.sqlite3", [first], now=story.START, threads=False)
    values = ("i", "opened", "r", "mail", "ann", "opened", "{}", "sent", "x", "x")
    await store.write(
        lambda db: db.execute(
            "INSERT INTO delivery (id, seq, incident, event, route, channel, recipient, because,"
            " message, state, next_at, created_at) VALUES ('d', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
    )
    await store.close()
    store = open_store(tmp_path / "v.sqlite3", [migrations], now=story.START, threads=False)
    [row] = await store.read(lambda db: plans.past(db, "i"))
    assert (row.telling, row.state, row.merged, row.inherited) == (
        *(Telling.OPENED, State.SENT),
        *(False, False),
    )
    await store.close()
