"""Telephone numbers, mobile, landline and foreign; public ones stay. Pure."""

from __future__ import annotations

import re

from incidents.masking.keywords import Concept
from incidents.masking.number import SPOKEN, Decision, Number, Seen

PHONE = "телефон"
PUBLIC = ""  # a telephone number, but everybody's
_PUBLIC = ("800", "804")  # free of charge for everybody: nobody's own
_AREAS = "34589"  # how Russian area and mobile codes begin
_BETWEEN = re.compile(rf"[\s.\-()_]{{1,5}}|{SPOKEN}")
_LOOSE_BETWEEN = re.compile(rf"[\s.,/\-()_*|]{{1,5}}|{SPOKEN}")
_PLUS = re.compile(r"(?<![\d:.])\+\s?\(?$")
_CITY, _LOCAL_DIGITS = (3, 2, 2), 7
_HOME = re.compile(r"\b(?:дом|раб|гор|д|р)\.\s?$")
LOCAL = {(3, 2, 2), (3, 4), (7,), (1, 2, 2, 2), (2, 2, 3), (1, 3, 3), (2, 2, 2), (1, 2, 2)}
_AREA_FIRST = {
    (3, 3, 2, 2), (3, 3, 4), (3, 7), (3, 2, 2, 3), (3, 3, 1, 3), (3, 2, 3, 2), (4, 2, 2, 2), (4, 6),
    (4, 3, 3), (5, 1, 2, 2), (5, 5), (5, 2, 3), (5, 3, 2), (3, 1, 3, 3), (10,),
}  # fmt: skip
_PAIRS = (1, 2, 2, 2, 2, 2)
SHAPES = (
    _AREA_FIRST
    | {(1, *shape) for shape in _AREA_FIRST}
    | {(shape[0] + 1, *shape[1:]) for shape in _AREA_FIRST}
    | {_PAIRS, (1,) * 10, (1,) * 11, (1, 3, *(1,) * 7)}
)


def _between(number: Number) -> bool:
    return all(map(_BETWEEN.fullmatch, number.gaps))


def plus_before(number: Number) -> int:
    """How many characters of ``+`` stand before the number, 0 for none."""
    head = number.reader.text[max(0, number.start - 4) : number.start]
    found = _PLUS.search(head)
    return len(head) - found.start() if found else 0


def international_of(number: Number, _seen: Seen) -> Decision:
    """Ten to fifteen digits behind a plus."""
    if not plus_before(number) or not _between(number):
        return None
    if number.digits[0] == "7" and number.digits[1:].startswith(_PUBLIC):
        return PUBLIC
    return None if number.amount else PHONE


def with_trunk_of(number: Number, _seen: Seen) -> Decision:
    """Eleven digits from 8 or 7."""
    digits = number.digits
    if digits[0] not in "78":
        return None
    if digits[1:].startswith(_PUBLIC):
        return PUBLIC
    if number.said(Concept.PHONE):
        return PHONE if all(map(_LOOSE_BETWEEN.fullmatch, number.gaps)) else None
    if digits[1] not in _AREAS or not number.loose or not _between(number):
        return None
    if number.amount or (number.whole and number.otherwise(0, Concept.OTHER)):
        return None
    grouped = number.lengths in SHAPES - _AREA_FIRST
    return PHONE if grouped and (number.lengths != _PAIRS or digits[1] == "9") else None


def without_trunk_of(number: Number, _seen: Seen) -> Decision:
    """Ten digits of an area or a mobile code and a number."""
    if number.digits.startswith(_PUBLIC) or not all(map(_LOOSE_BETWEEN.fullmatch, number.gaps)):
        return None
    if number.said(Concept.PHONE):
        return None if number.amount else PHONE
    if number.otherwise(0, Concept.OTHER) or number.amount:
        return None
    if not number.loose or not _between(number):
        return None
    if number.whole:
        mobile = number.digits[0] == "9" and not number.otherwise(3, Concept.OTHER)
        return PHONE if mobile else None
    bracket = number.gaps[0].startswith(")")
    shaped = number.lengths in _AREA_FIRST and number.lengths != (4, 6)
    return PHONE if bracket or (shaped and number.digits[0] in _AREAS) else None


def local_of(number: Number, _seen: Seen) -> Decision:
    """Five to seven digits that the text calls a telephone number."""
    if number.lengths not in LOCAL or not all(map(_BETWEEN.fullmatch, number.gaps)):
        return None
    if len(number.digits) < _LOCAL_DIGITS and "-" not in number.gaps[0]:
        return None
    if number.amount or not number.loose:
        return None
    if number.lengths == _CITY and (_HOME.search(*number.lead) or number.numbered):
        return PHONE if _HOME.search(*number.lead) or not number.otherwise() else None
    return PHONE if number.said(Concept.PHONE, words=2) else None


def bracket_before(number: Number) -> int:
    """How many characters of an opening bracket belong to the number."""
    if not any(")" in gap for gap in number.gaps):
        return 0
    inside = sum("(" in gap for gap in number.gaps)
    head = number.reader.text[max(0, number.start - 2) : number.start]
    stripped = head.rstrip()
    return len(head) - len(stripped) + 1 if stripped.endswith("(") and not inside else 0
