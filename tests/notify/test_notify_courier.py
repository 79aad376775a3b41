"""Claim, send, record: receipts, back-off, order, and a stuck channel beside a healthy one."""

import asyncio
import logging
from datetime import timedelta

import pytest

from notify.backoff import delay
from notify.courier import Limits
from notify.hooks import Outcome
from notify.planning.routing import Route
from notify.receipt import NotSentError, Refused, Sent, TryLater, redact


@pytest.fixture
async def opened(world, story):
    """An opening planned for everybody."""
    await world.happens(story.opened())
    await world.plan()
    return world


def answering(world, answer, channel="mail"):
    world.carriers[channel].answer = lambda _who, _message: answer


async def test_what_was_taken_is_sent_and_never_again(opened):
    assert await opened.send() == 3
    assert await opened.send() == 0
    assert {r["state"] for r in await opened.rows()} == {"sent"}
    assert opened.settled.count(("mail", Outcome.SENT)) == 2


async def test_a_refusal_is_final(opened):
    answering(opened, Refused("smtp_550", "no such user ann@example.org"))
    await opened.send()
    opened.clock.forward(hours=2)
    assert await opened.send() == 0
    row = (await opened.rows("recipient = 'ann'"))[0]
    assert (row["state"], row["error_class"]) == ("refused", "smtp_550")
    assert "ann@" not in row["error_text"]


async def test_waits_grow_and_a_later_success_ends_them(opened):
    answering(opened, TryLater("http_503"))
    waits = []
    for _ in range(7):
        await opened.send()
        row = (await opened.rows("recipient = 'ann'"))[0]
        due = type(opened.clock.now).fromisoformat(row["next_at"])
        waits.append((due - opened.clock.now).total_seconds())
        opened.clock.now = due
    assert waits == [5, 15, 60, 300, 900, 3600, 3600]
    answering(opened, Sent())
    await opened.send()
    assert await opened.states("ann") == [("opened", "sent")]


async def test_nothing_is_tried_before_its_time(opened):
    answering(opened, TryLater("http_503"))
    await opened.send()
    opened.clock.forward(seconds=4.9)
    assert await opened.send() == 0


async def test_what_fails_for_a_day_expires(opened):
    answering(opened, TryLater("http_503"))
    for _ in range(40):
        await opened.send()
        opened.clock.forward(hours=1)
    row = (await opened.rows("recipient = 'ann'"))[0]
    assert (row["state"], row["error_class"]) == ("expired", "http_503")
    assert opened.settled.count(("mail", Outcome.EXPIRED)) == 2


async def test_what_waited_a_day_without_its_channel_expires(make_world, story):
    world = make_world()
    await world.happens(story.opened())
    await world.plan()
    world.notifier.courier.channels = {"bot": world.notifier.channels["bot"]}
    assert await world.send() == 1
    world.clock.forward(hours=25)
    await world.send()
    assert await world.states("ann") == [("opened", "expired")]
    await world.store.close()


async def test_failures_before_the_first_byte_are_tried_once_more_at_once(opened):
    def refused(_who, _message):
        raise NotSentError("connect", "refused")

    opened.carriers["mail"].answer = refused
    await opened.send()
    assert opened.carriers["mail"].heard("ann") == ["opened", "opened"]
    row = (await opened.rows("recipient = 'ann'"))[0]
    assert (row["state"], row["attempts"], row["ambiguous"]) == ("planned", 1, 0)


async def test_a_broken_channel_may_have_sent(opened, caplog):
    def broken(_who, _message):
        raise KeyError("oops")

    opened.carriers["mail"].answer = broken
    with caplog.at_level(logging.CRITICAL):
        await opened.send()
    row = (await opened.rows("recipient = 'ann'"))[0]
    assert (row["state"], row["error_class"], row["ambiguous"]) == ("planned", "channel_broke", 1)
    assert opened.carriers["mail"].heard("ann") == ["opened"]


async def test_an_ambiguous_attempt_stays_marked_after_a_success(opened):
    answering(opened, TryLater("timeout", ambiguous=True))
    await opened.send()
    answering(opened, Sent())
    opened.clock.forward(minutes=1)
    await opened.send()
    row = (await opened.rows("recipient = 'ann'"))[0]
    assert (row["state"], row["attempts"], row["ambiguous"]) == ("sent", 2, 1)


async def test_each_attempt_carries_the_same_delivery_id(opened):
    answering(opened, TryLater("timeout", ambiguous=True))
    await opened.send()
    opened.clock.forward(minutes=1)
    await opened.send()
    ids = {id_ for id_, who, _ in opened.carriers["mail"].attempts if who == "ann"}
    assert len(ids) == 1


async def test_the_end_waits_for_the_opening(opened, story):
    answering(opened, TryLater("timeout", ambiguous=True))
    await opened.send()
    await opened.happens(story.resolved())
    await opened.plan()
    assert await opened.send() == 1  # the bot's
    answering(opened, Sent())
    opened.clock.forward(minutes=1)
    await opened.send()
    assert opened.carriers["mail"].heard("ann") == ["opened", "opened", "resolved"]


async def test_an_opening_refused_while_it_was_under_way_leaves_no_lone_end(opened, story):
    """The end is planned while the opening is being sent; then the opening is refused."""

    async def refuse_meanwhile(recipient, message, delivery_id):
        if message.event == "opened":
            await opened.happens(story.resolved()) if recipient == "ann" else None
            await opened.plan()
            return Refused("smtp_550")
        raise AssertionError("nobody heard of the opening")

    opened.carriers["mail"].send = refuse_meanwhile
    await opened.send()
    assert await opened.states("ann") == [("opened", "refused"), ("resolved", "cancelled")]


async def test_another_incident_of_the_same_recipient_is_not_held_up(opened, story):
    opened.carriers["mail"].answer = lambda _who, message: (
        TryLater("http_503") if message.incident == story.NUMBER else Sent()
    )
    await opened.send()
    await opened.happens(story.opened("ИНЦ-2026-0002"))
    await opened.plan()
    await opened.send()
    assert await opened.states("ann") == [("opened", "planned"), ("opened", "sent")]


async def test_a_send_beyond_the_deadline_is_cut_and_ambiguous(opened):
    async def hang(recipient, message, delivery_id):
        await asyncio.Event().wait()

    opened.carriers["mail"].send = hang
    await opened.send()
    row = (await opened.rows("recipient = 'ann'"))[0]
    assert (row["state"], row["error_class"], row["ambiguous"]) == ("planned", "deadline", 1)


async def test_a_stuck_channel_starves_nobody_and_has_two_in_flight_at_most(make_world, story):
    world = make_world(
        recipients={"stuck": tuple(f"s{n}" for n in range(9)), "good": tuple("abcdefghi")},
        routes=[Route("all", ("stuck", "good"))],
        limits=Limits(deadline=30, at_once=4, grace=0),
    )
    release, in_flight, most = asyncio.Event(), 0, 0

    async def hang(recipient, message, delivery_id):
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        await release.wait()
        in_flight -= 1
        return Sent()

    world.carriers["stuck"].send = hang
    await world.happens(story.opened())
    await world.plan()
    running = asyncio.create_task(world.notifier.courier.run())
    await world.carriers["good"].has_tried(9)
    assert most == 2
    release.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await world.store.close()


async def test_stopping_lets_a_send_in_flight_be_recorded(opened):
    started, release = asyncio.Event(), asyncio.Event()

    async def slow(recipient, message, delivery_id):
        started.set()
        await release.wait()
        return Sent()

    opened.carriers["mail"].send = slow
    running = asyncio.create_task(opened.notifier.courier.run())
    await started.wait()
    running.cancel()
    release.set()
    await asyncio.gather(running, return_exceptions=True)
    assert {r["state"] for r in await opened.rows()} == {"sent"}


async def test_what_a_dead_process_was_sending_is_sent_again_and_marked(opened):
    def die(_name):
        raise SystemExit

    opened.notifier.courier.hooks = type(opened.notifier.courier.hooks)(die)
    with pytest.raises(SystemExit):
        await opened.send()
    assert {r["state"] for r in await opened.rows()} == {"sending"}
    await opened.restart()
    assert {(r["state"], r["ambiguous"]) for r in await opened.rows()} == {("planned", 1)}


def test_a_wait_is_never_shorter_than_asked_for_within_reason():
    assert delay(1, after=7, luck=0) == 7
    assert delay(1, after=0, luck=0) == 5
    assert delay(1, after=365 * 86400, luck=0) == 900
    assert delay(6, after=7, luck=0) == 3600


def test_waits_are_spread_by_a_fifth():
    assert delay(1, after=None, luck=-1) == pytest.approx(4)
    assert delay(1, after=None, luck=1) == pytest.approx(6)


def test_limits_are_those_that_were_promised():
    limits = Limits()
    assert (limits.deadline, limits.per_channel, limits.horizon) == (30, 2, timedelta(hours=24))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("POST https://user:pw@host.example/hook/s3cret?token=abc failed", ["pw", "s3cret", "abc"]),
        ("mailbox ann@example.org unknown", ["ann@"]),
        ("no route to +7 912 345-67-89", ["345"]),
        ("x" * 1000, ["x" * 301]),
        ("two\r\nlines", ["\n", "\r"]),
    ],
)
def test_errors_are_kept_without_secrets_or_people(text, gone):
    kept = redact(text)
    assert all(secret not in kept for secret in gone)
    assert kept
