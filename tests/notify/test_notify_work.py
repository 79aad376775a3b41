"""Announced work: who hears of it, and that its end goes to exactly those who heard its start."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.events import Cause, Impact
from incidents.journal import MemoryJournal
from incidents.texts import Texts
from notify.channels.email import Email, EmailSettings
from notify.channels.webhook import _body
from notify.delivery import Because, Past, State, Telling
from notify.message import Message, Portal
from notify.planning.folding import work_at
from notify.planning.hearing import obsolete
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater
from notify.writing.composer import Composer


async def happens(world, *events):
    """One after another, each told before the next."""
    for event in events:
        await world.happens(event)
        await world.plan()
        await world.send()


def heard(world):
    return {
        who: world.carriers[c].heard(who) for c in world.recipients for who in world.recipients[c]
    }


async def test_everybody_a_route_names_hears_of_the_plan_the_start_and_the_end(world, story):
    await happens(world, story.announced(), story.started(), story.ended())
    words = ["maintenance_planned", "maintenance_started", "maintenance_ended"]
    assert heard(world) == {"ann": words, "bob": words, "bot": words}


@pytest.mark.parametrize(
    ("route", "takes"),
    [
        (Route("r", ("bot",), component=("sms",)), True),
        (Route("r", ("bot",), component=("upload",)), False),
        (Route("r", ("bot",), event=(Telling.MAINTENANCE_STARTED,)), True),
        (Route("r", ("bot",), event=(Telling.OPENED,)), False),
        (Route("r", ("bot",), impact=(Impact.NONE,)), False),
    ],
    ids=["any component", "another component", "the event", "another event", "an impact"],
)
async def test_routes_choose_by_any_component_and_by_event(make_world, story, route, takes):
    world = make_world(routes=[route])
    await happens(world, story.announced(), story.started())
    assert ("maintenance_started" in heard(world)["bot"]) is takes
    await world.store.close()


async def test_the_end_goes_to_whoever_heard_the_start_and_to_nobody_else(make_world, story):
    world = make_world(
        routes=[
            Route("all", ("mail",)),
            Route(
                "plans", ("bot",), event=(Telling.MAINTENANCE_PLANNED, Telling.MAINTENANCE_ENDED)
            ),
        ]
    )
    world.carriers["mail"].answer = lambda who, message: (
        Refused("smtp_550") if (who, message.event) == ("bob", "maintenance_started") else Sent()
    )
    await happens(world, story.announced(), story.started())
    await happens(world, story.ended())
    assert heard(world) == {
        "ann": ["maintenance_planned", "maintenance_started", "maintenance_ended"],
        "bob": ["maintenance_planned", "maintenance_started"],
        "bot": ["maintenance_planned"],
    }
    await world.store.close()


async def test_every_repetition_has_its_start_and_its_end(world, story):
    await happens(world, story.announced(repeats="FREQ=DAILY"))
    for hours in (12, 36):
        await happens(world, story.started(hours=hours))
        await happens(world, story.ended(is_last=False))
    words = ["maintenance_started", "maintenance_ended"] * 2
    assert heard(world)["ann"] == ["maintenance_planned", *words]


async def test_an_end_without_a_start_is_told_to_nobody(world, story):
    await happens(world, story.announced(), story.ended())
    assert heard(world)["ann"] == ["maintenance_planned"]
    assert [r["because"] for r in await world.untold()] == [Because.NOT_HEARD_OPENED]


async def test_a_plan_called_off_is_told_to_whoever_heard_of_it(make_world, story):
    started = Route("starts", ("bot",), event=(Telling.MAINTENANCE_STARTED,))
    world = make_world(routes=[Route("all", ("mail",)), started])
    await happens(world, story.announced(), story.called_off())
    assert heard(world)["ann"] == ["maintenance_planned", "maintenance_cancelled"]
    assert heard(world)["bot"] == []
    await world.store.close()


async def test_a_plan_called_off_before_it_was_told_is_told_to_nobody(world, story):
    await world.happens(story.announced(), story.called_off())
    await world.plan()
    assert await world.send() == 0


async def test_a_series_called_off_concerns_whoever_heard_it_end_before(world, story):
    await happens(world, story.announced(repeats="FREQ=DAILY"), story.started())
    await happens(world, story.ended(is_last=False))
    await happens(world, story.called_off())
    assert heard(world)["ann"][-2:] == ["maintenance_ended", "maintenance_cancelled"]


async def test_a_plan_announced_as_it_begins_is_left_to_its_start(world, story):
    await happens(world, story.announced(starts_at=story.START), story.started(hours=0))
    assert heard(world)["ann"] == ["maintenance_started"]
    assert [r["because"] for r in await world.untold()] == [Because.UNDER_WAY]


async def test_a_plan_read_hours_late_is_still_told_and_a_start_is_not(world, story):
    await world.happens(story.announced())
    await world.happens(story.started())
    world.clock.forward(hours=3)
    await world.plan()
    states = {(r["event"], r["state"]) for r in await world.rows()}
    assert states == {("maintenance_planned", "planned"), ("maintenance_started", "expired")}


async def test_a_delivery_of_work_has_an_id_of_the_same_shape(world, story):
    await world.happens(story.announced())
    await world.plan()
    ids = [r["id"].split("/") for r in await world.rows()]
    assert [id_[:4] for id_ in ids] == [
        ["1", "all", "0", "bot"],
        ["1", "all", "0", "mail"],
        ["1", "all", "0", "mail"],
    ]
    assert len({id_[4] for id_ in ids}) == 3


async def test_work_nobody_announced_is_poison_and_stops_nobody(world, story):
    await world.happens(story.ended(), story.opened())
    await world.plan()
    assert [r["because"] for r in await world.untold()] == [Because.POISON]
    assert len(await world.rows()) == 3


async def test_work_is_folded_as_of_its_entry(story):
    journal, entries = MemoryJournal(), []
    for event in (story.announced(), story.newer(story.WORK), story.started(), story.ended()):
        _, token = await journal.head()
        entries.append(
            await journal.append("maintenance/1", token, event, at=story.START, actor="x")
        )
    before, after = await work_at(journal, entries[2])
    assert before.started_at is None
    assert after.started_at == story.START + timedelta(hours=12)
    with pytest.raises(TypeError, match="no announced work"):
        await work_at(journal, entries[1])


def past(telling, state=State.SENT, *, seq=1):
    return Past(f"{seq}", seq, telling, "all", "mail", "ann", state)


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (Telling.MAINTENANCE_STARTED, Because.SUPERSEDED),
        (Telling.MAINTENANCE_CANCELLED, Because.SUPERSEDED),
    ],
)
def test_a_plan_that_could_not_be_told_in_time_is_dropped(later, why):
    waiting = past(Telling.MAINTENANCE_PLANNED, State.PLANNED)
    assert obsolete(waiting, [past(later, State.PLANNED, seq=2)]) is why


def test_an_end_of_work_needs_its_start_heard_and_calling_it_off_any_word_of_it():
    planned = past(Telling.MAINTENANCE_PLANNED)
    end = past(Telling.MAINTENANCE_ENDED, State.PLANNED, seq=2)
    off = past(Telling.MAINTENANCE_CANCELLED, State.PLANNED, seq=2)
    assert obsolete(end, [planned]) is Because.NOT_HEARD_OPENED
    assert obsolete(off, [planned]) is None


# ── what machines and mail programs get ──


async def test_machines_get_the_work_beside_the_known_fields(world, story):
    await world.happens(story.announced(repeats="FREQ=DAILY", title={"ru": "База"}))
    await world.plan()
    message = Message.from_json((await world.rows())[0]["message"])
    body = json.loads(_body(message, "1/all/0/bot/x"))
    assert set(body) == {
        *("delivery_id", "event", "at", "lang", "subject", "text", "incident", "maintenance"),
    }
    assert body["incident"] is None
    assert body["maintenance"] == {
        "id": story.WORK,
        "components": ["login", "sms"],
        "title": "База",
        "starts_at": "2026-11-22T23:03:00+00:00",
        "ends_at": "2026-11-23T01:03:00+00:00",
        "timezone": "Europe/Moscow",
        "repeats": "FREQ=DAILY",
        "announced_at": story.START.isoformat(),
        "is_over": False,
    }


async def test_letters_about_one_work_are_one_thread(make_world, story):
    world = make_world(recipients={"mail": ("ann",)}, routes=[Route("all", ("mail",))])
    settings = EmailSettings.model_validate(
        {"id": "m", "kind": "email", "host": "h", "from": "v@example.org", "to": ["a@example.org"]}
    )
    mail, letters = Email(settings, world.clock), []

    def keep(recipient, message):
        delivery_id = world.carriers["mail"].attempts[-1][0]
        letters.append(mail._letter("a@example.org", message, delivery_id))
        return Sent()

    world.carriers["mail"].answer = keep
    for event in (story.announced(), story.started(), story.announced("РАБ-2026-0002")):
        await world.happens(event)
        await world.plan()
        await world.send()
    first, second, other = letters
    assert (first["References"], other["References"]) == (None, None)
    assert second["References"] == second["In-Reply-To"] == first["Message-ID"]
    await world.store.close()


async def test_a_message_about_work_links_it_at_the_desk_and_for_citizens(world, story):
    planner = world.notifier.planner
    portal = Portal(
        {"ru": "Портал"},
        ZoneInfo("UTC"),
        work_link="https://d/works#{id}",
        work_page_link="https://p/{id}.html",
    )
    composer = Composer(Texts.load(["ru", "en"]), portal)
    planner.mailing = replace(planner.mailing, composer=composer)
    await world.happens(story.announced("WORK-1"))
    await world.plan()
    text = json.loads((await world.rows())[0]["message"])["text"]
    assert "Пульт: https://d/works#WORK-1\nДля граждан: https://p/WORK-1.html\n" in text


# ── what is forgotten ──


async def forget(world):
    while await world.notifier.courier.prune():
        pass


async def test_work_that_is_over_is_forgotten_and_a_plan_far_ahead_is_not(world, story):
    await happens(world, story.announced(), story.announced("РАБ-2"))
    await happens(world, story.started())
    await happens(world, story.ended())
    world.clock.forward(days=100)
    await forget(world)
    assert {r["incident"] for r in await world.rows()} == {"РАБ-2"}
    await happens(world, story.called_off("РАБ-2"))
    assert heard(world)["ann"][-1] == "maintenance_cancelled"


async def test_a_plan_that_never_came_true_is_forgotten_in_the_end(world, story):
    await happens(world, story.announced(), story.ended())
    world.clock.forward(days=399)
    await forget(world)
    assert await world.rows()
    world.clock.forward(days=2)
    await forget(world)
    assert await world.rows() == []


async def test_whoever_waits_for_the_end_of_another_incident_is_not_forgotten(make_world, story):
    world = make_world(routes=[Route("sms", ("mail",), component=("sms",))])
    other = "ИНЦ-2026-0002"
    await happens(world, story.opened(), replace(story.opened(other), component="login"))
    await happens(world, story.merged(other))
    world.clock.forward(days=100)
    await forget(world)
    await happens(world, story.resolved(other))
    assert heard(world)["ann"] == ["opened", "merged", "resolved"]
    await world.store.close()


async def test_reminders_and_spreading_reach_whoever_listens(make_world, story):
    world = make_world(
        routes=[
            Route("sms", ("mail",), event=(Telling.OPENED,)),
            Route("all", ("bot",), component=("login",)),
        ]
    )
    await happens(world, story.opened())
    await happens(world, story.reminded(), story.unstable())
    await happens(world, story.attached("login", Cause.STORM), story.attached("pay", Cause.STORM))
    await happens(world, story.resolved())
    assert heard(world)["ann"] == ["opened", "reminded", "unstable", "spread", "resolved"]
    assert heard(world)["bot"] == ["spread", "resolved"]
    await world.store.close()


async def test_a_later_delivery_that_is_tried_again_stays_in_line(world, story):
    world.carriers["mail"].answer = lambda _who, _message: TryLater("http_503")
    await happens(world, story.announced())
    await happens(world, story.started())
    assert world.carriers["mail"].heard("ann") == ["maintenance_planned"]
