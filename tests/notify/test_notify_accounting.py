"""The books of every recipient balance, whatever lawfully happens to incidents and works."""

import asyncio
import json
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.events import Attached, Cause, Detached, Gate, Impact, Recovering, Step
from incidents.events import Because as Why
from incidents.fold import evolve
from notify.oncall.hours import parse_hours
from notify.planning.manner import Manner, parse_digest
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.receipt import Refused, Sent, TryLater

COMPONENTS = ("sms", "login", "pay")
RECIPIENTS = {"all": ("ann",), "sms": ("bob", "cid"), "pay": ("dan",), "worst": ("eve",)}
ROUTES = [
    Route("all", ("all",)),
    Route("again", ("all", "sms"), component=("sms", "chat")),
    Route("pay", ("pay",), component=("pay",)),
    Route("worst", ("worst",), impact=(Impact.CRITICAL,)),
]
LOUD = Quiet()
QUIET = Quiet(gather=timedelta(seconds=30), most=3)
NIGHT = replace(
    QUIET,
    hours=(parse_hours("00:00-14:30"),),
    manners={"pay": Manner(digest=parse_digest("5m")), "sms": Manner(wait=timedelta(seconds=10))},
)
THREE = replace(QUIET, first=dict.fromkeys(RECIPIENTS, 3))
SHAKY = Gate(Step.FLAPPING, {"turns": 3, "flap_after": 4})  # so it waits to be called unstable
ANSWERS = {"sent": Sent(), "later": TryLater("http_503"), "refused": Refused("http_400")}
BEGINNINGS = {"opened", "reopened", "worsened", "joined", "spread"}
WORK_BEGINNINGS = {"maintenance_planned", "maintenance_started"}

COMPONENT = st.sampled_from(COMPONENTS)
OTHER = st.sampled_from(["chat", "forms"])  # these never have an incident of their own
STEPS = st.one_of(
    st.tuples(st.sampled_from(["toggle", "merge", "unstable", "say"]), COMPONENT, COMPONENT),
    st.tuples(st.sampled_from(["storm", "storm", "dependency", "leave"]), COMPONENT, OTHER),
    st.tuples(st.sampled_from(["worse", "quiet worse", "remind", "recover"]), COMPONENT, OTHER),
    st.tuples(st.sampled_from(["work", "work", "call off", "miss"]), COMPONENT, OTHER),
    st.sampled_from(["tell", "tell", "plan", "send", "wait", "restart"]),
)


def is_silent(event):
    """Whether nobody at all may be told of it."""
    explained = isinstance(event, Attached) and event.cause is not Cause.STORM
    return explained or event.because.held_by(Step.MAINTENANCE)


class Life:
    """What lawfully follows: the same rules as the machine's, as far as telling can see."""

    def __init__(self, story):
        self.story, self.born = story, 0
        self.incidents = {}  # number -> Incident
        self.latest = {}  # component -> number
        self.works = {}  # component -> (number, is_under_way)

    def follows(self, what, component, other):
        mine = self.incidents.get(self.latest.get(component))
        if what in ("work", "call off", "miss"):
            yield from self.of_work(what, component)
        elif what == "toggle":
            yield self.toggled(component, mine)
        elif mine is not None and mine.is_open:
            theirs = self.incidents.get(self.latest.get(other))
            yield from self.of_open(what, mine, other, theirs)

    def toggled(self, component, mine):
        if mine is not None and mine.is_open:
            return replace(self.story.resolved(mine.id), component=component)
        if mine is not None:
            again = self.story.reopened(mine.id)
            because = replace(again.because, gates=(SHAKY,))
            return replace(again, component=component, because=because)
        self.born += 1
        number = self.latest[component] = f"ИНЦ-{self.born}"
        return replace(self.story.opened(number), component=component)

    def of_open(self, what, mine, other, theirs):
        events = {
            "worse": lambda: self.story.reassessed(Impact.CRITICAL, mine.id),
            "quiet worse": lambda: self.held(self.story.reassessed(Impact.CRITICAL, mine.id)),
            "say": lambda: self.story.said("слово", mine.id),
            "remind": lambda: self.story.reminded(mine.id),
            "recover": lambda: Recovering(mine.id, mine.component, Why("confirmed_recovery")),
        }
        if what in events:
            yield replace(events[what](), component=mine.component)
        elif what == "unstable" and mine.unstable_since is None:
            yield replace(self.story.unstable(mine.id), component=mine.component)
        elif what in ("dependency", "storm") and not mine.ails(other) and theirs is None:
            yield self.taken_in(mine, other, Cause(what))
        elif what == "leave" and other != mine.component and mine.ails(other):
            yield Detached(mine.id, other, Why("confirmed_recovery"))
        elif what == "merge" and theirs is not None and theirs.is_open and theirs.id != mine.id:
            if not theirs.ails(mine.component):
                yield self.taken_in(theirs, mine.component, Cause.MERGE)
            yield replace(self.story.merged(theirs.id, mine.id), component=mine.component)

    def taken_in(self, incident, component, cause):
        return self.story.attached(component, cause, incident.id)

    def held(self, event):
        gates = (Gate(Step.MAINTENANCE, {}, held=True),)
        return replace(event, because=replace(event.because, gates=gates))

    def of_work(self, what, component):
        number, is_under_way = self.works.pop(component, (None, False))
        if number is None and what == "work":
            self.born += 1
            number = f"РАБ-{self.born}"
            self.works[component] = number, False
            yield self.story.announced(number, components=(component,), repeats="FREQ=DAILY")
        elif number is not None and what == "call off":
            yield self.story.called_off(number)
        elif number is not None and what == "miss" and not is_under_way:
            yield self.story.ended(number)  # nobody was awake when it began
        elif number is not None and is_under_way:
            self.works[component] = number, False
            yield self.story.ended(number, is_last=False)
        elif number is not None:
            self.works[component] = number, True
            yield self.story.started(number)

    def took_place(self, entry):
        event = entry.event
        if not type(event).__name__.startswith("Maintenance"):
            before = self.incidents.get(event.incident)
            self.incidents[event.incident] = evolve(before, event, at=entry.at, actor="x")


class Play:
    """Runs the steps, and keeps what each recipient has taken, in order."""

    def __init__(self, world, story, answers):
        self.world, self.life, self.answers = world, Life(story), iter(answers)
        self.taken = defaultdict(list)
        self.times = defaultdict(list)
        self.lost = set()  # who refused something
        self.silent = set()
        for carrier in world.carriers.values():
            carrier.answer = self.answer

    def answer(self, who, message):
        name = next(self.answers, "sent")
        if name == "sent":
            self.taken[who].append(message)
            self.times[who].append(self.world.clock())
        if name == "refused":
            self.lost.add(who)
        return ANSWERS[name]

    async def step(self, step):
        if step == "wait":
            self.world.clock.forward(minutes=1)
        elif step == "tell":
            await self.world.plan()
            await self.world.send()
        elif step == "plan":
            await self.world.plan()
        elif step == "send":
            await self.world.send()
        elif step == "restart":
            await self.world.restart()
        else:
            for event in self.life.follows(*step):
                [entry] = await self.world.happens(event)
                self.life.took_place(entry)
                if is_silent(event):
                    self.silent.add(entry.seq)
            self.world.clock.forward(seconds=1)

    async def run(self, steps):
        for step in steps:
            await self.step(step)
        self.answers = iter(())
        for _ in range(40):  # from now on everything works
            await self.world.plan()
            await self.world.send()
            self.world.clock.forward(minutes=10)
        for _ in range(6):  # what waits longest comes after a day
            self.world.clock.forward(hours=12)
            await self.world.plan()
            await self.world.send()


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize(
    "quiet", [LOUD, QUIET, NIGHT, THREE], ids=["loud", "quiet", "night", "three"]
)
@given(
    broken=st.lists(COMPONENT, min_size=1, unique=True),
    steps=st.lists(STEPS, max_size=40),
    answers=st.lists(st.sampled_from(["sent", "sent", *sorted(ANSWERS)]), max_size=25),
)
def test_the_books_balance(make_world, story, quiet, broken, steps, answers):
    steps = [*(("toggle", one, one) for one in broken), *steps]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(make_world, story, quiet, Path(folder), steps, answers))


async def _play(make_world, story, quiet, folder, steps, answers):
    world = make_world(path=folder / "v.sqlite3", recipients=RECIPIENTS, routes=ROUTES, quiet=quiet)
    play = Play(world, story, answers)
    await play.run(steps)
    rows = await world.rows()
    assert not [row for row in rows if row["state"] in ("planned", "sending")]
    assert all(row["error_class"] for row in rows if row["state"] == "cancelled")
    assert not [row for row in await world.untold() if row["because"] == "poison"]
    assert not play.silent & {row["seq"] for row in rows}
    check_storms(rows)
    for who, messages in play.taken.items():
        if quiet.gather and not quiet.first:
            check_few(play.times[who], quiet)
        knows, works = check_ends_follow_beginnings(flat(messages))
        if who not in play.lost:
            over = {i.id for i in play.life.incidents.values() if not i.is_open}
            assert not knows & over, (who, [m.first_line for m in messages])
            under_way = {number for number, is_on in play.life.works.values() if is_on}
            assert {n for n, words in works.items() if "started" in words} <= under_way
    await world.store.close()


@dataclass
class Said:
    incident: str
    event: str
    into: str | None


def flat(messages):
    """Each that a message tells of, as if it had come alone."""
    for message in messages:
        first = message.facts or message.maintenance
        told = [{"event": message.event, "at": message.at, "incident": first}, *message.also]
        for one in sorted(told, key=lambda each: each["at"]):
            about = one["incident"] or one["maintenance"]
            yield Said(about["id"], one["event"], about.get("merged_into"))


def check_few(times, quiet):
    """So many within any such stretch of time, whatever happens: five severities, four of what
    comes and goes, an end and a word."""
    for first in times:
        assert sum(first <= at < first + quiet.gather for at in times) <= 11


def check_ends_follow_beginnings(messages):
    """Answers what is still going on, to the recipient's knowledge: incidents, and works."""
    knows, works = set(), defaultdict(set)
    for message in messages:
        number, event = message.incident, message.event
        if event in BEGINNINGS:
            knows.add(number)
        elif event == "missed":  # beginning and end in one
            assert number not in knows
        elif event in WORK_BEGINNINGS:
            works[number].add(event.removeprefix("maintenance_"))
        elif event == "maintenance_ended":
            assert "started" in works[number]
            works[number].discard("started")
        elif event == "maintenance_cancelled":
            assert number in works
            works.pop(number)
        else:
            assert number in knows, (number, event)
            if event in ("resolved", "merged"):
                knows.discard(number)
                knows |= {message.into} - {None}
    return knows, works


def check_storms(rows):
    """However many fail at once, each recipient hears of it once until it is over."""
    spread = Counter()
    for row in rows:
        whom = row["incident"], row["channel"], row["recipient"]
        if row["event"] == "spread" and row["state"] != "cancelled":
            spread[whom] += 1
        elif row["event"] in ("resolved", "missed"):
            spread[whom] = 0
        assert spread[whom] <= 1, json.loads(row["message"])["first_line"]
