"""What holds for every rota, override and zone that Hypothesis thinks up."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from notify.oncall.hours import Hours
from notify.oncall.layer import Layer
from notify.oncall.rota import Override, Rota, on_call, shifts, who
from notify.oncall.wall import instant, wall

# Half an hour of summer time, three quarters of an hour off, a day left out, noon at the date
# line, midnights that do not exist, changes twice within Ramadan, and no changes at all.
ZONES = st.sampled_from(
    [
        "Europe/Moscow",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Pacific/Apia",
        "America/Havana",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "UTC",
    ]
).map(ZoneInfo)
PEOPLE = st.sampled_from(["anna", "ivan", "olga", "petr"])
MINUTES = st.integers(0, 1439).map(lambda n: time(n // 60, n % 60))
START = datetime(2011, 1, 1, tzinfo=UTC)
AT = st.integers(0, 20 * 366 * 24 * 60).map(lambda n: START + timedelta(minutes=n))
HOURS = st.builds(Hours, st.frozensets(st.integers(0, 7), min_size=1), MINUTES, MINUTES)
LAYERS = st.builds(
    Layer,
    st.lists(PEOPLE, min_size=1, max_size=4).map(tuple),
    AT.map(lambda at: at.replace(tzinfo=None)),
    st.sampled_from([timedelta(hours=n) for n in (1, 5, 12, 24, 168, 336)]),
    ZONES,
    st.lists(HOURS, max_size=2).map(tuple),
    st.frozensets(st.dates(date(2011, 1, 1), date(2031, 1, 1)), max_size=5),
)
ROTAS = st.builds(
    Rota, st.just("duty"), st.just({}), ZONES, st.lists(LAYERS, min_size=1, max_size=3).map(tuple)
)


@st.composite
def moments(draw: st.DrawFn) -> tuple[datetime, datetime, list[Override]]:
    """A fortnight somewhere, and overrides around it."""
    since = draw(AT)
    near = st.integers(-3 * 1440, 17 * 1440).map(lambda n: since + timedelta(minutes=n))
    found = [
        Override(
            draw(st.sampled_from(["duty", "duty", "other"])),
            draw(st.sampled_from(["stand-in", "another"])),
            begins,
            begins + timedelta(minutes=draw(st.integers(1, 4 * 1440))),
            id=number,
        )
        for number, begins in enumerate(draw(st.lists(near, max_size=4)))
    ]
    return since, since + timedelta(days=14), found


@given(ROTAS, moments())
@settings(max_examples=60, deadline=None)
def test_shifts_cover_every_instant_exactly_once(
    rota: Rota, given_: tuple[datetime, datetime, list[Override]]
) -> None:
    since, until, overrides = given_
    found = shifts(rota, overrides, since, until)
    assert (found[0].since, found[-1].until) == (since, until)
    assert all(s.since < s.until for s in found)
    for before, after in pairwise(found):
        assert before.until == after.since
        assert before.engineer != after.engineer


@given(ROTAS, moments(), st.lists(st.integers(0, 14 * 86_400 - 1), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_shifts_agree_with_every_instant(
    rota: Rota, given_: tuple[datetime, datetime, list[Override]], seconds: list[int]
) -> None:
    since, until, overrides = given_
    found = shifts(rota, overrides, since, until)
    for second in seconds:
        at = since + timedelta(seconds=second)
        (shift,) = [s for s in found if s.since <= at < s.until]
        assert shift.engineer == who(rota, overrides, at)


@given(ROTAS, moments())
@settings(max_examples=30, deadline=None)
def test_now_is_the_shift_that_lies_around_now(
    rota: Rota, given_: tuple[datetime, datetime, list[Override]]
) -> None:
    since, _, overrides = given_
    now = on_call(rota, overrides, since)
    assert now.since <= since < now.until
    assert now.engineer == who(rota, overrides, since)
    assert {s.engineer for s in shifts(rota, overrides, now.since, now.until)} == {now.engineer}


@given(ROTAS, moments(), st.lists(st.integers(0, 14 * 86_400 - 1), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_overrides_win_and_never_leak(
    rota: Rota, given_: tuple[datetime, datetime, list[Override]], seconds: list[int]
) -> None:
    since, _, overrides = given_
    for second in seconds:
        at = since + timedelta(seconds=second)
        entered = [o for o in overrides if o.rota == "duty" and o.since <= at < o.until]
        expected = entered[-1].engineer if entered else who(rota, [], at)
        assert who(rota, overrides, at) == expected


@given(ZONES, AT, st.sampled_from([1, 7, 14]), st.integers(1, 400))
@settings(max_examples=200, deadline=None)
def test_hand_overs_are_at_one_local_time_unless_clocks_skip_it(
    zone: ZoneInfo, begins: datetime, days: int, number: int
) -> None:
    starts = begins.replace(tzinfo=None)
    layer = Layer(("anna", "ivan"), starts, timedelta(days=days), zone)
    shown = starts + number * timedelta(days=days)
    at = instant(shown, zone)
    seen = wall(at, zone)
    # A skipped time is when the clocks jump over it: a second before, they showed less.
    assert seen == shown or wall(at - timedelta(seconds=1), zone) < shown < seen
    before, after = layer.who(at - timedelta(seconds=1)), layer.who(at)
    assert after == ("anna", "ivan")[number % 2]
    # A day that never was is nobody's: who serves before it and after it may be the same.
    assert before != after or seen != shown or zone.key == "Pacific/Apia"


@given(ZONES, AT, AT)
@settings(max_examples=200, deadline=None)
def test_later_wall_times_never_come_before(zone: ZoneInfo, one: datetime, two: datetime) -> None:
    first, second = sorted(at.replace(tzinfo=None) for at in (one, two))
    assert instant(first, zone) <= instant(second, zone)
    near = first + timedelta(minutes=17)
    assert instant(first, zone) <= instant(near, zone)


@given(
    ZONES,
    AT,
    st.sampled_from([timedelta(days=1), timedelta(days=7)]),
    st.integers(1, 4),
    st.integers(1, 10),
)
@settings(max_examples=40, deadline=None)
def test_everybody_serves_as_many_days_of_the_calendar(
    zone: ZoneInfo, begins: datetime, turn: timedelta, people: int, rounds: int
) -> None:
    names = tuple(f"engineer-{n}" for n in range(people))
    starts = begins.replace(tzinfo=None)
    layer = Layer(names, starts, turn, zone)
    rota = Rota("duty", {}, zone, (layer,))
    middle = [instant(starts + n * turn + turn / 2, zone) for n in range(people * rounds)]
    served = [who(rota, [], at) for at in middle]
    if zone.key != "Pacific/Apia":
        assert all(served.count(name) == rounds for name in names)
