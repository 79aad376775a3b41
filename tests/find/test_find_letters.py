"""Letters in either alphabet and layout, and how near two words are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.find.letters import (
    distance,
    is_verb,
    normal,
    slips_allowed,
    sound,
    sounds,
    swapped,
    worn,
)

LATIN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("cyrillic", "spelt"),
    [
        ("приходит", "prihodit"),
        ("приходит", "prikhodit"),
        ("приходит", "prixodit"),
        ("заявление", "zayavlenie"),
        ("заявление", "zajavlenie"),
        ("щит", "shchit"),
        ("щит", "shhit"),
        ("жалоба", "jaloba"),
        ("оплата", "oplata"),
        ("детский", "detskiy"),
        ("социальный", "sotsialnyj"),
        ("капча", "kapcha"),
        ("подключение", "podklyuchenie"),
    ],
)
def test_a_word_is_heard_through_every_habit_of_transliteration(cyrillic, spelt) -> None:
    assert sound(cyrillic) in sounds(spelt)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ytn", "нет"), (",bkfqy", "билайн"), ("{jxe", "хочу"), ("уышф", "esia"), ("'k", "эл")],
)
def test_the_other_layout(typed, meant) -> None:
    assert swapped(typed) == meant


def test_variants_of_a_letter_are_the_letter() -> None:
    assert normal("Ёлка ＳＭＳ") == "елка sms"


@pytest.mark.parametrize(
    ("a", "b", "slips"),
    [
        ("prihodit", "prihodit", 0),
        ("prihodit", "prhodit", 1),
        ("prihodit", "prihhodit", 1),
        ("prihodit", "prihdoit", 1),
        ("prihodit", "pruhodit", 1),
        ("prihodit", "oplata", 3),
    ],
)
def test_slips_are_counted(a, b, slips) -> None:
    assert distance(a, b, limit=2) == slips


@given(LATIN, LATIN)
def test_what_is_near_enough_shares_a_worn_form(a, b) -> None:
    allowed = min(slips_allowed(a), slips_allowed(b))
    if distance(a, b, limit=allowed) <= allowed:
        assert set(worn(a)) & set(worn(b))


@given(LATIN, LATIN)
def test_the_distance_is_the_same_both_ways(a, b) -> None:
    assert distance(a, b, limit=2) == distance(b, a, limit=2)


@given(LATIN, LATIN)
def test_one_slip_is_seen_without_counting_all(a, b) -> None:
    assert (distance(a, b, limit=1) <= 1) == (distance(a, b, limit=2) <= 1)


@pytest.mark.parametrize(
    ("word", "is_one"),
    [("обновляется", True), ("отображает", True), ("кредит", False), ("код", False)],
)
def test_a_verb_is_known_by_its_ending(word, is_one) -> None:
    assert is_verb(sound(word)) is is_one
