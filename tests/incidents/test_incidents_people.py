"""What people do to incidents, and how it goes together with what probes see."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from incidents.commands import Acknowledge, IllegalCommandError, Open, Publish, Resolve, Update
from incidents.component import Component
from incidents.events import (
    EVERYBODY,
    Impact,
    Published,
    Scope,
    Status,
)
from incidents.transfer import parse
from probes.observation import Observation, Outcome, Reason

UP, DOWN, SLOW, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
COMPONENT = Component("sms", {"ru": "Коды по СМС"})
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def look(outcome: Outcome, at: datetime) -> Observation:
    return Observation("sms", "sms", "http", "local", at, outcome, Reason.CODE_NOT_ARRIVED, "", 0.1)


async def open_by_hand(world, scope: Scope = EVERYBODY, title: str = "Нет кодов"):
    command = Open(world.clock(), COMPONENT, {"ru": title}, scope=scope)
    return (await world.recorder.open(command, actor="anna")).event.incident


async def test_probes_join_what_people_opened_for_everybody(world) -> None:
    await world.recorder.turn()
    await open_by_hand(world)
    await world.sees(DOWN, DOWN, DOWN)
    assert await world.kinds() == ["Opened", "Joined"]
    (incident,) = world.register.open_incidents()
    assert incident.probes_agree


async def test_probes_never_close_what_people_opened(world) -> None:
    await open_by_hand(world)
    await world.sees(DOWN, DOWN, DOWN, UP, UP, UP, UP)
    (incident,) = world.register.open_incidents()
    assert incident.is_open
    assert not incident.probes_agree


async def test_probes_open_their_own_beside_one_of_a_single_region(world) -> None:
    await open_by_hand(world, Scope(region="Тверская область"))
    await world.sees(DOWN, DOWN, DOWN)
    assert len(world.register.open_incidents()) == 2


async def test_a_scoped_one_is_published_in_time_beside_an_automatic_one(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    number = await open_by_hand(world, Scope(carrier="Билайн"))
    world.clock.forward(minutes=4)
    await world.recorder.turn()
    published = {
        e.event.incident for e in await world.journal.read(0) if isinstance(e.event, Published)
    }
    assert number in published


async def test_a_person_publishes_sooner(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    entry = await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    assert entry is not None
    assert entry.actor == "anna"
    (incident,) = world.register.open_incidents()
    assert incident.is_public


async def test_publishing_twice_is_refused_and_changes_nothing(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    with pytest.raises(IllegalCommandError, match="only a suspected one is published"):
        await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    assert await world.kinds() == ["Opened", "Published"]


async def test_a_command_for_an_unknown_number_is_refused(world) -> None:
    with pytest.raises(IllegalCommandError, match="no such incident"):
        await world.recorder.do("ИНЦ-2026-0009", Resolve(), actor="anna")


async def test_acknowledging_twice_is_one_acknowledgement(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Acknowledge(), actor="anna")
    assert await world.recorder.do("ИНЦ-2026-0001", Acknowledge(), actor="ben") is None
    (incident,) = world.register.open_incidents()
    assert incident.acknowledged_by == "anna"


async def test_moving_it_on_by_hand_publishes_it(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    command = Update(status=Status.IDENTIFIED, text={"ru": "Чиним шлюз"})
    await world.recorder.do("ИНЦ-2026-0001", command, actor="anna")
    (incident,) = world.register.open_incidents()
    assert incident.is_public
    assert incident.updates[-1].text == {"ru": "Чиним шлюз"}


async def test_an_impact_set_by_a_person_is_not_changed_by_probes(world) -> None:
    await world.sees(SLOW, SLOW, SLOW)
    await world.recorder.do("ИНЦ-2026-0001", Update(impact=Impact.CRITICAL), actor="anna")
    await world.sees(DOWN, DOWN, DOWN)
    (incident,) = world.register.open_incidents()
    assert (incident.outcome, incident.impact) == (DOWN, Impact.CRITICAL)


async def test_closed_by_hand_while_failing_needs_new_failures_to_reopen(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Resolve(), actor="anna")
    await world.sees(DOWN, DOWN)
    assert await world.kinds() == ["Opened", "Resolved"]
    await world.sees(DOWN)
    assert (await world.kinds())[-1] == "Reopened"


async def test_a_note_on_a_blip_does_not_publish_it(world) -> None:
    await world.sees(DOWN, DOWN, DOWN, UP, UP)
    note = Update(operator_note={"ru": "Был сбой роутера"})
    await world.recorder.do("ИНЦ-2026-0001", note, actor="anna")
    (blip,) = await world.register.closed()
    assert blip.operator_note == {"ru": "Был сбой роутера"}
    assert not blip.is_public
    assert await world.register.closed_public(10, since=START) == []


async def test_engineers_may_say_it_is_fixed_before_the_probes_see_it(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Update(status=Status.MONITORING), actor="anna")
    await world.sees(DOWN, DOWN)
    assert await world.kinds() == ["Opened", "Updated"]
    await world.sees(DOWN)
    assert (await world.kinds())[-1] == "Relapsed"


async def test_a_word_while_monitoring_does_not_prolong_it(world) -> None:
    await world.sees(DOWN, DOWN, DOWN)
    await world.recorder.do("ИНЦ-2026-0001", Publish(), actor="anna")
    await world.sees(UP, UP)
    world.seconds = 60
    await world.sees(UP, UP, UP, UP)
    await world.recorder.do("ИНЦ-2026-0001", Update(text={"ru": "Смотрим"}), actor="anna")
    await world.sees(UP)
    assert (await world.kinds())[-1] == "Resolved"


async def test_closing_one_region_by_hand_leaves_the_evidence_alone(world) -> None:
    number = await open_by_hand(world, Scope(region="Тверская область"))
    await world.sees(DOWN, DOWN)
    await world.recorder.do(number, Resolve(), actor="anna")
    await world.sees(DOWN)
    assert [i.component for i in world.register.open_incidents()] == ["sms"]


async def test_what_people_write_is_kept_without_personal_data(world) -> None:
    number = await open_by_hand(world, title="Звонил Иван, +7 916 123-45-67")
    await world.recorder.do(number, Update(text={"ru": "Почта ivan@example.org"}), actor="anna")
    text = '{"id":"A-1","status":"identified","component":"sms","title":"x","started_at":"2026-01-01T00:00:00Z","operator_note":"СНИЛС 112-233-445 95","updates":[{"at":"2026-01-01T00:00:00Z","text":"+7 916 123-45-67"}]}'
    assert await world.recorder.import_all(parse(text, lang="ru"), actor="anna") == 1
    assert await world.recorder.import_all(parse(text, lang="ru"), actor="anna") == 0
    kept = await world.store.read(
        lambda db: "".join(row[0] for row in db.execute("SELECT event FROM journal").fetchall())
    )
    for secret in ("916", "ivan@", "112-233"):
        assert secret not in kept
    assert "Звонил Иван" in kept


async def test_a_title_is_one_line_without_tricks(world) -> None:
    await open_by_hand(world, title="Нет\n кодов\x1b[31m\u202e\x00!")
    (incident,) = world.register.open_incidents()
    assert incident.title == {"ru": "Нет кодов[31m!"}


async def test_an_incident_needs_a_title(world) -> None:
    with pytest.raises(IllegalCommandError, match="needs a title"):
        await open_by_hand(world, title="  ")
    assert await world.kinds() == []
