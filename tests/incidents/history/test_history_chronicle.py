"""Ninety days of a component as a page draws them, kept at hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.component import Component
from incidents.events import Impact
from incidents.health import ComponentStatus
from incidents.history.chronicle import DAYS, Chronicle, gone_on, period, told
from incidents.history.chronicler import Chronicler
from incidents.history.rollups import Batch, Sight, Timings
from incidents.history.sketch import bin_of
from incidents.history.uptime import Period, Record
from incidents.history.writing import write
from incidents.register import Register
from incidents.sqlite import SqliteJournal
from incidents.store import Store
from probes.observation import Outcome

ZONE = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)  # in Moscow
COMPONENTS = [
    Component("sms", {"en": "SMS codes"}, probes=("sms", "sms-2")),
    Component("login", {"en": "Signing in"}, probes=("login",)),
]
UP, DOWN = Outcome.UP, Outcome.DOWN


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


def tell(record: Record, now: datetime = NOON) -> Chronicle:
    return told(record, period(now, ZONE), {}, now=now, published_only=True)


def go_on(chronicle: Chronicle, record: Record, now: datetime) -> Chronicle:
    when = period(now, ZONE)
    today = Period(when.dates[-1:], when.borders[-2:])
    return gone_on(chronicle, record, today=today, now=now, published_only=True)


def seen(began: datetime, ended: datetime) -> Record:
    return Record("sms", sights=[(began, ended)])


def test_it_has_ninety_days_and_ends_with_the_present_one() -> None:
    days = tell(Record("sms")).days
    assert len(days) == DAYS == 90
    assert days[-1].date == NOON.astimezone(ZONE).date()
    assert {day.worst for day in days} == {ComponentStatus.UNKNOWN}


def test_without_anything_known_there_is_no_uptime() -> None:
    assert tell(Record("sms")).uptime is None
    assert tell(seen(hours(-5), hours(-1))).uptime == 1.0


def test_what_was_seen_a_minute_ago_counts_as_seen_still_and_an_hour_ago_does_not() -> None:
    fresh = tell(seen(hours(-12), NOON - timedelta(seconds=70))).days[-1]
    assert (fresh.seconds.operational, fresh.seconds.unknown) == (12 * 3600, 0)
    stale = tell(seen(hours(-12), hours(-1))).days[-1]
    assert stale.seconds.unknown == 3600


def test_a_well_day_that_only_grows_longer_is_the_same_chronicle() -> None:
    before = tell(seen(hours(-12), NOON))
    assert go_on(before, seen(hours(-12), hours(1)), hours(1)) is before


def test_a_day_that_went_blind_is_another_chronicle() -> None:
    before = tell(seen(hours(-12), NOON))
    after = go_on(before, seen(hours(-12), NOON), hours(1))
    assert after.days[-1].seconds.unknown == 3600
    assert after.days[:-1] == before.days[:-1]


def test_a_day_that_nobody_has_seen_yet_stays_so_without_being_made_anew() -> None:
    before = tell(Record("sms"))
    assert go_on(before, Record("sms"), hours(1)) is before


@pytest.fixture
def make_chronicler(
    busy_store: Store, make_world: Callable
) -> Callable[..., tuple[Chronicler, object]]:
    def make(**options: bool) -> tuple[Chronicler, object]:
        journal = SqliteJournal(busy_store)
        register = Register(busy_store, journal)
        chronicler = Chronicler(
            store=busy_store,
            journal=journal,
            register=register,
            components=COMPONENTS,
            zone=ZONE,
            **options,
        )
        return chronicler, register

    return make


async def put(store: Store, **batch: object) -> None:
    await store.write(lambda db: write(db, Batch(**batch), {}))


async def test_what_was_seen_and_how_long_it_took_is_read(
    busy_store: Store, make_chronicler: Callable
) -> None:
    chronicler, register = make_chronicler()
    await register.refresh()
    noon = int(NOON.timestamp() * 1000)
    await put(
        busy_store,
        sights=(Sight("sms", noon - 86_400_000, noon - 3_600_000),),
        timings=tuple(
            Timings(probe, 0, NOON.toordinal() - ago, {bin_of(ms): 10})
            for probe, ago, ms in (("sms", 1, 100), ("sms-2", 1, 900), ("sms", 0, 5), ("x", 1, 1))
        ),
    )
    sms, login = (await chronicler.chronicles(NOON)).values()
    assert sms.days[-1].seconds.operational == 11 * 3600
    assert sms.days[-2].seconds.operational == 12 * 3600
    (yesterday,) = sms.latency.values()
    assert yesterday.count == 20
    assert yesterday.p50_ms == pytest.approx(100, rel=0.06)
    assert yesterday.p90_ms == pytest.approx(900, rel=0.06)
    assert login.latency == {}
    assert login.uptime is None


async def test_an_incident_changes_the_days_of_what_it_touches_and_nothing_else(
    make_chronicler: Callable, make_world: Callable, clock: Callable
) -> None:
    world = make_world()
    chronicler = make_chronicler()[0]
    chronicler._register = world.register
    await world.sees(UP)
    before = await chronicler.chronicles(clock())
    await world.sees(*[DOWN] * 4)
    await world.wait(minutes=4)
    after = await chronicler.chronicles(clock())
    assert after["sms"].days[-1].worst is ComponentStatus.MAJOR
    assert after["sms"].days[-1].incidents == (world.register.open_incidents()[0].id,)
    assert after["sms"].days[:-1] == before["sms"].days[:-1]
    assert after["login"] is before["login"]


async def test_what_is_not_published_is_in_no_day_of_citizens(
    make_chronicler: Callable, make_world: Callable, clock: Callable
) -> None:
    world = make_world()
    ours, staff = make_chronicler()[0], make_chronicler(published_only=False)[0]
    ours._register = staff._register = world.register
    await world.sees(UP, *[DOWN] * 4)
    (open_,) = world.register.open_incidents()
    assert not open_.is_public
    assert open_.impact is not Impact.NONE
    assert (await ours.chronicles(clock()))["sms"].days[-1].incidents == ()
    assert (await staff.chronicles(clock()))["sms"].days[-1].incidents == (open_.id,)


async def test_the_days_move_on_at_midnight_where_the_portal_is(make_chronicler: Callable) -> None:
    chronicler, register = make_chronicler()
    await register.refresh()
    before = (await chronicler.chronicles(hours(11.9)))["sms"]
    assert (await chronicler.chronicles(hours(11.95)))["sms"].days == before.days
    after = (await chronicler.chronicles(hours(12)))["sms"]
    assert after.days[:-2] == before.days[1:-1]
    assert len(after.days) == DAYS


async def test_what_cannot_be_read_stays_as_it_was_told(
    busy_store: Store, make_chronicler: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    chronicler, register = make_chronicler()
    await register.refresh()
    before = await chronicler.chronicles(NOON)
    await busy_store.write(lambda db: db.conn.execute("ALTER TABLE sight RENAME TO elsewhere"))
    assert await chronicler.chronicles(hours(1)) == before
    assert await chronicler.chronicles(hours(2)) == before
    assert [record.message for record in caplog.records] == [
        "the history cannot be read; the days stay as they were"
    ]
