"""Unchanged rules give back what was opened: event by event, as a real recorder wrote it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.commands import (
    BY_HAND,
    UNNUMBERED,
    Acknowledge,
    IllegalCommandError,
    Open,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
)
from incidents.component import Component
from incidents.events import MaintenancePlanned, Opened, Resolved, Status
from incidents.history.span import KEPT
from probes.observation import Outcome

UP, DOWN, SLOW, BLIND = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
PROBES = ("login", "sms-a", "sms-b", "upload", "chat")


async def compared(life, kit, **again: Any) -> Sequence[Any]:
    was = kit.told(await life.journal())
    _, happened = await life.again(**again)
    would = kit.told(happened)
    assert would == was
    return was


# ── by example ──


def test_a_quiet_past_has_nothing_in_it(kit) -> None:
    async def script(life) -> None:
        for _ in range(5):
            await life.after(10, ("sms-a", UP), ("login", UP))
        assert await compared(life, kit) == []

    kit.live(script)


def test_an_outage_is_opened_published_and_resolved_as_it_was(kit) -> None:
    async def script(life) -> None:
        for outcome in [UP] * 3 + [DOWN] * 6 + [UP] * 8:
            await life.after(10, ("sms-a", outcome), ("sms-b", outcome))
        names = [type(event).__name__ for _, _, event in await compared(life, kit)]
        assert names == ["Opened", "Published", "Recovering", "Resolved"]

    kit.live(script)


def test_the_numbers_go_on_from_what_was_there_before(kit) -> None:
    async def script(life) -> None:
        for outcome in [DOWN] * 4 + [UP] * 8:
            await life.after(10, ("sms-a", outcome), ("sms-b", outcome))
        await life.pass_(600)
        since = life.now
        for outcome in [DOWN] * 4 + [UP] * 8:
            await life.after(10, ("sms-a", outcome), ("sms-b", outcome))
        was = [e for e in await life.journal() if e.at >= since]
        _, happened = await life.again(since=since)
        assert kit.told(happened) == kit.told(was)
        assert was[0].event.incident == "ИНЦ-2026-0002"
        assert was[0].event.previous == "ИНЦ-2026-0001"

    kit.live(script)


def test_what_was_open_at_the_beginning_goes_on(kit) -> None:
    async def script(life) -> None:
        for _ in range(5):
            await life.after(10, ("chat", DOWN))
        since = life.now + timedelta(seconds=1)
        for outcome in [DOWN] * 3 + [UP] * 8:
            await life.after(10, ("chat", outcome))
        was = [e for e in await life.journal() if e.at >= since]
        _, happened = await life.again(since=since)
        assert kit.told(happened) == kit.told(was)
        assert isinstance(was[-1].event, Resolved)

    kit.live(script)


def test_a_streak_dies_with_the_process(kit) -> None:
    async def script(life) -> None:
        for _ in range(2):
            await life.after(10, ("chat", DOWN))
        life.now += timedelta(seconds=30)
        await life.begin()
        for _ in range(2):
            await life.after(10, ("chat", DOWN))
        assert await compared(life, kit) == []
        await life.after(10, ("chat", DOWN))
        assert len(await compared(life, kit)) == 1

    kit.live(script)


def test_what_falls_due_while_nothing_runs_is_decided_at_the_start(kit) -> None:
    async def script(life) -> None:
        for _ in range(3):
            await life.after(5, ("chat", DOWN))
        life.now += timedelta(minutes=30)
        await life.begin()
        life.sees(kit.look("chat", DOWN, life.now))
        await life.settle()
        was = await compared(life, kit)
        assert [type(event).__name__ for _, _, event in was] == ["Opened", "Published"]
        assert was[1][0] == life.now

    kit.live(script)


def test_what_people_did_is_done_again(kit) -> None:
    async def script(life) -> None:
        await life.after(1, ("chat", UP))
        opening = Open(kit.start, Component("hotline", {"ru": "Линия"}), {"ru": "Не отвечает"})
        await life.after(10, by_hand=life.recorder.open(opening, actor="anna"))
        for _ in range(4):
            await life.after(10, ("chat", DOWN))
        number = life.register.open_incidents()[0].id
        say = Update(text={"ru": "Чиним"}, status=Status.IDENTIFIED, impact=None)
        await life.after(3, by_hand=life.recorder.do(number, Acknowledge(), actor="anna"))
        await life.after(4, by_hand=life.recorder.do(number, say, actor="anna"))
        await life.after(5, ("chat", DOWN), by_hand=life.recorder.do(number, Resolve(), actor="b"))
        for _ in range(4):
            await life.after(10, ("chat", DOWN))
        was = await compared(life, kit)
        assert [type(event).__name__ for _, actor, event in was if actor != "probes"] == [
            "Opened",
            "Acknowledged",
            "Updated",
            "Resolved",
        ]

    kit.live(script)


def test_announced_work_holds_back_what_it_held_back(kit) -> None:
    async def script(life) -> None:
        await life.after(10, ("chat", UP))
        work = MaintenancePlanned(
            UNNUMBERED,
            "chat",
            BY_HAND,
            ("chat",),
            life.now + timedelta(seconds=20),
            life.now + timedelta(seconds=60),
            "Europe/Moscow",
        )
        await life.after(10, by_hand=life.recorder.announce(work, actor="anna"))
        for _ in range(10):
            await life.after(10, ("chat", DOWN))
        was = await compared(life, kit)
        opened = [at for at, _, event in was if isinstance(event, Opened)]
        assert opened == [kit.start + timedelta(seconds=100)]

    kit.live(script)


def test_merged_incidents_are_merged_again(kit) -> None:
    async def script(life) -> None:
        for _ in range(4):
            await life.after(10, ("chat", DOWN), ("sms-a", DOWN))
        one, two = (i.id for i in life.register.open_incidents())
        await life.after(2, by_hand=life.recorder.merge(one, two, actor="anna"))
        for _ in range(8):
            await life.after(10, ("chat", UP), ("sms-a", DOWN))
        names = [type(event).__name__ for _, _, event in await compared(life, kit)]
        assert "Merged" in names

    kit.live(script)


# ── at random ──


outcomes = st.sampled_from([UP, UP, DOWN, DOWN, DOWN, SLOW, BLIND])
looks = st.tuples(
    st.just("looks"),
    st.tuples(st.dictionaries(st.sampled_from(PROBES), outcomes, min_size=1), st.integers(2, 7)),
)
everybody = st.tuples(
    st.just("looks"),
    st.tuples(st.fixed_dictionaries(dict.fromkeys(PROBES, outcomes)), st.integers(2, 7)),
)
restart = st.tuples(st.just("restart"), st.none())
deed = st.tuples(
    st.just("deed"),
    st.sampled_from(
        ["publish", "ack", "resolve", "reopen", "say", "lock", "open", "work", "merge", "split"]
    ),
)
steps = st.lists(
    st.tuples(st.integers(1, 20), st.one_of(looks, looks, everybody, restart, deed)),
    min_size=6,
    max_size=30,
)


async def live_through(life, kit, script) -> None:
    """Never a restart but just after somebody was seen: when it died is known no better.

    And never more equal looks in a row than those of which the instants are kept.
    """
    last: dict[str, Outcome] = {"chat": UP}
    row: dict[str, tuple[Outcome, int]] = {}
    was_look = True

    def looks() -> dict[str, Outcome]:
        for probe, outcome in last.items():
            before, count = row.get(probe, (outcome, 0))
            count = count + 1 if before is outcome else 1
            row[probe] = (outcome, count) if count <= KEPT else (BLIND, 1)
        return {probe: row[probe][0] for probe in last}

    for seconds, (kind, what) in script:
        if kind == "restart" and was_look:
            life.now += timedelta(seconds=seconds)
            await life.begin()
            row.clear()
            await life.after_all(looks())
        elif kind == "looks":
            last, times = what
            for _ in range(times):
                await life.after(seconds, *looks().items())
        elif kind == "deed":
            await life.after(seconds, by_hand=tried(life, kit, what))
        was_look = kind == "looks" or (kind == "restart" and was_look)


async def tried(life, kit, what: str) -> None:
    with suppress(IllegalCommandError):
        await done(life, kit, what)


async def done(life, kit, what: str) -> None:
    recorder, actor = life.recorder, "anna"
    there = life.register.open_incidents()
    if what == "open":
        opening = Open(life.now, kit.house.component("chat"), {"ru": "Не отвечает"})
        await recorder.open(opening, actor=actor)
    elif what == "work":
        begin = life.now + timedelta(seconds=15)
        work = MaintenancePlanned(
            UNNUMBERED,
            "sms",
            BY_HAND,
            ("sms",),
            begin,
            begin + timedelta(seconds=40),
            "Europe/Moscow",
        )
        await recorder.announce(work, actor=actor)
    elif what == "reopen":
        for incident in [i for i in life.register.at_hand() if not i.is_open][-1:]:
            await recorder.do(incident.id, Reopen(life.now), actor=actor)
    elif what == "merge":
        if len(there) > 1:
            await recorder.merge(there[0].id, there[-1].id, actor=actor)
    elif what == "split":
        for incident in there[:1]:
            await recorder.do(incident.id, Split(incident.affected[-1].component), actor=actor)
    elif there:
        command = {
            "publish": Publish(),
            "ack": Acknowledge(),
            "resolve": Resolve(),
            "say": Update(text={"ru": "Чиним"}, status=Status.IDENTIFIED),
            "lock": Update(locked=not there[0].locked),
        }[what]
        await recorder.do(there[0].id, command, actor=actor)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(script=steps)
def test_whatever_happened_is_given_back_event_by_event(kit, script) -> None:
    async def run() -> None:
        async with kit.living() as life:
            await life.after(1, ("login", UP))
            await live_through(life, kit, script)
            # What is written after the last thing seen is nobody's: end with a look.
            await life.after(7, ("login", UP))
            opened = [e.at for e in await life.journal() if isinstance(e.event, Opened)]
            if life.boot > 1 and len(opened) > len(set(opened)):
                return  # which of two of one instant is a component's latest, a restart may forget
            await compared(life, kit)

    asyncio.run(run())
