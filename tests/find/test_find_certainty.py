"""When an operator isn't told that this is it, though it looks like it."""

from dataclasses import replace

import pytest

from incidents.events import Origin
from incidents.find.index import Index

SMS = "Не приходят СМС с кодом подтверждения"


@pytest.fixture(scope="module")
def ask_with_articles(texts):
    def in_world(text, *known):
        return Index.build(known, texts.articles.values(), texts=texts).find(text)

    return in_world


def test_what_happens_there_is_not_what_does_not_happen(incident, ask) -> None:
    twice = incident(1, "Код подтверждения приходит дважды", "приходит два кода")
    assert ask("код приходит дважды", twice).confident
    assert not ask("код не приходит", twice).confident


def test_a_better_match_of_another_carrier_makes_others_unlikely(incident, ask) -> None:
    yota = incident(1, "Йота: не приходят СМС с кодами", "на йоту не приходит смс")
    other = incident(2, "СМС не отправляются с нового номера")
    assert not ask("мтс не приходит смс с кодом", yota, other).confident


def test_what_is_true_of_one_region_needs_more_where_another_scope_was_named(incident, ask) -> None:
    abroad = incident(1, "СМС не отправляются на номера Казахстана")
    assert ask("казахстан смс не отправляется", abroad).confident
    assert not ask("билайн смс не приходит", abroad).confident


def test_what_could_be_said_of_many_is_not_sure(incident, ask) -> None:
    known = [
        incident(n, f"Заявление на {what} не отправляется")
        for n, what in enumerate(("паспорт", "пособие", "охоту"), 1)
    ]
    assert not ask("заявление не отправляется", *known).confident
    assert ask("заявление на охоту не отправляется", *known).confident


@pytest.mark.parametrize(
    "text",
    ["мошенники просят код из смс", "думаю меня обманули, назвал код из смс", "чужой код пришёл"],
)
def test_fraud_is_never_an_outage(text, incident, ask) -> None:
    assert not ask(text, incident(1, SMS, "код не приходит", "нет кода из смс")).confident


@pytest.mark.parametrize("component", ["sms", "login", "upload"])
@pytest.mark.parametrize(
    "text",
    [
        "думаю меня обманули мошенники",
        "пишет неверный пин-код",
        "телефона больше нет, как теперь зайти",
        "приложение не открывается",
    ],
)
def test_an_article_that_fits_better_ends_the_certainty(
    text, component, incident, ask_with_articles
) -> None:
    named = {
        "sms": "Коды по СМС",
        "login": "Вход в личный кабинет",
        "upload": "Загрузка документов",
    }
    broken = replace(
        incident(1, "", component=component, origin=Origin.PROBE),
        title={},
        component_name={"ru": named[component]},
    )
    assert not ask_with_articles(text, broken).confident


def test_the_article_of_the_same_thing_does_not(incident, ask_with_articles) -> None:
    assert ask_with_articles("смс не приходит", incident(1, SMS)).confident


def test_the_nearest_article_lends_its_words(incident, ask, ask_with_articles) -> None:
    chat = incident(1, "Чат поддержки не отвечает")
    assert not ask("не могу дозваться живого человека", chat).incidents
    assert ask_with_articles("не могу дозваться живого человека", chat).incidents


def test_an_articles_words_go_to_no_component_that_only_sounds_like_it(
    incident, ask_with_articles
) -> None:
    book = incident(1, "Электронная трудовая книжка приходит пустой", component="workbook")
    assert not ask_with_articles("не записаться к врачу", book).confident


def test_the_last_word_of_a_story_is_not_the_story(incident, ask) -> None:
    mail = incident(1, "Письма для подтверждения почты не доходят", "не приходит письмо")
    login = incident(2, "Ошибка 500 при входе", "после пароля ошибка 500", error_codes=("500",))
    story = (
        "звонит пенсионер, вводит пароль правильно, пароль помнит точно, а потом ошибка 500 и белый"
        " экран, браузер обновлял, почта ivanov@mail.ru"
    )
    assert ask(story, mail, login).incidents[0].id == login.id


@pytest.mark.parametrize("text", ["ошибка 1042", "есиа 1042", "ошибка авторизации 1042"])
def test_the_figures_of_a_code_are_enough_where_an_error_is_named(text, incident, ask) -> None:
    known = incident(1, "Сбой", error_codes=("ESIA-001042",))
    assert ask(text, known).confident
    assert not ask("дом 1042 квартира 7", known).confident
