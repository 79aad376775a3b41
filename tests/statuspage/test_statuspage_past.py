"""The last ninety days: as dashes, in words, as a line; and what can be done now."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.health import ComponentStatus, Health
from incidents.history.chronicle import Chronicle
from incidents.history.sketch import Latency
from incidents.history.uptime import Day, Seconds
from statuspage import bars
from statuspage.board import board
from statuspage.catalogue import load
from statuspage.chart import TALL, WIDE, chart
from statuspage.journeys import journeys
from statuspage.past import Past
from statuspage.times import Times

FIRST = date(2026, 8, 25)
WHOLE = 24 * 60 * 60
PAGE = "components/sms.html"
LOOKS = {
    ComponentStatus.OPERATIONAL: Seconds(operational=WHOLE),
    ComponentStatus.DEGRADED: Seconds(degraded=60, operational=WHOLE - 60),
    ComponentStatus.PARTIAL: Seconds(partial_outage=60, operational=WHOLE - 60),
    ComponentStatus.MAJOR: Seconds(major_outage=60, operational=WHOLE - 60),
    ComponentStatus.MAINTENANCE: Seconds(under_maintenance=WHOLE),
    ComponentStatus.UNKNOWN: Seconds(unknown=WHOLE),
}


def row_of(looks) -> list[Day]:
    return [Day(FIRST + timedelta(days=n), LOOKS[look]) for n, look in enumerate(looks)]


@pytest.fixture
def past(bench):
    """The last ninety days of SMS codes, in either language."""
    snapshot = bench.snapshot(
        bench.resolved(5, bench.now - timedelta(days=2)),
        history=bench.history(incidents={2: ("ИНЦ-2026-0005",)}),
    )
    shown = board(snapshot)
    return lambda lang="ru": Past(shown, load(lang), Times(shown.zone, load(lang)))


@given(st.lists(st.sampled_from(list(LOOKS)), min_size=1, max_size=90))
def test_every_day_is_drawn_once_and_as_it_was(looks):
    drawn: dict[int, ComponentStatus] = {}
    for line in bars.lines(row_of(looks)):
        for start, length in re.findall(r"M(\d+) [\d.]+h(\d+)", line.path):
            for place in range(int(start), int(start) + int(length)):
                assert place not in drawn
                drawn[place] = line.look
    assert drawn == dict(enumerate(looks))


def test_the_worse_a_day_the_taller_its_dash():
    one, two, three, four = (
        bars.HEIGHT[look]
        for look in (
            ComponentStatus.OPERATIONAL,
            ComponentStatus.DEGRADED,
            ComponentStatus.PARTIAL,
            ComponentStatus.MAJOR,
        )
    )
    assert one < two < three < four == bars.TALL
    assert len(set(bars.HEIGHT.values())) == len(bars.HEIGHT)


@given(st.floats(min_value=0, max_value=1))
def test_a_share_is_never_rounded_up(share):
    words = Past(None, load("en"), None).percent(share)
    assert float(words.removesuffix("%")) <= share * 100
    assert (words == "100%") is (share == 1)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ru", "99,95\N{NO-BREAK SPACE}%"), ("en", "99.95%")],
)
def test_a_share_speaks_the_language(past, lang, words):
    assert past(lang).percent(0.99959) == words


def test_of_less_than_a_day_no_share_is_told(past, bench):
    chronicle = bench.history()["sms"]
    fresh = replace(chronicle, days=(Day(FIRST, Seconds(operational=3600, unknown=WHOLE - 3600)),))
    assert past().share(chronicle)
    assert past().share(fresh) == ""


def test_every_day_is_told_once_in_words(past, bench):
    chronicle = bench.history(incidents={2: ("ИНЦ-2026-0005",)})["sms"]
    told = past().days(chronicle)
    days = [
        one.first + timedelta(days=n)
        for one in reversed(told)
        for n in range((one.last - one.first).days + 1)
    ]
    assert days == [day.date for day in chronicle.days]
    words = {one.label: one.text for one in told}
    assert words["Сегодня, 22 ноября"] == "День ещё не закончился"
    assert words["20 ноября"] == "Не работало 42 минуты"
    assert words["17 ноября"] == "Работало не у всех 10 минут, работало с перебоями 10 минут"
    assert words["22 октября"] == "Без сбоев, нет данных 2 часа 30 минут"
    assert words["2 ноября"] == "Плановые работы 16 часов 40 минут"
    assert words["25 августа – 23 сентября"] == "Нет данных"
    assert words["18–19 ноября"] == "Без сбоев"
    assert [story.id for one in told for story in one.stories] == ["ИНЦ-2026-0005"]


def test_today_is_told_apart_from_days_like_it(past):
    unseen = [Day(FIRST + timedelta(days=n), LOOKS[ComponentStatus.UNKNOWN]) for n in range(90)]
    told = past().days(Chronicle("sms", tuple(unseen), {}))
    assert [one.label for one in told] == ["Сегодня, 22 ноября", "25 августа – 21 ноября"]


def test_a_component_has_a_page_with_a_table_behind_its_bars(bench):
    fault = bench.resolved(5, bench.now - timedelta(days=2))
    history = bench.history(incidents={2: ("ИНЦ-2026-0005",)})
    page = Tree(bench.render(bench.snapshot(fault, history=history))[PAGE].decode())
    assert page.css_first("h1").text() == "Коды по СМС"
    assert (
        "Дней со сбоями: 3. Дней без данных: 30."
        in (page.css_first("svg.bars").attributes["aria-label"])
    )
    assert page.css_first("td a").attributes["href"].endswith("0005.html")
    assert len(page.css("table")) == 2
    assert page.css("tbody th[scope=row] time[datetime]")
    said = page.text().replace("\N{NO-BREAK SPACE}", " ")
    assert "Обычно 0,4 с; девять проверок из десяти занимали не больше 0,9 с." in said


def test_the_page_of_a_well_component_claims_nothing_of_now(bench):
    """It isn't made anew every minute, so it must not say that all is well."""
    page = bench.render(bench.snapshot(history=bench.history()))[PAGE].decode()
    assert "<script>" not in page
    assert "Работает<" not in page
    today = Tree(page).css_first("tbody tr")
    assert today.css_first(".mark").attributes["class"] == "mark none"


def test_of_what_nobody_measures_the_page_says_so(bench):
    unmeasured = Health(bench.component("sms", probes=()), ComponentStatus.UNKNOWN)
    page = bench.render(bench.snapshot(components=(unmeasured,)))[PAGE].decode()
    assert "Автоматической проверки у этого сервиса нет" in page
    assert "Сбоев не отмечено" in page


def test_a_chart_is_lifted_over_days_without_answers():
    days = [FIRST + timedelta(days=n) for n in range(5)]
    fast = Latency(10, 100, 250, 300)
    drawn = chart(days, {days[0]: fast, days[1]: fast, days[3]: fast})
    assert drawn.top_ms == 300
    assert drawn.usual == "M0 80L180 80M540 80h.1"
    assert chart(days, {days[0]: fast}) is None


@given(
    st.lists(
        st.one_of(st.none(), st.floats(min_value=0.1, max_value=600_000)), min_size=2, max_size=89
    )
)
def test_a_chart_stays_in_its_frame(speeds):
    days = [FIRST + timedelta(days=n) for n in range(len(speeds))]
    known = {
        d: Latency(1, ms / 2, ms, ms) for d, ms in zip(days, speeds, strict=True) if ms is not None
    }
    drawn = chart(days, known)
    if drawn is None:
        assert len(known) < 2
        return
    for path in (drawn.usual, drawn.slow):
        points = re.findall(r"[ML](-?\d+) (-?\d+)", path)
        assert len(points) == len(known)
        assert all(0 <= int(x) <= WIDE and 0 <= int(y) <= TALL for x, y in points)


PAY = {"ru": "оплатить пошлину", "en": "pay a fee"}
APPLY = {"ru": "подать заявление", "en": "apply"}


@pytest.mark.parametrize(
    ("login", "payments", "status", "because"),
    [
        (ComponentStatus.OPERATIONAL, ComponentStatus.OPERATIONAL, ComponentStatus.OPERATIONAL, []),
        (ComponentStatus.MAJOR, ComponentStatus.DEGRADED, ComponentStatus.MAJOR, ["login"]),
        (ComponentStatus.UNKNOWN, ComponentStatus.MAJOR, ComponentStatus.MAJOR, ["payments"]),
        (
            ComponentStatus.UNKNOWN,
            ComponentStatus.UNKNOWN,
            ComponentStatus.UNKNOWN,
            ["login", "payments"],
        ),
    ],
)
def test_a_journey_goes_as_its_gravest_component(bench, login, payments, status, because):
    components = (
        Health(bench.component("login", journeys=(APPLY, PAY)), login),
        Health(bench.component("payments", journeys=(PAY,)), payments),
    )
    apply, pay = journeys(components, "ru")
    assert (apply.name, apply.status) == ("подать заявление", login)
    assert (pay.name, pay.status) == ("оплатить пошлину", status)
    assert [health.component.id for health in pay.because] == because


def test_a_journey_of_which_nobody_sees_anything_is_not_measured(bench):
    unmeasured = bench.component("chat", probes=(), journeys=(PAY,))
    (pay,) = journeys([Health(unmeasured, ComponentStatus.UNKNOWN)], "en")
    assert pay.status is None


def test_the_home_page_says_what_can_be_done(bench):
    components = (
        Health(bench.component("login", journeys=(APPLY,)), ComponentStatus.OPERATIONAL),
        Health(bench.component("payments", journeys=(PAY,)), ComponentStatus.MAJOR),
    )
    files = bench.render(bench.snapshot(components=components))
    rows = Tree(files["index.html"].decode()).css(".can li")
    assert [" ".join(row.text(separator=" ").split()) for row in rows] == [
        "Подать заявление Получится",
        "Оплатить пошлину Пока не получится Оплата пошлин и штрафов",
    ]
