"""The JSON against Statuspage's field list (statuspage_v2.toml beside this): nothing else, nothing less."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from incidents.events import Status
from incidents.health import ComponentStatus

FORMAT = tomllib.loads(Path(__file__).with_name("statuspage_v2.toml").read_text(encoding="utf-8"))
HOUR = timedelta(hours=1)
TYPES = {"text": str, "bool": bool, "number": int}
PATTERNS = {
    "instant": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}
OURS = {"x_last_known_status"}
"""What only we say; the prefix keeps it apart from what Statuspage may add."""


def wrong(value: object, kind: object, place: str) -> Iterator[str]:
    """Each deviation of ``value`` from what the list calls ``kind``, by its place."""
    if isinstance(kind, list):
        if value not in kind:
            yield f"{place}: {value!r} is none of {kind}"
        return
    if kind.endswith("?"):
        if value is not None:
            yield from wrong(value, kind[:-1], place)
    elif kind.startswith("["):
        for number, one in enumerate(value):
            yield from wrong(one, kind[1:-1], f"{place}[{number}]")
    elif kind in FORMAT:
        yield from fields(value, FORMAT[kind], place)
    elif kind in PATTERNS:
        if not isinstance(value, str) or not PATTERNS[kind].fullmatch(value):
            yield f"{place}: {value!r} is no {kind}"
    elif type(value) is not TYPES[kind]:
        yield f"{place}: {value!r} is no {kind}"


def fields(value: dict, allowed: dict, place: str) -> Iterator[str]:
    for name in allowed.keys() ^ value.keys():
        if name not in OURS:
            yield f"{place}.{name}: {'too many' if name in value else 'missing'}"
    for name in allowed.keys() & value.keys():
        yield from wrong(value[name], allowed[name], f"{place}.{name}")


def documents(files: dict[str, bytes]) -> dict:
    return {name: json.loads(files[f"api/v2/{name}.json"]) for name in FORMAT["documents"]}


@pytest.fixture
def eventful(bench):
    """Everything that can stand in the documents at once."""
    chatty = bench.incident(1, updates=(bench.said("Чиним.", minutes=5, status=Status.IDENTIFIED),))
    return bench.snapshot(
        chatty,
        bench.incident(3, component="upload", status=Status.MONITORING, monitoring_at=bench.now),
        bench.resolved(2, bench.now - timedelta(days=2)),
        bench.resolved(4, bench.now - timedelta(days=9), component="gone", component_name={}),
        states={"sms": ComponentStatus.MAJOR, "maps": ComponentStatus.MAINTENANCE},
        works=(
            bench.work(50),
            bench.work(51, starts_at=bench.now - HOUR, components=("maps",)),
            bench.work(52, starts_at=bench.now - 50 * HOUR, repeats="FREQ=DAILY"),
            bench.work(53, cancelled_at=bench.now - HOUR),
        ),
        history=bench.history(),
    )


@pytest.mark.parametrize("name", FORMAT["documents"])
def test_a_document_has_every_field_of_its_kind_and_no_other(bench, eventful, name):
    given = replace(eventful, incidents=eventful.incidents[:-1])  # of one gone we know no status
    document = documents(bench.render(given))[name]
    assert list(fields(document, FORMAT["documents"][name], name)) == []
    lists = [value for value in document.values() if isinstance(value, list)]
    assert all(lists)  # each had something to be wrong


def test_the_only_other_word_for_a_state_is_unknown(bench, eventful):
    """Of what nobody sees nothing else would be true; what it was last stands beside it."""
    found = documents(bench.render(eventful))["incidents"]
    deviations = list(fields(found, FORMAT["documents"]["incidents"], ""))
    assert len(deviations) == 1
    assert "'unknown'" in deviations[0]


def test_every_own_field_has_the_prefix():
    assert all(name.startswith("x_") for name in OURS)


def test_there_is_no_document_beside_these(bench, eventful):
    files = bench.render(eventful)
    found = {name for name in files if name.startswith("api/")}
    assert found == {f"api/v2/{name}.json" for name in FORMAT["documents"]}


def test_an_empty_portal_has_every_document_too(bench):
    for name, document in documents(bench.render(bench.snapshot(components=()))).items():
        assert list(fields(document, FORMAT["documents"][name], name)) == []


def test_a_component_is_as_old_as_what_we_know_of_it(bench, eventful):
    found = {c["id"]: c for c in documents(bench.render(eventful))["components"]["components"]}
    # thirty of the ninety days nobody saw: the first seen one begins at midnight in Moscow
    assert found["login"]["created_at"] == "2026-09-23T21:00:00.000Z"
    assert found["sms"]["updated_at"] == "2026-11-22T09:43:30.000Z"
    assert found["maps"]["updated_at"] == "2026-11-22T08:48:30.000Z"  # the work began
    for component in found.values():
        assert component["created_at"] <= component["updated_at"]


def test_a_component_says_what_people_come_for(bench):
    snapshot = bench.snapshot()
    first = snapshot.components[0]
    carrier = replace(first.component, journeys=({"ru": "войти"}, {"ru": "подать заявление"}))
    given = replace(snapshot, components=(replace(first, component=carrier),))
    (component,) = documents(bench.render(given))["components"]["components"]
    assert component["description"] == "войти, подать заявление"


def test_everything_that_programs_read_is_of_one_instant(bench, eventful):
    files = bench.render(replace(eventful, now=bench.now + timedelta(minutes=1)))
    stamps = {d["page"]["updated_at"] for d in documents(files).values()}
    (stamp,) = {datetime.fromisoformat(at) for at in stamps}
    page = files["index.html"].decode()
    shown = re.search(r'id="made" datetime="([^"]+)"', page)[1]
    assert datetime.fromisoformat(shown) == stamp
    local = stamp.astimezone(ZoneInfo("Europe/Moscow"))
    assert f"{local:%H:%M}, московское время" in files["status.txt"].decode()
