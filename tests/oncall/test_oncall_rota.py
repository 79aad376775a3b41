"""Who is on call when: turns, layers, hours, holidays, overrides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notify.oncall.rota import (
    HORIZON,
    Override,
    Rota,
    Shift,
    gaps,
    next_shift,
    on_call,
    shifts,
    who,
)

Make = Callable[..., Rota]

H = timedelta(hours=1)
DAY = timedelta(days=1)


def local(text: str, zone: str = "Europe/Moscow") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def told(rota: Rota, since: str, until: str, *overrides: Override) -> list[str]:
    """The shifts as lines, by the rota's own clock."""
    found = shifts(rota, overrides, local(since, rota.zone.key), local(until, rota.zone.key))
    return [
        f"{s.engineer or '-'} {s.since.astimezone(rota.zone):%d.%m %H:%M}"
        f"–{s.until.astimezone(rota.zone):%d.%m %H:%M}"
        for s in found
    ]


def test_engineers_take_weekly_turns(rota: Make) -> None:
    assert told(rota("anna", "ivan"), "2026-01-05T10:00", "2026-01-26T10:00") == [
        "anna 05.01 10:00–12.01 10:00",
        "ivan 12.01 10:00–19.01 10:00",
        "anna 19.01 10:00–26.01 10:00",
    ]


def test_nobody_is_on_call_before_the_first_turn(rota: Make) -> None:
    duty = rota("anna")
    assert who(duty, [], local("2026-01-05T09:59:59")) is None
    assert who(duty, [], local("2026-01-05T10:00")) == "anna"


def test_daily_hand_overs_stay_at_their_hour_when_the_clocks_change(rota: Make) -> None:
    duty = rota("anna", "ivan", starts="2026-03-27T09:00", turn=DAY, zone="Europe/Berlin")
    assert told(duty, "2026-03-27T09:00", "2026-03-31T09:00") == [
        "anna 27.03 09:00–28.03 09:00",
        "ivan 28.03 09:00–29.03 09:00",
        "anna 29.03 09:00–30.03 09:00",
        "ivan 30.03 09:00–31.03 09:00",
    ]
    (_, short, *_) = shifts(
        duty,
        [],
        local("2026-03-27T09:00", "Europe/Berlin"),
        local("2026-03-31T09:00", "Europe/Berlin"),
    )
    assert short.until - short.since == 23 * H


def test_a_hand_over_that_the_clocks_skip_is_when_they_jump(rota: Make) -> None:
    duty = rota("anna", "ivan", starts="2026-03-28T02:30", turn=DAY, zone="Europe/Berlin")
    assert told(duty, "2026-03-28T02:30", "2026-03-30T02:30") == [
        "anna 28.03 02:30–29.03 03:00",
        "ivan 29.03 03:00–30.03 02:30",
    ]


def test_a_hand_over_that_the_clocks_show_twice_happens_once(rota: Make) -> None:
    duty = rota("anna", "ivan", starts="2026-10-24T02:30", turn=DAY, zone="Europe/Berlin")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert who(duty, [], first - timedelta(seconds=1)) == "anna"
    assert {who(duty, [], first + n * timedelta(minutes=10)) for n in range(12)} == {"ivan"}


def test_a_day_that_a_zone_left_out_is_nobodys(rota: Make) -> None:
    # Samoa went from the 29th to the 31st of December 2011.
    duty = rota("anna", "ivan", "olga", starts="2011-12-29T00:00", turn=DAY, zone="Pacific/Apia")
    assert told(duty, "2011-12-29T00:00", "2012-01-01T00:00") == [
        "anna 29.12 00:00–31.12 00:00",
        "olga 31.12 00:00–01.01 00:00",
    ]


def test_hours_leave_the_rest_to_nobody(rota: Make) -> None:
    duty = rota("anna", times="mon,tue 09:00-18:00")
    assert told(duty, "2026-01-12T00:00", "2026-01-15T00:00") == [
        "- 12.01 00:00–12.01 09:00",
        "anna 12.01 09:00–12.01 18:00",
        "- 12.01 18:00–13.01 09:00",
        "anna 13.01 09:00–13.01 18:00",
        "- 13.01 18:00–15.01 00:00",
    ]


def test_night_hours_belong_to_the_day_they_begin_on(rota: Make) -> None:
    duty = rota("anna", times="fri 21:00-09:00")
    assert told(duty, "2026-01-16T00:00", "2026-01-18T00:00") == [
        "- 16.01 00:00–16.01 21:00",
        "anna 16.01 21:00–17.01 09:00",
        "- 17.01 09:00–18.01 00:00",
    ]


def test_a_holiday_is_no_weekday(rota: Make) -> None:
    days = frozenset({date(2026, 1, 13)})
    week = rota("anna", times="mon-fri", holidays=days)
    feast = rota("olga", times="holiday", holidays=days)
    both = replace(week, layers=week.layers + feast.layers)
    assert told(both, "2026-01-12T00:00", "2026-01-15T00:00") == [
        "anna 12.01 00:00–13.01 00:00",
        "olga 13.01 00:00–14.01 00:00",
        "anna 14.01 00:00–15.01 00:00",
    ]


def test_the_last_layer_that_has_somebody_counts(rota: Make) -> None:
    around = rota("anna").layers[0]
    nights = rota("ivan", times="21:00-09:00").layers[0]
    both = replace(rota("anna"), layers=(around, nights))
    assert told(both, "2026-01-12T12:00", "2026-01-13T12:00") == [
        "anna 12.01 12:00–12.01 21:00",
        "ivan 12.01 21:00–13.01 09:00",
        "anna 13.01 09:00–13.01 12:00",
    ]


def test_two_offices_follow_the_sun_each_by_its_own_clock(rota: Make) -> None:
    west = rota("anna", times="09:00-21:00", zone="Europe/Berlin").layers[0]
    east = rota("ivan", times="03:00-15:00", zone="Asia/Vladivostok").layers[0]
    duty = Rota("sun", {}, ZoneInfo("UTC"), (west, east))
    assert told(duty, "2026-03-27T06:00", "2026-03-28T06:00") == [
        "- 27.03 06:00–27.03 08:00",
        "anna 27.03 08:00–27.03 17:00",
        "ivan 27.03 17:00–28.03 05:00",
        "- 28.03 05:00–28.03 06:00",
    ]
    # Berlin has changed its clocks and Vladivostok never does.
    assert told(duty, "2026-03-30T06:00", "2026-03-30T08:00") == [
        "- 30.03 06:00–30.03 07:00",
        "anna 30.03 07:00–30.03 08:00",
    ]


# ── overrides ─────────────────────────────────────────────────────────────────


def test_an_override_counts_over_every_layer_and_only_while_it_lasts(rota: Make) -> None:
    stands_in = Override("duty", "olga", local("2026-01-12T08:00"), local("2026-01-12T12:00"))
    assert told(rota("anna", "ivan"), "2026-01-12T00:00", "2026-01-13T00:00", stands_in) == [
        "anna 12.01 00:00–12.01 08:00",
        "olga 12.01 08:00–12.01 12:00",
        "ivan 12.01 12:00–13.01 00:00",
    ]


def test_of_two_overrides_the_one_entered_last_counts(rota: Make) -> None:
    since, until = local("2026-01-12T08:00"), local("2026-01-12T12:00")
    found = [
        Override("duty", "olga", since, until, id=2),
        Override("duty", "petr", since, until, id=1),
    ]
    assert who(rota("anna"), found, since) == "olga"


def test_an_override_of_another_rota_changes_nothing(rota: Make) -> None:
    other = Override("nights", "olga", local("2026-01-12T08:00"), local("2026-01-12T12:00"))
    assert who(rota("anna"), [other], local("2026-01-12T09:00")) == "anna"


def test_an_override_fills_a_gap(rota: Make) -> None:
    duty = rota("anna", times="09:00-18:00")
    evening = Override("duty", "olga", local("2026-01-12T18:00"), local("2026-01-13T09:00"))
    whole = local("2026-01-12T09:00"), local("2026-01-13T18:00")
    assert len(gaps(duty, [], *whole)) == 1
    assert gaps(duty, [evening], *whole) == []


# ── now and next ──────────────────────────────────────────────────────────────


def test_now_is_the_whole_shift(rota: Make) -> None:
    assert on_call(rota("anna", "ivan"), [], local("2026-01-14T00:00")) == Shift(
        "ivan", local("2026-01-12T10:00"), local("2026-01-19T10:00")
    )


def test_now_says_how_long_there_will_be_nobody(rota: Make) -> None:
    duty = rota("anna", times="mon 09:00-18:00")
    assert on_call(duty, [], local("2026-01-14T00:00")) == Shift(
        None, local("2026-01-12T18:00"), local("2026-01-19T09:00")
    )


def test_one_engineer_for_ever_is_cut_off_at_the_horizon(rota: Make) -> None:
    at = local("2027-01-14T00:00")
    assert on_call(rota("anna"), [], at) == Shift("anna", at - HORIZON, at + HORIZON)
    assert next_shift(rota("anna"), [], at) is None


def test_next_is_whoever_comes_after_now(rota: Make) -> None:
    shift = next_shift(rota("anna", "ivan"), [], local("2026-01-14T00:00"))
    assert shift == Shift("anna", local("2026-01-19T10:00"), local("2026-01-26T10:00"))


def test_next_after_a_gap_may_be_the_same_engineer(rota: Make) -> None:
    duty = rota("anna", times="09:00-18:00")
    shift = next_shift(duty, [], local("2026-01-14T12:00"))
    assert shift == Shift("anna", local("2026-01-15T09:00"), local("2026-01-15T18:00"))


@pytest.mark.parametrize("turn", [timedelta(days=7), DAY, 12 * H], ids=["1w", "1d", "12h"])
def test_everybody_gets_as_many_turns_as_everybody_else(rota: Make, turn: timedelta) -> None:
    duty = rota("anna", "ivan", "olga", turn=turn)
    since = local("2026-01-05T10:00")
    found = shifts(duty, [], since, since + 30 * turn)
    assert [s.engineer for s in found] == ["anna", "ivan", "olga"] * 10
    assert {s.until - s.since for s in found} == {turn}
