"""Feeds, calendar and badges, as the programs that read them expect."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import ical
from incidents.health import ComponentStatus

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def snapshot(bench):
    said = (bench.said("Чиним.", minutes=10), bench.said("Почти.", minutes=5))
    return bench.snapshot(
        bench.incident(1, updates=said), bench.resolved(2, bench.now - timedelta(days=3))
    )


def test_atom_has_one_entry_an_incident(bench, snapshot):
    feed = ET.fromstring(bench.render(snapshot)["feed.atom"])
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2
    assert entries[0].findtext(f"{ATOM}title") == "[Разбираемся] Коды по СМС: код не приходит"
    for needed in ("id", "updated", "published", "link", "content"):
        assert entries[0].find(f"{ATOM}{needed}") is not None
    assert feed.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "ru"


def test_an_update_revises_its_atom_entry_in_place(bench, snapshot):
    def entry(given):
        found = ET.fromstring(bench.render(given)["feed.atom"]).find(f"{ATOM}entry")
        return found.findtext(f"{ATOM}id"), found.findtext(f"{ATOM}updated")

    newer = replace(
        snapshot.incidents[0], updates=(*snapshot.incidents[0].updates, bench.said("!", minutes=1))
    )
    before, after = entry(snapshot), entry(replace(snapshot, incidents=(newer,)))
    assert before[0] == after[0]
    assert before[1] < after[1]


def test_atom_lines_are_html_newest_first(bench, snapshot):
    feed = ET.fromstring(bench.render(snapshot)["feed.atom"])
    content = feed.find(f"{ATOM}entry/{ATOM}content").text
    assert content.index("Почти.") < content.index("Чиним.")
    assert content.count("<p>") == 3


def test_rss_has_one_item_an_update(bench, snapshot):
    feed = ET.fromstring(bench.render(snapshot)["feed.rss"])
    items = feed.findall("channel/item")
    assert len(items) == 5
    guids = [item.find("guid") for item in items]
    assert len({guid.text for guid in guids}) == 5
    assert {guid.attrib["isPermaLink"] for guid in guids} == {"false"}
    dates = [parsedate_to_datetime(item.findtext("pubDate")) for item in items]
    assert dates == sorted(dates, reverse=True)


def test_each_language_has_feeds_of_its_own(bench, snapshot):
    files = bench.render(snapshot)
    assert b"[Looking into it] SMS codes: no code arrives" in files["en/feed.atom"]
    ids = {
        ET.fromstring(files[name]).findtext(f"{ATOM}id") for name in ("feed.atom", "en/feed.atom")
    }
    assert len(ids) == 2


def test_a_feed_with_nothing_to_tell_is_still_a_feed(bench):
    feed = ET.fromstring(bench.render(bench.snapshot())["feed.atom"])
    assert feed.findtext(f"{ATOM}updated") == "2026-11-22T00:00:00.000Z"


def test_without_announced_work_the_calendar_is_empty(bench, snapshot):
    calendar = bench.render(snapshot)["maintenance.ics"].decode()
    lines = calendar.split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert "X-WR-CALNAME:Портал услуг" in lines
    assert "BEGIN:VEVENT" not in lines
    assert "\n" not in calendar.replace("\r\n", "")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_folded_line_is_short_and_says_the_same(text):
    pieces = ical.folded(text).split("\r\n ")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert "".join(pieces) == text or "\r\n " in text


@given(st.text())
def test_a_name_starts_no_new_line_in_a_calendar(text):
    assert not {"\n", "\r"} & set(ical.escaped(text))


@pytest.mark.parametrize(
    ("status", "colour"),
    [
        (ComponentStatus.OPERATIONAL, "brightgreen"),
        (ComponentStatus.DEGRADED, "yellow"),
        (ComponentStatus.PARTIAL, "orange"),
        (ComponentStatus.MAJOR, "red"),
        (ComponentStatus.MAINTENANCE, "blue"),
        (ComponentStatus.UNKNOWN, "lightgrey"),
    ],
)
def test_a_badge_says_its_state_in_words_and_colour(bench, status, colour):
    files = bench.render(bench.snapshot(states={"login": status}))
    shield = json.loads(files["badge/login.json"])
    assert shield["schemaVersion"] == 1
    assert (shield["label"], shield["color"]) == ("Вход на портал", colour)
    drawing = ET.fromstring(files["badge/login.svg"])
    assert drawing.attrib["role"] == "img"
    assert drawing.attrib["aria-label"] == f"Вход на портал: {shield['message']}"


def test_every_component_has_its_badge(bench):
    files = bench.render(bench.snapshot())
    for name in bench.names:
        assert {f"badge/{name}.svg", f"badge/{name}.json"} <= files.keys()
