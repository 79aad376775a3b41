"""The page's own words: fresh catalogues, nothing untranslated, right plurals, times in words."""

import re
from dataclasses import replace
from datetime import timedelta
from gettext import NullTranslations
from zoneinfo import ZoneInfo

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.contact import Contact
from incidents.events import Cause, Said, Scope, Status
from incidents.health import ComponentStatus
from incidents.incident import Affected
from statuspage import translate
from statuspage.board import Portal
from statuspage.catalogue import load, own_name
from statuspage.times import Times

LETTERS = re.compile(r"[^\W\d_]{2,}")
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
# Names of formats, the zone's difference, and the data of the snapshot below.
NOT_OURS = re.compile(r"\b(Atom|RSS|iCal|JSON|UTC)\b|https:\S*|¤\S*")


class Pseudo(NullTranslations):
    """Marks every word that went through a catalogue."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, many, n):
        return f"⟦{one if n == 1 else many}⟧"

    def pgettext(self, _context, message):
        return f"⟦{message}⟧"


class Silent:
    """Texts that can be told from the page's own."""

    def title(self, *_):
        return "¤title"

    def public_text(self, *_):
        return "¤text"

    def meanwhile(self, *_):
        return ("¤step",)

    def safe(self, *_):
        return ("¤safe",)

    def article_for(self, *_):
        return self


def unmarked(text: str) -> str:
    """What is left of ``text`` without marked words: marks may stand within marks."""
    while (less := MARKED.sub("", text)) != text:
        text = less
    return NOT_OURS.sub("", text)


def test_the_catalogues_are_fresh_and_complete():
    assert translate.problems() == []


def test_a_word_without_translation_would_be_noticed():
    _, words = next(translate.catalogues())
    assert all(translate._is_done(message) for message in words if message.id)
    words.get("Works").string = ""
    assert not all(translate._is_done(message) for message in words if message.id)


def test_no_word_gets_past_the_catalogue(bench):
    mark = {"xx": "¤name"}
    states = list(ComponentStatus)
    began = bench.now - timedelta(minutes=38)
    end = Said(bench.now, {}, Status.RESOLVED)
    over = {"status": Status.RESOLVED, "resolved_at": bench.now, "updates": (end,)}
    snapshots = [
        bench.snapshot(
            bench.incident(
                1, updates=(bench.said("¤said", minutes=3),), scope=Scope(surface="app")
            ),
            bench.incident(
                2,
                status=Status.MONITORING,
                monitoring_at=bench.now,
                next_at=bench.now + timedelta(minutes=9),
            ),
            bench.incident(8, next_at=bench.now - timedelta(minutes=9)),
            bench.resolved(3, bench.now - timedelta(days=1, hours=3)),
            bench.resolved(4, bench.now - timedelta(days=40), scope=Scope(surface="site")),
            states=dict(zip(bench.names, states * 2, strict=True)),
            history=bench.history(names=bench.names[:4]),
            works=(
                bench.work(50, text={}, repeats="FREQ=DAILY"),
                bench.work(51, starts_at=bench.now - timedelta(hours=1), title={}),
                bench.work(52, starts_at=bench.now - timedelta(days=9)),
                bench.work(53, cancelled_at=bench.now, is_over=True),
            ),
        ),
        bench.snapshot(
            bench.incident(
                5,
                unstable_since=bench.now,
                affected=(
                    Affected("sms", began),
                    Affected("maps", began, bench.now - timedelta(minutes=9)),
                    Affected(
                        "chat", bench.now - timedelta(minutes=7), bench.now, cause=Cause.MERGE
                    ),
                ),
                apart=("chat",),
            ),
            bench.incident(6, component="chat", merged_into="9-0005", **over),
            bench.incident(7, component="chat", merged_into="9-0009", **over),
        ),
        bench.snapshot(),
        bench.snapshot(states=dict.fromkeys(bench.names, ComponentStatus.UNKNOWN)),
        bench.snapshot(components=()),
    ]
    for snapshot in snapshots:
        foreign = replace(
            snapshot,
            portal=Portal(mark, "https://portal.example", "Europe/Moscow", ("xx",)),
            components=[
                replace(health, component=replace(health.component, name=mark, journeys=(mark,)))
                for health in snapshot.components
            ],
            incidents=[
                replace(incident, id=f"9-{incident.id[-4:]}", component_name=mark)
                for incident in snapshot.incidents
            ],
            works=[
                replace(
                    work, id=f"9-{work.id[-4:]}", components=("sms", "maps"), title=mark, text=mark
                )
                for work in snapshot.works
            ],
            contacts=(Contact("c", mark, "phone", "112", mark),),
        )
        files = bench.render(foreign, Silent(), catalogues=lambda _: Pseudo())
        for name, page in files.items():
            if name.endswith(".html"):
                left = unmarked(shown(page))
                assert not LETTERS.search(left), (name, left.split())


def shown(page: bytes) -> str:
    tree = Tree(page.decode())
    for code in tree.css("script, style"):
        code.decompose()
    named = [node.attributes.get("aria-label") or "" for node in tree.css("[aria-label]")]
    named += [node.attributes["data-old"] or "" for node in tree.css("[data-old]")]
    return " ".join([tree.text(separator=" "), *named])


@pytest.mark.parametrize(
    ("minutes", "ru", "en"),
    [
        (0, "меньше минуты", "less than a minute"),
        (1, "1 минуту", "1 minute"),
        (2, "2 минуты", "2 minutes"),
        (11, "11 минут", "11 minutes"),
        (21, "21 минуту", "21 minutes"),
        (60, "1 час", "1 hour"),
        (185, "3 часа 5 минут", "3 hours 5 minutes"),
        (24 * 60 + 5, "1 день", "1 day"),
        (5 * 24 * 60 + 61, "5 дней 1 час", "5 days 1 hour"),
    ],
)
def test_durations_are_in_words_with_the_right_plural(minutes, ru, en):
    length = timedelta(minutes=minutes, seconds=20)
    moscow = ZoneInfo("Europe/Moscow")
    assert Times(moscow, load("ru")).span(length) == ru
    assert Times(moscow, load("en")).span(length) == en


@pytest.mark.parametrize(
    ("zone", "ru", "en"),
    [
        ("Europe/Moscow", "московское время (UTC+3)", "Moscow time (UTC+3)"),
        ("Asia/Yekaterinburg", "екатеринбургское время (UTC+5)", "Yekaterinburg time (UTC+5)"),
        ("Asia/Kolkata", "UTC+5:30", "UTC+5:30"),
        ("America/New_York", "UTC−5", "UTC−5"),
        ("UTC", "UTC+0", "UTC+0"),
    ],
)
def test_the_zone_is_named(bench, zone, ru, en):
    assert Times(ZoneInfo(zone), load("ru")).zone_name(bench.now) == ru
    assert Times(ZoneInfo(zone), load("en")).zone_name(bench.now) == en


def test_dates_speak_the_language(bench):
    moscow = ZoneInfo("Europe/Moscow")
    assert Times(moscow, load("ru")).moment(bench.now) == "22 ноября 2026 года в 12:48"
    assert Times(moscow, load("en")).moment(bench.now) == "22 November 2026 at 12:48"
    assert Times(moscow, load("ru")).month(bench.now.date()) == "Ноябрь 2026"
    assert Times(moscow, load("en")).short_moment(bench.now) == "22 November at 12:48"


def test_a_language_without_catalogue_gets_english_words_and_its_code():
    assert load("tt").gettext("Works") == "Works"
    assert own_name("tt", load("tt")) == "tt"
    assert own_name("ru", load("ru")) == "Русский"
