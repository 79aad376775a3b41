"""Overrides on disk: entered, counted, taken back, and never for nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from incidents.commands import IllegalCommandError
from incidents.store import Store, open_store
from notify.oncall import overrides
from notify.oncall.directory import Directory
from notify.oncall.duty import LONGEST, Duty
from notify.oncall.engineer import Engineer
from notify.oncall.rota import Override, Rota
from notify.oncall.schema import migrations

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENING = Override("duty", "olga", NOW + 6 * HOUR, NOW + 9 * HOUR, by="petr")


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path / "v.sqlite3", [migrations], now=NOW, threads=False)
    yield store
    await store.close()


@pytest.fixture
def duty(rota: Callable[..., Rota], store: Store, clock: Clock) -> Duty:
    moscow = ZoneInfo("Europe/Moscow")
    engineers = {id_: Engineer(id_, {}, "ru", moscow) for id_ in ("anna", "ivan", "olga")}
    return Duty(Directory(engineers, {"duty": rota("anna", "ivan")}), store, clock)


async def who(duty: Duty, at: datetime) -> str | None:
    return (await duty.on_call(at))["duty"]


async def test_who_stands_in_is_on_call_while_it_lasts(duty: Duty) -> None:
    await duty.enter(EVENING)
    seen = [await who(duty, NOW + n * HOUR) for n in (5, 6, 8, 9)]
    assert seen == ["ivan", "olga", "olga", "ivan"]


async def test_who_entered_it_is_kept(duty: Duty) -> None:
    entered = await duty.enter(EVENING)
    assert await duty.overrides(NOW, NOW + 24 * HOUR) == [entered]
    assert (entered.by, entered.id) == ("petr", 1)


async def test_an_override_shows_in_another_process_at_once(
    duty: Duty, tmp_path: Path, clock: Clock
) -> None:
    other = open_store(tmp_path / "v.sqlite3", [migrations], now=NOW, threads=False)
    await replace(duty, store=other).enter(EVENING)
    await other.close()
    assert await who(duty, EVENING.since) == "olga"


async def test_one_taken_back_before_it_began_never_counts(duty: Duty) -> None:
    entered = await duty.enter(EVENING)
    await duty.remove(entered.id, by="anna")
    assert await duty.overrides(NOW, NOW + 24 * HOUR) == []


async def test_one_taken_back_under_way_has_counted_until_then(duty: Duty, clock: Clock) -> None:
    entered = await duty.enter(EVENING)
    clock.now = EVENING.since + HOUR
    await duty.remove(entered.id, by="anna")
    assert await who(duty, EVENING.since) == "olga"
    assert await who(duty, EVENING.since + HOUR) == "ivan"


async def test_who_took_it_back_is_kept(duty: Duty, store: Store) -> None:
    await duty.enter(EVENING)
    await duty.remove(1, by="anna")

    def row(db: Database) -> object:
        sql = "SELECT entered_by, removed_by, removed_at FROM oncall_override"
        return db.execute(sql).fetchone()

    assert await store.read(row) == ("petr", "anna", int(NOW.timestamp()))


@pytest.mark.parametrize("id_", [1, 7], ids=["taken_back", "never_entered"])
async def test_what_is_not_there_cannot_be_taken_back(duty: Duty, id_: int) -> None:
    await duty.enter(EVENING)
    await duty.remove(1, by="anna")
    with pytest.raises(IllegalCommandError, match=f"no override {id_}"):
        await duty.remove(id_, by="anna")


async def test_what_is_over_cannot_be_taken_back(duty: Duty, clock: Clock) -> None:
    await duty.enter(EVENING)
    clock.now = EVENING.until
    with pytest.raises(IllegalCommandError):
        await duty.remove(1, by="anna")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"rota": "dooty"}, "there is no rota 'dooty'; known: duty"),
        ({"engineer": "petr"}, "there is no engineer 'petr'; known: anna, ivan, olga"),
        ({"until": EVENING.since}, "it must end after it begins"),
        ({"since": NOW - 2 * HOUR, "until": NOW}, "and after now"),
        ({"until": EVENING.since + LONGEST + HOUR}, "366 days at most"),
    ],
    ids=["rota", "engineer", "backwards", "over", "long"],
)
async def test_what_makes_no_sense_is_refused_and_not_kept(
    duty: Duty, wrong: dict[str, object], why: str
) -> None:
    with pytest.raises(IllegalCommandError, match=why):
        await duty.enter(replace(EVENING, **wrong))
    assert await duty.overrides(NOW - LONGEST, NOW + 2 * LONGEST) == []


async def test_an_override_for_somebody_the_config_has_lost_does_not_count(duty: Duty) -> None:
    await duty.enter(EVENING)
    fewer = replace(
        duty, directory=replace(duty.directory, engineers={"ivan": duty.engineers["ivan"]})
    )
    assert await who(fewer, EVENING.since) == "ivan"


async def test_who_is_rung_follows_overrides_too(duty: Duty, store: Store) -> None:
    await duty.enter(EVENING)
    found = await store.read(lambda db: overrides.at(db, EVENING.since))
    people = duty.directory.people({}, found, EVENING.since)
    assert people.on_call == {"duty": "olga"}
