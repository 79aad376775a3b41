"""The files of sentences, and what is put into them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.sentences import Sentences

MOSCOW = ZoneInfo("Europe/Moscow")
AT = datetime(2026, 10, 18, 9, 0, tzinfo=UTC)


def _keys(table, prefix: str = "") -> set[str]:
    return {
        key
        for name, value in table.items()
        for key in (
            _keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name}
        )
    }


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    ru, en = (Sentences.load(lang, MOSCOW).table for lang in ("ru", "en"))
    assert _keys(ru) == _keys(en)
    for key in _keys(ru) - {"automatic"}:
        group, name = key.split(".")
        places = [
            sorted(part.split("}")[0].split(":")[0] for part in t[group][name].split("{")[1:])
            for t in (ru, en)
        ]
        assert places[0] == places[1], key


def test_a_language_without_sentences_is_refused() -> None:
    with pytest.raises(ValueError, match=r"incidents/speech/xx\.toml: there is no such file"):
        Sentences.load("xx", MOSCOW)


def test_the_zone_is_named_with_its_difference() -> None:
    assert Sentences("ru", MOSCOW, {}).zone_name(AT) == "Europe/Moscow (UTC+3)"
    india = Sentences("ru", ZoneInfo("Asia/Kolkata"), {})
    newfoundland = Sentences("ru", ZoneInfo("America/St_Johns"), {})
    assert india.zone_name(AT) == "Asia/Kolkata (UTC+5:30)"
    assert newfoundland.zone_name(AT) == "America/St_Johns (UTC-2:30)"


def test_a_value_that_nobody_gave_is_a_question_mark() -> None:
    table = {"group": {"name": "{given}, {absent}, {many:time}, {word:time}"}}
    said = Sentences("ru", MOSCOW, table).say("group.name", given="{absent}", many=3, word="x")
    assert said == "{absent}, ?, 3 раза, x"
