"""Personal data in free text, replaced by what it was: "[СНИЛС]". Pure.

Text is masked before it is stored or sent anywhere, so a doubt is decided for masking, save
where the text itself names the number as something else. Patterns run in linear time: every
repetition is bounded or possessive, and no two neighbours can take the same character.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle

Check = Callable[[str], bool]
"""Whether these digits may be what the pattern takes them for."""

_DASH = r"\-‐‑‒–—―−﹘﹣－"
_SEP = rf"[\s.·•{_DASH}]"
_GAP = r"[^\d\[\]\n]{0,20}?"  # stops at digits and at what is masked: masking twice is masking once
_FREE = r"(?<![\w+])(?<![\w][\-./:_])"  # a number that stands by itself …
_DONE = r"(?!\w)(?![\-./:_]\w)"  # … and isn't part of a version, an id or a hash
_MONEY = r"(?!\s*(?:руб|р\b|₽|коп|тыс|млн|чел|шт|год|г\.|лет|rub|usd|\$|€|%|мин|сек|ч\b|б(?:ай)?т))"
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u2060\ufeff]|\u200d(?=[\\d@])|(?<=[\\d@])\u200d")
_PERSONAL = re.compile(r"[\d@＠]")
_OTHERWISE = re.compile(
    r"(?:заяв|обращен|инцидент|заказ|талон|чек|сч[её]т|уин\b|услуг|ошибк|верси|сборк|дел[оау]\b|квитанц"
    r"|регион|ответ|организац|стран|индекс|артикул|оквэд|окпо|огрн|order|ticket|error|incident"
    r"|application|request|version|build|invoice|status|http|\bid\b|uuid)[^\d\[\]\n]{0,20}$",
    re.IGNORECASE,
)
_MONTHS = (
    r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[а-яa-z]{0,8}"
)
_DATE = (
    r"(?:\d{1,2}[./\-]\d{1,2}[./\-]\d{2}(?:\d{2})?|\d{4}[./\-]\d{1,2}[./\-]\d{1,2}"
    rf"|\d{{1,2}}\s(?:\d{{1,2}}\s\d{{4}}|{_MONTHS}\s\d{{4}})|{_MONTHS}\s\d{{1,2}},?\s\d{{4}})"
)


def mask(text: str) -> str:
    """``text`` with every identifier replaced by its token. Idempotent.

    Text without digits and without ``@`` comes back as it was, character for character.
    """
    while _PERSONAL.search(text):
        before, text = text, _INVISIBLE.sub("", text)
        for token, pattern, check in _RULES:
            text = _replace(text, token, pattern, check)
        if text == before:
            break
    return text


def _replace(text: str, token: str, pattern: re.Pattern[str], check: Check | None) -> str:
    """Replace the group ``it`` of each match whose digits pass ``check``.

    Without a check the pattern is proof enough; with one, a text that names the number as
    something else is believed.
    """

    def one(match: re.Match[str]) -> str:
        start, end = match.span("it")
        if check is not None:
            digits = "".join(str(int(c)) for c in match["it"] if c.isdecimal())
            named = _OTHERWISE.search(text, max(0, start - 40), start)
            if named or not check(digits):
                return match[0]
        head, tail = match.start(), match.end()
        return f"{text[head:start]}[{token}]{text[end:tail]}"

    return pattern.sub(one, text)


# ── checksums ─────────────────────────────────────────────────────────────────


def snils(digits: str) -> bool:
    """Eleven digits whose last two are the control number of the first nine."""
    total = sum(int(d) * w for d, w in zip(digits, range(9, 0, -1), strict=False))
    return len(digits) == 11 and total % 101 % 100 == int(digits[9:])  # noqa: PLR2004  its length


def inn(digits: str) -> bool:
    """Ten digits of an organisation, or twelve of a person, with right control digits."""
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

    def control(head: str) -> str:
        used = weights[len(weights) - len(head) :]
        return str(sum(int(d) * w for d, w in zip(head, used, strict=True)) % 11 % 10)

    checked = {10: (9,), 12: (10, 11)}.get(len(digits), ())
    return bool(checked) and all(control(digits[:n]) == digits[n] for n in checked)


def luhn(digits: str) -> bool:
    """The control sum of a bank card."""
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits[::-1], cycle((1, 2))))
    return total % 10 == 0 and len(set(digits)) > 1


def _phone(digits: str) -> bool:
    return not digits.startswith(("8800", "7800", "800"))


def _bare_eleven(digits: str) -> bool:
    return _phone(digits) and snils(digits)


def _any(_digits: str) -> bool:
    return True


# ── what to look for, in this order ───────────────────────────────────────────


def _rule(
    token: str, pattern: str, check: Check | None = None
) -> tuple[str, re.Pattern[str], Check | None]:
    return token, re.compile(pattern, re.IGNORECASE), check


_S = rf"{_SEP}{{0,3}}"
_RULES = (
    _rule("e-mail", r"(?P<it>(?<![\w.+\-])[\w.+\-]++[@＠](?:[\w\-]++\.)+[\w\-]++)"),
    _rule(
        "дата рождения", rf"(?:рожд|родил|д\.?\s?р\.?\b|born|birth|dob\b){_GAP}(?P<it>{_DATE}\b)"
    ),
    _rule(
        "дата рождения",
        rf"(?<!\d)(?P<it>(?:{_DATE})|\d{{4}})\s?(?:г\.?\s?р\b|год[а]?\sрожд|г\.\sрожд)",
    ),
    _rule("СНИЛС", rf"{_FREE}(?P<it>\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{3}}{_S}\d{{2}})(?!\d)"),
    _rule("СНИЛС", rf"(?:снилс|snils){_GAP}(?P<it>\d(?:{_SEP}?\d){{10}})(?!\d)"),
    _rule("ИНН", rf"\b(?:инн|inn){_GAP}(?P<it>\d(?:{_SEP}?\d){{9}}(?:{_SEP}?\d{{2}})?)(?!\d)"),
    _rule("полис ОМС", rf"(?:полис|омс\b|енп\b|oms\b){_GAP}(?P<it>\d(?:{_SEP}?\d){{15}})(?!\d)"),
    _rule(
        "паспорт",
        rf"(?:паспорт|сери[яию]|passport|series)\w*{_GAP}"
        rf"(?P<it>\d{{2}}{_SEP}?\d{{2}}[^\d\[\]\n]{{0,12}}\d{{6}})(?!\d)",
    ),
    _rule("паспорт", rf"(?:паспорт|passport)\w*{_GAP}(?P<it>\d{{2}}{_S}(?:№\s?)?\d{{7}})(?!\d)"),
    _rule("паспорт", rf"(?:паспорт|passport)\w*{_GAP}(?P<it>\d{{6}})(?!\d){_MONEY}"),
    _rule("паспорт", rf"(?:сери[яию]|series)\s{_GAP}(?P<it>\d{{2}}{_SEP}?\d{{2}})(?!\d)"),
    _rule("паспорт", rf"код\w*\sподраздел\w*{_GAP}(?P<it>\d{{3}}{_S}\d{{3}})(?!\d)"),
    _rule(
        "телефон",
        rf"(?<![\w+])(?P<it>(?:\+{_S}7|[78]){_S}\(?\s?\d{{3}}\s?\)?{_S}\d{{3}}{_S}\d{{2}}{_S}\d{{2}})(?!\d)",
        lambda digits: _phone(digits) and not (digits[1] in "0127" or snils(digits)),
    ),
    _rule("телефон", rf"(?P<it>\+\s?\d{{1,3}}(?:{_SEP}?\(?\d{{2,4}}\)?){{2,5}})(?!\d)", _phone),
    _rule(
        "телефон",
        rf"(?<![\w+])(?P<it>\(?\d{{3,5}}\)?{_SEP}{{1,2}}\d{{2,3}}{_SEP}\d{{2}}{_SEP}\d{{2}})(?!\d)(?!{_SEP}\d)",
        lambda digits: _phone(digits) and len(digits) == 10,  # noqa: PLR2004  without its 8
    ),
    _rule("телефон", rf"{_FREE}(?P<it>9\d{{9}}){_DONE}{_MONEY}", _any),
    _rule(
        "телефон",
        rf"(?:тел|звон|номер\sтелефона|phone|call){_GAP}(?P<it>\d{{3}}{_SEP}\d{{2}}{_SEP}\d{{2}})(?!\d)",
    ),
    _rule("СНИЛС", rf"{_FREE}(?P<it>\d{{11}}){_DONE}", _bare_eleven),
    _rule("ИНН", rf"{_FREE}(?P<it>\d{{10}}(?:\d{{2}})?){_DONE}{_MONEY}", inn),
    _rule(
        "карта",
        rf"{_FREE}(?P<it>\d{{13,19}}|\d{{4}}(?:{_SEP}\d{{4}}){{3}}(?:{_SEP}?\d{{1,3}})?|\d{{4}}{_SEP}\d{{6}}{_SEP}\d{{5}})(?!\d)",
        luhn,
    ),
    _rule(
        "паспорт", rf"{_FREE}(?P<it>\d{{2}}{_SEP}\d{{2}}{_S}(?:№\s?)?\d{{6}}){_DONE}{_MONEY}", _any
    ),
    _rule("паспорт", rf"{_FREE}(?P<it>\d{{4}}(?:\s|\s?№\s?)\d{{6}}){_DONE}{_MONEY}", _any),
    _rule(
        "код",
        rf"(?:\bкод|парол|\bсмс|\bsms|\bcode|\botp\b|\bпин|\bpin){_GAP}"
        rf"(?<!номера\s)(?P<it>\d{{4,8}}|{_FREE}\d{{2,4}}[\s{_DASH}]\d{{2,4}}){_DONE}{_MONEY}",
        _any,
    ),
    _rule(
        "код",
        rf"{_FREE}(?P<it>\d{{4,8}})[\s,.:{_DASH}]{{0,4}}"
        r"(?:(?:это|ваш|мой|твой|is|your|my|the)\s){0,2}(?:код|парол|code|otp)\b",
        _any,
    ),
)
