"""What calms a worried reader: what is safe, what else works, and advice given once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.component import Component
from incidents.events import Status
from incidents.health import ComponentStatus, Health
from incidents.texts import Texts
from probes.observation import Reason
from statuspage.board import board
from statuspage.site import Site

SAFE = "Поданные заявления не потеряны."
PAGE = "incidents/ИНЦ-2026-0001.html"


def text(file: bytes) -> str:
    return " ".join(Tree(file.decode()).body.text(separator=" ").split())


@pytest.fixture(scope="module")
def texts():
    name, safe = {"ru": "Загрузка"}, {"ru": SAFE, "en": "Nothing sent is lost."}
    return Texts.load(["ru", "en"], components=[Component("upload", name, safe=safe)])


@pytest.fixture
def shown(bench, texts):
    """An incident's page and what the home page says of it."""

    def pages(**changes):
        given = {"component": "upload", "reason": Reason.UPLOAD_REJECTED, "public_text": {}}
        snapshot = bench.snapshot(bench.incident(**{**given, **changes}))
        files = dict(Site(texts, ["ru", "en"]).render(board(snapshot)))
        return text(files["index.html"]), text(files[PAGE])

    return pages


def test_what_a_fault_leaves_untouched_is_said_with_it(shown):
    assert all(SAFE in page for page in shown())


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": Reason.UPLOAD_CORRUPTED},
        {"reason": Reason.STATUS_MISMATCH},
        {"public_text": {"ru": "Часть документов пропала."}},
        {"component": "sms"},
    ],
    ids=["damages data", "shows wrong data", "a person's own words", "nothing is known"],
)
def test_nothing_is_called_safe_that_may_not_be(shown, changes):
    assert not any(SAFE in page for page in shown(**changes))


def test_what_is_over_needs_no_comfort(shown, bench):
    watched = shown(status=Status.MONITORING, monitoring_at=bench.now)
    resolved = shown(status=Status.RESOLVED, resolved_at=bench.now)
    assert not any(SAFE in page for page in (*watched, *resolved))


def test_advice_for_several_faults_is_given_once(bench):
    faults = [
        bench.incident(number, started_at=bench.now - timedelta(minutes=number))
        for number in (1, 2, 3)
    ]
    files = bench.render(bench.snapshot(*faults))
    home = text(files["index.html"])
    assert home.count("Подождите десять минут") == 1
    assert home.count("Что делать сейчас: то же, что и выше.") == 2
    assert home.index("Подождите десять минут") < home.index("то же, что и выше")
    assert all("Подождите десять минут" in text(files[f"incidents/{f.id}.html"]) for f in faults)


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({}, "Остальные сервисы работают."),
        ({"login": ComponentStatus.DEGRADED}, "Остальные сервисы работают."),
        ({"login": ComponentStatus.UNKNOWN}, "О некоторых сервисах сейчас нет данных."),
        ({"login": ComponentStatus.MAINTENANCE}, ""),
    ],
    ids=["well", "broken too", "unseen", "closed"],
)
def test_the_rest_is_said_to_work_only_where_it_does(bench, others, words):
    states = {"sms": ComponentStatus.MAJOR, **others}
    page = Tree(bench.render(bench.snapshot(states=states))["index.html"].decode())
    assert (
        page.css_first(".hero p")
        .text()
        .removeprefix("Сбой на нашей стороне: ваше устройство и интернет ни при чём.")
        .strip()
        == words
    )


def test_what_nobody_measures_is_not_said_to_work(bench):
    snapshot = bench.snapshot(states={"sms": ComponentStatus.MAJOR})
    unseen = Health(bench.component("maps", probes=()), ComponentStatus.UNKNOWN)
    snapshot = replace(snapshot, components=(*snapshot.components[:-1], unseen))
    page = Tree(bench.render(snapshot)["index.html"].decode())
    assert "Остальные" not in page.css_first(".hero p").text()
