"""A whole house in which anything may happen, and what holds nevertheless.

I1 to I16 are the invariants that the machine was designed by; those of messages and pages
are held by the tests of notify/ and statuspage/.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from incidents import maintenance as works
from incidents.agenda import next_due
from incidents.codec import decode, dump_incident, encode
from incidents.commands import (
    BY_HAND,
    Acknowledge,
    ByHand,
    IllegalCommandError,
    Open,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
)
from incidents.component import Component, Criticality
from incidents.events import (
    Attached,
    Event,
    Impact,
    MaintenanceEvent,
    MaintenancePlanned,
    Merged,
    Opened,
    Origin,
    Published,
    Reminded,
    Reopened,
    Resolved,
    Scope,
    Status,
    Step,
)
from incidents.fold import evolve
from incidents.house import House, Pace
from incidents.incident import Incident
from incidents.journal import PROBES, Entry
from incidents.machine import Rules
from incidents.maintenance import Maintenance, under_way
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.schema import migrations
from incidents.sqlite import SqliteJournal
from incidents.store import open_store
from probes.observation import Observation, Outcome, Reason

UP, DOWN, SLOW, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PLACES = ("east", "north", "south")
FRESH = timedelta(seconds=40)
RULES = Rules(
    monitor_for=timedelta(seconds=60),
    publish_after=timedelta(seconds=45),
    reopen_within=timedelta(seconds=120),
    explained_within=timedelta(seconds=60),
    flap_within=timedelta(seconds=300),
    calm_for=timedelta(seconds=90),
    storm_components=4,
    storm_within=timedelta(seconds=30),
    remind_after=timedelta(seconds=200),
)


def component(name: str, *depends_on: str, weight: Criticality = Criticality.NORMAL) -> Component:
    return Component(name, {"ru": name}, depends_on, probes=(name,), criticality=weight)


COMPONENTS = [
    component("base", weight=Criticality.HIGH),
    component("middle", "base"),
    component("leaf", "middle"),
    component("both", "base", "solo"),
    component("solo"),
    component("spare", weight=Criticality.LOW),
    component("other"),
    component("wide"),
]
NAMES = [c.id for c in COMPONENTS]


def house(*, rules: Rules = RULES, without: str | None = None) -> House:
    listed = {c.id: c for c in COMPONENTS if c.id != without}
    return House(
        listed,
        {name: Pace(2 if name == "spare" else 3, FRESH) for name in listed},
        rules,
        prefix="ИНЦ",
        exceptions={
            "wide": replace(rules, locations=len(PLACES)),
            "spare": replace(rules, publish_after=None, close_after=1),
            "other": replace(rules, monitor_for=timedelta(0)),
        },
    )


HOUSES = [
    house(),
    house(rules=replace(RULES, flap_after=0, storm_components=0, remind_after=None)),
    house(rules=replace(RULES, publish_after=timedelta(0), monitor_for=timedelta(0))),
    house(without="middle"),
]


class CrashedError(Exception):
    """The process ended just after a line was written."""


class Journal(SqliteJournal):
    crashes_next = False

    async def append(self, *args: Any, **more: Any) -> Entry:
        entry = await super().append(*args, **more)
        if self.crashes_next:
            raise CrashedError
        return entry


class Town:
    """A recorder on a real file, driven step by step by a clock of its own."""

    def __init__(self, *, watched: House = HOUSES[0]) -> None:
        self._loop = asyncio.new_event_loop()
        self._dir = tempfile.TemporaryDirectory()
        file = Path(self._dir.name) / "vahta.sqlite3"
        self.store = open_store(file, [migrations], now=START, threads=False)
        self.now = START
        self.house = watched
        self.restart()

    def close(self) -> None:
        self._loop.run_until_complete(self.store.close())
        self._loop.close()
        self._dir.cleanup()

    def restart(self) -> None:
        self.journal = Journal(self.store, poll_seconds=0.01)
        self.register = Register(self.store, self.journal)
        self.recorder = Recorder(self.journal, self.register, self.house, clock=lambda: self.now)

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(what)

    def turn(self) -> Sequence[Entry]:
        return self.do(self.recorder.turn())

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.turn()

    def look(self, seen: Mapping[str, Outcome], *, location: str = "east") -> None:
        for name, outcome in seen.items():
            for place in PLACES if name == "wide" and location == "all" else (location,):
                self.recorder.observe(observation(name, outcome, self.now, place))

    def see(self, seen: Mapping[str, Outcome], *, times: int = 1, seconds: int = 10) -> None:
        for _ in range(times):
            self.now += timedelta(seconds=seconds)
            self.look(seen, location="all")
            self.turn()

    def entries(self) -> Sequence[Entry]:
        return self.do(self.journal.read(0, 100_000))

    def situation(self):
        return self.recorder._situation()


def observation(name: str, outcome: Outcome, at: datetime, place: str) -> Observation:
    reasons = {UP: None, DOWN: Reason.TIMEOUT, SLOW: Reason.SLOW, UNKNOWN: Reason.PROBE_ERROR}
    return Observation(name, name, "http", place, at, outcome, reasons[outcome], "", 0.1)


# ── what the journal alone must show ──────────────────────────────────────────


@dataclass
class Story:
    """The journal, folded from its text, with what must hold at each of its lines."""

    incidents: dict[str, Incident]
    works: dict[str, Maintenance]

    @classmethod
    def told(cls, entries: Iterable[Entry]) -> Story:
        story = cls({}, {})
        for entry in entries:
            story.take(replace(entry, event=decode(encode(entry.event))))
        return story

    def take(self, entry: Entry) -> None:
        event = entry.event
        assert event.because.rule, "every event says because of what"
        if isinstance(event, MaintenanceEvent):
            work = self.works.get(event.incident)
            self.works[event.incident] = works.evolve(work, event, at=entry.at)
            return
        before = self.incidents.get(event.incident)
        if entry.actor == PROBES:
            self.must_be_lawful(event, before, entry)
        after = evolve(before, event, at=entry.at, actor=entry.actor)
        must_follow(before, event, after)
        self.incidents[event.incident] = after

    def must_be_lawful(self, event: Event, before: Incident | None, entry: Entry) -> None:
        """What the probes and the clock may do."""
        if isinstance(event, Opened | Reopened):
            must_be_confirmed(event)
            self.must_be_alone(event)
            self.must_not_be_worked_on(event.component, entry.at)  # I8
        if isinstance(event, Published):
            self.must_not_be_worked_on(event.component, entry.at)
        if before is not None and before.locked:  # I9
            scheduled = isinstance(event, Published) and before.publish_at is not None
            beside = isinstance(event, Attached | Reminded) or event.component != before.component
            assert scheduled or beside or before.origin is not Origin.PROBE
        if isinstance(event, Resolved) and event.because.rule in ("stayed_well", "calm"):  # I7
            values = event.because.values
            (needed,) = (v for k, v in values.items() if k.endswith("_for_seconds"))
            assert values["well_seconds"] >= needed

    def must_be_alone(self, event: Opened | Reopened) -> None:
        """I13: what belongs to another incident opens none."""
        for other in self.incidents.values():
            if other.is_open and other.component != event.component:
                assert not other.ails(event.component)

    def must_not_be_worked_on(self, name: str, at: datetime) -> None:
        for one in (name, *HOUSES[0].ancestors(name)):
            assert under_way(self.works.values(), one, at) is None or name in ("leaf", "middle")


def must_be_confirmed(event: Opened | Reopened) -> None:
    """I5, I6: enough places, each look a failure; and every gate in its order."""
    gates = event.because.gates
    assert [gate.step for gate in gates] == list(Step)
    assert not any(g.held for g in gates if g.step is not Step.FLAPPING)
    by_step = {gate.step: gate.values for gate in gates}
    assert by_step[Step.QUORUM]["failing"] >= by_step[Step.QUORUM]["needed"]
    assert by_step[Step.CONFIRM]["in_a_row"] >= by_step[Step.CONFIRM]["open_after"]
    assert event.streak
    assert all(seen.outcome.is_bad for seen in event.streak)


LAWFUL = {
    (Status.SUSPECTED, Status.INVESTIGATING),
    (Status.SUSPECTED, Status.IDENTIFIED),
    (Status.SUSPECTED, Status.MONITORING),
    (Status.INVESTIGATING, Status.IDENTIFIED),
    (Status.INVESTIGATING, Status.MONITORING),
    (Status.IDENTIFIED, Status.INVESTIGATING),
    (Status.IDENTIFIED, Status.MONITORING),
    (Status.MONITORING, Status.INVESTIGATING),
    (Status.MONITORING, Status.IDENTIFIED),
    (Status.RESOLVED, Status.POSTMORTEM),
    (Status.RESOLVED, Status.SUSPECTED),
    (Status.RESOLVED, Status.INVESTIGATING),
    (Status.POSTMORTEM, Status.SUSPECTED),
    (Status.POSTMORTEM, Status.INVESTIGATING),
    *((open_, Status.RESOLVED) for open_ in Status if open_.is_open),
}


def must_follow(before: Incident | None, event: Event, after: Incident) -> None:
    """I3, I10: along the edges only; what is closed stays so until it is re-opened."""
    if before is None:
        assert isinstance(event, Opened)
        assert after.status is Status.SUSPECTED
        return
    if before.status is not after.status:
        assert (before.status, after.status) in LAWFUL, (event, before.status, after.status)
    if before.is_open is not after.is_open:
        assert isinstance(event, Reopened if after.is_open else Resolved | Merged)
    assert (after.resolved_at is None) == after.is_open
    assert after.is_open or not after.ailing()
    assert after.published_at is not None or after.status not in (
        Status.INVESTIGATING,
        Status.IDENTIFIED,
        Status.MONITORING,
    )


# ── anything may happen ───────────────────────────────────────────────────────

names = st.sampled_from(NAMES)
outcomes = st.sampled_from([DOWN, DOWN, DOWN, UP, UP, SLOW, UNKNOWN])
which = st.integers(0, 50)
spells = st.integers(1, 4)
paces = st.sampled_from([1, 5, 10, 20, 39, 41, 90])


class House16(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.town = Town()
        self.crashed = False
        self.stepped = False

    def teardown(self) -> None:
        if hasattr(self, "town"):
            try:
                self.end_well()
            finally:
                self.town.close()

    # ── what is seen ──

    @rule(seen=st.dictionaries(names, outcomes, min_size=1, max_size=8), times=spells, pace=paces)
    def see(self, seen: dict[str, Outcome], times: int, pace: int) -> None:
        for _ in range(times):
            self.town.now += timedelta(seconds=pace)
            self.town.look(seen, location="all")
            self.turn()

    @rule(seen=st.lists(st.tuples(st.sampled_from(PLACES), outcomes), max_size=6), pace=paces)
    def see_from_places(self, seen: list[tuple[str, Outcome]], pace: int) -> None:
        for place, outcome in seen:
            self.town.now += timedelta(seconds=pace)
            self.town.look({"wide": outcome}, location=place)
            self.turn()

    @rule(outcome=st.sampled_from([DOWN, UP]), pace=paces)
    def see_all_alike(self, outcome: Outcome, pace: int) -> None:
        self.see(dict.fromkeys(NAMES, outcome), 3, pace)

    @rule(seconds=st.integers(1, 150))
    def wait(self, seconds: int) -> None:
        self.town.now += timedelta(seconds=seconds)
        self.turn()

    # ── what people do ──

    @rule(
        number=which,
        command=st.sampled_from(
            [
                Acknowledge(),
                Publish(),
                Resolve(),
                Update(status=Status.IDENTIFIED),
                Update(status=Status.MONITORING),
                Update(status=Status.INVESTIGATING),
                Update(status=Status.POSTMORTEM),
                Update(text={"ru": "Чиним"}),
                Update(impact=Impact.CRITICAL),
                Update(locked=True),
                Update(locked=False),
            ]
        ),
    )
    def order(self, number: int, command: ByHand) -> None:
        self.person(number, lambda _: command)

    @rule(number=which, seconds=st.integers(-5, 200))
    def schedule(self, number: int, seconds: int) -> None:
        self.person(number, lambda _: Publish(self.town.now + timedelta(seconds=seconds)))

    @rule(number=which)
    def reopen(self, number: int) -> None:
        self.person(number, lambda _: Reopen(self.town.now))

    @rule(number=which, part=which)
    def split(self, number: int, part: int) -> None:
        def of(incident: Incident) -> ByHand:
            parts = incident.ailing() or incident.affected
            return Split(parts[part % len(parts)].component)

        self.person(number, of)

    @rule(one=which, other=which)
    def merge(self, one: int, other: int) -> None:
        ids = sorted(Story.told(self.town.entries()).incidents)
        if ids:
            into = ids[other % len(ids)]
            self.attempt(self.town.recorder.merge(ids[one % len(ids)], into, actor="anna"))

    @rule(name=names, everybody=st.booleans())
    def open(self, name: str, everybody: bool) -> None:
        scope = Scope() if everybody else Scope(region="Тверская область")
        asked = Open(self.town.now, self.town.house.component(name), {"ru": "Беда"}, scope=scope)
        self.attempt(self.town.recorder.open(asked, actor="anna"))

    @rule(
        covered=st.lists(names, min_size=1, max_size=2, unique=True),
        after=st.integers(-30, 100),
        lasts=st.integers(1, 200),
        repeats=st.sampled_from(["", "FREQ=DAILY", "FREQ=DAILY;COUNT=2"]),
    )
    def announce(self, covered: list[str], after: int, lasts: int, repeats: str) -> None:
        starts = self.town.now + timedelta(seconds=after)
        ends = starts + timedelta(seconds=lasts)
        plan = MaintenancePlanned(
            "", covered[0], BY_HAND, tuple(covered), starts, ends, "Europe/Moscow", repeats
        )
        self.attempt(self.town.recorder.announce(plan, actor="anna"))

    @rule(number=which)
    def cancel(self, number: int) -> None:
        ids = sorted(Story.told(self.town.entries()).works)
        if ids:
            self.attempt(self.town.recorder.cancel(ids[number % len(ids)], actor="anna"))

    # ── what befalls the machine itself ──

    @rule()
    def die(self) -> None:
        self.town.restart()
        self.turn()

    @rule()
    def crash_at_the_next_line(self) -> None:
        self.town.journal.crashes_next = True

    @rule(number=st.integers(0, len(HOUSES) - 1))
    def reload(self, number: int) -> None:
        self.town.house = HOUSES[number]
        self.town.restart()
        self.turn()

    @rule()
    def close_the_eyes(self) -> None:
        self.town.recorder.blind_since = self.town.now

    @precondition(lambda self: self.town.recorder.blind_since is not None)
    @rule()
    def open_the_eyes(self) -> None:
        self.town.recorder.blind_since = None
        self.turn()

    @precondition(lambda self: not self.stepped)
    @rule(days=st.sampled_from([-1, 1]))
    def put_the_clock(self, days: int) -> None:
        self.stepped = True
        self.town.now += timedelta(days=days)
        self.turn()

    # ── how ──

    def turn(self) -> None:
        try:
            self.town.turn()
        except CrashedError:
            self.town.restart()
            self.town.turn()

    def attempt(self, what: Coroutine[Any, Any, Any]) -> None:
        before = len(self.town.entries())
        try:
            self.town.do(what)
        except IllegalCommandError:
            assert len(self.town.entries()) == before, "a refused command changes nothing"
        except CrashedError:
            self.town.restart()
        self.turn()

    def person(self, number: int, command: Callable[[Incident], ByHand]) -> None:
        incidents = Story.told(self.town.entries()).incidents
        if incidents:
            found = incidents[sorted(incidents)[number % len(incidents)]]
            self.attempt(self.town.recorder.do(found.id, command(found), actor="anna"))

    # ── what holds ──

    @invariant()
    def the_journal_is_the_truth(self) -> None:
        """I2, and at every line of it what Story checks."""
        story = Story.told(self.town.entries())
        live = self.town.register
        assert {i.id for i in live.open_incidents()} == {
            i.id for i in story.incidents.values() if i.is_open
        }
        for held in live.at_hand():
            assert dump_incident(held) == dump_incident(story.incidents[held.id])
        for told in story.incidents.values():
            kept = self.town.do(live.find(told.id))
            assert dump_incident(kept) == dump_incident(told)

    @invariant()
    def a_component_has_one_automatic_incident(self) -> None:
        """I1."""
        found = Counter(i.component for i in self.town.register.open_incidents() if i.is_automatic)
        assert all(count == 1 for count in found.values())

    @invariant()
    def it_is_at_rest(self) -> None:
        """I4: without news nothing is written, and nothing is overdue."""
        before = len(self.town.entries())
        if not self.town.journal.crashes_next:
            self.turn()
            assert len(self.town.entries()) == before
        now = self.town.situation()
        for incident in self.town.register.open_incidents():
            due = now.due(incident)
            assert due is None or due > now.at

    def end_well(self) -> None:
        """Nothing is lost: what fails for long is known of, what is well for long is over."""
        town = self.town
        town.house = HOUSES[0]
        town.restart()
        town.turn()
        for incident in town.register.open_incidents():
            if incident.locked:
                town.do(town.recorder.do(incident.id, Update(locked=False), actor="anna"))
        for work in town.register.maintenance():
            if not work.is_over:
                town.do(town.recorder.cancel(work.id, actor="anna"))
        town.see(dict.fromkeys(NAMES, DOWN), times=8, seconds=10)
        ill = {a.component for i in town.register.open_incidents() for a in i.ailing()}
        joined = {i.component for i in town.register.open_incidents() if i.probes_agree}
        assert ill | joined >= set(NAMES)
        town.see(dict.fromkeys(NAMES, UP), times=60, seconds=30)
        left = [i for i in town.register.open_incidents() if i.is_automatic]
        assert left == []
        self.the_journal_is_the_truth()
        self.it_is_at_rest()


TestHouse = House16.TestCase
TestHouse.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# ── order and pace make no difference ─────────────────────────────────────────

rounds = st.lists(
    st.tuples(st.dictionaries(names, outcomes, min_size=2, max_size=8), st.integers(1, 3)),
    min_size=1,
    max_size=6,
)


def played(script, *, mixed: Callable[[list[str]], list[str]] = list) -> list[str]:
    """What happened, up to the numbers."""
    town = Town()
    try:
        for seen, times in script:
            for _ in range(times):
                town.now += timedelta(seconds=10)
                town.look({name: seen[name] for name in mixed(list(seen))}, location="all")
                town.turn()
        return [f"{e.at} {type(e.event).__name__} {e.event}" for e in town.entries()]
    finally:
        town.close()


@settings(max_examples=25, deadline=None)
@given(rounds)
def test_the_order_of_simultaneous_looks_at_components_changes_nothing(script) -> None:
    """I12, and: the same inputs give the same events."""
    assert played(script, mixed=sorted) == played(script, mixed=lambda all_: sorted(all_)[::-1])


@settings(max_examples=20, deadline=None)
@given(rounds)
def test_late_and_early_ticks_agree(script) -> None:
    """Asked every second or only when something is due: the same, at the same instants."""

    def end(town: Town) -> list[str]:
        return [f"{e.at} {type(e.event).__name__} {e.event.component}" for e in town.entries()]

    def began() -> Town:
        town = Town()
        for seen, times in script:
            town.see(seen, times=times)
        return town

    early, late = began(), began()
    try:
        until = early.now + timedelta(seconds=240)
        while early.now < until:
            early.wait(1)
        while (due := next_due(late.situation())) is not None and due <= until:
            assert due > late.now
            late.now = due
            late.turn()
        assert end(early) == end(late)
    finally:
        early.close()
        late.close()
