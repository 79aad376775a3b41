"""Every text is somebody else's: none may become markup, a link, a line or a file of its own."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import async_playwright
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.component import Component
from incidents.contact import Contact
from incidents.events import Said, Scope, Status
from incidents.health import ComponentStatus, Health
from incidents.incident import Affected
from statuspage.publisher import publish

EVIL = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "]]><script>alert(1)</script>",
    "--><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "%(count)s %s %d",
    "a\r\nBEGIN:VEVENT\r\nEND:VEVENT",
    "javascript:alert(1)",
    "nul\x00bell\x07esc\x1b[2Jturn\u202ebidi",
    "\ud800 half a pair",
)
ALLOWED = {
    "a", "article", "b", "body", "br", "caption", "circle", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "head", "header", "html", "li", "link",
    "main", "meta", "nav", "ol", "p", "path", "script", "section", "small", "span", "style",
    "summary", "svg", "table", "tbody", "td", "th", "thead", "time", "title", "tr", "ul",
}  # fmt: skip


class EvilTexts:
    """Every word the same."""

    word = ""

    def title(self, *_):
        return self.word

    def public_text(self, *_):
        return self.word

    def meanwhile(self, *_):
        return (self.word, self.word)

    def safe(self, *_):
        return (self.word,)

    def article_for(self, *_):
        return self


@pytest.fixture(scope="module")
def evil():
    return EvilTexts()


@pytest.fixture
def poisoned(bench, evil):
    """All files of a site in which every text is the given one."""

    def render(word: str) -> dict[str, bytes]:
        evil.word = word
        text = {"ru": word, "en": word}
        said = (Said(bench.now, text, Status.IDENTIFIED),)
        scope = Scope(word, word, word)
        snapshot = bench.snapshot(
            bench.incident(1, title=text, public_text=text, updates=said, scope=scope),
            bench.incident(3, component="orphan", component_name=text),
            bench.resolved(2, bench.now - timedelta(days=1), updates=said, scope=scope),
            bench.incident(
                4,
                affected=(
                    Affected("sms", bench.now - timedelta(minutes=9)),
                    Affected("gone", bench.now - timedelta(minutes=1), name=text),
                ),
            ),
            components=(
                Health(
                    Component("sms", text, probes=("p",), journeys=(text,)), ComponentStatus.MAJOR
                ),
                Health(Component("maps", text), ComponentStatus.UNKNOWN),
            ),
            history=bench.history(names=("sms",), incidents={0: ("ИНЦ-2026-0001",)}),
            works=(bench.work(50, title=text, text=text, components=("sms", "orphan")),),
            contacts=tuple(
                Contact(kind, text, kind, word, text) for kind in ("phone", "email", "chat", "x")
            ),
        )
        portal = replace(snapshot.portal, name=text, url=word)
        return bench.render(replace(snapshot, portal=portal), evil)

    return render


def shape(page: bytes) -> list[str]:
    """The page's elements and their attributes' names, without any text."""
    nodes = Tree(page.decode()).css("*")
    return [f"{node.tag} {sorted(node.attributes)}" for node in nodes]


@pytest.mark.parametrize("word", EVIL)
def test_no_text_becomes_markup(poisoned, word):
    harmless, files = poisoned("harmless"), poisoned(word)
    for name in files:
        if name.endswith(".html"):
            tree = Tree(files[name].decode())
            assert {node.tag for node in tree.css("*")} <= ALLOWED
            assert shape(files[name]) == shape(harmless[name])


@pytest.mark.parametrize("word", EVIL)
def test_no_text_becomes_a_link_of_its_own(poisoned, word):
    for name, body in poisoned(word).items():
        if name.endswith(".html"):
            for node in Tree(body.decode()).css("[href]"):
                href = node.attributes["href"]
                assert re.match(r"(\.\./|/?[\w%#]|data:image/svg\+xml,)", href), href
                assert not href.lower().startswith(("javascript:", "vbscript:", "data:text")), href


@pytest.mark.parametrize("word", EVIL)
def test_feeds_and_badges_stay_whole(poisoned, word):
    for name, body in poisoned(word).items():
        if name.endswith((".atom", ".rss", ".svg")):
            root = ET.fromstring(body)
            names = {re.sub(r"{.*}", "", node.tag) for node in root.iter()}
            assert not names & {"script", "img"}, name


@pytest.mark.parametrize("word", EVIL[:6])
def test_html_within_a_feed_is_escaped_once_more(poisoned, word):
    root = ET.fromstring(poisoned(word)["feed.atom"])
    content = root.find(".//{http://www.w3.org/2005/Atom}content").text
    assert {node.tag for node in Tree(content).css("body *")} == {"p", "small", "br", "strong"}


@pytest.mark.parametrize("word", EVIL)
def test_json_says_what_was_said(poisoned, word):
    summary = json.loads(poisoned(word)["api/v2/summary.json"])
    expected = word.replace("\ud800", "").replace("\u202e", "")
    assert summary["incidents"][0]["name"] == expected


@pytest.mark.parametrize("word", EVIL)
def test_the_calendar_gets_no_line_more(poisoned, word):
    lines = poisoned(word)["maintenance.ics"].decode().split("\r\n")
    own = [line for line in lines if not line.startswith(" ")]
    assert sum(line.startswith(("BEGIN:", "END:")) for line in own) == 8


@pytest.mark.parametrize("word", EVIL)
def test_plain_text_gets_no_line_more_and_no_letter_that_moves_others(poisoned, word):
    harmless, files = poisoned("harmless"), poisoned(word)
    for name in ("status.txt", "en/status.txt"):
        own, usual = (
            [line for line in found[name].decode().splitlines() if not line.startswith("  ")]
            for found in (files, harmless)
        )
        assert len(own) == len(usual)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", files[name].decode())


@pytest.mark.parametrize("word", EVIL)
def test_every_document_for_programs_stays_whole(poisoned, word):
    for name, body in poisoned(word).items():
        if name.endswith(".json"):
            json.loads(body)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.text(min_size=1))
def test_whatever_is_written_the_site_stays_well_formed(poisoned, word):
    files = poisoned(word)
    for name in ("feed.atom", "feed.rss", "badge/sms.svg", "badge/orphan.svg", "badge.svg"):
        ET.fromstring(files[name])
    assert shape(files["index.html"])[:20] == shape(poisoned("harmless")["index.html"])[:20]


ACTING = (
    "\"'></title></style></script><script>x</script>"
    "<img src=//evil.example/x onerror=x><svg onload=x>"
)


async def test_in_a_browser_no_text_acts_or_asks_for_anything(poisoned, needs, tmp_path):
    publish(poisoned(ACTING), tmp_path / "page")
    site, asked, troubles = tmp_path / "page", [], []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=needs("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        opened = [
            f"{site.as_uri()}/{quote(str(f.relative_to(site)))}" for f in site.rglob("*.html")
        ]
        for address in opened:
            await page.goto(address)
        await browser.close()
    assert len(opened) > 20
    # The name shown in the browser's tab is a picture within the page.
    assert {one for one in asked if not one.startswith("data:")} == set(opened)
    assert troubles == []
