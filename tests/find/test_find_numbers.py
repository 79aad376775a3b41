"""Error codes and incident numbers, however they are written or said."""

import pytest

from incidents.find.letters import words
from incidents.find.numbers import calls, codes, http_codes, keys, names


@pytest.mark.parametrize(
    "said",
    [
        "ESIA-007",
        "esia007",
        "у меня esia 007!",
        "есиа-007",
        "EСИА 007",
        "уышф-007",
        "код ESIA_007.",
    ],
)
def test_a_code_in_any_dress(said) -> None:
    assert codes(said) & set(keys("ESIA-007"))


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("ошибка 500", {"500"}),
        ("http403", {"403"}),
        ("пятисотка", {"500"}),
        ("ошибка пятьсот", {"500"}),
        ("пятьсот вторая", {"502"}),
        ("четыреста четвертая ошибка", {"404"}),
        ("четыреста двадцать девятая", {"429"}),
        ("ошибка четыреста тринадцать", {"413"}),
        ("штраф 500 рублей", set()),
        ("оплатил 450 р", set()),
        ("мне 42 года", set()),
    ],
)
def test_an_http_error_said_or_shown(said, digits) -> None:
    assert http_codes(words(said)) == digits


@pytest.mark.parametrize(
    "said",
    [
        "ИНЦ-2026-0042",
        "инц 42",
        "инцидент номер 42",
        "по инциденту 0042",
        "byw-2026-0042",
        "inc-2026-0042",
        "2026-0042",
        "№ 0042 инцидент",
    ],
)
def test_an_incident_is_called_by_its_number(said) -> None:
    assert codes(said) & set(names("ИНЦ-2026-0042", []))


def test_a_bare_number_names_nothing() -> None:
    assert not codes("42") & set(names("ИНЦ-2026-0042", ["7"]))


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("ЗВ-2026-0042", "ЗВ-2026-0042"),
        ("зв 42", "ЗВ-2026-0042"),
        ("зв № 0042 что с ним", "ЗВ-2026-0042"),
        ("pd-2025-0042", "ЗВ-2025-0042"),
        ("zv 2025 42", "ЗВ-2025-0042"),
    ],
)
def test_a_call_is_called_by_its_number(said, number) -> None:
    assert calls(said, prefix="ЗВ", year=2026) == [number]


@pytest.mark.parametrize("said", ["42", "инц 42", "зв", "зв сорок два", "2026-0042"])
def test_what_is_no_number_of_a_call_is_none(said) -> None:
    assert not calls(said, prefix="ЗВ", year=2026)
