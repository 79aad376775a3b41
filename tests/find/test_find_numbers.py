"""Error codes and incident numbers, however they are written or said."""

import pytest

from incidents.find.letters import words
from incidents.find.numbers import codes, http_codes, keys, names


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
