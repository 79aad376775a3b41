"""What people wrote: shown only while it holds, and marked where it is in another language."""

from dataclasses import replace
from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.events import Said, Status

FIXED = "Починили, следим."
FOUND = "Сбой у одного из операторов связи."


@pytest.fixture
def news(bench):
    """What the home page shows of what people wrote about one fault."""

    def shown(*lines, **changes):
        updates = tuple(
            Said(bench.now - timedelta(minutes=ago), {"ru": text} if text else {}, status)
            for ago, text, status in lines
        )
        incident = bench.incident(1, updates=updates, **changes)
        home = Tree(bench.render(bench.snapshot(incident))["index.html"].decode())
        found = home.css_first(".news")
        return "" if found is None else found.text()

    return shown


def test_the_last_words_are_shown_with_an_open_fault(news):
    assert FOUND in news((20, "Ищем.", Status.INVESTIGATING), (9, FOUND, Status.IDENTIFIED))


@pytest.mark.parametrize("end", [Status.RESOLVED, Status.POSTMORTEM])
def test_words_about_an_end_are_no_news_once_it_is_back(news, end):
    assert news((9, FIXED, end), status=Status.INVESTIGATING) == ""
    assert news((9, FIXED, end), (5, "", Status.INVESTIGATING)) == ""


def test_that_it_is_mended_is_no_news_once_it_fails_again(news, bench):
    watched = {"status": Status.MONITORING, "monitoring_at": bench.now}
    assert FIXED in news((9, FIXED, Status.MONITORING), **watched)
    assert news((9, FIXED, Status.MONITORING), (5, "", Status.INVESTIGATING)) == ""


def test_what_was_found_before_it_came_back_is_not_said_again(news):
    lines = (
        (20, FOUND, Status.IDENTIFIED),
        (9, "", Status.RESOLVED),
        (5, "", Status.INVESTIGATING),
    )
    assert news(*lines) == ""
    assert "Снова." in news(*lines, (2, "Снова.", Status.INVESTIGATING))


def test_words_in_another_language_are_marked_as_such(bench):
    mine = {"ru": FOUND}
    incident = bench.incident(
        1, title=mine, public_text=mine, updates=(Said(bench.now, mine, Status.IDENTIFIED),)
    )
    work = bench.work(50, title=mine, text=mine)
    files = bench.render(bench.snapshot(incident, works=(work,)))
    for name in (
        "en/index.html",
        "en/history.html",
        "en/works.html",
        f"en/works/{work.id}.html",
        f"en/incidents/{incident.id}.html",
        "en/components/sms.html",
    ):
        tree = Tree(files[name].decode())
        marked = [node.text() for node in tree.css("main [lang=ru]")]
        assert marked, name
        assert all(text == FOUND for text in marked), name
        assert tree.css_first("main").text().count(FOUND) == len(marked), name
    assert "lang=" not in Tree(files["index.html"].decode()).css_first("main").html


def test_words_in_the_pages_own_language_need_no_mark(bench):
    both = {"ru": FOUND, "en": "Cause found."}
    incident = replace(bench.incident(1), title=both, public_text=both)
    page = Tree(bench.render(bench.snapshot(incident))["en/index.html"].decode())
    assert "lang=" not in page.css_first("main").html
