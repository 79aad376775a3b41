"""Where there is very much of something, the home page stays light and leaves nothing unsaid."""

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.component import Component
from incidents.health import ComponentStatus, Health

S = ComponentStatus
JOURNEYS = ({"ru": "записаться к врачу", "en": "see a doctor"}, {"ru": "подать заявление"})


def crowd(count, **states):
    """Components by their numbers, the first two thirds of them in one of two journeys."""
    return tuple(
        Health(
            Component(
                f"c{n}",
                {"ru": f"Сервис {n}", "en": f"Service {n}"},
                probes=(f"p{n}",),
                journeys=(JOURNEYS[n % 3],) if n % 3 < 2 else (),
            ),
            states.get(f"c{n}", S.OPERATIONAL),
        )
        for n in range(count)
    )


@pytest.fixture
def home(bench):
    def render(*incidents, name="index.html", **changes):
        return Tree(bench.render(bench.snapshot(*incidents, **changes))[name].decode())

    return render


def folds(page):
    return [fold.css_first("summary").text() for fold in page.css("#services ~ details")]


def rows(page):
    return [row.css_first("a").text() for row in page.css("#services ~ .rows > li")]


def test_fifty_services_are_one_list(home):
    page = home(components=crowd(50))
    assert len(rows(page)) == 50
    assert not folds(page)


def test_more_are_folded_by_what_citizens_came_to_do(home):
    page = home(components=crowd(51))
    assert folds(page) == [
        "Записаться к врачу: 17 сервисов",
        "Подать заявление: 17 сервисов",
        "Остальное: 17 сервисов",
    ]
    assert not rows(page)
    assert len(page.css("#services ~ details li")) == 51


def test_what_does_not_work_stands_before_the_folds_the_gravest_first(home):
    components = crowd(60, c3=S.DEGRADED, c4=S.MAJOR, c5=S.UNKNOWN)
    page = home(components=components)
    assert set(rows(page)) == {"Сервис 3", "Сервис 4", "Сервис 5"}
    assert rows(page).index("Сервис 4") < rows(page).index("Сервис 3")
    assert [summary.partition(": ")[2] for summary in folds(page)] == ["19 сервисов"] * 3


def test_what_does_not_fit_there_is_counted_in_its_fold(home):
    page = home(components=crowd(60, **{f"c{n}": S.MAJOR for n in range(33)}))
    assert len(rows(page)) == 30
    assert folds(page) == [
        "Записаться к врачу: 10 сервисов, 1 из них не в порядке",
        "Подать заявление: 10 сервисов, 1 из них не в порядке",
        "Остальное: 10 сервисов, 1 из них не в порядке",
    ]


def test_services_without_journeys_are_one_fold(home):
    components = tuple(
        replace(one, component=replace(one.component, journeys=())) for one in crowd(60)
    )
    assert folds(home(components=components, name="en/index.html")) == ["All services: 60 services"]


def test_every_service_is_on_the_page_however_many_there_are(home, bench):
    components = crowd(1000, c7=S.MAJOR)
    past = bench.history()["sms"]
    page = home(components=components, history={one.component.id: past for one in components})
    links = {a.attributes["href"] for a in page.css("#services ~ * a")}
    assert {f"components/c{n}.html" for n in range(1000)} <= links
    assert len(page.css("svg.bars")) == 1


def test_a_thousand_services_and_two_hundred_faults_make_a_light_page(bench):
    components = crowd(1000, **{f"c{n}": S.MAJOR for n in range(200)})
    faults = [
        bench.incident(n, component=f"c{n}", component_name={"ru": f"Сервис {n}"})
        for n in range(200)
    ]
    past = [bench.resolved(n, bench.now - timedelta(days=n % 13)) for n in range(300, 500)]
    history = {one.component.id: bench.history()["sms"] for one in components}
    snapshot = bench.snapshot(*faults, *past, components=components, history=history)
    page = bench.render(snapshot)["index.html"]
    assert len(gzip.compress(page)) < 40_000
    assert len(page) < 300_000


def test_ten_faults_are_told_in_full_and_ninety_have_a_line(home, bench):
    page = home(*(bench.incident(n) for n in range(1, 124)))
    assert len(page.css("article.fault")) == 10
    listed = page.css("#faults ~ .names a")
    assert len(listed) == 90
    told = {a.attributes["href"] for a in [*page.css("article.fault h3 a"), *listed]}
    assert len(told) == 100
    assert "И ещё 23 сбоя." in page.css_first("section").text()


def test_the_gravest_faults_are_the_ones_in_full(home, bench):
    components = crowd(12, **{f"c{n}": S.DEGRADED for n in range(11)}, c11=S.MAJOR)
    page = home(
        *(bench.incident(n + 1, component=f"c{n}") for n in range(12)), components=components
    )
    first = page.css_first("article.fault h3 a").attributes["href"]
    assert first.endswith("-0012.html")


def test_thirty_past_faults_have_a_line_and_the_rest_is_counted(home, bench):
    page = home(*(bench.resolved(n, bench.now - timedelta(hours=5 * n)) for n in range(1, 42)))
    recent = page.css_first("section[aria-labelledby=recent]")
    assert len(recent.css("li li")) == 30
    assert "И ещё 11 сбоев." in recent.text()


def test_a_journey_names_five_of_those_that_hold_it_up(home):
    page = home(components=crowd(60, **{f"c{n}": S.MAJOR for n in range(0, 36, 3)}))
    said = page.css_first("#journeys ~ .can small").text()
    assert said == "Сервис 0, Сервис 3, Сервис 6, Сервис 9, Сервис 12 и ещё 7"
