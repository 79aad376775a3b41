"""What is personal is replaced by what it was."""

import pytest

from incidents.mask import inn, luhn, mask, snils

TYPED = [
    ("мой номер 112 233 445 95", "мой номер [СНИЛС]"),
    ("снилс 11223344596", "снилс [СНИЛС]"),
    ("ИНН: 7707083893", "ИНН: [ИНН]"),
    ("500100732259", "[ИНН]"),
    ("паспорт 45 10 123456 выдан", "паспорт [паспорт] выдан"),
    ("серия 4510 номер 123456", "серия [паспорт] номер [паспорт]"),
    ("загранпаспорт 71 1234567", "загранпаспорт [паспорт]"),
    ("код подразделения 770-045", "код подразделения [паспорт]"),
    ("звоните 89161234567!", "звоните [телефон]!"),
    ("9161234567", "[телефон]"),
    ("на (495) 123-45-67", "на [телефон]"),
    ("+375 29 123-45-67", "[телефон]"),
    ("пишите на ivan.petrov+x@mail.ru.", "пишите на [e-mail]."),
    ("иван собака мейл точка ру", "[e-mail]"),
    ("карта 4111 1111 1111 1111", "карта [карта]"),
    ("полис 1234567890123456", "полис [полис ОМС]"),
    ("пришёл код 123456, ввожу", "пришёл код [код], ввожу"),
    ("код 12-34", "код [код]"),
    ("родился 01.02.1980 в Туле", "родился [дата рождения] в Туле"),
    ("01.02.1980 г.р.", "[дата рождения] г.р."),
    ("11\u200b223344595", "[СНИЛС]"),
]


@pytest.mark.parametrize(("text", "masked"), TYPED)
def test_the_token_says_what_it_was(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "digits",
    ["11223344595", "08765430300", "05023431600", "01610339600", "82098123300", "91370285800"],
)
def test_a_right_snils_is_known(digits):
    assert snils(digits)


@pytest.mark.parametrize("digits", ["7707083893", "7830002293", "6828233020", "500100732259"])
def test_a_right_inn_is_known(digits):
    assert inn(digits)


def test_a_wrong_control_number_is_no_identifier():
    assert not snils("11223344596")
    assert not inn("7707083894")
    assert not inn("500100732258")
    assert not inn("123")
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert not luhn("0000000000000000")


def test_what_nobody_sees_stays_where_nothing_is_masked():
    assert mask("ждём\u00ad 5\u200b дней\u00a0уже") == "ждём\u00ad 5\u200b дней\u00a0уже"


def test_a_token_names_no_other_number():
    assert mask("паспорт 4510 123456 выдан в 2010") == "паспорт [паспорт] выдан в 2010"
    assert mask("[СНИЛС] 12345678901") == "[СНИЛС] 12345678901"


def test_bytes_that_are_no_text_come_through():
    assert mask("код 4815 \udcff") == "код [код] \udcff"


@pytest.mark.parametrize(
    "piece",
    [
        "а1 ",
        "1",
        "1 ",
        "12 ",
        "код ",
        "a.b@",
        "+7 9",
        "(9)-",
        "паспорт серия ",
        "рожд 1",
        "1-",
        "собака ",
        "１–",
    ],
)
def test_no_text_makes_it_grow_faster_than_its_length(piece, steps):
    short, long = steps(piece * 400), steps(piece * 1600)
    assert long < 8 * short
