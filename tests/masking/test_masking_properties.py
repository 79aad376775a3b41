"""What must hold for every text: nothing valid survives, twice is once, look-alikes stay."""

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from incidents.mask import inn, luhn, mask, snils
from incidents.masking.words import concept_of

# ── control digits, worked out another way than the masker's ──────────────────


def snils_control(nine: str) -> str:
    total = sum((9 - i) * int(d) for i, d in enumerate(nine))
    if total < 100:
        rest = total
    elif total in {100, 101}:
        rest = 0
    else:
        rest = total % 101
        rest = 0 if rest == 100 else rest
    return f"{rest:02d}"


def inn_control(head: str) -> str:
    weights = {
        9: [2, 4, 10, 3, 5, 9, 4, 6, 8],
        10: [7, 2, 4, 10, 3, 5, 9, 4, 6, 8],
        11: [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8],
    }[len(head)]
    total = 0
    for i, weight in enumerate(weights):
        total += weight * (ord(head[i]) - ord("0"))
    return str((total % 11) % 10)


def luhn_control(head: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(head), 1):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


@given(digits(11))
def test_the_control_number_of_a_snils(number):
    assert snils(number) == (snils_control(number[:9]) == number[9:])


@given(digits(9))
def test_a_snils_with_its_control_number_is_right(nine):
    assert snils(nine + snils_control(nine))


@given(digits(10))
def test_the_control_digit_of_a_firm(number):
    assert inn(number) == (inn_control(number[:9]) == number[9])


@given(digits(10))
def test_the_control_digits_of_a_person(head):
    ten = head + inn_control(head)
    number = ten + inn_control(ten)
    assert inn(number)
    assert not inn(number[:-1] + str((int(number[-1]) + 1) % 10))


@given(st.integers(12, 18).flatmap(digits), st.integers(0, 9))
def test_the_control_digit_of_a_card(head, last):
    number = head + str(last)
    assume(len(set(number)) > 1)
    assert luhn(number) == (luhn_control(head) == str(last))


# ── nothing valid survives ────────────────────────────────────────────────────

_DASHES = "-‐‑‒–—―−﹘－"
_SPACES = " \u00a0\u2009\u202f\u3000\u2007"
_SEPARATORS = st.sampled_from([*_DASHES, *_SPACES, ".", "·", "•", " - ", " – "])
_WORDS = st.sampled_from(
    [
        "здравствуйте",
        "помогите",
        "не",
        "приходит",
        "вчера",
        "портал",
        "войти",
        "пожалуйста",
        "hello",
        "please",
        "это",
        "я,",
        "ждём!",
        "(срочно)",
        "«лк»",
        "ok",
    ]
)
_TEXT = st.lists(
    _WORDS | st.text("абвгежзиклмнопстуфхцчшщьыэюя ,!?;…\n«»", max_size=12), max_size=6
).map(" ".join)
_ZEROS = st.sampled_from(["0", "０", "٠", "۰", "०", "𝟎", "𝟘"])


@st.composite
def grouped(draw, number, *shapes):
    """``number`` in one of the groupings, with one separator, in some script's digits."""
    shape = draw(st.sampled_from(shapes))
    separator = draw(_SEPARATORS)
    parts, done = [], 0
    for size in shape:
        parts.append(number[done : done + size])
        done += size
    zero = ord(draw(_ZEROS))
    return "".join(chr(zero + int(c)) if c in string.digits else c for c in separator.join(parts))


@st.composite
def snilses(draw):
    nine = f"{draw(st.integers(1_001_999, 999_999_999)):09d}"
    assume(not nine.startswith(("8800", "7800", "8804", "7804")))
    return draw(grouped(nine + snils_control(nine), (3, 3, 3, 2), (11,)))


@st.composite
def inns(draw):
    head = draw(digits(draw(st.sampled_from([9, 10]))))
    number = head + inn_control(head)
    if len(number) == 11:
        number += inn_control(number)
    assume(not number.startswith(("800", "804")))
    return draw(grouped(number, (len(number),)))


@st.composite
def passports(draw):
    number = draw(digits(10))
    written = draw(grouped(number, (2, 2, 6)))
    return draw(
        st.sampled_from([written, f"{number[:4]} {number[4:]}", f"{number[:4]} № {number[4:]}"])
    )


@st.composite
def phones(draw):
    mobile = draw(st.sampled_from(["8", "7", "+7", "+7"])) + "9" + draw(digits(9))
    plus = "+" if mobile[0] == "+" else ""
    shapes = [(1, 3, 3, 2, 2), (1, 3, 3, 4), (1, 3, 7), (11,), (4, 3, 2, 2)]
    return plus + draw(grouped(mobile.removeprefix("+"), *shapes))


@st.composite
def cards(draw):
    size = draw(st.integers(15, 19))
    head = draw(st.sampled_from(["2200", "2204", "4276", "5469", "6390"])) + draw(digits(size - 5))
    shapes = {16: [(4, 4, 4, 4)], 19: [(4, 4, 4, 4, 3)], 18: [(4, 4, 4, 4, 2)]}.get(size, [])
    return draw(grouped(head + luhn_control(head), (size,), *shapes))


@st.composite
def addresses(draw):
    letters = st.text(string.ascii_letters + "абвгдежз0123456789", min_size=1, max_size=8)
    name = draw(
        st.lists(letters, min_size=1, max_size=3).map(
            lambda parts: draw(st.sampled_from("._-+")).join(parts)
        )
    )
    return (
        name
        + "@"
        + draw(letters)
        + draw(st.sampled_from([".ru", ".com", ".рф", ".xn--p1ai", ".co.uk"]))
    )


_ANY = {
    "snils": snilses(), "inn": inns(), "passport": passports(), "phone": phones(), "card": cards(),
    "e-mail": addresses(),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(_ANY))
@given(data=st.data())
def test_no_valid_identifier_survives_in_any_text(kind, data):
    written = data.draw(_ANY[kind])
    before, after = data.draw(_TEXT), data.draw(_TEXT)
    chance = re.findall(r"\w+", f"{before} {after}".lower())
    assume(not any(map(concept_of, chance)))  # «коотк» is ОКТМО in a hurry, which has 11 digits
    masked = mask(f"{before} {written} {after}")
    assert not re.search(r"\d", masked), masked
    assert "@" not in masked, masked


@given(st.lists(st.sampled_from(sorted(_ANY)), min_size=2, max_size=4), st.data())
def test_nor_do_several_in_one_line(kinds, data):
    written = [data.draw(_ANY[kind]) for kind in kinds]
    masked = mask(", а ещё ".join(written))
    assert not re.search(r"\d", masked), masked


# ── and the rest of the promises ──────────────────────────────────────────────

_PIECES = st.sampled_from(
    [
        "код",
        "смс",
        "снилс",
        "инн",
        "паспорт",
        "серия",
        "номер",
        "№",
        "полис",
        "тел.",
        "+7",
        "8",
        "(495)",
        "45",
        "10",
        "123456",
        "4815",
        "48",
        "15",
        "потом",
        "и",
        "05.05.1980",
        "родился",
        "д.р.",
        "г.р.",
        "5",
        "мая",
        "1980",
        "заявление",
        "обращение",
        "ошибка",
        "@",
        "a@b.ru",
        "собака",
        "mail",
        "точка",
        "ру",
        "112-233-445",
        "95",
        "2200760189555975",
        "7707083893",
        "[код]",
        "[СНИЛС]",
        "руб",
        "12:30",
        "0919",
        "8-800-100-70-10",
        "/",
        "-",
        ".",
        ",",
        "(",
        ")",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=6), max_size=14), st.sampled_from(["", " ", " ", "-"]))
def test_masking_twice_is_masking_once(pieces, between):
    once = mask(between.join(pieces))
    assert mask(once) == once


@given(st.text().filter(lambda t: not any(c.isdigit() or c in "@＠﹫" for c in t)))
def test_text_without_digits_comes_back_as_it_was(text):
    assert mask(text) == text


@given(st.uuids(), st.ip_addresses(), st.datetimes(), st.integers(0, 9999), _TEXT)
def test_what_machines_write_stays(uuid, address, moment, number, around):
    said = (
        f"{around} {uuid}, ip {address} {moment.isoformat()} {moment:%d.%m.%Y %H:%M} ИНЦ-2026-{number:04d} "
        f"v{number}.{number}.1 {number} ₽ ошибка {number} ts={1_700_000_000 + number} {uuid.hex}"
    )
    assert mask(said) == said


@given(st.integers(1, 10**12), _TEXT)
def test_sums_of_money_stay(sum_, around):
    said = f"{around} {sum_:,} руб".replace(",", " ")
    assert mask(said) == said
