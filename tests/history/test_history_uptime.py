"""Uptime by day: what counts as what, and that every second is counted once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.events import Impact, Origin, Status
from incidents.health import ComponentStatus
from incidents.history.uptime import (
    Day,
    Period,
    Record,
    Seconds,
    announced,
    days,
    ratio,
    stretches,
)
from incidents.incident import Affected, Incident
from incidents.maintenance import Maintenance
from probes.observation import Outcome

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = MIDNIGHT + timedelta(days=30)
H = 3600


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def incident(
    began: datetime, ended: datetime | None, *, component: str = "sms", id_: str = "A-1", **fields
) -> Incident:
    given = {
        "id": id_,
        "component": component,
        "origin": Origin.PROBE,
        "status": Status.RESOLVED if ended else Status.INVESTIGATING,
        "impact": Impact.MAJOR,
        "started_at": began,
        "opened_at": began,
        "changed_at": began,
        "resolved_at": ended,
        "published_at": began,
        "probes_agree": True,
        "affected": (Affected(component, began, ended, Outcome.DOWN),),
    }
    return Incident(**(given | fields))


SEEN = [(MIDNIGHT - timedelta(days=9), None)]


def one_day(record: Record, *, now: datetime = LATER, **options) -> Day:
    (found,) = days(record, Period.between(DAY, DAY, UTC), now=now, **options)
    return found


def test_a_day_that_nobody_saw_is_unknown() -> None:
    day = one_day(Record("sms"))
    assert (day.seconds, day.worst) == (Seconds(unknown=24 * H), ComponentStatus.UNKNOWN)


def test_a_day_that_was_seen_without_a_fault_is_operational() -> None:
    day = one_day(Record("sms", sights=SEEN))
    assert (day.seconds, day.worst) == (Seconds(operational=24 * H), ComponentStatus.OPERATIONAL)


def test_an_outage_counts_though_nobody_was_looking() -> None:
    day = one_day(Record("sms", [incident(at(1), at(3))]))
    assert day.seconds == Seconds(major_outage=2 * H, unknown=22 * H)
    assert (day.incidents, day.worst) == (("A-1",), ComponentStatus.MAJOR)


def test_announced_work_counts_before_an_outage() -> None:
    day = one_day(Record("sms", [incident(at(1), at(5))], [(at(0), at(4))], SEEN))
    assert day.seconds == Seconds(operational=19 * H, major_outage=H, under_maintenance=4 * H)


def test_of_two_incidents_the_graver_counts() -> None:
    slow = Affected("sms", at(0), at(4), Outcome.DEGRADED)
    milder = incident(at(0), at(4), id_="A-2", affected=(slow,))
    day = one_day(Record("sms", [incident(at(2), at(3)), milder], sights=SEEN))
    assert day.seconds == Seconds(operational=20 * H, degraded=3 * H, major_outage=H)
    assert day.incidents == ("A-2", "A-1")


def test_slow_first_and_down_later_are_counted_apart() -> None:
    affected = (
        Affected("sms", at(1), at(2), Outcome.DEGRADED),
        Affected("sms", at(2), at(4), Outcome.DOWN),
    )
    day = one_day(Record("sms", [incident(at(1), at(4), affected=affected)], sights=SEEN))
    assert day.seconds == Seconds(operational=21 * H, degraded=H, major_outage=2 * H)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"impact_is_set": True, "impact": Impact.MINOR}, Seconds(degraded=24 * H)),
        ({"impact_is_set": True, "impact": Impact.NONE}, Seconds(operational=24 * H)),
        (
            {
                "origin": Origin.PERSON,
                "probes_agree": False,
                "affected": (Affected("sms", at(-1)),),
            },
            Seconds(partial_outage=24 * H),
        ),
    ],
    ids=["minor by a person", "none by a person", "opened by a person"],
)
def test_how_bad_it_is_goes_by_people_where_they_say_so(fields, expected) -> None:
    day = one_day(Record("sms", [incident(at(-1), None, **fields)], sights=SEEN))
    assert day.seconds == expected


def test_no_impact_is_not_seen_either() -> None:
    harmless = incident(at(1), at(2), impact_is_set=True, impact=Impact.NONE)
    day = one_day(Record("sms", [harmless]))
    assert (day.seconds, day.incidents) == (Seconds(unknown=24 * H), ("A-1",))


def test_a_component_that_an_incident_drew_in_was_unwell_for_its_own_time() -> None:
    affected = (
        Affected("login", at(1), at(9), Outcome.DOWN),
        Affected("sms", at(2), at(3), Outcome.DEGRADED),
    )
    found = incident(at(1), at(9), component="login", affected=affected)
    day = one_day(Record("sms", [found], sights=SEEN))
    assert day.seconds == Seconds(operational=23 * H, degraded=H)


def test_incidents_of_other_components_are_passed_over() -> None:
    day = one_day(Record("sms", [incident(at(1), at(3), component="login")], sights=SEEN))
    assert (day.seconds, day.incidents) == (Seconds(operational=24 * H), ())


def test_an_incident_that_older_versions_wrote_down_counts_from_start_to_end() -> None:
    old = incident(at(1), at(3), affected=(), outcome=Outcome.DOWN)
    assert one_day(Record("sms", [old])).seconds.major_outage == 2 * H


def test_a_blip_is_no_news_to_the_public_and_counts_in_a_report() -> None:
    record = Record("sms", [incident(at(1), at(3), published_at=None)], sights=SEEN)
    assert one_day(record).seconds.major_outage == 2 * H
    public = one_day(record, published_only=True)
    assert (public.seconds, public.incidents) == (Seconds(operational=24 * H), ())


def test_what_is_to_come_today_counts_as_nothing() -> None:
    record = Record("sms", [incident(at(5), None)], [(at(20), at(21))], SEEN)
    day = one_day(record, now=at(6))
    assert day.seconds == Seconds(operational=5 * H, major_outage=H)


def test_a_day_to_come_is_empty_and_unknown() -> None:
    day = one_day(Record("sms", [incident(at(5), None)], sights=SEEN), now=at(-1))
    assert (day.seconds, day.incidents, day.worst) == (Seconds(), (), ComponentStatus.UNKNOWN)


def test_an_incident_belongs_to_every_day_that_it_touched_and_no_other() -> None:
    night = incident(at(23), at(48))
    found = days(
        Record("sms", [night]), Period.between(DAY, DAY + timedelta(days=3), UTC), now=LATER
    )
    assert [day.incidents for day in found] == [("A-1",), ("A-1",), (), ()]
    assert [day.seconds.major_outage for day in found] == [H, 24 * H, 0, 0]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)],
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    noon = datetime(2026, day.month, day.day, 12, tzinfo=BERLIN)
    down = incident(noon, noon + timedelta(hours=1))
    long_ago, after = noon - timedelta(days=3), noon + timedelta(days=3)
    record = Record("sms", [down], sights=[(long_ago, after)])
    (found,) = days(record, Period.between(day, day, BERLIN), now=after)
    assert found.seconds == Seconds(operational=(hours - 1) * H, major_outage=H)


def test_days_begin_at_midnight_where_the_portal_is() -> None:
    evening = incident(at(20), at(22))  # 23:00 to 01:00 in Moscow
    found = days(
        Record("sms", [evening]), Period.between(DAY, DAY + timedelta(days=1), MOSCOW), now=LATER
    )
    assert [day.seconds.major_outage for day in found] == [H, H]


def test_a_month_is_whole() -> None:
    period = Period.month(date(2026, 2, 14), MOSCOW)
    assert (period.dates[0], period.dates[-1]) == (date(2026, 2, 1), date(2026, 2, 28))
    assert period.holds(datetime(2026, 2, 1, tzinfo=MOSCOW))
    assert not period.holds(datetime(2026, 3, 1, tzinfo=MOSCOW))


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="2026-03-01 is before 2026-03-02"):
        Period.between(DAY, DAY - timedelta(days=1), UTC)


@pytest.mark.parametrize(
    ("seconds", "worst"),
    [
        (Seconds(operational=9, degraded=1), ComponentStatus.DEGRADED),
        (Seconds(operational=9, degraded=5, partial_outage=1), ComponentStatus.PARTIAL),
        (Seconds(operational=9, under_maintenance=3), ComponentStatus.OPERATIONAL),
        (Seconds(operational=3, under_maintenance=9), ComponentStatus.MAINTENANCE),
        (Seconds(operational=9, unknown=3), ComponentStatus.OPERATIONAL),
        (Seconds(operational=9, unknown=9), ComponentStatus.UNKNOWN),
    ],
)
def test_a_day_is_coloured_by_its_worst_and_else_by_what_it_mostly_was(seconds, worst) -> None:
    assert Day(DAY, seconds).worst is worst


def test_slow_counts_as_up_unless_told_otherwise() -> None:
    found = [Day(DAY, Seconds(operational=60, degraded=20, major_outage=20))]
    assert ratio(found) == 0.8
    assert ratio(found, degraded_is_up=False) == 0.6


def test_work_and_what_nobody_saw_are_left_out_of_the_ratio() -> None:
    found = [Day(DAY, Seconds(operational=3, major_outage=1, under_maintenance=50, unknown=50))]
    assert ratio(found) == 0.75


@pytest.mark.parametrize(
    "seconds", [Seconds(), Seconds(unknown=9), Seconds(under_maintenance=9, unknown=1)]
)
def test_where_nothing_was_known_there_is_no_ratio(seconds: Seconds) -> None:
    assert ratio([Day(DAY, seconds)]) is None


def work(**fields) -> Maintenance:
    given = {
        "id": "W-1",
        "components": ("sms",),
        "starts_at": at(2),
        "ends_at": at(4),
        "timezone": "UTC",
        "announced_at": at(0),
        "changed_at": at(0),
    }
    return Maintenance(**(given | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [(at(2), at(4))]),
        ({"components": ("login",)}, []),
        ({"announced_at": at(3)}, [(at(3), at(4))]),
        ({"announced_at": at(5)}, []),
        ({"cancelled_at": at(3)}, [(at(2), at(3))]),
    ],
    ids=["planned", "of another component", "announced late", "announced afterwards", "cancelled"],
)
def test_work_counts_from_its_announcement_until_it_is_called_off(fields, expected) -> None:
    assert announced([work(**fields)], "sms", Period.between(DAY, DAY, UTC)) == expected


# ── what always holds ─────────────────────────────────────────────────────────

PERIOD = Period.between(date(2026, 3, 27), date(2026, 4, 2), BERLIN)  # the clocks go forward
START = datetime(2026, 3, 26, tzinfo=UTC)
NOW = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)

instants = st.integers(0, 8 * 86400).map(lambda s: START + timedelta(seconds=s / 2))


@st.composite
def spans(draw) -> tuple[datetime, datetime | None]:
    first, second = sorted([draw(instants), draw(instants)])
    return first, draw(st.sampled_from([second, None]))


@st.composite
def incidents(draw) -> Incident:
    began, ended = draw(spans())
    outcome = draw(st.sampled_from([*Outcome, None]))
    return incident(
        began,
        ended,
        id_=draw(st.sampled_from("ABCDEF")),
        component=draw(st.sampled_from(["sms", "login"])),
        affected=(Affected("sms", began, ended, outcome),),
        impact=draw(st.sampled_from(Impact)),
        impact_is_set=draw(st.booleans()),
        published_at=draw(st.sampled_from([None, began])),
    )


records = st.builds(
    Record,
    st.just("sms"),
    st.lists(incidents(), max_size=6),
    st.lists(spans(), max_size=4),
    st.lists(spans(), max_size=4),
)


@given(records, st.booleans())
def test_the_seconds_of_a_day_make_up_the_day(record: Record, published_only: bool) -> None:
    found = days(record, PERIOD, now=NOW, published_only=published_only)
    now = int(NOW.timestamp())
    for day, start, end in zip(found, PERIOD.borders, PERIOD.borders[1:], strict=False):
        assert day.seconds.total == max(0, min(end, now) - start)


@given(records, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_changes_nothing(record: Record, dice: Random) -> None:
    mixed = Record(
        "sms",
        *(dice.sample(x, len(x)) for x in (record.incidents, record.maintenance, record.sights)),
    )
    assert days(mixed, PERIOD, now=NOW) == days(record, PERIOD, now=NOW)


@given(records)
def test_what_nobody_saw_counts_neither_as_up_nor_as_down(record: Record) -> None:
    seen = days(record, PERIOD, now=NOW)
    blind = days(Record("sms", record.incidents, record.maintenance), PERIOD, now=NOW)
    for with_eyes, without in zip(seen, blind, strict=True):
        assert without.seconds.operational == 0
        assert without.seconds.down() == with_eyes.seconds.down()
        assert without.seconds.unknown == with_eyes.seconds.unknown + with_eyes.seconds.operational
    assert ratio(blind, degraded_is_up=False) in (None, 0.0)


@given(records, st.sampled_from(range(7)))
def test_every_second_has_the_status_that_comes_first(record: Record, number: int) -> None:
    """Against the plainest way to say it: look at every claim, one instant at a time."""
    expected = Seconds()
    order = ["degraded", "partial_outage", "major_outage"]
    start, end = PERIOD.borders[number : number + 2]
    points = sorted(
        {start, min(end, max(start, int(NOW.timestamp())))}
        | {
            int(x.timestamp())
            for span in [*record.maintenance, *record.sights]
            + [(a.since, a.until) for i in record.incidents for a in i.affected]
            for x in span
            if x and start < x.timestamp() < min(end, NOW.timestamp())
        }
    )

    def covers(began: datetime, ended: datetime | None, moment: int) -> bool:
        return int(began.timestamp()) <= moment and (
            ended is None or moment < int(ended.timestamp())
        )

    names = dict(
        zip(
            [ComponentStatus.DEGRADED, ComponentStatus.PARTIAL, ComponentStatus.MAJOR],
            order,
            strict=True,
        )
    )
    for moment, until in pairwise(points):
        claims = [
            names[status]
            for i in record.incidents
            for began, ended, status in stretches(i, "sms")
            if status in names and covers(began, ended, moment)
        ]
        if any(covers(*span, moment) for span in record.maintenance):
            name = "under_maintenance"
        elif claims:
            name = max(claims, key=order.index)
        else:
            seen = any(covers(*span, moment) for span in record.sights)
            name = "operational" if seen else "unknown"
        expected += Seconds(**{name: until - moment})
    assert days(record, PERIOD, now=NOW)[number].seconds == expected
