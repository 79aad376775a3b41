"""Bursts against quiet nights, Monday mornings and fresh installations."""

import random
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.bursts import START, Line, hourly, ordinary, until_seen
from incidents.bursts import FEWEST, WEEKS, WINDOW, Count, Past, at_least, past_of, reckon

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 6, 45, tzinfo=UTC)  # Monday, 9:45 in Moscow
LONG_AGO = NOW - timedelta(days=365)
MONDAYS = past_of(NOW, ZONE, since=LONG_AGO)
FRESH = past_of(NOW, ZONE, since=NOW)
NOBODY = Count(0, 0)


def hour(week: int, day: int, at: float) -> float:
    return ((week * 7 + day) * 24 + at) * 3600


# ── what is compared ──


def test_the_same_hour_of_the_same_weekday_in_eight_past_weeks_says_what_is_usual() -> None:
    middles = [(begin + (end - begin) / 2).astimezone(ZONE) for begin, end in MONDAYS.stretches]
    assert [m.isoweekday() for m in middles] == [1] * WEEKS
    assert {f"{m:%H:%M:%S}" for m in middles} == {"09:37:30"}
    assert MONDAYS.windows == WEEKS * 4


def test_an_hour_stays_the_same_by_the_clock_when_the_clocks_change() -> None:
    past = past_of(NOW, ZoneInfo("Europe/Berlin"), since=LONG_AGO)
    begun = [begin.astimezone(ZoneInfo("Europe/Berlin")) for begin, _ in past.stretches]
    assert {f"{b:%H:%M}" for b in begun} == {"07:07"}
    assert len({b.utcoffset() for b in begun}) == 2


def test_weeks_before_the_first_call_are_not_taken_for_quiet_ones() -> None:
    past = past_of(NOW, ZONE, since=NOW - timedelta(weeks=3))
    assert past.weeks == 2


def test_without_a_past_week_all_that_was_noted_before_the_window_stands_in_for_it() -> None:
    since = NOW - timedelta(days=2)
    past = past_of(NOW, ZONE, since=since)
    assert past == Past(((since, NOW - WINDOW),), 0)


# ── the arithmetic ──


def test_fewer_than_five_calls_are_no_burst_however_quiet_the_hour() -> None:
    many = Past(MONDAYS.stretches * 50, WEEKS)
    assert not reckon(Count(FEWEST - 1, 0), NOBODY, many).is_burst
    assert reckon(Count(FEWEST, 0), NOBODY, many).is_burst


def test_a_quiet_night_s_burst_is_an_ordinary_monday_morning() -> None:
    assert reckon(Count(16, 2), Count(2, 60), MONDAYS).is_burst
    assert not reckon(Count(16, 480), Count(200, 6000), MONDAYS).is_burst


def test_when_the_line_is_busier_about_everything_it_takes_more_to_be_a_burst() -> None:
    calm = reckon(Count(20, 96), Count(100, 3200), MONDAYS)
    busy = reckon(Count(20, 96), Count(250, 3200), MONDAYS)
    assert calm.is_burst
    assert not busy.is_burst
    assert busy.level > 2 > calm.level


def test_a_fault_of_everything_is_no_explanation_of_itself() -> None:
    assert reckon(Count(200, 96), Count(6000, 3200), MONDAYS).is_burst


def test_the_first_ten_calls_of_a_fresh_installation_are_a_burst_if_all_say_the_same() -> None:
    assert reckon(Count(10, 0), NOBODY, FRESH).is_burst


def test_a_busy_line_s_first_quarter_of_an_hour_is_no_burst() -> None:
    assert not reckon(Count(25, 0), Count(300, 0), FRESH).is_burst


@given(st.integers(0, 200), st.integers(0, 3000), st.integers(0, 500), st.integers(0, 20000))
def test_one_more_call_never_makes_it_likelier_to_be_chance(now, past, others, others_past) -> None:
    around = Count(others, others_past)
    fewer, more = (reckon(Count(n, past), around, MONDAYS) for n in (now, now + 1))
    assert 0 <= more.chance <= fewer.chance <= 1


@given(st.integers(1, 400), st.floats(0.3, 20), st.floats(0.05, 50))
def test_the_law_s_parts_make_one(count, shape, rate) -> None:
    below = 1 - at_least(count, shape=shape, rate=rate)
    assert below + at_least(count, shape=shape, rate=rate) == pytest.approx(1)
    assert at_least(0, shape=shape, rate=rate) == pytest.approx(1)


def test_the_law_is_poisson_s_where_the_rate_is_known() -> None:
    # P(X >= 10) at a mean of 4, from a table of the Poisson distribution.
    assert at_least(10, shape=4e6, rate=1e6) == pytest.approx(0.008132, rel=1e-3)


def test_far_out_in_the_tail_the_chance_is_small_and_not_nothing() -> None:
    assert 0 < at_least(60, shape=40, rate=8) < 1e-12


# ── whole weeks of it (bench/bursts.py prints the table) ──


@pytest.fixture(scope="module", params=[False, True], ids=["poisson", "uneven"])
def weeks(request: pytest.FixtureRequest) -> Line:
    dice = random.Random(4)
    rates = hourly(dice, weeks=WEEKS + 10, symptoms=30, uneven=request.param, most=20)
    return ordinary(dice, rates)


def test_ten_weeks_of_thirty_symptoms_are_no_burst_nor_are_those_learnt_from(weeks: Line) -> None:
    assert list(weeks.bursts(0, hour(WEEKS + 10, 0, 0))) == []


@pytest.mark.parametrize(
    ("day", "at", "symptom", "most"),
    [(2, 3.3, 0, 12), (0, 9.6, 0, 45), (0, 9.6, 29, 10), (3, 15.2, 8, 20), (6, 12.5, 0, 20)],
    ids=["night", "monday-common", "monday-rare", "afternoon", "sunday"],
)
def test_a_real_burst_is_seen_within_so_many_calls(weeks: Line, day, at, symptom, most) -> None:
    dice = random.Random(5)
    for week in range(WEEKS, WEEKS + 10):
        seen = until_seen(weeks, symptom, hour(week, day, at), an_hour=240, dice=dice)
        assert seen is not None
        assert seen[0] <= most


@pytest.mark.parametrize("uneven", [False, True], ids=["poisson", "uneven"])
@pytest.mark.parametrize("at", [9.0, 9.9, 27.0], ids=["9:00", "9:54", "night"])
def test_a_fresh_installation_takes_its_first_days_for_what_they_are(at: float, *, uneven) -> None:
    dice = random.Random(6)
    line = ordinary(dice, hourly(dice, weeks=1, symptoms=30, uneven=uneven))
    since = at * 3600
    rest = [[at for at in calls if at >= since] for calls in line.symptoms]
    everything = line.everything[bisect_left(line.everything, since) :]
    assert list(Line(rest, everything).bursts(since, hour(0, 2, 0), since)) == []


def test_the_simulated_line_begins_on_a_monday() -> None:
    assert f"{START.astimezone(ZONE):%a %H:%M}" == "Mon 00:00"
