"""What people read: facts about the pages rather than pictures of them."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from gettext import NullTranslations
from html.parser import HTMLParser
from posixpath import dirname, normpath
from urllib.parse import unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.component import Component
from incidents.contact import Contact
from incidents.events import Impact, Said, Scope, Status
from incidents.health import ComponentStatus, Health
from incidents.texts import Texts
from probes.observation import Outcome, Reason
from statuspage.board import board
from statuspage.catalogue import load
from statuspage.site import Site

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
LIMIT = 14_000
CROWD_LIMIT = 60_000


class Nesting(HTMLParser):
    """Fails where a tag is closed that is not the last one open, or never is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


class Third(NullTranslations):
    """A language that has two words so far; the others are English."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        if lang != "tt":
            self.add_fallback(load(lang))
        self.own = {"History of faults": "Тарих", "English": "Татарча"} if lang == "tt" else {}

    def gettext(self, message: str) -> str:
        return self.own.get(message) or super().gettext(message)


@pytest.fixture
def full(bench):
    """A snapshot with everything on it."""
    return bench.snapshot(
        bench.incident(
            1,
            updates=(bench.said("Нашли причину.", minutes=10, status=Status.IDENTIFIED),),
            status=Status.IDENTIFIED,
        ),
        bench.incident(
            2,
            component="upload",
            reason=Reason.SLOW,
            outcome=Outcome.DEGRADED,
            impact=Impact.MINOR,
            scope=Scope(region="Татарстан"),
        ),
        *(bench.resolved(n, bench.now - timedelta(days=n)) for n in (3, 5, 40, 70)),
        states={"sms": ComponentStatus.MAJOR, "upload": ComponentStatus.DEGRADED},
        works=(
            bench.work(50),
            bench.work(51, starts_at=bench.now - timedelta(hours=1), components=("maps",)),
            bench.work(52, starts_at=bench.now - timedelta(days=30), repeats="FREQ=WEEKLY"),
        ),
        history=bench.history(incidents={0: ("ИНЦ-2026-0001",), 5: ("ИНЦ-2026-0005",)}),
    )


def pages(files) -> Iterator[tuple[str, str]]:
    return ((name, body.decode()) for name, body in files.items() if name.endswith(".html"))


def text(page: bytes | str) -> str:
    body = Tree(page if isinstance(page, str) else page.decode()).body
    assert body is not None
    for hidden in body.css("script, style, [hidden]"):
        hidden.decompose()
    return re.sub(r" (?=[.,])", "", " ".join(body.text(separator=" ").split()))


def test_every_page_is_well_formed(bench, full):
    for name, page in pages(bench.render(full)):
        nesting = Nesting()
        nesting.feed(page)
        assert not nesting.open, name


def test_every_page_has_one_heading_a_skip_link_and_landmarks(bench, full):
    for name, page in pages(bench.render(full)):
        tree = Tree(page)
        assert len(tree.css("h1")) == 1, name
        assert tree.css_first("body > a.skip").attributes["href"] == "#main", name
        for landmark in ("header", "main#main", "footer", "html[lang]"):
            assert len(tree.css(landmark)) == 1, (name, landmark)


def test_headings_skip_no_level(bench, full):
    for name, page in pages(bench.render(full)):
        levels = [int(n) for n in re.findall(r"<h([1-6])", page)]
        assert all(b <= a + 1 for a, b in zip([0, *levels], levels, strict=False)), name


def test_no_id_is_given_twice(bench, full):
    for name, page in pages(bench.render(full)):
        ids = [node.attributes["id"] for node in Tree(page).css("[id]")]
        assert len(ids) == len(set(ids)), name


def test_every_link_within_the_site_leads_to_a_file(bench, full):
    files = bench.render(full)
    checked = 0
    for name, page in pages(files):
        for node in Tree(page).css("[href]"):
            href = node.attributes["href"] or ""
            if urlsplit(href).scheme:
                continue
            path, _, anchor = href.partition("#")
            start = "" if path.startswith("/") else dirname(name)
            target = normpath(f"{start}/{unquote(path)}").lstrip("/") if path else name
            assert target in files, (name, href)
            if anchor:
                assert f'id="{anchor}"'.encode() in files[target], (name, href)
            checked += 1
    assert checked > 100


def test_links_are_percent_encoded_and_files_are_not(bench, full):
    files = bench.render(full)
    assert "incidents/ИНЦ-2026-0001.html" in files
    assert b"%D0%98%D0%9D%D0%A6-2026-0001.html" in files["index.html"]


def test_every_page_has_its_twin(bench, full):
    names = {name for name, _ in pages(bench.render(full))}
    own = {name for name in names if not name.startswith("en/")}
    assert {f"en/{name}" for name in own} == names - own


def test_a_portal_of_one_language_has_no_twins(bench, full):
    files = bench.render(replace(full, portal=replace(full.portal, languages=("en",))))
    assert not [name for name in files if name.startswith("en/")]
    assert Tree(files["index.html"].decode()).css_first("html").attributes["lang"] == "en"
    assert not Tree(files["index.html"].decode()).css("header nav")


def test_the_home_page_is_light(bench, full):
    for name in ("index.html", "en/index.html"):
        assert len(gzip.compress(bench.render(full)[name])) < LIMIT


def test_two_hundred_components_still_make_a_light_page(bench, full):
    names, past = [f"c{n}" for n in range(200)], bench.history()["sms"]
    crowd = tuple(
        Health(
            Component(name, {"ru": f"Сервис «{name}»"}, probes=(name,)), ComponentStatus.OPERATIONAL
        )
        for name in names
    )
    # No two pasts alike: each begins somewhere else.
    history = {
        name: replace(past, days=past.days[n % 89 :] + past.days[: n % 89])
        for n, name in enumerate(names)
    }
    page = bench.render(replace(full, components=crowd, history=history))["index.html"]
    assert len(gzip.compress(page)) < CROWD_LIMIT


def test_the_home_page_needs_no_other_file(bench, full):
    tree = Tree(bench.render(full)["index.html"].decode())
    assert not tree.css("img, script[src], link[rel=stylesheet], iframe, object, video, audio")
    assert "@import" not in tree.html
    assert "url(" not in tree.css_first("style").text()


def test_the_policy_allows_the_one_style_and_script_there_are(bench, full):
    for name, page in pages(bench.render(full)):
        tree = Tree(page)
        policy = tree.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        inline = [node.text() for node in tree.css("style, script")]
        assert len(tree.css("style")) == 1
        for code in inline:
            digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy, name
        assert "style=" not in page
        assert not re.search(r"\son\w+=", page)


def test_the_script_is_a_few_lines(bench, full):
    script = Tree(bench.render(full)["index.html"].decode()).css_first("script").text()
    assert len(script) < 400


def test_the_page_says_when_it_was_made_and_in_which_zone(bench, full):
    page = bench.render(full)["index.html"]
    assert "Страница сделана 22 ноября 2026 года в 12:48, московское время (UTC+3)." in text(page)
    assert "Если прошло больше 10 минут, данные могли устареть." in text(page)
    made = Tree(page.decode()).css_first("#made").attributes["datetime"]
    assert made == "2026-11-22T09:48:30Z"
    assert b'http-equiv="refresh"' not in page


def test_every_time_and_day_is_there_for_machines_too(bench, full, tell):
    """Nothing that looks like an instant stands outside of a <time>."""
    several = tell().opened().joined(1, "sms", "upload").left(25, "sms").incident
    files = bench.render(full) | {
        f"several/{name}": body for name, body in bench.render(bench.snapshot(several)).items()
    }
    for name, page in pages(files):
        tree = Tree(page)
        for node in tree.css("time"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", node.attributes["datetime"])
            node.decompose()
        assert not re.search(
            r"\d\d:\d\d|\b\d{1,2} (ноя|окт|сен|авг|Nov|Oct|Sep|Aug)", text(tree.html)
        ), name


def test_what_was_learnt_is_told_before_how_it_went(bench):
    why = Said(bench.now, {"ru": "Кончилось место.\nДобавили."}, Status.POSTMORTEM)
    fault = bench.resolved(
        5, bench.now - timedelta(days=1), status=Status.POSTMORTEM, updates=(why,)
    )
    page = text(bench.render(bench.snapshot(fault))["incidents/ИНЦ-2026-0005.html"])
    assert "Почему это случилось Кончилось место. Добавили. Как всё шло" in page
    assert page.count("Кончилось место.") == 1


def test_a_third_language_is_a_catalogue_and_a_word_in_the_config(bench, full):
    """Its pages are in a folder of their own, and every page leads to both other languages."""
    portal = replace(full.portal, languages=("ru", "en", "tt"))
    files = bench.render(replace(full, portal=portal), catalogues=Third)
    own = {name for name, _ in pages(files) if not name.startswith(("en/", "tt/"))}
    assert {f"tt/{name}" for name in own} <= set(files)
    page = Tree(files["tt/history.html"].decode())
    assert page.css_first("html").attributes["lang"] == "tt"
    assert page.css_first("h1").text() == "Тарих"
    links = [node.attributes["href"] for node in page.css("header nav a")]
    assert links == ["../history.html", "../en/history.html"]
    assert [a.text() for a in Tree(files["index.html"].decode()).css("header nav a")] == [
        "English",
        "Татарча",
    ]


def test_when_all_is_well_the_page_says_so(bench):
    files = bench.render(bench.snapshot())
    assert "Всё работает" in text(files["index.html"])
    assert "Everything works" in text(files["en/index.html"])
    assert "Сбоев не отмечено" in text(files["index.html"])


def test_an_open_incident_says_what_to_do_now(bench, full):
    page = text(bench.render(full)["index.html"])
    assert "Часть сервисов не работает" in page
    assert "Сбой на нашей стороне" in page
    assert "Что делать сейчас Подождите десять минут" in page
    assert "длится 38 минут" in page
    assert "Нашли причину." in page


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (20, "Следующая новость будет до 13:08."),
        (-20, "Обещали написать до 12:28. Пока ничего нового нет."),
        (24 * 60, "Следующая новость будет до 23 ноября в 12:48."),
    ],
)
def test_promised_news_are_announced_and_missed_when_they_are_late(bench, minutes, words):
    promised = bench.incident(1, next_at=bench.now + timedelta(minutes=minutes))
    files = bench.render(bench.snapshot(promised))
    assert words in text(files["index.html"])
    assert words in text(files["incidents/ИНЦ-2026-0001.html"])


def test_while_we_only_watch_nobody_is_told_to_do_anything(bench):
    watched = bench.incident(status=Status.MONITORING, monitoring_at=bench.now)
    page = text(bench.render(bench.snapshot(watched))["index.html"])
    assert "Проверки снова проходят. Наблюдаем" in page
    assert "Что делать сейчас" not in page


@pytest.mark.parametrize(
    ("measured", "word", "tone"), [(True, "Нет данных", "blind"), (False, "Не измеряется", "none")]
)
def test_what_nobody_sees_is_never_green(bench, measured, word, tone):
    probes = ("maps",) if measured else ()
    snapshot = bench.snapshot()
    unseen = Health(bench.component("maps", probes=probes), ComponentStatus.UNKNOWN)
    snapshot = replace(snapshot, components=(*snapshot.components[:-1], unseen))
    rows = Tree(bench.render(snapshot)["index.html"].decode()).css(".rows li")
    assert rows[-1].attributes["class"] == tone
    assert rows[-1].css_first("b").text() == word
    assert "Всё работает" not in text(bench.render(snapshot)["index.html"])


def test_every_state_has_a_shape_and_a_word_of_its_own(bench):
    shapes, words = set(), set()
    for status in ComponentStatus:
        files = bench.render(bench.snapshot(states={"login": status}))
        row = Tree(files["index.html"].decode()).css_first(".rows li")
        shapes.add(row.css_first("svg").html)
        words.add(row.css_first("b").text())
    assert len(shapes) == len(words) == len(ComponentStatus)


def test_an_incident_page_tells_how_it_went(bench, full):
    page = text(bench.render(full)["incidents/ИНЦ-2026-0001.html"])
    assert "Как всё шло Причина найдена 22 ноября 2026 года в 12:38 Нашли причину." in page
    assert "Номер ИНЦ-2026-0001" in page


def test_a_page_about_the_past_is_the_same_file_a_minute_later(bench, full):
    before = bench.render(full)
    after = bench.render(replace(full, now=bench.now + timedelta(minutes=1)))
    same = {name for name in before if before[name] == after[name]}
    assert "incidents/ИНЦ-2026-0003.html" in same
    assert {"components/maps.html", "about.html", "subscribe.html"} <= same
    assert "components/sms.html" not in same  # its open fault lasts a minute longer
    assert "history.html" in same
    assert "feed.atom" in same
    assert not {"index.html", "works.html", "works/ИНЦ-2026-0051.html"} & same


def test_a_page_that_speaks_of_now_says_when_that_was(bench, full):
    """By script, too; a page of the past has neither."""
    files = bench.render(full)
    now = ("index.html", "works.html", "works/ИНЦ-2026-0051.html", "incidents/ИНЦ-2026-0001.html")
    for name in now:
        assert b'id="made"' in files[name], name
        assert b'id="stale"' in files[name], name
    for name in ("incidents/ИНЦ-2026-0003.html", "components/maps.html", "about.html"):
        assert b"<script>" not in files[name], name


def test_a_blip_is_in_no_file(bench):
    blip = bench.resolved(
        77, bench.now - timedelta(hours=1), published_at=None, title={"ru": "Мигнуло"}
    )
    hidden = bench.incident(78, published_at=None, status=Status.SUSPECTED, title={"ru": "Мигнуло"})
    files = bench.render(bench.snapshot(blip, hidden))
    for name, body in files.items():
        assert "0077" not in name
        assert b"0077" not in body
        assert "Мигнуло".encode() not in body


def test_a_contact_is_one_touch_away_unless_it_leads_nowhere_safe(bench):
    contacts = (
        Contact("a", {"ru": "Линия"}, "phone", "8 (800) 000-00-00, доб. 5"),
        Contact("b", {"ru": "Чат"}, "chat", "https://chat.example/"),
        Contact("c", {"ru": "Чат"}, "chat", "javascript:alert(1)"),
        Contact("d", {"ru": "Почта"}, "email", "a@b.example?bcc=all@b.example"),
    )
    tree = Tree(bench.render(bench.snapshot(contacts=contacts))["index.html"].decode())
    links = [node.attributes["href"] for node in tree.css(".reach a")]
    assert links == ["tel:880000000005", "https://chat.example/"]


def test_the_house_texts_fit_the_page(bench, full):
    incident = bench.incident(9, title={}, public_text={}, reason=Reason.HTTP_5XX)
    site = Site(Texts.load(("ru", "en")), ("ru", "en"))
    files = site.render(board(replace(full, incidents=(incident,))))
    assert "SMS codes: " in text(files["en/index.html"])
    assert "«Коды по СМС»" in text(files["index.html"])
