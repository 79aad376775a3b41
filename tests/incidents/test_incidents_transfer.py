"""Import files: what is taken, and what is said of what is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from incidents.events import Impact, Status
from incidents.fold import evolve
from incidents.transfer import ImportFileError, parse, to_json

FULL = {
    "id": "ИНЦ-2025-0007",
    "status": "resolved",
    "component": "sms",
    "title": {"ru": "Коды не приходят", "en": "Codes do not arrive"},
    "public_text": "Чиним",
    "operator_note": "Скажите: чиним",
    "symptoms": ["код не приходит", {"ru": "нет смс", "en": "no text"}],
    "error_codes": ["E-17", "504"],
    "region": "Москва",
    "impact": "critical",
    "started_at": "2025-05-01T09:00:00Z",
    "resolved_at": "2025-05-01T10:00:00Z",
    "updates": [{"at": "2025-05-01T09:30:00Z", "status": "identified", "text": "Нашли"}],
    "published_at": "2025-05-01T09:05:00Z",
}
LEAST = {
    "id": "A-1",
    "status": "identified",
    "component": "sms",
    "title": "Нет кодов",
    "started_at": "2026-01-01T00:00:00+03:00",
}


def problems(*items: object) -> list[str]:
    with pytest.raises(ImportFileError) as caught:
        parse(json.dumps(items, ensure_ascii=False), lang="ru")
    return str(caught.value).splitlines()


def test_what_is_imported_is_exported_the_same() -> None:
    (record,) = parse(json.dumps([FULL]), lang="ru")
    incident = evolve(None, record, at=datetime(2026, 1, 1, tzinfo=UTC), actor="anna")
    assert to_json(incident, lang="ru") == FULL


def test_five_fields_are_enough() -> None:
    (record,) = parse(json.dumps(LEAST), lang="ru")
    assert (record.status, record.impact) == (Status.IDENTIFIED, Impact.MAJOR)
    assert record.started_at == datetime(2025, 12, 31, 21, tzinfo=UTC)
    assert record.published_at == record.started_at


def test_null_is_as_good_as_absent() -> None:
    optional = {key: None for key in FULL if key not in LEAST and key != "published_at"}
    assert parse(json.dumps([LEAST | optional]), lang="ru") == parse(json.dumps([LEAST]), lang="ru")


def test_a_resolved_one_that_was_never_published_stays_a_blip() -> None:
    (record,) = parse(json.dumps([FULL | {"published_at": None}]), lang="ru")
    assert record.published_at is None


def test_lines_are_as_good_as_an_array() -> None:
    lines = "\n".join([json.dumps(LEAST), "", json.dumps(FULL)])
    assert [r.incident for r in parse(lines, lang="ru")] == ["A-1", "ИНЦ-2025-0007"]


def test_an_empty_file_is_no_incidents() -> None:
    assert parse("", lang="ru") == []
    assert parse("[]", lang="ru") == []


def test_every_mistake_is_named_at_once() -> None:
    said = problems(
        {"id": "A-2"},
        LEAST | {"id": "../etc", "impact": "huge", "started_at": "yesterday"},
        LEAST | {"id": "A-3", "started_at": "2026-01-01T00:00:00", "symptoms": "код"},
        LEAST,
        LEAST,
        "text",
    )
    assert said == [
        "item 1: status: is required",
        "item 1: component: is required",
        "item 1: title: is required",
        "item 1: started_at: is required",
        "item 2: started_at: expected an instant such as 2026-03-01T09:30:00+03:00, not 'yesterday'",
        "item 2: impact: expected one of none, minor, major, critical, not 'huge'",
        "item 2: id: '../etc' is not an id: letters, digits, '.', '_', '-', at most 64, first a letter or digit",
        "item 3: started_at: '2026-01-01T00:00:00' has no time zone: add Z or +03:00",
        "item 3: symptoms: expected a list, not 'код'",
        "item 5: id: 'A-1' stands in item 4 already",
        "item 6: is not an object with the fields of an incident",
    ]


def test_a_broken_line_is_named_and_the_others_are_still_checked() -> None:
    with pytest.raises(ImportFileError) as caught:
        parse('{"id": \n{"id": "A-9"}', lang="ru")
    places = [m.place for m in caught.value.mistakes]
    assert places[0] == "line 1"
    assert "line 2" in places
