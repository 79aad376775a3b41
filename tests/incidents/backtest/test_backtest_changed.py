"""Other rules over the same past: what they open, what becomes of people's deeds, what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from incidents.backtest.compare import beside, courses, total
from incidents.backtest.replay import Stretch
from incidents.backtest.world import Known, World
from incidents.commands import Acknowledge, Resolve
from incidents.events import Acknowledged, Opened, Resolved
from incidents.house import Pace
from probes.observation import Outcome

UP, DOWN = Outcome.UP, Outcome.DOWN


def opening_after(kit, number: int):
    paces = {p: Pace(number, timedelta(seconds=60)) for p in kit.house.paces}
    return replace(kit.house, paces=paces)


async def outage(life, *, looks: int = 5, probe: str = "chat") -> None:
    for outcome in [UP] * 2 + [DOWN] * looks + [UP] * 6:
        await life.after(10, (probe, outcome))


def kinds(happened) -> list[str]:
    return [type(one.entry.event).__name__ for one in happened]


def test_rules_that_need_one_failure_open_sooner(kit) -> None:
    async def script(life) -> None:
        await outage(life)
        _, would = await life.again(opening_after(kit, 1))
        (was,) = [e for e in await life.journal() if isinstance(e.event, Opened)]
        (opened,) = [h.entry for h in would if isinstance(h.entry.event, Opened)]
        assert was.at - opened.at == timedelta(seconds=20)

    kit.live(script)


def test_rules_that_need_more_failures_than_there_were_open_nothing(kit) -> None:
    async def script(life) -> None:
        await outage(life)
        _, would = await life.again(opening_after(kit, 6))
        assert kinds(would) == []

    kit.live(script)


def test_what_was_done_to_an_incident_that_would_not_be_there_is_left_out_and_counted(kit) -> None:
    async def script(life) -> None:
        for _ in range(4):
            await life.after(10, ("chat", DOWN))
        number = life.register.open_incidents()[0].id
        await life.after(2, by_hand=life.recorder.do(number, Acknowledge(), actor="anna"))
        await life.after(10, ("chat", UP))
        replay, would = await life.again(opening_after(kit, 6))
        assert kinds(would) == []
        assert replay.left.again == 0
        ((entry, why),) = replay.left.dropped
        assert (type(entry.event), why) == (Acknowledged, number)

    kit.live(script)


def test_what_was_done_goes_to_whatever_is_open_of_that_component(kit) -> None:
    async def script(life) -> None:
        await outage(life, looks=1)  # opened by the other rules only, and numbered first
        for _ in range(4):
            await life.after(10, ("chat", DOWN))
        number = life.register.open_incidents()[0].id
        await life.after(2, by_hand=life.recorder.do(number, Resolve(), actor="anna"))
        await life.after(10, ("chat", UP))
        unrelated = replace(
            opening_after(kit, 1), rules=replace(kit.rules, reopen_within=timedelta())
        )
        replay, would = await life.again(unrelated)
        opened = [h.entry.event.incident for h in would if isinstance(h.entry.event, Opened)]
        resolved = [h.entry for h in would if isinstance(h.entry.event, Resolved)]
        assert opened == ["ИНЦ-2026-0001", "ИНЦ-2026-0002"]
        assert number == "ИНЦ-2026-0001"
        assert (resolved[-1].event.incident, resolved[-1].actor) == ("ИНЦ-2026-0002", "anna")
        assert replay.left.dropped == []

    kit.live(script)


def test_probes_that_the_rules_do_not_have_are_named(kit) -> None:
    async def script(life) -> None:
        await outage(life)
        house = replace(kit.house, paces={"login": Pace(3, timedelta(seconds=60))})
        replay, would = await life.again(house)
        assert (kinds(would), replay.left.probes) == ([], {"chat"})

    kit.live(script)


def test_observations_of_the_stretch_are_counted_and_no_others(kit) -> None:
    async def script(life) -> None:
        await outage(life)
        since, until = kit.start + timedelta(seconds=35), kit.start + timedelta(seconds=80)
        replay, _ = await life.again(since=since, until=until)
        assert replay.left.observations == 5

    kit.live(script)


# ── side by side ──


async def both(life, house):
    """Rows and totals of what was and of what ``house`` would have made of it."""
    replay, would = await life.again(house)
    stretch = replay._stretch
    world = World(Known())
    was = [h for e in await life.journal() if (h := world.take(e))]
    one = courses(Known(), was, stretch)
    other = courses(Known(), would, stretch)
    return beside(one, other, stretch.until), total(one, {}), total(other, {})


def test_the_same_outage_stands_in_one_row(kit) -> None:
    async def script(life) -> None:
        await outage(life)
        rows, _, _ = await both(life, opening_after(kit, 1))
        assert [(row.component, bool(row.was), bool(row.would)) for row in rows] == [
            ("chat", True, True)
        ]

    kit.live(script)


def test_what_only_one_of_the_pasts_knows_has_a_row_to_itself(kit) -> None:
    async def script(life) -> None:
        await outage(life, looks=1)
        await life.pass_(200)
        await outage(life, looks=5)
        rows, was, would = await both(life, opening_after(kit, 1))
        assert [(bool(row.was), bool(row.would)) for row in rows] == [(False, True), (True, True)]
        assert (was.incidents, would.incidents) == (1, 2)

    kit.live(script)


def test_a_row_says_into_which_incident_it_would_have_gone(kit) -> None:
    async def script(life) -> None:
        for _ in range(6):
            await life.after(10, ("login", DOWN), ("upload", DOWN))
        free = replace(
            kit.house,
            components={
                **kit.house.components,
                "upload": replace(kit.house.components["upload"], depends_on=()),
            },
        )
        rows, was, would = await both(life, free)
        assert [(row.component, row.part_of) for row in rows] == [
            ("login", None),
            ("upload", "login"),
        ]
        assert (was.incidents, would.incidents) == (1, 2)

    kit.live(script)


def test_citizens_saw_it_from_its_publication_to_its_end(kit) -> None:
    async def script(life) -> None:
        await outage(life)
        _, was, would = await both(life, None)
        (incident,) = await life.register.closed()
        shown = incident.resolved_at - incident.published_at
        assert (was.public, would.public) == (shown, shown)
        assert (was.blips, was.messages) == (0, 0)

    kit.live(script)


def test_a_blip_is_counted_as_one_and_was_never_seen(kit) -> None:
    async def script(life) -> None:
        await outage(life, looks=3)
        _, was, _ = await both(life, None)
        assert (was.incidents, was.blips, was.public) == (1, 1, timedelta())

    kit.live(script)


def test_what_is_still_open_is_counted_up_to_the_end(kit) -> None:
    async def script(life) -> None:
        for _ in range(6):
            await life.after(10, ("chat", DOWN))
        rows, was, _ = await both(life, None)
        (row,) = rows
        assert row.was.lasted(life.now) == timedelta(seconds=30)
        assert was.public == timedelta(seconds=10)

    kit.live(script)


def test_an_empty_past_has_no_rows(kit) -> None:
    stretch = Stretch(kit.start, kit.start)
    assert beside(courses(Known(), [], stretch), [], stretch.until) == []
