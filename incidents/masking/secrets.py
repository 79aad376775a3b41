"""Bank cards and one-time codes. Pure."""

from __future__ import annotations

import re

from incidents.masking.checks import luhn
from incidents.masking.keywords import SENDERS, Concept
from incidents.masking.number import SPOKEN, Decision, Number, Seen

CARD, CODE = "карта", "код"
_USUAL, _SHORTEST = 16, 13  # digits of a card
_PART = 3  # digits of half a code, at most
_YEAR = 4  # digits
_ISSUED = re.compile(r"4|5[0-8]|2[2-7]|6|3[04-8]|9[01]")  # how card numbers begin
_MOMENT = re.compile(r"20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])")
_CARD_SHAPES = {(4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 1), (4, 6, 4), (8, 8), (4, 8, 4), (6, 10)}
_LONG = {(4, 4, 4, 4, n) for n in (1, 2, 3)} | {(8, 10), (6, 13), (8, 11), (4, 4, 4, 4, 2)}
_CODE_SHAPES = {(2, 2), (3, 3), (2, 3), (3, 2), (4, 4), (2, 2, 2), (3, 4), (4, 3), (2, 4), (4, 2)}
SHAPES = _CARD_SHAPES | _LONG | _CODE_SHAPES | {(1,) * n for n in range(4, 9)}
_CODE_GAP = re.compile(rf"\s?-\s?|\s{{1,2}}|{SPOKEN}")
_HALVES_GAP = re.compile(rf"(?:{_CODE_GAP.pattern}|,\s?)")
_SENT_FROM = re.compile(r"\b(?:с|со|от|на|from|to|s|ot)\s(?:коротк\w+\s)?(?:номер\w*\s|nomera\s)?$")
_TYPED = re.compile(
    r"\b(?:ввожу|вводи\w{1,3}|ввел\w?|ввести|введ\w{1,3}|набра\w{1,3}|присла\w{1,2}|приш[ел]\w{1,2})\s$"
)
_WHOSE = re.compile(
    r"\W{1,2}(?:на\s\w+\s)?(?:ошибки|услуги|региона|товара|ответа|статуса|города|органа|ведомства)\b"
)
_CODE_ITSELF = re.compile(r"(?:код\w{0,2}|пароль|code)[\s:\-]{0,3}$")
_SENDER = 5  # digits, at most, of a number that messages come from
_SINCE = re.compile(r"\b(?:в|с|за|до|к|по|от|in|since)\s$")
_FIRST_YEAR, _LAST_YEAR = 1990, 2039


def card_of(number: Number, _seen: Seen) -> Decision:
    """Thirteen to nineteen digits with the right control sum."""
    called = number.said(Concept.CARD)
    issued = _ISSUED.match(number.digits) is not None
    if not (called and issued and len(number.digits) == _USUAL) and not luhn(number.digits):
        return None
    if called:
        return CARD if number.plain else None
    if not number.loose or _named(number, issued=issued) or number.amount:
        return None
    if not issued and (_MOMENT.match(number.digits) or len(number.digits) == _SHORTEST):
        return None
    shaped = number.whole or number.lengths in _CARD_SHAPES or number.lengths in _LONG
    return CARD if shaped and number.plain else None


def _named(number: Number, *, issued: bool) -> bool:
    """Whether it is named as something else: a word farther off names only what no bank issues."""
    return number.otherwise(0, Concept.OTHER) if issued else number.otherwise(3)


def code_of(number: Number, _seen: Seen) -> Decision:
    """Four to eight digits called a code or a password, together or split."""
    if not (number.whole or _split(number)) or number.amount or _is_year(number):
        return None
    if not _by_itself(number):
        return None
    words = 4
    called = number.said(Concept.CODE, words=words, soft=(Concept.SMS, Concept.CARD))
    if not called and not number.said(Concept.SMS, words=2) and not _entered(number):
        return None
    whose = _WHOSE.match(number.reader.text, number.end)
    return None if whose or _is_sender(number) else CODE


def _entered(number: Number) -> bool:
    """Whether somebody types it or got it, and a code is spoken of later."""
    typed = _TYPED.search(*number.lead) is not None
    return typed and any(mark.concept in {Concept.CODE, Concept.SMS} for mark in number.after)


def _split(number: Number) -> bool:
    shaped = number.lengths in _CODE_SHAPES or set(number.lengths) == {1}
    gap = _CODE_GAP if max(number.lengths) > _PART else _HALVES_GAP
    return shaped and all(map(gap.fullmatch, number.gaps))


def _by_itself(number: Number) -> bool:
    """As ``loose``, or behind one letter and a dash, as some senders write («G-481516»)."""
    text = number.reader.text
    return (
        number.loose
        or re.search(r"\b[a-z]-$", text[max(0, number.start - 3) : number.start]) is not None
    )


def _is_sender(number: Number) -> bool:
    """Whether this is where messages come from rather than what they say."""
    if number.digits in SENDERS:
        return _CODE_ITSELF.search(*number.lead) is None
    few = len(number.digits) <= _SENDER
    return few and _SENT_FROM.search(*number.lead) is not None


def _is_year(number: Number) -> bool:
    if len(number.digits) != _YEAR or not number.whole:
        return False
    if not _FIRST_YEAR <= int(number.digits) <= _LAST_YEAR:
        return False
    return _SINCE.search(*number.lead) is not None
