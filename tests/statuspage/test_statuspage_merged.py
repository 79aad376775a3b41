"""Merged incidents, and incidents of several components in the API, the feeds and the history."""

import json
import xml.etree.ElementTree as ET

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.events import (
    Because,
    Merged,
)
from statuspage.board import board

ID = "ИНЦ-2026-0001"
PAGE = f"incidents/{ID}.html"
WELL = Because("confirmed_recovery")
BY_HAND = Because("by_hand")


@pytest.fixture
def six(tell):
    """Login fails, and with it four others; one more a while later; one is well again."""
    story = tell().opened().joined(1, "sms", "upload", "payments", "booking")
    return story.joined(10, "certificates").left(25, "booking").incident


def test_the_api_lists_all_its_components_and_what_each_line_changed(bench, six):
    files = bench.render(bench.snapshot(six))
    (incident,) = json.loads(files["api/v2/incidents.json"])["incidents"]
    assert [c["id"] for c in incident["components"]] == [
        "login", "sms", "upload", "payments", "booking", "certificates",
    ]  # fmt: skip
    eased, spread, first = incident["incident_updates"]
    assert {c["new_status"] for c in first["affected_components"]} == {"major_outage"}
    assert {c["old_status"] for c in first["affected_components"]} == {"operational"}
    assert len(first["affected_components"]) == 5
    assert spread["affected_components"][-1] == {
        "code": "certificates",
        "name": "Справки и выписки",
        "old_status": "operational",
        "new_status": "major_outage",
    }
    changed = [c for c in eased["affected_components"] if c["old_status"] != c["new_status"]]
    assert [(c["code"], c["new_status"]) for c in changed] == [("booking", "operational")]


def test_a_merged_incident_claims_nothing_of_its_components(bench, tell):
    merged = tell().opened().then(10, Merged(ID, "login", BY_HAND, "ИНЦ-2026-0002")).incident
    files = bench.render(bench.snapshot(merged, bench.incident(2)))
    found = json.loads(files["api/v2/incidents.json"])["incidents"]
    last = next(i for i in found if i["id"] == ID)["incident_updates"][0]
    assert last["affected_components"] is None
    assert "ИНЦ-2026-0002" in last["body"]


def test_feeds_and_history_tell_of_all(bench, six):
    files = bench.render(bench.snapshot(six))
    items = ET.fromstring(files["feed.rss"]).findall("channel/item")
    assert [item.findtext("title").partition("]")[0] for item in items] == [
        "[Часть снова работает",
        "[Затронуты и другие сервисы",
        "[Разбираемся",
    ]
    assert "Снова работает: Запись к врачу." in items[0].findtext("description")
    history = Tree(files["history.html"].decode()).css_first(".days").text()
    assert "Коды по СМС, Загрузка документов" in history


def test_a_merged_incident_says_under_which_number_it_goes_on(bench, tell):
    merged = tell().opened().then(10, Merged(ID, "login", BY_HAND, "ИНЦ-2026-0002")).incident
    files = bench.render(bench.snapshot(merged, bench.incident(2)))
    page = Tree(files[PAGE].decode())
    text = " ".join(page.css_first("main").text(separator=" ").split())
    assert "Состояние Часть другого сбоя" in text
    assert "Дальше следите за ним под номером ИНЦ-2026-0002." in text
    assert page.css_first(".line a").attributes["href"].endswith("-2026-0002.html")
    for untrue in ("Сбой устранён", "Длительность", "Закончилось"):
        assert untrue not in text
    recent = Tree(files["index.html"].decode()).css_first(".days").text()
    assert "Продолжается под номером ИНЦ-2026-0002." in recent
    assert "ИНЦ-2026-0002" in files["feed.atom"].decode()


def test_a_number_that_is_not_public_is_nowhere_though_one_was_merged_into_it(bench, tell):
    merged = tell().opened().then(10, Merged(ID, "login", BY_HAND, "ИНЦ-2026-0077")).incident
    hidden = bench.incident(77, published_at=None)
    files = bench.render(bench.snapshot(merged, hidden))
    assert not [name for name, body in files.items() if b"0077" in body or "0077" in name]
    page = " ".join(Tree(files[PAGE].decode()).css_first("main").text(separator=" ").split())
    assert "это часть другого сбоя, и мы занимаемся ими вместе." in page


def test_when_the_other_one_becomes_public_the_page_changes(bench, tell):
    merged = tell().opened().then(10, Merged(ID, "login", BY_HAND, "ИНЦ-2026-0002")).incident
    before = board(bench.snapshot(merged, bench.incident(2, published_at=None)))
    assert before != board(bench.snapshot(merged, bench.incident(2)))
