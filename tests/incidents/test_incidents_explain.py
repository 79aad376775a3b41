"""Stories told from the journal: what each kind of incident says of itself, word for word.

The stories are in stories/NAME.LANG.txt: read them, they are the specification.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.codec import decode, dump_incident, encode, load_incident
from incidents.commands import (
    Acknowledge,
    IllegalCommandError,
    Open,
    Publish,
    Reopen,
    Resolve,
    Update,
)
from incidents.component import Component, Criticality
from incidents.events import (
    Because,
    Called,
    Impact,
    MaintenancePlanned,
    Medium,
    Opened,
    Origin,
    Reopened,
    Scope,
    Status,
    Step,
    Updated,
)
from incidents.explain import explain
from incidents.fold import evolve
from incidents.house import House, Pace
from incidents.journal import PROBES, Entry
from incidents.machine import Rules
from incidents.narrative import Narrator
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.schema import migrations
from incidents.sentences import Sentences
from incidents.sqlite import SqliteJournal
from incidents.store import open_store
from incidents.story import STEPS, Mark, Stage, Story
from incidents.texts import Texts
from incidents.transfer import parse
from probes.observation import Observation, Outcome, Reason

UP, DOWN, SLOW = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
STORIES = Path(__file__).parent / "stories"
MARKS = {
    Mark.PASSED: "✓",
    Mark.HELD: "!",
    Mark.WAITING: "…",
    Mark.NEVER: "–",
    Mark.UNRECORDED: "?",
}
GATES = [Stage(step.value) for step in Step if step is not Step.SEVERITY]


def part(name: str, ru: str, en: str, *depends_on: str) -> Component:
    return Component(name, {"ru": ru, "en": en}, depends_on=depends_on, probes=(name,))


SMS = replace(part("sms", "Коды по СМС", "SMS codes"), criticality=Criticality.HIGH)
LOGIN = part("login", "Вход", "Signing in")
FILES = part("files", "Загрузка документов", "Document uploads", "login")
MANY = [part(f"s{n}", f"Услуга {n}", f"Service {n}") for n in range(1, 6)]


@cache
def all_texts() -> Texts:
    return Texts.load(["ru", "en"])


@pytest.fixture
def texts() -> Texts:
    return all_texts()


@pytest.fixture
def tell(texts: Texts):
    async def told(world, number: int = 1, lang: str = "ru", **more) -> Story:
        incident = await world.register.find(f"ИНЦ-2026-{number:04}")
        entries = await world.register.timeline(incident)
        narrator = Narrator(texts, Sentences.load(lang, MOSCOW))
        rules = more.pop("rules", world.house.rules)
        return explain(incident, entries, narrator, now=world.clock(), rules=rules, **more)

    return told


def written(story: Story) -> str:
    """One line for each line, without layout."""
    lines = [f"{story.id} | {story.status} | {story.impact}", story.brief]
    for chapter in story.chapters:
        lines.append("")
        for line in chapter.lines:
            at = f"{line.at.astimezone(MOSCOW):%H:%M:%S}" if line.at else " " * 8
            who = f"{line.who}: " if line.who else ""
            lines.append(f"{at} {MARKS[line.mark]} {line.stage}: {who}{line.text}")
            lines += [f"           «{line.said}»"] if line.said else []
    return "\n".join(lines) + "\n"


# ── what happened ─────────────────────────────────────────────────────────────

Make = Callable[..., Any]


async def an_outage(make):
    world = make(components=[SMS, LOGIN])
    await world.see(3, sms=DOWN)
    await world.wait(minutes=2)
    await world.recorder.do("ИНЦ-2026-0001", Acknowledge(), actor="ivanova")
    await world.wait(minutes=1)
    await world.wait(minutes=5)
    said = Update(status=Status.IDENTIFIED, text={"ru": "Нашли причину, чиним.", "en": "Found it."})
    await world.recorder.do("ИНЦ-2026-0001", said, actor="ivanova")
    await world.see(2, sms=UP)
    await world.see(31, sms=UP)
    return world, 1


async def a_blip(make):
    world = make()
    await world.see(3, sms=DOWN)
    await world.see(2, sms=UP)
    return world, 1


async def a_suspicion(make):
    world = make()
    await world.see(4, sms=DOWN)
    return world, 1


async def one_that_comes_and_goes(make):
    world = make(Rules(publish_after=timedelta(0), monitor_for=timedelta(0)))
    for _ in range(2):
        await world.see(3, sms=DOWN)
        await world.see(2, sms=UP)
    await world.see(3, sms=DOWN)
    await world.see(3, sms=UP)
    return world, 1


async def a_relapse(make):
    world = make(Rules(publish_after=timedelta(0)))
    await world.see(3, sms=DOWN)
    await world.see(2, sms=UP)
    await world.see(3, sms=DOWN)
    return world, 1


async def a_parent_and_its_child(make):
    world = make(components=[LOGIN, FILES])
    await world.see(3, login=DOWN)
    await world.see(3, login=DOWN, files=DOWN)
    await world.wait(minutes=3)
    await world.see(2, login=UP, files=UP)
    return world, 1


async def a_storm(make):
    world = make(Rules(storm_within=timedelta(minutes=5)), components=MANY)
    for number in range(1, 6):
        await world.see(3, **{f"s{n}": DOWN for n in range(1, number + 1)})
    return world, 1


async def one_that_went_into_a_storm(make):
    world, _ = await a_storm(make)
    return world, 2


async def a_persons(make):
    world = make()
    command = Open(
        START,
        LOGIN,
        {"ru": "Не пускает с телефона"},
        public_text={"ru": "Не получается войти с телефона"},
        scope=Scope(),
        started_at=START - timedelta(minutes=20),
    )
    await world.recorder.open(command, actor="petrov")
    await world.see(3, login=DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="petrov")
    await world.see(2, login=UP)
    await world.wait(minutes=1)
    over = Resolve({"ru": "Починили, спасибо за терпение."})
    await world.recorder.do("ИНЦ-2026-0001", over, actor="petrov")
    return world, 1


async def an_import(make):
    world = make()
    record = {
        "id": "ИНЦ-2026-0001",
        "status": "resolved",
        "component": "login",
        "title": "Не работал вход",
        "started_at": "2026-02-01T09:00:00Z",
        "resolved_at": "2026-02-01T10:30:00Z",
        "updates": [{"at": "2026-02-01T09:30:00Z", "text": "Разбираемся", "status": "identified"}],
    }
    records = parse(json.dumps([record]), lang="ru")
    await world.recorder.import_all(records, actor="admin")
    return world, 1


async def a_merger_that_was_undone(make):
    world = make()
    await world.see(3, sms=DOWN, login=DOWN)
    await world.wait(minutes=1)
    await world.recorder.merge("ИНЦ-2026-0002", "ИНЦ-2026-0001", actor="petrov")
    await world.wait(minutes=1)
    await world.recorder.do("ИНЦ-2026-0002", Reopen(world.clock()), actor="petrov")
    return world, 2


async def a_merger(make):
    world, _ = await a_merger_that_was_undone(make)
    return world, 1


async def a_locked_one(make):
    world = make()
    await world.see(3, sms=DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Update(locked=True), actor="petrov")
    at = world.clock() + timedelta(hours=2)
    await world.recorder.do("ИНЦ-2026-0001", Publish(at), actor="petrov")
    await world.see(5, sms=UP)
    return world, 1


async def one_during_works(make):
    world = make()
    await world.see(3, sms=SLOW)
    plan = MaintenancePlanned(
        "",
        "sms",
        Because("by_hand"),
        ("sms",),
        world.clock(),
        world.clock() + timedelta(hours=1),
        "Europe/Moscow",
        title={"ru": "Обновление"},
    )
    await world.recorder.announce(plan, actor="petrov")
    await world.see(3, sms=DOWN)
    await world.wait(minutes=10)
    return world, 1


async def one_seen_from_three_places(make):
    world = make(Rules(publish_after=timedelta(0), locations=3))
    await world.see_from(3, east=DOWN, west=DOWN, north=UP)
    await world.see_from(9, east=DOWN, west=UP, north=UP)
    return world, 1


TALES: dict[str, Callable[[Make], Awaitable[tuple[Any, int]]]] = {
    tale.__name__: tale
    for tale in (
        an_outage,
        a_blip,
        a_suspicion,
        one_that_comes_and_goes,
        a_relapse,
        a_parent_and_its_child,
        a_storm,
        one_that_went_into_a_storm,
        a_persons,
        an_import,
        a_merger_that_was_undone,
        a_merger,
        a_locked_one,
        one_during_works,
        one_seen_from_three_places,
    )
}
BY_PROBES = [
    name for name in TALES if name not in ("a_persons", "an_import", "a_merger_that_was_undone")
]


@pytest.mark.parametrize("name", TALES)
async def test_a_story_in_russian(make_world, tell, name: str) -> None:
    world, number = await TALES[name](make_world)
    told = written(await tell(world, number))
    assert told == (STORIES / f"{name}.ru.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["an_outage", "a_suspicion", "a_persons", "a_storm"])
async def test_a_story_in_english(make_world, tell, name: str) -> None:
    world, number = await TALES[name](make_world)
    told = written(await tell(world, number, "en"))
    assert told == (STORIES / f"{name}.en.txt").read_text(encoding="utf-8")


# ── what holds of every story ─────────────────────────────────────────────────


@pytest.mark.parametrize("name", BY_PROBES)
async def test_every_gate_is_there_in_its_order(make_world, tell, name: str) -> None:
    world, number = await TALES[name](make_world)
    story = await tell(world, number)
    for chapter in story.chapters:
        if chapter.lines[0].mark is Mark.PASSED:  # not one that a person opened again
            stages = [line.stage for line in chapter.lines]
            assert stages[:9] == [Stage.OBSERVED, *GATES, Stage.OPENED][:9]
            gates = [line.gate for line in chapter.lines if line.stage in GATES]
            assert all(gate and gate.values for gate in gates)


@pytest.mark.parametrize("name", TALES)
async def test_nothing_but_the_events_is_used(make_world, tell, texts, name: str) -> None:
    world, number = await TALES[name](make_world)
    told = await tell(world, number, rules=None)
    exported = [
        replace(entry, event=decode(encode(entry.event)), stream="elsewhere")
        for entry in await world.journal.read(0)
        if entry.event.incident == told.id
    ]
    folded = None
    for entry in exported:
        folded = evolve(folded, entry.event, at=entry.at, actor=entry.actor)
    narrator = Narrator(texts, Sentences.load("ru", MOSCOW))
    assert folded is not None
    assert explain(folded, exported, narrator, now=world.clock()) == told


async def test_who_was_told_comes_from_outside(make_world, tell) -> None:
    world, number = await a_blip(make_world)
    story = await tell(world, number, told={1: "Двоим.", 2: "Обоим."})
    heard = [
        line.text for line in story.chapters[0].lines if line.stage in (Stage.TOLD, Stage.TOLD_END)
    ]
    assert heard == ["Двоим.", "Обоим."]


async def test_without_rules_it_is_not_said_when_what_is_to_come_will_come(
    make_world, tell
) -> None:
    world, _ = await a_suspicion(make_world)
    lines = (await tell(world, rules=None)).chapters[0].lines
    assert [line.text for line in lines if line.stage is Stage.PUBLISHED] == ["Ещё нет."]


async def test_what_is_late_says_what_may_hold_it(make_world, tell) -> None:
    world, _ = await a_suspicion(make_world)
    world.clock.forward(minutes=10)
    (line,) = [x for x in (await tell(world)).chapters[0].lines if x.stage is Stage.PUBLISHED]
    assert line.text.startswith("Ещё нет, хотя срок был 12:03:30")


async def test_rules_that_never_publish_leave_it_to_people(make_world, tell) -> None:
    world, _ = await a_suspicion(make_world)
    story = await tell(world, rules=Rules(publish_after=None))
    (line,) = [x for x in story.chapters[0].lines if x.stage is Stage.PUBLISHED]
    assert line.text == "Ещё нет: по правилам публикует человек."


async def test_an_opening_of_an_old_version_says_what_it_did_not_record(
    make_world, tell, texts
) -> None:
    world, _ = await a_suspicion(make_world)
    incident = world.register.open_incidents()[0]
    (entry,) = await world.register.timeline(incident)
    assert isinstance(entry.event, Opened)
    old = replace(entry, event=replace(entry.event, because=Because("confirmed_failures")))
    narrator = Narrator(texts, Sentences.load("ru", MOSCOW))
    (chapter,) = explain(incident, [old], narrator, now=world.clock()).chapters
    marks = {line.stage: line.mark for line in chapter.lines}
    assert {marks[gate] for gate in GATES} == {Mark.UNRECORDED}


async def test_another_day_is_named_and_the_same_is_not(make_world, tell) -> None:
    world, _ = await a_locked_one(make_world)
    later = world.clock() + timedelta(days=1)
    await world.recorder.do("ИНЦ-2026-0001", Publish(later), actor="petrov")
    texts = [line.text for line in (await tell(world)).chapters[0].lines]
    assert "Изменено: публикация назначена на 14:00:30." in texts
    assert "Ещё нет: назначена на 2026-03-02 12:01:20." in texts


async def test_what_is_to_come_is_named_as_seen_from_the_last_entry(make_world, tell) -> None:
    rules = Rules(publish_after=timedelta(days=1))
    world = make_world(rules)
    await world.see(3, sms=DOWN)
    world.clock.forward(hours=20)
    (line,) = [x for x in (await tell(world)).chapters[0].lines if x.stage is Stage.PUBLISHED]
    assert (
        line.text == "Ещё нет: опубликуется сам 2026-03-02 12:00:30, через 1 день после открытия."
    )


async def test_a_repeated_import_tells_its_past_once(make_world, tell) -> None:
    world, _ = await an_import(make_world)
    (entry,) = await world.journal.read(0)
    again = replace(entry.event, operator_note={"ru": "Роутер"})
    await world.recorder.import_all([again], actor="admin")
    stages = [line.stage for line in (await tell(world)).chapters[0].lines]
    assert stages.count(Stage.UPDATES) == 1
    assert stages.count(Stage.IMPORTED) == 2


async def test_calls_in_a_row_are_one_line(make_world, tell, texts) -> None:
    world, _ = await a_suspicion(make_world)
    incident = world.register.open_incidents()[0]
    (opened,) = await world.register.timeline(incident)
    call = Called(incident.id, "sms", Because("by_hand"), "О-7К2М", "no_code", Medium.PHONE)
    calls = [Entry(n, "x", opened.at + timedelta(minutes=n), "petrov", call) for n in (2, 3, 4, 6)]
    said = Updated(incident.id, "sms", Because("by_hand"), text={"ru": "Чиним"})
    told = Entry(5, "x", opened.at + timedelta(minutes=5), "petrov", said)
    narrator = Narrator(texts, Sentences.load("ru", MOSCOW))
    entries = [opened, *calls[:3], told, calls[3]]
    (chapter,) = explain(incident, entries, narrator, now=world.clock()).chapters
    assert [line.text for line in chapter.lines if line.stage is Stage.CALLS] == [
        "Обращений о том же: 3, последнее в 12:04:30.",
        narrator.event(call),
    ]


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_stage_has_a_name_that_fits_its_column(lang: str) -> None:
    sentences = Sentences.load(lang, MOSCOW)
    assert all(len(sentences.say(f"stage.{stage}")) <= 14 for stage in Stage)


# ── whatever happens ──────────────────────────────────────────────────────────

COMPONENTS = {c.id: c for c in (SMS, LOGIN, FILES)}
RULES = Rules(
    monitor_for=timedelta(seconds=60),
    publish_after=timedelta(seconds=45),
    reopen_within=timedelta(seconds=120),
    calm_for=timedelta(seconds=90),
    storm_components=3,
    remind_after=timedelta(minutes=5),
)
look = st.tuples(st.sampled_from(sorted(COMPONENTS)), st.sampled_from([UP, DOWN, DOWN, SLOW]))
deed = st.tuples(
    st.sampled_from(["publish", "take", "close", "reopen", "lock", "say", "merge", "open", "work"]),
    st.integers(1, 3),
)
runs = st.builds(lambda one, n, s: [(one, s)] * n, look, st.integers(2, 4), st.integers(1, 40))
single = st.tuples(deed, st.integers(1, 40)).map(lambda one: [one])
moves = st.lists(st.one_of(runs, runs, single), max_size=25).map(lambda r: [*chain(*r)])


class Run:
    """A recorder on a file in memory, and whatever comes to it."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.store = open_store(folder / "vahta.sqlite3", [migrations], now=START, threads=False)
        self.journal = SqliteJournal(self.store)
        self.register = Register(self.store, self.journal)
        paces = {name: Pace(2, timedelta(minutes=2)) for name in COMPONENTS}
        house = House(COMPONENTS, paces, RULES, prefix="ИНЦ", maintenance_prefix="РАБ")
        self.recorder = Recorder(self.journal, self.register, house, clock=lambda: self.now)

    async def through(self, script: list) -> None:
        for (what, how), seconds in script:
            self.now += timedelta(seconds=seconds)
            if what in COMPONENTS:
                reason = Reason.TIMEOUT if how.is_bad else None
                self.recorder.observe(
                    Observation(what, what, "http", "local", self.now, how, reason, "", 0.1)
                )
            else:
                with suppress(IllegalCommandError):
                    await self._do(what, how)
            await self.recorder.turn()

    async def _do(self, what: str, number: int) -> None:
        id_ = f"ИНЦ-2026-{number:04}"
        commands = {
            "publish": Publish(),
            "take": Acknowledge(),
            "close": Resolve(),
            "reopen": Reopen(self.now),
            "lock": Update(locked=True),
            "say": Update(status=Status.IDENTIFIED, text={"ru": "Чиним"}),
        }
        if what in commands:
            await self.recorder.do(id_, commands[what], actor="petrov")
        elif what == "merge":
            await self.recorder.merge(id_, f"ИНЦ-2026-{number % 3 + 1:04}", actor="petrov")
        elif what == "open":
            opening = Open(self.now, LOGIN, {"ru": "Не пускает"}, impact=Impact.MINOR)
            await self.recorder.open(opening, actor="petrov")
        else:
            until = self.now + timedelta(minutes=2)
            plan = MaintenancePlanned(
                *("", "sms", Because("by_hand"), ("sms",), self.now, until, "UTC")
            )
            await self.recorder.announce(plan, actor="petrov")


def _holds(story: Story, entries: list[Entry]) -> None:
    assert len(story.chapters) == 1 + sum(isinstance(e.event, Reopened) for e in entries)
    for chapter in story.chapters:
        stages = [line.stage for line in chapter.lines]
        assert stages[-1] is Stage.OUTCOME or Stage.OUTCOME in stages
        for stage in (Stage.OBSERVED, Stage.OPENED, *STEPS[STEPS.index(Stage.SEVERITY) :]):
            assert stage in stages
        assert all(line.text for line in chapter.lines)
    waiting = [line.mark for c in story.chapters[:-1] for line in c.lines]
    assert Mark.WAITING not in waiting
    opened = entries[0].event
    assert isinstance(opened, Opened)
    if opened.origin is Origin.PROBE and entries[0].actor == PROBES:
        assert [line.stage for line in story.chapters[0].lines][1:8] == GATES


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(script=moves)
def test_every_legal_journal_can_be_told(tmp_path_factory, script) -> None:
    run = Run(tmp_path_factory.mktemp("run"))

    async def whole() -> None:
        await run.through(script)
        for number in range(1, 20):
            incident = await run.register.find(f"ИНЦ-2026-{number:04}")
            if incident is None:
                return
            entries = list(await run.register.timeline(incident))
            for lang in ("ru", "en"):
                for rules in (None, RULES):
                    narrator = Narrator(all_texts(), Sentences.load(lang, MOSCOW))
                    story = explain(incident, entries, narrator, now=run.now, rules=rules)
                    _holds(story, entries)
                    assert "?" not in "".join(line.text for c in story.chapters for line in c.lines)
            assert load_incident(dump_incident(incident)) == incident

    try:
        asyncio.run(whole())
    finally:
        asyncio.run(run.store.close())
