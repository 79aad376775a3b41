"""What holds whatever happens: random observations, commands, ticks and restarts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import evidence as ev
from incidents.codec import decode, dump_incident, encode, load_incident
from incidents.commands import Acknowledge, IllegalCommandError, Publish, Resolve, Update, Watch
from incidents.component import Component
from incidents.events import Event, Imported, Opened, Reopened, Resolved, Status, Unrecognised
from incidents.evidence import Evidence
from incidents.fold import evolve
from incidents.house import House
from incidents.incident import Incident
from incidents.machine import Facts, Known, Rules, decide, facts_of, wake_at
from probes.observation import Observation, Outcome, Reason

settings.register_profile("vahta", deadline=None, max_examples=150)
settings.load_profile("vahta")


START = datetime(2026, 3, 1, tzinfo=UTC)
SMS = Component("sms", {"ru": "Коды"}, probes=("sms",))
RULES = Rules(
    monitor_for=timedelta(seconds=60),
    publish_after=timedelta(seconds=45),
    reopen_within=timedelta(seconds=120),
)
HOUSE = House({"sms": SMS}, {}, RULES)
REASONS = {Outcome.UP: None, Outcome.DOWN: Reason.TIMEOUT, Outcome.DEGRADED: Reason.SLOW}

observe = st.tuples(st.just("observe"), st.sampled_from(Outcome))
tick = st.tuples(st.just("tick"), st.none())
command = st.tuples(
    st.just("command"),
    st.sampled_from(["publish", "acknowledge", "resolve", "identify", "watch", "say", "review"]),
)
steps = st.lists(
    st.tuples(st.one_of(observe, observe, observe, tick, command), st.integers(1, 40)), max_size=60
)


class Case:
    """One component, driven by hand; every event passes through its text on the way."""

    def __init__(self) -> None:
        self.now = START
        self.evidence = Evidence()
        self.incident: Incident | None = None
        self.events: list[Event] = []
        self.number = 0

    def take(self, step: tuple[str, object], seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        kind, what = step
        if kind == "observe":
            self._observe(what)
        if kind == "command":
            self._command(str(what))
        self.settle()

    def settle(self) -> None:
        for _ in range(5):
            watch = Watch(self.now, SMS, self.facts())
            if not self.apply(decide(self.incident, self.evidence, watch, RULES)):
                return
        raise AssertionError("the machine never comes to rest")

    def facts(self) -> Facts:
        known = (self.incident,) if self.incident else ()
        return facts_of("sms", Known(HOUSE, known, (), {"sms": self.evidence}, self.now))

    def apply(self, event: Event | None) -> bool:
        if event is None:
            return False
        event = decode(encode(event))
        self.number += isinstance(event, Opened)
        before = None if isinstance(event, Opened) else self.incident
        self.incident = evolve(before, event, at=self.now, actor="x")
        self.events.append(event)
        return True

    def _observe(self, outcome: Outcome) -> None:
        seen = Observation(
            "sms",
            "sms",
            "http",
            "local",
            self.now,
            outcome,
            REASONS.get(outcome, Reason.PROBE_ERROR),
            "",
            0.1,
        )
        self.evidence = ev.add(self.evidence, seen, open_after=3, fresh_for=timedelta(seconds=90))

    def _command(self, what: str) -> None:
        made = {
            "publish": Publish(),
            "acknowledge": Acknowledge(),
            "resolve": Resolve(),
            "identify": Update(status=Status.IDENTIFIED),
            "watch": Update(status=Status.MONITORING),
            "say": Update(operator_note={"ru": "Роутер"}, title={"ru": "Роутер"}),
            "review": Update(status=Status.POSTMORTEM),
        }[what]
        before = self.incident
        try:
            self.apply(decide(self.incident, self.evidence, made, RULES))
        except IllegalCommandError:
            assert self.incident is before


def run(script: list[tuple[tuple[str, object], int]]) -> Case:
    case = Case()
    for step, seconds in script:
        case.take(step, seconds)
    return case


@given(steps)
def test_opening_and_resolving_alternate(script) -> None:
    edges = [
        isinstance(e, Resolved)
        for e in run(script).events
        if isinstance(e, Opened | Reopened | Resolved)
    ]
    assert edges == [n % 2 == 1 for n in range(len(edges))]


@given(steps)
def test_the_same_inputs_give_the_same_events(script) -> None:
    assert run(script).events == run(script).events


@given(steps)
def test_an_incident_survives_its_text(script) -> None:
    incident = run(script).incident
    if incident is not None:
        assert load_incident(dump_incident(incident)) == incident


@given(steps)
def test_what_was_never_published_is_never_shown_as_public(script) -> None:
    case = run(script)
    if case.incident is not None and case.incident.published_at is None:
        internal = (Status.SUSPECTED, Status.RESOLVED, Status.POSTMORTEM)
        assert case.incident.status in internal


@given(steps, st.lists(command, min_size=1, max_size=5))
def test_a_blip_never_becomes_public(script, commands) -> None:
    case = run([*script, *[(("observe", Outcome.UP), 5)] * 3])
    if case.incident is None or case.incident.is_open or case.incident.is_public:
        return
    for step in commands:
        case.take(step, 1)
        assert not case.incident.is_public


@given(steps)
def test_every_event_says_because_of_what(script) -> None:
    assert all(event.because.rule for event in run(script).events)


@given(st.lists(st.sampled_from([Outcome.UP, Outcome.UNKNOWN]), max_size=30))
def test_without_failures_nothing_opens(outcomes) -> None:
    assert run([(("observe", o), 10) for o in outcomes]).events == []


@given(steps)
def test_unknowns_between_change_nothing_but_time(script) -> None:
    """I6: a run with blind looks slipped in decides the same, at the same instants."""
    blind = [(("observe", Outcome.UNKNOWN), 0)]
    slipped = [s for step in script for s in (*blind, step)]
    assert run(slipped).events == run(script).events


@given(steps, st.integers(1, 30))
def test_many_early_ticks_and_the_due_one_agree(script, early: int) -> None:
    case = run(script)
    due = (
        wake_at(case.incident, case.evidence, SMS.probes, RULES, now=case.now)
        if case.incident and case.incident.is_open
        else None
    )
    if due is None:
        return
    assert due > case.now, "what is due already must have happened"
    waited = run(script)
    while waited.now + timedelta(seconds=early) < due:
        waited.now += timedelta(seconds=early)
        waited.settle()
    assert waited.events == case.events, "nothing happens before it is due"
    for one in (case, waited):
        one.now = due
        one.settle()
    assert case.events == waited.events
    assert len(case.events) > len(run(script).events), "what is due happens"


def test_every_kind_of_event_has_a_tag() -> None:
    from incidents.codec import TAGS

    assert {*TAGS.values(), Unrecognised} == set(Event.__args__)
    assert Imported in TAGS.values()
