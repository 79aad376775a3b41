"""Which news is a route's, and which of its conditions keeps other news out."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.events import Because as Cause
from incidents.events import Called, Impact, Medium, Scope
from incidents.fold import evolve
from incidents.journal import Entry
from notify.delivery import Because, Telling
from notify.oncall.hours import parse_hours
from notify.planning.notice import call_notice_of, notice_of
from notify.planning.routing import Route
from probes.observation import Reason

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def news(story):
    def make(at=None, **changes):
        event = story.opened(**changes)
        at = at or story.START
        return notice_of(
            Entry(9, "s", at, "probes", event), None, evolve(None, event, at=at, actor="p")
        )

    return make


@pytest.mark.parametrize(
    ("condition", "because"),
    [
        ({"event": (Telling.RESOLVED,)}, Because.OTHER_EVENT),
        ({"component": ("login",)}, Because.OTHER_COMPONENT),
        ({"impact": (Impact.CRITICAL,)}, Because.OTHER_IMPACT),
        ({"reason": (Reason.TIMEOUT,)}, Because.OTHER_REASON),
        ({"region": ("Казань",)}, Because.OTHER_REGION),
        ({"time": (parse_hours("mon-sat"),)}, Because.OTHER_TIME),  # it is a Sunday
    ],
)
def test_the_condition_that_keeps_news_out_is_named(news, condition, because):
    assert Route("r", **condition).misses(news()) is because


def test_news_that_meets_every_condition_is_the_route_s(news):
    route = Route(
        "r",
        event=(Telling.OPENED,),
        component=("login", "sms"),
        impact=(Impact.MAJOR,),
        reason=(Reason.TIMEOUT, Reason.CODE_NOT_ARRIVED),
        region=("орёл",),
        time=(parse_hours("sun 11:00-12:00"),),
    )
    assert route.misses(news(scope=Scope(region="Орел"))) is None


def test_a_route_counts_time_in_its_own_zone(news):
    evening = news(datetime(2026, 11, 22, 21, 30, tzinfo=UTC))  # half past midnight in Moscow
    monday = (parse_hours("mon 00:00-01:00"),)
    assert Route("r", time=monday).misses(evening) is Because.OTHER_TIME
    assert Route("r", time=monday, zone=MOSCOW).misses(evening) is None


def test_a_call_s_region_is_the_caller_s(story):
    event = Called("", "sms", Cause("escalated"), "ЗВ-1", "s", Medium.PHONE, region="Казань")
    call = call_notice_of(Entry(9, "s", story.START, "olga", event))
    assert Route("r", region=("Казань",)).misses(call) is None
    assert Route("r", region=("Омск",)).misses(call) is Because.OTHER_REGION


# ── hours ──


@pytest.mark.parametrize(
    ("text", "within", "without"),
    [
        (
            "mon-fri 09:00-18:00",
            ["mon 09:00", "fri 17:59"],
            ["mon 08:59", "fri 18:00", "sat 12:00"],
        ),
        ("sat,sun", ["sat 00:00", "sun 23:59"], ["fri 23:59", "mon 00:00"]),
        ("22:00-06:00", ["mon 22:00", "tue 05:59"], ["mon 21:59", "tue 06:00"]),
        ("fri 22:00-06:00", ["fri 22:00", "sat 05:59"], ["fri 05:59", "sat 22:00"]),
        ("sat-mon 12:00-24:00", ["mon 23:59", "sun 12:00"], ["mon 11:59", "tue 00:00"]),
        ("Mon,Wed-Thu 08:00-09:00", ["wed 08:30"], ["tue 08:30", "wed 09:30"]),
    ],
)
def test_hours_hold_from_their_begin_until_before_their_end(text, within, without):
    hours = parse_hours(text)
    assert [w for w in within if not hours.hold(_at(w), MOSCOW)] == []
    assert [w for w in without if hours.hold(_at(w), MOSCOW)] == []


@pytest.mark.parametrize(
    "text", ["", " ", "weekdays", "mon-", "9-18", "mon 25:00-26:00", "mon 10:00"]
)
def test_what_is_no_stretch_of_the_week_is_refused_with_the_remedy(text):
    with pytest.raises(ValueError, match=r"expected days, hours|is no time of the day"):
        parse_hours(text)


def _at(text):
    day, clock = text.split()
    number = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(day)
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, 23 + number, hour, minute, tzinfo=MOSCOW)
