"""A rota as a calendar, read by another's parser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from notify.oncall.calendar import AHEAD, BEHIND, calendar
from notify.oncall.engineer import Engineer
from notify.oncall.rota import Override, Rota

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = {
    "anna": Engineer("anna", {"ru": "Анна; Дежурная, старшая", "en": "Anna"}, "ru", BERLIN),
    "ivan": Engineer("ivan", {"ru": "Иван"}, "ru", BERLIN),
}

Make = Callable[..., Rota]


def read(rota: Rota, *overrides: Override, lang: str = "ru") -> Any:
    text = calendar(rota, overrides, PEOPLE, now=NOW, lang=lang)
    found = icalendar.Calendar.from_ical(text)
    assert not [part.errors for part in found.walk() if part.errors]
    return found


@pytest.fixture
def daily(rota: Make) -> Rota:
    return rota(
        "anna",
        "ivan",
        starts="2026-01-01T09:00",
        turn=timedelta(days=1),
        zone="Europe/Berlin",
    )


def test_every_shift_is_an_event_and_they_touch(daily: Rota) -> None:
    events = read(daily).walk("VEVENT")
    assert all(one.end == two.start for one, two in pairwise(events))
    assert events[0].start <= NOW - BEHIND
    assert events[-1].end == NOW + AHEAD


def test_shifts_begin_at_one_local_time_before_and_after_the_clocks_change(daily: Rota) -> None:
    events = read(daily).walk("VEVENT")
    begins = {event.start.astimezone(BERLIN).strftime("%H:%M") for event in events}
    assert begins == {"09:00"}
    lengths = [event.end - event.start for event in events[:-1]]
    assert lengths.count(timedelta(hours=23)) == 1


def test_names_are_those_of_the_readers_language(daily: Rota) -> None:
    summaries = {str(event["SUMMARY"]) for event in read(daily).walk("VEVENT")}
    assert summaries == {"Анна; Дежурная, старшая · Дежурство", "Иван · Дежурство"}
    english = {str(event["SUMMARY"]) for event in read(daily, lang="en").walk("VEVENT")}
    assert english == {"Anna · On duty", "Иван · On duty"}


def test_no_two_events_have_one_id(daily: Rota) -> None:
    ids = [str(event["UID"]) for event in read(daily).walk("VEVENT")]
    assert len(set(ids)) == len(ids)


def test_who_stands_in_is_in_the_calendar(daily: Rota) -> None:
    begins = datetime(2026, 3, 22, 12, tzinfo=UTC)
    stands_in = Override("duty", "ivan", begins, begins + timedelta(hours=2))
    (event,) = [e for e in read(daily, stands_in).walk("VEVENT") if e.start == begins]
    assert str(event["SUMMARY"]).startswith("Иван")
    assert event.end - event.start == timedelta(hours=2)


def test_the_time_of_nobody_stays_empty(rota: Make) -> None:
    events = read(rota("anna", times="mon 09:00-18:00")).walk("VEVENT")
    assert {event.end - event.start for event in events} == {timedelta(hours=9)}


def test_a_rota_of_nobody_is_a_calendar_still(rota: Make) -> None:
    found = read(rota("anna", starts="2090-01-01T00:00"))
    assert found.walk("VEVENT") == []
    assert len(found.walk("VTIMEZONE")) == 1
