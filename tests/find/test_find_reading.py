"""What is understood of a text before anything is looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.find.letters import normal, sound
from incidents.find.lexicon import Level, Lexicon
from incidents.find.mending import in_layout, whole_words
from incidents.find.reading import read
from incidents.find.vocabulary import Vocabulary

LOADED = "билайн приходит документ загружается кабинет приложение турникет не пополняется"


@pytest.fixture
def known(vocabulary):
    vocabulary.add_all(sound(word) for word in LOADED.split())
    return vocabulary


def mended(text, known):
    return list(whole_words(in_layout(normal(text), known), known))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ytn cvc", "нет смс"),
        (",bkfqy yt ghb[jlbn", "билайн не приходит"),
        ("нет cvc", "нет смс"),
        ("смс yt приходит", "смс не приходит"),
        ("ne prihodit", "ne prihodit"),
        ("сщву", "code"),
        ("nehybrtn,", "турникет"),
    ],
)
def test_the_layout_is_put_right_chunk_by_chunk(typed, meant, known) -> None:
    assert mended(typed, known) == meant.split()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("неприходит", "не приходит"),
        ("непрхиодит", "не прхиодит"),
        ("тел 2", "tele2"),
        ("докуменtт", "докуменtт"),
        ("доку мент", "документ"),
        ("при ложение", "приложение"),
        ("каби нет", "кабинет"),
        ("незагружаетсядокумент", "не загружается документ"),
        ("по документ", "по документ"),
    ],
)
def test_words_are_joined_and_taken_apart(typed, meant, known) -> None:
    assert mended(typed, known) == meant.split()


@pytest.mark.parametrize(
    "text",
    [
        "не приходит код",
        "кода нет",
        "ошибка при входе",
        "не могу войти",
        "сайт висит",
        "ошибка 500",
        "карта не пополняется",
        "не хавает",
    ],
)
def test_a_complaint_is_one(text, known) -> None:
    query = read(text, known)
    assert query.is_complaint or query.denied


@pytest.mark.parametrize(
    "text",
    ["сколько стоит паспорт", "как записаться к врачу", "что такое документ", "где мой кабинет"],
)
def test_a_question_is_no_complaint(text, known) -> None:
    query = read(text, known)
    assert query.is_question
    assert not query.is_complaint


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("у билайна нет смс", "carrier", "beeline"),
        ("в Казани не работает", "region", "tatarstan"),
        ("из свердловской области", "region", "sverdlovsk"),
        ("нижний новгород", "region", "nizhny"),
        ("на айфоне", "platform", "ios"),
        ("v tatarstane", "region", "tatarstan"),
    ],
)
def test_whose_it_is(text, kind, name, known) -> None:
    assert read(text, known).rivals[kind] == {name}


def test_personal_data_says_nothing(known) -> None:
    text = "Мария Ивановна, снилс 112-233-445 95, +7 916 123-45-67, m@example.com: документ"
    meant = [m for item in read(text, known).items for m in item.meanings]
    assert "@document" in meant
    assert not any(m.isdigit() for m in meant)


@given(st.text(max_size=120))
def test_any_text_is_read(text) -> None:
    read(text, _EMPTY)


_EMPTY = Vocabulary(Lexicon.load())


@pytest.mark.parametrize("text", ["я" * 500_000, "не приходит код " * 30_000, "7" * 200_000])
def test_no_text_is_too_long(text, known) -> None:
    assert len(read(text, known).items) <= 80


def test_what_nobody_could_understand_is_not_read_to_its_end(known) -> None:
    assert len(read("жщфыв ъхзщж " * 40, known).items) <= 45


def test_a_verb_with_a_slip_is_no_thing_of_the_same_stem(known) -> None:
    [item] = read("не роботает", known).items
    assert item.level is not Level.THING


def test_what_joins_two_halves_of_a_story_asks_nothing(known) -> None:
    assert read("когда придёт код", known).is_question
    story = "абонент вчера ввёл пароль и потом код приходит когда уже поздно"
    assert not read(story, known).is_question


def test_a_slip_of_two_fingers_makes_no_trouble(known) -> None:
    assert not read("сколько это занимает времени", known).is_complaint
