"""Feeds as RFC 4287 and RSS 2.0 want them, read by another's parser."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import feedparser
import pytest

from statuspage import feeds

HOUR = timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"
RSS_ATOM_LINK = f"{ATOM}link"
# Element: how often it may stand in its parent, at least and at most; nothing else may.
FEED = {
    "id": (1, 1), "title": (1, 1), "updated": (1, 1), "author": (1, 99), "link": (2, 2),
    "entry": (0, 50),
}  # fmt: skip
ENTRY = {
    "id": (1, 1), "title": (1, 1), "updated": (1, 1), "published": (1, 1), "link": (1, 1),
    "content": (1, 1),
}  # fmt: skip
CHANNEL = {
    "title": (1, 1), "link": (1, 1), RSS_ATOM_LINK: (1, 1), "description": (1, 1),
    "language": (1, 1), "pubDate": (1, 1), "item": (0, 50),
}  # fmt: skip
ITEM = {
    "title": (1, 1), "description": (1, 1), "pubDate": (1, 1), "link": (1, 1), "guid": (1, 1),
}  # fmt: skip
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def snapshot(bench):
    said = (bench.said("Чиним.", minutes=10), bench.said("Почти.", minutes=5))
    return bench.snapshot(
        bench.incident(1, updates=said),
        bench.resolved(2, bench.now - timedelta(days=3)),
        works=(
            bench.work(50),
            bench.work(51, starts_at=bench.now - HOUR, lasts=timedelta(hours=3)),
            bench.work(52, starts_at=bench.now - 30 * HOUR, repeats="FREQ=DAILY"),
            bench.work(53, cancelled_at=bench.now - HOUR),
        ),
    )


@pytest.fixture
def read(bench):
    """A feed of a snapshot as a reader has it; a reader that finds nothing to complain about."""

    def parse(given, name="feed.atom"):
        found = feedparser.parse(bench.render(given)[name])
        assert not found.bozo, found.get("bozo_exception")
        return found

    return parse


def counted(parent, allowed, *, namespace=ATOM):
    seen = Counter(child.tag.removeprefix(namespace) for child in parent)
    assert seen.keys() <= allowed.keys()
    for name, (least, most) in allowed.items():
        assert least <= seen[name] <= most, name


@pytest.mark.parametrize("name", ["feed.atom", "en/feed.atom"])
def test_an_atom_feed_has_what_the_standard_asks_for_and_nothing_else(bench, snapshot, name):
    feed = ET.fromstring(bench.render(snapshot)[name])
    counted(feed, FEED)
    assert [link.attrib["rel"] for link in feed.findall(f"{ATOM}link")] == ["alternate", "self"]
    ids = [feed.findtext(f"{ATOM}id")]
    for entry in feed.findall(f"{ATOM}entry"):
        counted(entry, ENTRY)
        ids.append(entry.findtext(f"{ATOM}id"))
        assert entry.find(f"{ATOM}content").attrib == {"type": "html"}
    assert len(set(ids)) == len(ids)
    assert {urlsplit(id_).scheme for id_ in ids} == {"tag"}
    assert all(id_.isascii() for id_ in ids)
    dates = [e.text for e in feed.iter() if e.tag in (f"{ATOM}updated", f"{ATOM}published")]
    assert all(RFC3339.fullmatch(date) for date in dates)
    assert feed.findtext(f"{ATOM}updated") == max(dates)


@pytest.mark.parametrize("name", ["feed.rss", "en/feed.rss"])
def test_an_rss_feed_has_what_its_readers_ask_for_and_nothing_else(bench, snapshot, name):
    rss = ET.fromstring(bench.render(snapshot)[name])
    assert rss.attrib["version"] == "2.0"
    counted(rss.find("channel"), CHANNEL, namespace="")
    items = rss.findall("channel/item")
    for item in items:
        counted(item, ITEM, namespace="")
    assert len({item.findtext("guid") for item in items}) == len(items)


@pytest.mark.parametrize("name", ["feed.atom", "feed.rss", "en/feed.atom", "en/feed.rss"])
def test_a_reader_reads_it_in_the_language_of_its_folder(read, snapshot, name):
    found = read(snapshot, name)
    english = name.startswith("en/")
    assert found.feed.language == ("en" if english else "ru")
    said = " ".join(entry.title for entry in found.entries)
    assert ("no code arrives" in said) is english
    assert ("Database upgrade" in said) is english
    assert all(entry.link.startswith("https://status.example/") for entry in found.entries)
    assert all(("/en/" in entry.link) is english for entry in found.entries)


def test_what_there_was_news_of_last_comes_first(read, snapshot):
    entries = read(snapshot).entries
    assert [entry.title for entry in entries[:3]] == [
        "[Разбираемся] Коды по СМС: код не приходит",
        "[Отменены] Обновление базы",
        "[Идут сейчас] Обновление базы",
    ]
    changed = [entry.updated for entry in entries]
    assert changed == sorted(changed, reverse=True)


def test_announced_work_is_told_with_its_time_and_its_services(read, bench):
    (entry,) = read(bench.snapshot(works=(bench.work(50),))).entries
    assert "24 ноября, 02:00–04:30, московское время" in entry.content[0].value
    assert "Вход на портал, Коды по СМС" in entry.content[0].value
    assert "Войти не получится." in entry.content[0].value


def test_an_entry_of_work_goes_on_as_the_work_does(read, bench):
    before = bench.snapshot(works=(bench.work(50),))
    start = before.works[0].starts_at
    told = [
        read(replace(before, now=at)).entries[0]
        for at in (bench.now, start + HOUR, start + 3 * HOUR)
    ]
    assert len({entry.id for entry in told}) == 1
    assert [entry.updated for entry in told] == sorted({entry.updated for entry in told})
    assert [entry.title.split("]")[0] for entry in told] == [
        "[Запланированы",
        "[Идут сейчас",
        "[Закончились",
    ]


def test_work_that_repeats_stays_one_entry_and_each_turn_is_news(read, bench):
    daily = bench.work(50, starts_at=bench.now - 25 * HOUR, lasts=HOUR, repeats="FREQ=DAILY")
    before = bench.snapshot(works=(daily,))
    after = replace(before, now=bench.now + 24 * HOUR)
    (yesterday,), (today,) = (read(given).entries for given in (before, after))
    assert yesterday.id == today.id
    assert yesterday.updated < today.updated
    guids = [{item.id for item in read(given, "feed.rss").entries} for given in (before, after)]
    assert len(guids[1] - guids[0]) == 2  # it began again, and was over again


def test_work_called_off_half_way_is_called_off(read, bench):
    daily = bench.work(50, starts_at=bench.now - 25 * HOUR, repeats="FREQ=DAILY")
    stopped = replace(daily, cancelled_at=bench.now - 24 * HOUR)
    (entry,) = read(bench.snapshot(works=(stopped,))).entries
    lines = re.findall(r"<strong>(.*?)</strong>", entry.content[0].value)
    assert lines == ["Отменены", "Идут сейчас", "Запланированы"]


def test_two_updates_within_a_second_are_two_changes(read, bench):
    def updated(*said):
        return read(bench.snapshot(bench.incident(1, updates=said))).entries[0].updated

    first = bench.said("Чиним.", minutes=5)
    second = replace(first, at=first.at + timedelta(milliseconds=300))
    assert updated(first) < updated(first, second)


def test_a_feed_holds_no_more_than_readers_want(read, bench):
    incidents = [bench.resolved(n, bench.now - n * HOUR) for n in range(1, feeds.LENGTH + 20)]
    for name in ("feed.atom", "feed.rss"):
        assert len(read(bench.snapshot(*incidents), name).entries) == feeds.LENGTH


def test_an_old_fault_with_news_is_in_the_feed_again(read, bench):
    old = bench.incident(
        1, started_at=bench.now - 900 * HOUR, updates=(bench.said("Всё ещё чиним.", minutes=1),)
    )
    newer = [bench.resolved(n, bench.now - n * HOUR) for n in range(2, feeds.LENGTH + 20)]
    assert "Всё ещё чиним." in read(bench.snapshot(old, *newer)).entries[0].content[0].value
