"""Whatever happens in whatever order: who is rung, who is left alone, and who hears the end."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.commands import BY_HAND
from incidents.events import Acknowledged, Impact
from notify.oncall.directory import Directory
from notify.oncall.engineer import Engineer, Reach
from notify.oncall.people import Targets
from notify.planning.escalation import Policy, Step
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater

UTC = ZoneInfo("UTC")
RINGS = {"opened", "reopened", "worsened", "unanswered"}
ENDS = {"resolved", "missed"}
ANSWERS = {"sent": Sent(), "later": TryLater("http_503"), "refused": Refused("http_400")}
WHO = ("anna", "boris", "vera")


def policy():
    steps = (
        Step(n * timedelta(minutes=10), Targets(engineers=(who,))) for n, who in enumerate(WHO)
    )
    wait = timedelta(minutes=10)
    return Policy("p", tuple(steps), wait, repeat=1, last_resort=Targets(engineers=("anna",)))


class Crash(BaseException):
    """Not an Exception: nothing in the house may catch it."""


class Night:
    """Plays steps on a world. ``quiet_since`` is how much each had heard when it was taken."""

    def __init__(self, world, story):
        self.world, self.story = world, story
        self.is_open = self.was_open = self.is_taken = self.crashes = False
        self.impact, self.mood = Impact.MINOR, "sent"
        self.heard = []  # who, event, delivery, the answer
        self.broken_rules = []
        world.carriers["mail"].answer = self.answer
        world.checkpoint = self.checkpoint

    def answer(self, who, message):
        id_ = self.world.carriers["mail"].attempts[-1][0]
        self.heard.append((who, message.event, id_, self.mood))
        if self.is_taken and message.event in RINGS:
            self.broken_rules.append((who, message.event))
        return ANSWERS[self.mood]

    def checkpoint(self, point):
        if self.crashes and point in ("before_ring", "after_ring", "before_commit", "after_claim"):
            self.crashes = False
            raise Crash(point)

    async def step(self, step):
        story = self.story
        match step:
            case int():
                self.world.clock.forward(minutes=step)
            case "crash":
                self.crashes = True
            case "sent" | "later" | "refused":
                self.mood = step
            case "toggle":
                self.is_open, self.is_taken = not self.is_open, False
                first, self.was_open = not self.was_open, True
                event = (
                    story.opened(impact=Impact.MINOR)
                    if first
                    else story.reopened(impact=Impact.MINOR)
                )
                self.impact = Impact.MINOR if self.is_open else self.impact
                await self.happens(event if self.is_open else story.resolved())
            case "take" if self.is_open and not self.is_taken:
                await self.happens(Acknowledged(story.NUMBER, "sms", BY_HAND), actor="boris")
                self.is_taken = True
            case "worse" if self.is_open and self.impact is not Impact.MAJOR:
                self.impact, self.is_taken = Impact.MAJOR, False
                await self.happens(story.reassessed(Impact.MAJOR))
        await self.turn()

    async def happens(self, event, **actor):
        await self.world.happens(event, **actor)

    async def turn(self):
        while True:
            try:
                await self.world.plan()
                await self.world.ring()
                await self.world.send()
            except Crash:
                await self.world.restart()
            else:
                return

    async def settle(self):
        self.mood, self.crashes = "sent", False
        for _ in range(30):
            self.world.clock.forward(minutes=30)
            await self.turn()


STEPS = st.one_of(
    st.sampled_from(["toggle", "toggle", "take", "worse", "crash", "sent", "later", "refused"]),
    st.integers(1, 40),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=25))
def test_rings_stop_when_it_is_taken_and_the_end_reaches_whoever_heard(make_world, story, steps):
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(make_world, story, Path(folder), steps))


async def _play(make_world, story, folder, steps):
    ways = {id_: (Reach("mail", f"{id_}@x"),) for id_ in WHO}
    world = make_world(
        path=folder / "vahta.sqlite3",
        recipients={"mail": ()},
        routes=[Route("nights", escalation=policy())],
        directory=Directory({id_: Engineer(id_, {}, "ru", UTC, ways[id_]) for id_ in WHO}),
    )
    night = Night(world, story)
    await world.store.close()
    world.start()
    for step in steps:
        await night.step(step)
    await night.settle()
    rows = {row["id"]: row for row in await world.rows()}
    assert night.broken_rules == [], "somebody was rung though it had been taken"
    check_order(night.heard, rows)
    check_ends(night, rows)
    await check_openings(world, rows.values())
    assert not [row for row in rows.values() if row["state"] in ("planned", "sending")]
    await world.store.close()


def check_order(heard, rows):
    for who in {one[0] for one in heard}:
        orders = [(rows[id_]["seq"], rows[id_]["step"]) for w, _, id_, _ in heard if w == who]
        assert orders == sorted(orders)


def check_ends(night, rows):
    """Whoever heard of it hears its end, and nobody else does."""
    for who in {one[0] for one in night.heard}:
        knows = False
        # What was in flight at a crash may have arrived, whatever a repeat of it was answered.
        doubt = any(rows[id_]["ambiguous"] for w, _, id_, _ in night.heard if w == who)
        for _, event, _, answer in (one for one in night.heard if one[0] == who):
            assert knows or doubt or event in RINGS or event == "missed", night.heard
            if answer == "sent":
                knows = event not in ENDS
        last = [row for row in rows.values() if row["recipient"] == who]
        refused = any(row["event"] in ENDS and row["state"] == "refused" for row in last)
        assert night.is_open or refused or not knows, (who, night.heard)


async def check_openings(world, rows):
    """Every beginning has somebody who is told, or why nobody is."""
    planned = {row["seq"] for row in rows} | {row["seq"] for row in await world.untold()}
    begun = [
        e.seq
        for e in await world.journal.read(0)
        if type(e.event).__name__ in ("Opened", "Reopened")
    ]
    assert set(begun) <= planned
