"""Escalations on a real file: who is rung when, who hears what came of it, and never twice."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.commands import BY_HAND
from incidents.events import Acknowledged, Because, Impact, Recovering, Relapsed
from notify.oncall.directory import Directory
from notify.oncall.engineer import Engineer, Reach
from notify.oncall.layer import Layer
from notify.oncall.people import Targets
from notify.oncall.rota import Override, Rota
from notify.planning.escalation import Policy, Step
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater
from notify.tables import escalations
from probes.observation import Outcome, Reason

UTC = ZoneInfo("UTC")
MINUTE = timedelta(minutes=1)
NAMES = {"anna": "Анна", "boris": "Борис", "vera": "Вера", "gleb": "Глеб"}


def engineer(id_):
    return Engineer(id_, {"ru": NAMES[id_]}, "ru", UTC, (Reach("mail", f"{id_}@example.org"),))


def duty(*engineers):
    layer = Layer(engineers, datetime.fromisoformat("2026-01-05T00:00"), timedelta(days=1), UTC)
    return Rota("duty", {"ru": "Первая линия"}, UTC, (layer,))


NIGHTS = Policy(
    "nights",
    (
        Step(timedelta(), Targets(oncall=("duty",))),
        Step(10 * MINUTE, Targets(engineers=("boris",))),
        Step(20 * MINUTE, Targets(engineers=("vera",))),
    ),
    wait=10 * MINUTE,
    last_resort=Targets(engineers=("gleb",)),
)


@pytest.fixture
def night(make_world):
    """A world in which Anna is on call."""

    def make(policy=NIGHTS, *routes, **changes):
        return make_world(
            recipients={"mail": (), "chat": ("chat",)},
            routes=[Route("nights", escalation=policy), *routes],
            directory=Directory({id_: engineer(id_) for id_ in NAMES}, {"duty": duty("anna")}),
            **changes,
        )

    return make


@pytest.fixture
def taken(story):
    return Acknowledged(story.NUMBER, "sms", BY_HAND)


async def turn(world):
    """What the service does at every turn."""
    await world.plan()
    await world.ring()
    await world.send()


async def minutes(world, number):
    for _ in range(number):
        world.clock.forward(minutes=1)
        await turn(world)


def heard(world):
    """Who has heard what, in order."""
    return [(who.partition("@")[0], event) for _, who, event in world.carriers["mail"].attempts]


async def by_step(world):
    return sorted(await world.rows(), key=lambda row: row["step"])


async def stands(world):
    found = await world.store.read(lambda db: list(db["escalation"].rows))
    return [(row["route"], row["stand"]) for row in found]


async def test_one_after_another_is_rung_and_at_last_the_last_resort(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    assert heard(world) == [("anna", "opened")]
    await minutes(world, 9)
    assert len(heard(world)) == 1
    await minutes(world, 60)
    assert heard(world)[1:] == [
        ("boris", "unanswered"),
        ("vera", "unanswered"),
        ("gleb", "unanswered"),
    ]
    assert [row["because"] for row in await by_step(world)] == [
        "opened",
        "unanswered",
        "unanswered",
        "last_resort",
    ]
    assert await stands(world) == [("nights", "unanswered")]
    await world.store.close()


async def test_a_ring_says_how_long_nobody_took_it_and_why_it_is_you(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 31)
    first, second, _, last = [json.loads(row["message"]) for row in await by_step(world)]
    assert first["why"] == "Почему вам: маршрут «nights», вы дежурите (Первая линия)."
    assert second["first_line"].startswith("Уже 10 минут никто не берёт. Коды из СМС")
    assert second["why"] == "Почему вам: маршрут «nights», ступень 2: до вас никто не взял."
    assert last["first_line"].startswith("Никто не откликнулся за 30 минут. Коды из СМС")
    assert last["why"] == "Почему вам: маршрут «nights», все, кого звали раньше, не ответили."
    await world.store.close()


async def test_whoever_takes_it_ends_the_ringing_and_the_others_hear_who(night, story, taken):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 10)
    await world.happens(taken, actor="boris")
    await turn(world)
    await minutes(world, 60)
    assert heard(world)[2:] == [("anna", "taken")]
    [message] = [json.loads(r["message"]) for r in await world.rows("event = 'taken'")]
    assert message["first_line"] == "Взял(а) Борис. Коды из СМС: код не приходит"
    await world.store.close()


async def test_a_second_acknowledgement_tells_nobody(night, story, taken):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await world.happens(taken, taken, actor="boris")
    await turn(world)
    assert heard(world) == [("anna", "opened"), ("anna", "taken")]
    await world.store.close()


async def test_a_ring_that_still_waits_when_somebody_takes_it_is_never_sent(night, story, taken):
    world = night()
    world.carriers["mail"].answer = lambda _who, _message: TryLater("http_503")
    await world.happens(story.opened())
    await turn(world)
    await world.happens(taken, actor="vera")
    world.carriers["mail"].answer = lambda _who, _message: Sent()
    await minutes(world, 30)
    rows = [(r["event"], r["state"], r["error_class"]) for r in await world.rows()]
    assert rows == [("opened", "cancelled", "taken")]
    await world.store.close()


async def test_the_end_goes_to_exactly_those_who_heard(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 12)
    await world.happens(story.resolved())
    await turn(world)
    await minutes(world, 60)
    assert heard(world)[2:] == [("anna", "resolved"), ("boris", "resolved")]
    assert await stands(world) == [("nights", "over")]
    await world.store.close()


async def test_what_gets_worse_rings_from_the_top_though_somebody_had_taken_it(night, story, taken):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 10)
    await world.happens(taken, actor="boris")
    await turn(world)
    await world.happens(story.reassessed(Impact.CRITICAL))
    await turn(world)
    assert heard(world)[3:] == [("anna", "worsened"), ("boris", "worsened")]
    await minutes(world, 20)
    assert heard(world)[5:] == [("boris", "unanswered"), ("vera", "unanswered")]
    await world.store.close()


async def test_what_opens_again_rings_from_the_top(night, story, taken):
    world = night()
    await world.happens(story.opened(), taken, story.resolved())
    await turn(world)
    await world.happens(story.reopened())
    await turn(world)
    await minutes(world, 10)
    assert heard(world)[-2:] == [("anna", "reopened"), ("boris", "unanswered")]
    await world.store.close()


async def test_an_incident_keeps_the_policy_that_it_began_with(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    world.routes = [Route("nights", escalation=replace(NIGHTS, steps=NIGHTS.steps[:1]))]
    await world.restart()
    await world.happens(story.reassessed(Impact.CRITICAL))
    await turn(world)
    await minutes(world, 10)
    assert heard(world)[-1] == ("boris", "unanswered")
    await world.store.close()


async def test_whoever_stands_in_is_rung(night, story):
    world = night(replace(NIGHTS, repeat=1))
    await world.happens(story.opened())
    await turn(world)
    until = story.START + timedelta(hours=2)
    world.overrides.append(Override("duty", "gleb", story.START, until, id=1))
    await minutes(world, 30)
    assert heard(world)[-1] == ("gleb", "unanswered")
    await world.store.close()


async def test_nobody_is_rung_while_it_gets_well(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await world.happens(Recovering(story.NUMBER, "sms", Because("passed")))
    await minutes(world, 30)
    assert heard(world) == [("anna", "opened")]
    assert "recovering" in {r["because"] for r in await world.untold()}
    why = Because("confirmed_failures")
    await world.happens(Relapsed(story.NUMBER, "sms", why, Outcome.DOWN, Reason.TIMEOUT))
    await minutes(world, 1)
    assert heard(world)[1:] == [("boris", "unanswered")]
    await world.store.close()


async def test_after_a_long_sleep_one_ring_and_not_the_missed_ones(night, story):
    world = night(replace(NIGHTS, repeat=5))
    await world.happens(story.opened())
    await turn(world)
    world.clock.forward(hours=8)
    await world.restart()
    await turn(world)
    assert heard(world)[1:] == [("boris", "unanswered")]
    await minutes(world, 9)
    assert len(heard(world)) == 2
    await world.store.close()


async def test_an_opening_that_was_planned_too_late_is_rung_for_all_the_same(night, story):
    world = night()
    await world.happens(story.opened())
    world.clock.forward(hours=8)
    await turn(world)
    assert heard(world) == [("anna", "opened")]
    assert "stale" in {r["because"] for r in await world.untold()}
    await world.store.close()


async def test_what_is_over_when_we_wake_up_rings_nobody(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    world.clock.forward(hours=8)
    await world.happens(story.resolved())
    assert await world.ring() == 0  # the journal says more than has been planned
    await turn(world)
    assert heard(world)[1:] == [("anna", "resolved")]
    await world.store.close()


async def test_when_the_clock_goes_back_the_next_step_is_not_an_hour_late(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    world.clock.forward(hours=-1)
    await turn(world)
    await minutes(world, 11)
    assert heard(world)[1:] == [("boris", "unanswered")]
    await world.store.close()


async def test_rings_that_could_not_be_sent_do_not_pile_up(night, story):
    policy = replace(NIGHTS, steps=NIGHTS.steps[:1], repeat=3, last_resort=Targets())
    world = night(policy)
    world.carriers["mail"].answer = lambda _who, _message: TryLater("http_503")
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 35)
    world.carriers["mail"].attempts.clear()
    world.carriers["mail"].answer = lambda _who, _message: Sent()
    await minutes(world, 60)
    assert heard(world) == [("anna", "unanswered")]
    await world.store.close()


async def test_where_nobody_of_a_step_can_be_reached_the_next_one_rings_at_once(night, story):
    world = night()
    mail = world.carriers["mail"]
    gone = {"anna@example.org", "boris@example.org"}
    mail.answer = lambda who, _message: Refused("blocked") if who in gone else Sent()
    await world.happens(story.opened())
    for _ in range(3):
        await turn(world)
    assert [who for who, _ in heard(world)] == ["anna", "boris", "vera"]
    await minutes(world, 9)
    assert len(heard(world)) == 3
    await minutes(world, 1)
    assert heard(world)[3:] == [("gleb", "unanswered")]
    await world.store.close()


async def test_where_one_of_a_step_is_reached_the_next_one_has_time(night, story):
    both = Step(timedelta(), Targets(engineers=("anna", "gleb")))
    world = night(replace(NIGHTS, steps=(both, *NIGHTS.steps[1:])))
    mail = world.carriers["mail"]
    gone = "anna@example.org"
    mail.answer = lambda who, _message: Refused("blocked") if who == gone else Sent()
    await world.happens(story.opened())
    for _ in range(3):
        await turn(world)
    assert sorted(who for who, _ in heard(world)) == ["anna", "gleb"]
    await minutes(world, 10)
    assert heard(world)[2:] == [("boris", "unanswered")]
    await world.store.close()


async def test_two_incidents_of_one_moment_are_both_rung_for(night, story):
    world = night()
    await world.happens(story.opened(), story.opened("ИНЦ-2026-0002"))
    await turn(world)
    await minutes(world, 10)
    assert heard(world) == [
        *[("anna", "opened")] * 2,
        *[("boris", "unanswered")] * 2,
    ]
    await world.store.close()


async def test_two_routes_that_ring_the_same_person_ring_once(night, story):
    world = night(NIGHTS, Route("also", escalation=NIGHTS))
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 10)
    assert heard(world) == [("anna", "opened"), ("boris", "unanswered")]
    assert {r["because"] for r in await world.untold()} == {"duplicate_recipient"}
    await world.store.close()


async def test_when_nobody_is_on_call_the_next_step_rings_at_once_and_the_gap_is_told(night, story):
    world = night()
    world.directory = replace(world.directory, rotas={"duty": replace(duty("anna"), layers=())})
    await world.restart()
    await world.happens(story.opened())
    await turn(world)
    assert heard(world) == [("boris", "opened")]
    [why] = await world.untold()
    assert (why["because"], why["route"], why["who"]) == ("nobody_on_call", "nights", "duty")
    await world.store.close()


async def test_a_first_step_in_some_minutes_tells_the_opening_then(night, story):
    steps = (replace(NIGHTS.steps[0], after=2 * MINUTE), *NIGHTS.steps[1:])
    world = night(replace(NIGHTS, steps=steps))
    await world.happens(story.opened())
    await turn(world)
    assert [r["because"] for r in await world.untold()] == ["later", "later"]
    await minutes(world, 2)
    assert heard(world) == [("anna", "opened")]
    await world.store.close()


async def test_no_address_is_kept_beside_the_outbox(night, story, taken):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 10)
    await world.happens(taken, actor="boris")
    await turn(world)
    kept = [await world.untold(), await world.store.read(lambda db: list(db["escalation"].rows))]
    assert "example.org" not in json.dumps(kept, default=str)
    await world.store.close()


async def test_every_decision_is_logged_and_counted_with_its_reason(night, story, taken, caplog):
    caplog.set_level("INFO", "notify")
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await minutes(world, 10)
    await world.happens(taken, actor="boris")
    await turn(world)
    assert world.decided == ["opened", "unanswered", "taken"]
    told = [r.getMessage() for r in caplog.records if "because" in r.getMessage()]
    assert [line.partition("because ")[2] for line in told] == world.decided
    assert "example.org" not in caplog.text
    await world.store.close()


async def test_an_escalation_is_forgotten_with_its_incident(night, story):
    world = night()
    await world.happens(story.opened())
    await turn(world)
    await world.happens(story.resolved())
    await turn(world)
    world.clock.forward(days=89)
    while await world.notifier.courier.prune():
        pass
    assert await stands(world) == [("nights", "over")]
    world.clock.forward(days=2)
    while await world.notifier.courier.prune():
        pass
    assert await stands(world) == []
    await world.store.close()


# ── crashes ──


class Crash(BaseException):
    """Not an Exception: nothing in the house may catch it."""


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", ["before_commit", "after_commit", "before_ring", "after_ring"])
async def test_a_crash_neither_loses_a_ring_nor_rings_twice(night, story, taken, point, nth):
    left = [nth]

    def fuse(name):
        left[0] -= name == point
        if name == point and left[0] == 0:
            raise Crash(name)

    world = night(checkpoint=fuse)
    deaths = 0

    async def survive():
        nonlocal deaths
        try:
            await turn(world)
        except Crash:
            deaths += 1
            await world.restart()
            await turn(world)

    await world.happens(story.opened())
    await survive()
    for _ in range(21):
        world.clock.forward(minutes=1)
        await survive()
    await world.happens(taken, actor="vera")
    await survive()
    assert deaths == 1
    assert heard(world) == [
        ("anna", "opened"),
        ("boris", "unanswered"),
        ("vera", "unanswered"),
        ("anna", "taken"),
        ("boris", "taken"),
    ]
    ids = [id_ for id_, _, _ in world.carriers["mail"].attempts]
    assert len(set(ids)) == len(ids)
    assert [row["id"].split("/")[:3] for row in await world.rows("event <> 'taken'")] == [
        ["1", "nights", str(n)] for n in range(3)
    ]
    await world.store.close()


async def test_the_loop_wakes_when_a_step_is_due(night, story, run_until):
    world = night(replace(NIGHTS, steps=(replace(NIGHTS.steps[0], after=2 * MINUTE),)))
    await world.happens(story.opened())
    await world.plan()
    assert await world.notifier.planner.ringer.pause() == 120.0
    world.clock.forward(minutes=2)

    async def has_rung():
        return bool(await world.rows())

    await run_until(world.notifier.planner.run(), has_rung)
    assert await world.store.read(escalations.next_due) is not None
    await world.store.close()


# ── many at once ──


async def test_what_nobody_takes_rings_together(night, story):
    """Three break within a minute: nobody is called three times in a row for it."""
    world, letters = night(quiet=Quiet(gather=timedelta(seconds=30), most=2)), {}

    def keep(recipient, message):
        letters.setdefault(recipient, []).append(message)
        return Sent()

    world.carriers["mail"].answer = keep
    for n in range(1, 4):
        event = story.opened(f"ИНЦ-2026-000{n}")
        await world.happens(replace(event, component=f"c{n}"))
        await turn(world)
        world.clock.forward(seconds=5)
    for _ in range(12 * 12):
        world.clock.forward(seconds=5)
        await turn(world)
    first, rest = letters["boris@example.org"]
    assert (first.event, first.also) == ("unanswered", [])
    assert rest.first_line.startswith("2 сбоя никто не берёт, с 14:03 МСК: ")
    assert "ступень 2: до вас никто не взял" in rest.text
    await world.store.close()
