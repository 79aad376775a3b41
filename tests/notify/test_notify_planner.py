"""From the journal to planned deliveries, on a real file."""

import asyncio
import json
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.events import Because, Impact, Imported, Joined, Published, Status
from notify.delivery import Because as Why
from notify.planning.routing import Route
from notify.tables import outbox, plans
from probes.observation import Outcome, Reason


async def test_an_opening_becomes_a_delivery_to_each_recipient(world, story):
    await world.happens(story.opened())
    assert await world.plan() == 1
    rows = await world.rows()
    assert [(r["channel"], r["recipient"], r["state"], r["because"]) for r in rows] == [
        ("bot", "bot", "planned", "opened"),
        ("mail", "ann", "planned", "opened"),
        ("mail", "bob", "planned", "opened"),
    ]


async def test_planning_twice_plans_once(world, story):
    await world.happens(story.opened())
    await world.plan()
    assert await world.plan() == 0
    assert len(await world.rows()) == 3


async def test_a_cursor_set_back_repeats_nothing(world, story):
    await world.happens(story.opened())
    await world.plan()
    await world.store.write(lambda db: db.execute("DELETE FROM notify_cursor"))
    await world.plan()
    assert len(await world.rows()) == 3


async def test_the_cursor_never_moves_back(world):
    await world.store.write(lambda db: plans.move_cursor(db, 7))
    await world.store.write(lambda db: plans.move_cursor(db, 3))
    assert await world.store.read(plans.cursor) == 7


async def test_the_message_is_frozen_when_it_is_planned(world, story):
    await world.happens(story.opened())
    await world.plan()
    await world.happens(story.said("", title={"ru": "Иначе"}, status=Status.IDENTIFIED))
    await world.plan()
    opening = (await world.rows("event = 'opened'"))[0]["message"]
    assert "код не приходит" in opening
    assert "Иначе" not in opening


async def test_an_opening_read_late_is_told_as_it_was_then(world, story):
    await world.happens(story.opened(), story.said("", impact=Impact.CRITICAL))
    await world.plan()
    assert '"impact": "major"' in (await world.rows("event = 'opened'"))[0]["message"]


async def test_an_impact_that_rises_is_told_and_one_that_falls_is_not(world, story):
    await world.happens(
        story.opened(impact=Impact.MINOR),
        story.reassessed(Impact.MAJOR),
        story.reassessed(Impact.MINOR),
    )
    await world.plan()
    assert [event for event, _ in await world.states("ann")] == ["opened", "worsened"]
    assert [(r["seq"], r["because"]) for r in await world.untold()] == [(3, Why.NO_WORSE)]


async def test_the_impact_is_remembered_across_a_restart(world, story):
    await world.happens(story.opened(impact=Impact.MINOR))
    await world.plan()
    await world.restart()
    await world.happens(story.reassessed(Impact.MAJOR))
    await world.plan()
    assert [event for event, _ in await world.states("ann")] == ["opened", "worsened"]


async def test_nobody_is_told_of_an_import_nor_of_its_end(world, story):
    await world.happens(
        Imported(
            story.NUMBER, "sms", Status.IDENTIFIED, {"ru": "х"}, story.START, Because("import")
        ),
        story.resolved(),
    )
    await world.plan()
    assert await world.rows() == []
    assert [r["because"] for r in await world.untold()] == [Why.NOT_HEARD_OPENED]


async def test_probes_joining_an_imported_incident_are_told(world, story):
    await world.happens(
        Imported(
            story.NUMBER, "sms", Status.IDENTIFIED, {"ru": "х"}, story.START, Because("import")
        ),
        Joined(story.NUMBER, "sms", Because("x"), Impact.MAJOR, Outcome.DOWN, Reason.TIMEOUT),
        story.resolved(),
    )
    await world.plan()
    assert [r["event"] for r in await world.rows("recipient = 'ann'")] == ["joined"]


async def test_an_incident_over_before_it_was_told_is_not_told_at_all(world, story):
    await world.happens(story.opened(), story.resolved())
    await world.plan()
    assert await world.send() == 0
    assert await world.states("ann") == [("opened", "cancelled")]
    assert ("mail", "cancelled") in world.settled


async def test_old_news_is_recorded_and_wakes_nobody(world, story):
    await world.happens(story.opened())
    world.clock.forward(hours=2)
    await world.plan()
    assert await world.send() == 0
    assert {(r["state"], r["because"]) for r in await world.rows()} == {("expired", "stale")}


async def test_no_route_is_recorded_with_its_reason_and_each_route_s(make_world, story):
    world = make_world(routes=[Route("r", ("mail",), component=("login",))])
    await world.happens(story.opened())
    await world.plan()
    assert [(r["route"], r["because"]) for r in await world.untold()] == [
        ("", Why.NO_ROUTE),
        ("r", Why.OTHER_COMPONENT),
    ]
    await world.store.close()


async def test_a_poison_entry_is_recorded_and_the_next_is_told(world, story):
    await world.happens(story.resolved("ИНЦ-2026-0666"), story.opened())  # never opened
    await world.plan()
    assert len(await world.rows()) == 3
    [row] = await world.untold()
    assert (row["seq"], row["because"]) == (1, Why.POISON)
    assert "IllegalEventError" in row["detail"]


async def test_what_happened_while_the_planner_was_down_is_told_as_it_was_then(world, story):
    await world.happens(story.opened())
    await world.plan()
    await world.send()
    world.clock.forward(minutes=10)
    await world.happens(story.resolved())
    world.clock.forward(minutes=3)
    await world.happens(story.reopened(), story.said("", title={"ru": "Иначе"}))
    await world.restart()
    await world.plan()
    await world.send()
    end, again = (json.loads(r["message"]) for r in await world.rows("channel = 'bot' AND seq > 1"))
    assert end["first_line"] == "Решено за 10 минут. Коды из СМС: код не приходит"
    assert "Закончилось: 22 ноября 2026, 14:13 МСК" in end["text"]
    assert end["facts"]["status"] == "resolved"
    assert end["facts"]["resolved_at"] == (story.START + timedelta(minutes=10)).isoformat()
    assert again["event"] == "reopened"
    assert "Иначе" not in again["text"]


async def test_what_is_not_told_still_shows_in_what_is(world, story):
    published = Published(story.NUMBER, "sms", Because("publish_after"))
    await world.happens(story.opened(), published, story.said("слово"))
    await world.plan()
    [row] = await world.rows("event = 'updated' AND recipient = 'ann'")
    assert json.loads(row["message"])["facts"]["status"] == "investigating"


async def test_what_a_newer_version_wrote_is_passed_over(world, story):
    await world.happens(
        story.newer(), story.opened(), story.newer(), story.said("слово"), story.newer("")
    )
    assert await world.plan() == 5
    assert [event for event, _ in await world.states("ann")] == ["opened", "updated"]
    assert await world.untold() == []
    assert (await world.notifier.stats()).cursor == 5


async def test_what_a_newer_version_wrote_before_the_birth_stops_nobody_after_a_restart(
    world, story
):
    await world.happens(story.newer(), story.opened())
    await world.plan()
    await world.restart()
    await world.happens(story.said("слово"))
    await world.plan()
    assert [event for event, _ in await world.states("ann")] == ["opened", "updated"]
    assert await world.untold() == []


async def test_an_undone_pass_changes_nothing_about_the_next(world, story):
    await world.happens(story.opened(impact=Impact.MINOR))
    await world.plan()
    await world.happens(story.reassessed(Impact.MAJOR), story.said("слово"))
    hooks = world.notifier.planner.hooks

    def full(_name):
        raise sqlite3.OperationalError("database or disk is full")

    world.notifier.planner.hooks = type(hooks)(full)
    with pytest.raises(sqlite3.OperationalError):
        await world.plan()
    world.notifier.planner.hooks = hooks
    await world.plan()
    assert [e for e, _ in await world.states("ann")] == ["opened", "worsened", "updated"]


async def test_a_second_route_to_the_same_recipient_is_noted_without_an_address(make_world, story):
    world = make_world(routes=[Route("first", ("mail",)), Route("second", ("mail",))])
    await world.happens(story.opened())
    await world.plan()
    rows = await world.untold()
    assert {(r["route"], r["channel"], r["because"]) for r in rows} == {
        ("second", "mail", "duplicate_recipient")
    }
    assert {r["who"] for r in rows} == {r["id"].split("/")[-1] for r in await world.rows()}
    assert not any("ann" in str(value) for row in rows for value in row.values())
    await world.store.close()


async def test_nothing_is_composed_while_the_writer_is_held(world, story):
    planner = world.notifier.planner
    composer, connection = planner.mailing.composer, None
    held = []

    class Watching:
        def compose(self, notice, lang):
            held.append(connection.in_transaction)
            return composer.compose(notice, lang)

    planner.mailing = replace(planner.mailing, composer=Watching())
    connection = await world.store.write(lambda db: db.conn)
    await world.happens(story.opened(), story.resolved())
    await world.plan()
    assert held
    assert not any(held)


async def test_whoever_hears_the_end_on_a_channel_that_is_gone_is_written_to_in_our_language(
    world, story
):
    await world.happens(story.opened())
    await world.plan()
    await world.send()
    planner = world.notifier.planner
    planner.mailing = replace(planner.mailing, channels={})
    await world.happens(story.resolved())
    await world.plan()
    [row] = await world.rows("event = 'resolved' AND recipient = 'ann'")
    assert json.loads(row["message"])["lang"] == "ru"


async def test_a_full_disk_skips_nothing(world, story):
    await world.happens(story.opened())

    def full(_name):
        raise sqlite3.OperationalError("database or disk is full")

    world.notifier.planner.hooks = type(world.notifier.planner.hooks)(full)
    with pytest.raises(sqlite3.OperationalError):
        await world.plan()
    assert await world.store.read(plans.cursor) == 0
    assert await world.untold() == []


async def test_each_language_is_written_for_its_channel(make_world, story):
    world = make_world()
    channels = dict(world.notifier.channels)
    english = type(channels["bot"])("bot", "en", ("bot",), channels["bot"].sender)
    planner = world.notifier.planner
    planner.mailing = replace(planner.mailing, channels={**channels, "bot": english})
    await world.happens(story.opened())
    await world.plan()
    rows = {r["channel"]: r["message"] for r in await world.rows()}
    assert "Outage." in rows["bot"]
    assert "Сбой." in rows["mail"]
    await world.store.close()


async def test_the_loop_plans_and_sends_what_comes(world, story):
    running = asyncio.create_task(world.notifier.run())
    await world.happens(story.opened())
    await world.carriers["mail"].has_tried(2)
    await world.happens(story.resolved())
    await world.carriers["mail"].has_tried(4)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.carriers["mail"].heard("ann") == ["opened", "resolved"]


async def test_a_scrape_reads_only_indexes(world, story):
    await world.happens(story.opened())
    await world.plan()
    asked = []

    def explained(db):
        db.conn.set_trace_callback(asked.append)
        outbox.stats(db, world.clock())
        db.conn.set_trace_callback(None)
        return [row for sql in asked for row in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]

    steps = [row[-1] for row in await world.store.read(explained)]
    assert len(steps) > 1
    assert all("INDEX" in step or "B-TREE" in step for step in steps), steps


async def test_stats_count_what_waits(world, story):
    await world.happens(story.opened())
    await world.plan()
    world.clock.forward(seconds=30)
    stats = await world.notifier.stats()
    assert (stats.pending, stats.oldest_pending_seconds, stats.cursor) == (3, 30.0, 1)
    await world.send()
    stats = await world.notifier.stats()
    assert (stats.pending, stats.oldest_pending_seconds) == (0, 0.0)
