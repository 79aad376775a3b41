"""However much happens at once, one person gets few messages, and none is lost for it."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incidents.events import Cause, Impact
from notify.ack.grant import Grants
from notify.planning.manner import Manner
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater

QUIET = Quiet(gather=timedelta(seconds=30), most=20)
TWO = "ИНЦ-2026-0002"


class Crash(BaseException):
    pass


class Letters:
    """Keeps every message whole, by recipient."""

    def __init__(self):
        self.sent, self.ids = {}, []
        self.answer = Sent()

    async def send(self, recipient, message, delivery_id):
        self.sent.setdefault(recipient, []).append(message)
        self.ids.append(delivery_id)
        return self.answer

    async def aclose(self):
        return


@pytest.fixture
def make_quiet(make_world):
    def make(**changes):
        letters = Letters()
        values = {"recipients": {"mail": ("ann", "bob")}, "routes": [Route("all", ("mail",))]}
        values |= {"carriers": {"mail": letters}, "quiet": QUIET}
        world = make_world(**{**values, **changes})
        world.letters = letters
        return world

    return make


@pytest.fixture
async def world(make_quiet):
    world = make_quiet()
    yield world
    await world.store.close()


def number(n):
    return f"ИНЦ-2026-{n:04d}"


def about(story, n, event=None, **changes):
    """An opening, or another event, of the n-th incident of the n-th component."""
    event = event or story.opened(number(n), **changes)
    return replace(event, component=f"c{n}")


async def happens(world, *events, seconds=0.05):
    for event in events:
        await world.happens(event)
        await world.plan()
        await world.send()
        world.clock.forward(seconds=seconds)


async def passes(world, **time):
    world.clock.forward(**time)
    await world.plan()
    await world.send()


def heard(world, who="ann"):
    return [message.event for message in world.letters.sent.get(who, [])]


def storm(story, components, threshold):
    """What the journal gets when so many fail at once: see incidents/machine/opening.py."""
    yield from (about(story, n) for n in range(1, threshold))
    first = number(1)
    spread = story.attached(
        f"c{threshold}", Cause.STORM, first, failed_together=threshold, needed=threshold
    )
    yield spread
    for n in range(2, threshold):
        yield story.attached(f"c{n}", Cause.STORM, first)
        yield about(story, n, story.merged(first, number(n)))
    for n in range(threshold + 1, components + 1):
        yield story.attached(f"c{n}", Cause.STORM, first)


async def test_a_storm_that_told_a_person_118_times_tells_them_twice(make_quiet, story, tmp_path):
    loud = make_quiet(quiet=Quiet(), path=tmp_path / "loud.sqlite3")
    await happens(loud, *storm(story, 200, 60))
    assert len(heard(loud)) == 59 + 1 + 58
    await loud.store.close()
    quiet = make_quiet()
    await happens(quiet, *storm(story, 200, 60))
    assert heard(quiet) == ["opened", "spread"]
    assert quiet.letters.sent["ann"][-1].first_line.startswith("Массовый сбой. Сразу 60 сервисов")
    await passes(quiet, minutes=5)
    await happens(quiet, about(story, 1, story.resolved(number(1))))
    await passes(quiet, days=2)
    assert heard(quiet) == heard(quiet, "bob") == ["opened", "spread", "resolved"]
    states = Counter((row["event"], row["state"]) for row in await quiet.rows("recipient = 'ann'"))
    assert states == {
        ("opened", "sent"): 1,
        ("opened", "cancelled"): 58,
        ("spread", "sent"): 1,
        ("resolved", "sent"): 1,
    }
    await quiet.store.close()


async def test_where_the_first_waits_too_a_storm_is_one_message(make_quiet, story):
    manners = {"all": Manner(wait=timedelta(seconds=10))}
    world = make_quiet(quiet=replace(QUIET, manners=manners))
    await happens(world, *storm(story, 200, 60))
    await passes(world, minutes=1)
    assert heard(world) == ["spread"]
    await world.store.close()


async def test_what_was_told_alone_is_named_where_it_ends(world, story):
    """Ann was told of each before it proved to be one storm."""
    events = list(storm(story, 5, 4))
    await happens(world, *events[:3], seconds=40)
    assert heard(world) == ["opened"] * 3
    await happens(world, *events[3:])
    await happens(world, about(story, 1, story.resolved(number(1))))
    assert heard(world) == ["opened"] * 3 + ["spread", "resolved"]
    last = world.letters.sent["ann"][-1]
    parts = f"\n\nЧастью этого стали: {number(2)} и {number(3)}.\n\nНомер: {number(1)}\n"
    assert parts in last.text
    assert [one["event"] for one in last.also] == ["merged", "merged"]
    assert {r["state"] for r in await world.rows("recipient = 'ann'")} == {"sent"}


async def test_the_first_goes_at_once_and_the_next_wait_for_each_other(world, story):
    await happens(world, *(about(story, n) for n in range(1, 8)), seconds=1)
    assert heard(world) == ["opened"]
    await passes(world, seconds=22.9)
    assert len(heard(world)) == 1
    await passes(world, seconds=0.2)
    first, second = world.letters.sent["ann"]
    assert first.incident == number(1)
    assert second.first_line.startswith("6 новых сбоев, с 14:03 МСК: Коды из СМС")
    assert len(second.also) == 5
    assert all(number(n) in second.text for n in range(2, 8))


async def test_one_link_takes_all_that_a_message_tells_of_and_waits_for_somebody(make_quiet, story):
    world = make_quiet(grants=Grants(bytes(32), "https://vahta.example"))
    await happens(world, *(about(story, n) for n in range(1, 5)))
    await world.happens(about(story, 3, story.resolved(number(3))))
    await passes(world, seconds=31)
    message = world.letters.sent["ann"][-1]
    assert message.first_line == "2 новых сбоя, с 14:03 МСК: Коды из СМС"
    token = message.ack.removeprefix("https://vahta.example/ack/")
    found = world.grants.read(token, world.clock()).incidents
    assert found == tuple(message.takes) == (number(2), number(4))
    assert f"\nВзять всё в работу: {message.ack}\nПочему вам: маршрут «all».\n" in message.text
    await happens(world, *(about(story, n, story.resolved(number(n))) for n in (1, 2, 4)))
    await passes(world, minutes=1)
    assert world.letters.sent["ann"][-1].ack == ""
    await world.store.close()


async def test_a_list_says_what_is_wrong_where_its_first_lines_have_no_room(world, story):
    title = {"ru": "Коды из СМС: не приходят ни на одну сеть, кроме одной, и то не сразу, а потом"}
    await happens(world, about(story, 1), *(about(story, n, title=title) for n in (2, 3)))
    await passes(world, minutes=1)
    assert world.letters.sent["ann"][-1].text.count(title["ru"]) == 2


async def test_what_is_worse_does_not_wait_and_takes_along_what_does(world, story):
    await happens(world, about(story, 1), about(story, 2))
    await happens(world, about(story, 3, impact=Impact.CRITICAL))
    assert len(heard(world)) == 2
    assert world.letters.sent["ann"][-1].incident == number(3)
    assert [one["incident"]["id"] for one in world.letters.sent["ann"][-1].also] == [number(2)]


async def test_nothing_waits_for_what_is_over(world, story):
    """Somebody tries it out: breaks it, mends it, breaks something else."""
    await happens(world, about(story, 1), about(story, 1, story.resolved(number(1))))
    await happens(world, about(story, 2))
    assert heard(world) == ["opened", "resolved", "opened"]


async def test_many_ends_at_once_are_two_messages(world, story):
    await happens(world, *(about(story, n) for n in range(1, 8)), seconds=60)
    told = len(heard(world))
    await happens(world, *(about(story, n, story.resolved(number(n))) for n in range(1, 8)))
    await passes(world, seconds=31)
    assert heard(world)[told:] == ["resolved", "resolved"]
    assert world.letters.sent["ann"][-1].first_line.startswith("6 сбоев закончились")


async def test_a_person_hears_so_many_an_hour_and_the_rest_together(world, story):
    await happens(world, *(about(story, n) for n in range(1, 41)), seconds=35)
    assert len(heard(world)) == 20
    await happens(world, about(story, 41, impact=Impact.CRITICAL))
    assert len(heard(world)) == 21
    assert len(world.letters.sent["ann"][-1].also) == 20
    assert {r["state"] for r in await world.rows()} == {"sent"}


async def test_what_began_and_ended_beyond_the_limit_is_told_still(world, story):
    await happens(world, *(about(story, n) for n in range(1, 21)), seconds=35)
    await happens(world, about(story, 21))
    await happens(world, about(story, 21, story.resolved(number(21))))
    [row] = await world.rows(f"incident = '{number(21)}' AND recipient = 'ann' AND event='opened'")
    assert (row["state"], row["held"]) == ("planned", "limit")
    await passes(world, hours=1)
    assert len(heard(world)) == 21
    assert world.letters.sent["ann"][-1].first_line.startswith("Решено за 11 минут")


async def test_a_person_hears_an_end_beyond_the_limit(world, story):
    await happens(world, *(about(story, n) for n in range(1, 21)), seconds=35)
    await happens(world, about(story, 1, story.resolved(number(1))))
    assert heard(world)[-1] == "resolved"


async def test_a_group_that_may_have_arrived_is_repeated_as_it_was(world, story):
    world.letters.answer = Sent()
    await happens(world, about(story, 1), about(story, 2), about(story, 3))
    world.letters.answer = TryLater("timeout", ambiguous=True)
    await passes(world, seconds=31)
    await happens(world, about(story, 2, story.resolved(number(2))), about(story, 4))
    told = set(world.letters.ids)
    world.letters.answer = Sent()
    world.letters.sent.clear()
    for _ in range(4):
        await passes(world, seconds=31)
    again = next(one for one in world.letters.sent["ann"] if one.incident in (number(2), number(3)))
    assert {again.incident, *(one["incident"]["id"] for one in again.also)} == {
        number(2),
        number(3),
    }
    again = {id_ for id_, times in Counter(world.letters.ids).items() if times > 1}
    assert again
    assert again <= told
    assert {r["state"] for r in await world.rows()} == {"sent"}


async def test_a_group_that_surely_has_not_arrived_grows_meanwhile(world, story):
    world.letters.answer = TryLater("http_503")
    await happens(world, *(about(story, n) for n in range(1, 101)))
    world.letters.answer = Sent()
    world.letters.sent.clear()
    await passes(world, minutes=10)
    assert len(heard(world)) == 1
    assert len(world.letters.sent["ann"][0].also) == 99
    assert {r["state"] for r in await world.rows()} == {"sent"}


async def test_what_a_dead_channel_kept_back_comes_as_two_messages_when_it_is_back(world, story):
    for n in range(1, 8):
        world.letters.answer = TryLater("greylisted", after=60.0 * n)
        await happens(world, about(story, n), seconds=1)
    world.letters.sent.clear()
    world.letters.answer = Sent()
    for _ in range(1000):
        await passes(world, seconds=1)
    assert heard(world) == ["opened", "opened"]
    assert world.letters.sent["ann"][-1].first_line.startswith("6 новых сбоев, с 14:")
    assert {r["state"] for r in await world.rows("recipient = 'ann'")} == {"sent"}


async def test_a_refused_group_is_refused_row_by_row(world, story):
    await happens(world, about(story, 1), about(story, 2), about(story, 3))
    world.letters.answer = Refused("smtp_550")
    await passes(world, seconds=31)
    rows = await world.rows("recipient = 'ann'")
    assert [r["state"] for r in rows] == ["sent", "refused", "refused"]
    world.letters.answer = Sent()
    await happens(world, about(story, 2, story.resolved(number(2))))
    assert heard(world).count("resolved") == 0


async def test_a_crash_in_a_group_repeats_the_same_message(world, story):
    await happens(world, about(story, 1), about(story, 2), about(story, 3))
    world.clock.forward(seconds=31)

    def die(name):
        if name == "after_send_before_record":
            raise Crash

    world.notifier.courier.hooks = replace(world.notifier.courier.hooks, checkpoint=die)
    world.letters.sent.clear()
    with pytest.raises(Crash):
        await world.send()
    first = {who: messages[0] for who, messages in world.letters.sent.items()}
    await world.restart()
    await happens(world, about(story, 4))
    ids = Counter(world.letters.ids)
    assert max(ids.values()) == 2
    for who, message in first.items():
        assert message in world.letters.sent[who][1:]
    await passes(world, minutes=1)
    assert {r["state"] for r in await world.rows()} == {"sent"}


async def test_a_program_gets_each_by_itself_and_at_once(make_quiet, story):
    world = make_quiet(quiet=replace(QUIET, alone=("mail",)))
    await happens(world, *storm(story, 10, 5))
    assert heard(world) == ["opened"] * 4 + ["spread"] + ["merged"] * 3
    assert not any(message.also for message in world.letters.sent["ann"])
    await world.store.close()


async def test_who_is_not_told_of_the_whole_is_told_of_what_it_became_part_of(make_quiet, story):
    routes = [Route("two", ("mail",), component=("c2",))]
    world = make_quiet(routes=routes)
    events = list(storm(story, 10, 5))
    await happens(world, *[e for e in events if e.incident != number(1)])
    assert heard(world) == ["opened", "merged"]
    await world.store.close()


async def test_waiting_is_shown_and_is_not_late(world, story):
    await happens(world, about(story, 1), about(story, 2))
    stats = await world.notifier.stats()
    assert stats.oldest_pending_seconds == 0
    assert {str(because): n for because, n in stats.held.items()} == {"gathering": 2}
    [row] = await world.rows("recipient = 'ann' AND state = 'planned'")
    assert row["held"] == "gathering"
    assert datetime.fromisoformat(row["next_at"]) - story.START == timedelta(seconds=30)
    assert json.loads(row["message"])["incident"] == TWO


async def test_a_webhook_gets_the_first_three_one_by_one_and_a_storm_in_few(make_quiet, story):
    world = make_quiet(quiet=replace(QUIET, first={"mail": 3}))
    for n in range(1, 8):
        await world.happens(about(story, n))
    await world.plan()
    await world.send()
    assert [len(message.also) for message in world.letters.sent["ann"]] == [0, 0, 0]
    await passes(world, seconds=31)
    assert [len(message.also) for message in world.letters.sent["ann"]] == [0, 0, 0, 3]
    await passes(world, minutes=1)
    assert {r["state"] for r in await world.rows()} == {"sent"}
    await world.store.close()


async def test_planning_never_looks_through_all_that_waits(world, story):
    """Or a storm would cost the square of its size."""
    asked, events = [], list(storm(story, 6, 5))
    await happens(world, *events[:4])
    await world.store.write(lambda db: db.conn.set_trace_callback(asked.append))
    await world.happens(*events[4:])
    await world.plan()
    await world.store.write(lambda db: db.conn.set_trace_callback(None))
    reads = [sql for sql in asked if sql.lstrip().startswith(("SELECT", "UPDATE delivery"))]
    assert any("next_at >" in sql for sql in reads)
    steps = await world.store.read(
        lambda db: [
            str(row[-1])
            for sql in reads
            for row in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
        ]
    )
    assert not [step for step in steps if "delivery_due" in step or "SCAN delivery" in step]
