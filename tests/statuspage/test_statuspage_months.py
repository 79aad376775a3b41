"""The history by months: the newest on one page, each earlier one on its own."""

from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from statuspage.board import board
from statuspage.site import Site


def past(bench, *days_ago):
    return [bench.resolved(n, bench.now - timedelta(days=ago)) for n, ago in enumerate(days_ago, 1)]


def changed(before, after):
    return {name for name, content in after.items() if before.get(name) is not content}


@pytest.fixture
def files(bench):
    """Faults in November, October and, twice, in September."""
    return bench.render(bench.snapshot(*past(bench, 1, 40, 60, 70)))


def test_the_newest_two_months_are_on_the_first_page(files):
    page = Tree(files["history.html"].decode())
    assert [h2.text() for h2 in page.css("h2")] == ["Ноябрь 2026", "Октябрь 2026"]


def test_an_earlier_month_has_a_page_of_its_own_in_each_language(files):
    months = {name for name in files if "history/" in name}
    assert months == {"history/2026-09.html", "en/history/2026-09.html"}
    page = Tree(files["history/2026-09.html"].decode())
    assert [h2.text() for h2 in page.css("h2")] == ["Сентябрь 2026"]
    assert len(page.css(".days li")) == 2
    assert "Сентябрь 2026" in page.css_first("title").text()


def test_every_month_is_one_link_away_from_every_other(files):
    def months(name):
        return [a.attributes["href"] for a in Tree(files[name].decode()).css(".months a")]

    assert months("history.html") == ["#m2026-11", "#m2026-10", "history/2026-09.html"]
    assert months("en/history/2026-09.html") == [
        "../../en/history.html#m2026-11",
        "../../en/history.html#m2026-10",
        "../../en/history/2026-09.html",
    ]


def test_a_busy_month_fills_the_first_page_alone(bench):
    files = bench.render(bench.snapshot(*past(bench, *[1] * 60, 40)))
    assert len(Tree(files["history.html"].decode()).css(".days li")) == 60
    assert "history/2026-10.html" in files


def test_a_new_fault_leaves_earlier_months_as_they_are(bench):
    site, old = Site(bench.texts, ("ru", "en")), past(bench, 40, 60, 70, 100)
    before = site.render(board(bench.snapshot(*old, *past(bench, 1))))
    after = site.render(board(bench.snapshot(*old, *past(bench, 1), bench.incident(99))))
    assert {n for n in changed(before, after) if "history" in n} == {
        "history.html",
        "en/history.html",
    }
