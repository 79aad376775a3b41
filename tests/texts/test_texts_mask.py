"""What is personal goes, what only looks like it stays."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.mask import inn, luhn, mask, snils

MASKED = [
    ("СНИЛС 112-233-445 95", "СНИЛС [СНИЛС]"),
    ("мой номер 112 233 445 95", "мой номер [СНИЛС]"),
    ("087\u2011654\u2011303\u00a000", "[СНИЛС]"),
    ("11223344595", "[СНИЛС]"),
    ("снилс 11223344596", "снилс [СНИЛС]"),
    ("７７０７０８３８９３", "[ИНН]"),
    ("ИНН: 7707083893", "ИНН: [ИНН]"),
    ("инн 7707083894", "инн [ИНН]"),
    ("500100732259", "[ИНН]"),
    ("паспорт 45 10 123456 выдан", "паспорт [паспорт] выдан"),
    ("4510 №123456", "[паспорт]"),
    ("4510 123456", "[паспорт]"),
    ("серия 4510 номер 123456", "серия [паспорт]"),
    ("загранпаспорт 71 1234567", "загранпаспорт [паспорт]"),
    ("код подразделения 770-045", "код подразделения [паспорт]"),
    ("+7 (916) 123-45-67", "[телефон]"),
    ("8-916-123-45-67", "[телефон]"),
    ("звоните 89161234567!", "звоните [телефон]!"),
    ("9161234567", "[телефон]"),
    ("8 (495) 123 45 67", "[телефон]"),
    ("(495) 123-45-67", "[телефон]"),
    ("+375 29 123-45-67", "[телефон]"),
    ("пишите на ivan.petrov+x@mail.ru.", "пишите на [e-mail]."),
    ("иван@пример.рф", "[e-mail]"),
    ("карта 4111 1111 1111 1111", "карта [карта]"),
    ("4111111111111111", "[карта]"),
    ("полис 1234567890123456", "полис [полис ОМС]"),
    ("пришёл код 123456, ввожу", "пришёл код [код], ввожу"),
    ("код 12-34", "код [код]"),
    ("123456 это мой код", "[код] это мой код"),
    ("родился 01.02.1980 в Туле", "родился [дата рождения] в Туле"),
    ("дата рождения 5 мая 1980", "дата рождения [дата рождения]"),
    ("01.02.1980 г.р.", "[дата рождения] г.р."),
    ("born on 1980-02-01", "born on [дата рождения]"),
    ("11\u200b223344595", "[СНИЛС]"),
]

KEPT = [
    "8-800-100-70-70",
    "8 (800) 555 35 35",
    "короткий номер 900, 112 и 0919",
    "смс с номера 0919",
    "сбой 18.10.2026 в 12:30",
    "2026-10-18T12:30:00+03:00",
    "ошибка 500, код ошибки 50012",
    "error code 50012",
    "версия 12.4.1.2026, сборка 20261018",
    "ИНЦ-2026-0042",
    "код не приходит по ИНЦ-2026-0042",
    "СМС не приходит с 2026 года",
    "смс не приходит уже 1500 секунд",
    "код не приходит с 18.10.2026",
    "с 9:00 до 18:00 код не приходит",
    "заплатил 5000 рублей за паспорт",
    "загранпаспорт стоит 6000 рублей",
    "1 250 000 рублей",
    "заявление № 1234567890",
    "обращение 89161234567",
    "заявка 500100732259",
    "123e4567-e89b-12d3-a456-426614174000",
    "192.168.100.200:8080",
    "4111 1111 1111 1112",
    "код региона 7700",
    "звонил 2 раза, жду 15 минут",
    "@channel",
    "просто текст без цифр",
    "",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_what_is_personal_goes(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "digits",
    ["11223344595", "08765430300", "05023431600", "01610339600", "82098123300", "91370285800"],
)
def test_a_right_snils_is_known(digits: str) -> None:
    assert snils(digits)


@pytest.mark.parametrize("digits", ["7707083893", "7830002293", "6828233020", "500100732259"])
def test_a_right_inn_is_known(digits: str) -> None:
    assert inn(digits)


def test_a_wrong_control_number_is_no_identifier() -> None:
    assert not snils("11223344596")
    assert not inn("7707083894")
    assert not inn("500100732258")
    assert not inn("123")
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert not luhn("0000000000000000")


_PIECES = st.sampled_from([text for text, _ in MASKED] + KEPT + [" ", "-", "код ", "7", "8 9", "@"])


@given(st.lists(_PIECES | st.text(max_size=10), max_size=8).map(" ".join))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.text().filter(lambda t: not any(c.isdecimal() or c in "@＠" for c in t)))
def test_text_without_digits_comes_back_as_it_was(text: str) -> None:
    assert mask(text) == text


@given(st.integers(1_001_999, 999_999_999), st.sampled_from(["", " ", "-", "\u2011", "\u00a0"]))
def test_no_right_snils_survives_whatever_separates_it(number: int, sep: str) -> None:
    nine = f"{number:09d}"
    control = sum(int(d) * w for d, w in zip(nine, range(9, 0, -1), strict=True)) % 101 % 100
    if sep == "" and nine.startswith(("8800", "7800")):
        return
    written = sep.join([nine[:3], nine[3:6], nine[6:], f"{control:02d}"])
    masked = mask(f"здравствуйте, {written} это я")
    assert not any(c.isdigit() for c in masked)


@pytest.mark.parametrize(
    "piece", ["а1 ", "1", "1 ", "код ", "a.b@", "+7 9", "(9)-", "паспорт серия ", "рожд 1", "1-"]
)
def test_no_text_makes_it_slow(piece: str) -> None:
    text = (piece * 65536)[:65536]
    began = perf_counter()
    mask(text)
    assert perf_counter() - began < 2
