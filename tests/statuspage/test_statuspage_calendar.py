"""The calendar of announced work, read by another's parser."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.maintenance import Maintenance
from incidents.vtimezone import vtimezone

DAY = timedelta(days=1)
NEW_YEAR, AUTUMN, SPRING = (  # by a local clock
    datetime(year, month, 1, 12)  # noqa: DTZ001 - whose zone the tests choose
    for year, month in ((2026, 1), (2026, 9), (2027, 4))
)
ZONES = ("Europe/Moscow", "Asia/Kamchatka", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata")
RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;COUNT=5",
    "FREQ=WEEKLY;BYDAY=SU,WE",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY",
    "FREQ=DAILY;UNTIL=20270401T000000",
    "RRULE:FREQ=WEEKLY;UNTIL=20270401",
)


@pytest.fixture
def read(bench):
    """The calendar with these works on it."""

    def calendar(*works: Maintenance, name: str = "maintenance.ics", **snapshot: object):
        text = bench.render(bench.snapshot(works=works, **snapshot))[name]
        return icalendar.Calendar.from_ical(text)

    return calendar


def events(calendar):
    found = calendar.walk("VEVENT")
    assert not [part.errors for part in calendar.walk() if part.errors]
    return found


def test_an_empty_calendar_is_a_calendar(read):
    calendar = read()
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert events(calendar) == []
    assert len(calendar.walk("VTIMEZONE")) == 1  # a calendar without any part is none


def test_one_work_is_one_event_in_utc(read, bench):
    (event,) = events(read(bench.work()))
    assert event["UID"] == "ИНЦ-2026-0050@status.example"
    assert event["DTSTART"].to_ical() == b"20261123T230000Z"
    assert event["DTEND"].to_ical() == b"20261124T013000Z"
    assert event["DTSTAMP"].dt == bench.now - 3 * DAY
    assert (event["STATUS"], event["SEQUENCE"], event["TRANSP"]) == ("CONFIRMED", 0, "TRANSPARENT")
    assert event["SUMMARY"] == "Обновление базы"
    assert event["DESCRIPTION"] == "Войти не получится.\nВход на портал, Коды по СМС"
    assert event["CATEGORIES"].cats == ["Вход на портал", "Коды по СМС"]
    assert event["URL"].endswith("/works/%D0%98%D0%9D%D0%A6-2026-0050.html")


def test_each_language_has_its_words_and_the_same_event(read, bench):
    (ours,), (theirs,) = (
        events(read(bench.work(), name=name)) for name in ("maintenance.ics", "en/maintenance.ics")
    )
    assert theirs["SUMMARY"] == "Database upgrade"
    assert ours["UID"] == theirs["UID"]


def test_what_is_called_off_is_cancelled_in_a_later_revision_and_never_just_gone(read, bench):
    at = bench.now - timedelta(hours=1)
    (event,) = events(read(bench.work(cancelled_at=at, is_over=True)))
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == at
    assert event["DTSTART"].to_ical() == b"20261123T230000Z"


def test_what_is_ended_early_took_place_and_is_shorter(read, bench):
    at = bench.now - timedelta(hours=1)
    work = bench.work(starts_at=bench.now - timedelta(hours=2), cancelled_at=at, is_over=True)
    (event,) = events(read(work))
    assert (event["STATUS"], event["DTEND"].dt, event["SEQUENCE"]) == ("CONFIRMED", at, 1)


def test_a_row_that_is_called_off_keeps_what_took_place(read, bench):
    began = bench.now - 10 * DAY
    work = bench.work(
        starts_at=began, repeats="FREQ=DAILY;COUNT=90", cancelled_at=bench.now, is_over=True
    )
    (event,) = events(read(work))
    assert event["STATUS"] == "CONFIRMED"
    assert event["RRULE"]["UNTIL"] == [bench.now]
    assert "COUNT" not in event["RRULE"]


def test_an_odd_rule_is_told_by_its_days_and_never_copied(read, bench):
    odd = "DTSTART:20261122T020000\nRRULE:FREQ=DAILY;COUNT=9"
    (event,) = events(read(bench.work(repeats=odd)))
    assert "RRULE" not in event
    starts = [event["DTSTART"].dt, *(one.dt for one in event["RDATE"].dts)]
    assert len(starts) == 7
    assert starts == [
        w.starts_at for w in bench.work(repeats=odd).windows(bench.now + DAY, bench.now + 20 * DAY)
    ]


def test_evil_words_begin_no_property(read, bench):
    evil = {"ru": "a\r\nEND:VEVENT\r\nBEGIN:VALARM;,\\n"}
    (event,) = events(read(bench.work(title=evil, text=evil)))
    assert event["SUMMARY"] == "a\nEND:VEVENT\nBEGIN:VALARM;,\\n"
    assert not read(bench.work(title=evil)).walk("VALARM")


def test_the_calendar_is_the_same_file_a_minute_later(bench):
    def text(**later):
        return bench.render(bench.snapshot(works=(bench.work(),), **later))["maintenance.ics"]

    assert text() == text(now=bench.now + timedelta(minutes=1))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    st.sampled_from(ZONES),
    st.sampled_from(RULES),
    st.datetimes(AUTUMN, SPRING),
    st.integers(1, 40),
)
def test_a_calendar_finds_the_very_stretches_that_we_do(read, bench, zone, rule, local, hours):
    """Across the changes of the clocks: every start, and how long it lasts."""
    local = local.replace(second=0, microsecond=0, fold=0)
    start = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    work = bench.work(starts_at=start, lasts=timedelta(hours=hours), timezone=zone, repeats=rule)
    ours = [w.starts_at for w in work.windows(start, start + 300 * DAY)]
    if not ours:
        return
    (event,) = events(read(work))
    first = event["DTSTART"].dt
    assert str(first.tzinfo) == zone
    # As RFC 5545 has it: the rule counts by the local clock.
    text = event["RRULE"].to_ical().decode()
    until = event["RRULE"].get("UNTIL")
    if until:
        shown = f"{until[0].astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"
        text = text.replace(f"{until[0].astimezone(UTC):%Y%m%dT%H%M%SZ}", shown)
    found = rrulestr(text, dtstart=first.replace(tzinfo=None))
    theirs = [
        one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for one in found.xafter(NEW_YEAR, count=len(ours), inc=True)
    ]
    assert theirs == ours
    assert event["DTEND"].dt.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize("zone", [*ZONES, "UTC", "Africa/Casablanca", "Australia/Lord_Howe"])
def test_the_zone_in_the_calendar_has_the_clocks_of_the_zone(zone):
    lines = ["BEGIN:VCALENDAR", *vtimezone(ZoneInfo(zone), 2026, 2026), "END:VCALENDAR"]
    parsed = icalendar.Calendar.from_ical("\r\n".join([*lines, ""]))
    theirs = parsed.walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    for hour in range(0, 5 * 365 * 24, 7):
        # Away from the hours that are shown twice or never, where libraries differ.
        local = NEW_YEAR + timedelta(hours=hour)
        offsets = {
            (local + timedelta(hours=h)).replace(tzinfo=ZoneInfo(zone)).utcoffset() for h in (-2, 2)
        }
        if len(offsets) == 1:
            assert local.replace(tzinfo=theirs).utcoffset() == offsets.pop(), local


def test_a_rule_brings_the_zone_it_counts_in_along(read, bench):
    work = bench.work(repeats="FREQ=WEEKLY", timezone="Europe/Berlin")
    zones = [str(part["TZID"]) for part in read(work).walk("VTIMEZONE")]
    assert zones == ["Europe/Berlin"]
