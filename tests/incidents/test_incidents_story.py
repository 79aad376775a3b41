"""What the recorder writes down as a component fails and recovers, on a real file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidents.commands import Acknowledge, IllegalCommandError
from incidents.component import Component
from incidents.events import (
    Because,
    Impact,
    Imported,
    Opened,
    Resolved,
    Status,
)
from incidents.machine import Rules
from incidents.sqlite import chain_hash
from incidents.transfer import parse
from probes.observation import Observation, Outcome, Reason

UP, DOWN, SLOW, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
COMPONENT = Component("sms", {"ru": "Коды по СМС"})
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def look(outcome: Outcome, at: datetime) -> Observation:
    return Observation("sms", "sms", "http", "local", at, outcome, Reason.CODE_NOT_ARRIVED, "", 0.1)


async def test_two_failures_are_not_an_incident(world) -> None:
    await world.sees(DOWN, DOWN, UP, DOWN, DOWN)
    assert await world.kinds() == []


async def test_three_failures_in_a_row_open_one_incident(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, DOWN)
    assert await world.kinds() == ["Opened"]


async def test_the_opening_says_why(world) -> None:
    await world.sees(UP, DOWN, DOWN, DOWN)
    (entry,) = await world.journal.read(0)
    assert isinstance(entry.event, Opened)
    assert entry.event.incident == "ИНЦ-2026-0001"
    assert entry.event.because.rule == "confirmed_failures"
    assert entry.event.because.values["in_a_row"] == 3
    assert entry.event.reason is Reason.CODE_NOT_ARRIVED
    assert len(entry.event.streak) == 3


async def test_it_began_with_the_first_failure_not_with_the_third(world) -> None:
    await world.sees(UP, DOWN, DOWN, DOWN)
    (incident,) = world.register.open_incidents()
    assert incident.opened_at - incident.started_at == timedelta(seconds=20)


async def test_unknown_is_never_evidence(world) -> None:
    await world.sees(DOWN, DOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    assert await world.kinds() == []
    await world.sees(DOWN)
    assert await world.kinds() == ["Opened"]


async def test_unknown_never_closes(make_world: Callable) -> None:
    world = make_world(Rules(publish_after=timedelta(hours=5)))
    await world.sees(DOWN, DOWN, DOWN, UP, UNKNOWN, UNKNOWN, UNKNOWN)
    assert await world.kinds() == ["Opened"]


async def test_one_slow_answer_among_failures_makes_it_degraded_not_down(world) -> None:
    await world.sees(DOWN, SLOW, DOWN)
    (incident,) = world.register.open_incidents()
    assert (incident.outcome, incident.impact) == (SLOW, Impact.MINOR)


async def test_it_worsens_when_slowness_becomes_an_outage(world) -> None:
    await world.sees(SLOW, SLOW, SLOW, DOWN, DOWN, DOWN)
    (incident,) = world.register.open_incidents()
    assert (incident.outcome, incident.impact) == (DOWN, Impact.MAJOR)


async def test_a_blip_is_resolved_and_was_never_public(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP, UP)
    assert await world.kinds() == ["Opened", "Resolved"]
    (blip,) = await world.register.closed(10)
    assert blip.published_at is None


async def test_it_is_published_when_it_lasts(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.clock.forward(minutes=2, seconds=59)
    await world.recorder.turn()
    assert await world.kinds() == ["Opened"]
    world.clock.forward(seconds=1)
    await world.recorder.turn()
    assert await world.kinds() == ["Opened", "Published"]
    (incident,) = world.register.open_incidents()
    assert incident.status is Status.INVESTIGATING


async def test_it_is_not_published_while_it_seems_to_recover(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.clock.forward(minutes=10)
    await world.sees(UP)
    await world.recorder.turn()
    assert await world.kinds() == ["Opened"]


async def test_a_public_one_is_monitored_before_it_is_resolved(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.clock.forward(minutes=3)
    await world.recorder.turn()
    await world.sees(UP, UP)
    assert (await world.kinds())[-1] == "Recovering"
    world.seconds = 60
    await world.sees(UP, UP, UP, UP)
    assert (await world.kinds())[-1] == "Recovering"
    await world.sees(UP)
    assert (await world.kinds())[-1] == "Resolved"


async def test_silence_while_monitored_is_no_recovery(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.clock.forward(minutes=3)
    await world.recorder.turn()
    await world.sees(UP, UP)
    world.clock.forward(minutes=50)
    await world.recorder.turn()
    assert (await world.kinds())[-1] == "Recovering"


async def test_failing_again_while_monitored_is_a_relapse(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.clock.forward(minutes=3)
    await world.recorder.turn()
    await world.sees(UP, UP, DOWN, DOWN, DOWN)
    assert (await world.kinds())[-2:] == ["Recovering", "Relapsed"]


async def test_without_monitoring_it_is_resolved_at_once(make_world: Callable) -> None:
    world = make_world(Rules(monitor_for=timedelta(0), publish_after=timedelta(0)))
    await world.sees(DOWN, DOWN, DOWN, UP, UP)
    assert await world.kinds() == ["Opened", "Published", "Resolved"]


async def test_failing_again_soon_reopens_the_same_number(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP, UP, DOWN, DOWN, DOWN)
    assert await world.kinds() == ["Opened", "Resolved", "Reopened"]
    assert [i.id for i in world.register.open_incidents()] == ["ИНЦ-2026-0001"]


async def test_failing_again_much_later_is_a_new_incident(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP, UP)
    world.clock.forward(minutes=31)
    await world.sees(DOWN, DOWN, DOWN)
    assert [i.id for i in world.register.open_incidents()] == ["ИНЦ-2026-0002"]


async def test_components_fail_apart(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.sees(DOWN, DOWN, DOWN, component="login")
    assert {i.component for i in world.register.open_incidents()} == {"sms", "login"}


async def test_numbers_continue_above_imported_ones(world) -> None:
    text = (
        '[{"id": "ИНЦ-2026-0041", "status": "resolved", "component": "login", "title": "Было",'
        ' "started_at": "2026-01-01T00:00:00Z", "resolved_at": "2026-01-01T01:00:00Z"}]'
    )
    assert await world.recorder.import_all(parse(text, lang="ru"), actor="anna") == 1
    await world.sees(DOWN, DOWN, DOWN)
    assert [i.id for i in world.register.open_incidents()] == ["ИНЦ-2026-0042"]


async def test_importing_again_writes_nothing(world) -> None:
    text = '{"id":"A-1","status":"identified","component":"sms","title":"x","started_at":"2026-01-01T00:00:00Z"}'
    assert await world.recorder.import_all(parse(text, lang="ru"), actor="anna") == 1
    assert await world.recorder.import_all(parse(text, lang="ru"), actor="anna") == 0
    assert await world.kinds() == ["Imported"]


async def test_an_import_cannot_take_over_an_incident_born_here(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    text = '{"id":"ИНЦ-2026-0001","status":"resolved","component":"sms","title":"x","started_at":"2026-01-01T00:00:00Z"}'
    with pytest.raises(IllegalCommandError, match="opened here"):
        await world.recorder.import_all(parse(text, lang="ru"), actor="anna")


async def test_a_restart_knows_what_was_open(world, make_world: Callable) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    again = make_world()
    await again.sees(UP, UP)
    assert (await again.kinds()) == ["Opened", "Resolved"]
    (entry,) = [e for e in await again.journal.read(0) if isinstance(e.event, Resolved)]
    assert entry.event.because.rule == "recovered_before_publication"


async def test_what_another_process_wrote_is_seen(world, make_world: Callable) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    other = make_world()
    await other.recorder.do("ИНЦ-2026-0001", Acknowledge(), actor="ben")
    await world.recorder.turn()
    (incident,) = world.register.open_incidents()
    assert incident.acknowledged_by == "ben"


async def test_an_imported_open_incident_is_as_it_was_told(world) -> None:
    record = Imported(
        "X-1",
        "hotline",
        Status.IDENTIFIED,
        {"ru": "Долго ждать"},
        world.clock(),
        Because("import"),
        published_at=world.clock(),
    )
    await world.recorder.import_all([record], actor="anna")
    (incident,) = world.register.open_incidents()
    assert (incident.status, incident.title) == (Status.IDENTIFIED, {"ru": "Долго ждать"})
    assert world.register.components() == {"hotline"}


async def test_another_reason_throughout_a_run_is_told(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    for _ in range(3):
        world.clock.forward(seconds=10)
        seen = replace(look(DOWN, world.clock()), reason=Reason.HTTP_5XX)
        world.recorder.observe(seen)
        await world.recorder.turn()
    (incident,) = world.register.open_incidents()
    assert incident.reason is Reason.HTTP_5XX
    assert await world.kinds() == ["Opened", "Reassessed"]


async def test_going_blind_after_one_good_look_does_not_hold_publication_for_ever(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    world.clock.forward(minutes=2)
    await world.sees(UP)
    world.clock.forward(minutes=3)
    await world.recorder.turn()
    assert await world.kinds() == ["Opened", "Published"]


async def test_an_import_that_loses_the_race_for_a_number_is_refused(
    world, make_world: Callable
) -> None:
    """The number is taken between the look and the append: never two births of one number."""
    text = '{"id":"ИНЦ-2026-0001","status":"resolved","component":"login","title":"x","started_at":"2026-01-01T00:00:00Z"}'
    other = make_world()
    await other.recorder.turn()
    append = other.journal.append_all

    async def beaten(*args, **kwargs):
        if not await world.kinds():
            await world.sees(DOWN, DOWN, DOWN)
        return await append(*args, **kwargs)

    other.journal.append_all = beaten
    with pytest.raises(IllegalCommandError, match="opened here"):
        await other.recorder.import_all(parse(text, lang="ru"), actor="anna")
    assert await world.kinds() == ["Opened"]


async def test_an_entry_of_a_newer_version_stops_nobody(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)

    def write(db) -> None:
        (prev,) = db.execute("SELECT hash FROM journal").fetchone()
        event = '{"component":"sms","incident":"ИНЦ-2026-0001","kind":"teleported"}'
        row = (2, "component/sms", START.isoformat(), "ben", event, prev)
        db.execute("INSERT INTO journal VALUES (?,?,?,?,?,?,?)", [*row, chain_hash(row)])

    await world.store.write(write)
    await world.sees(UP, UP)
    assert await world.kinds() == ["Opened", "Unrecognised", "Resolved"]
    assert (await world.journal.verify()).flaw is None
