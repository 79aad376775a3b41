"""SNILS, INN, passports and OMS policies: what a number must be to be one of them. Pure."""

from __future__ import annotations

import re

from incidents.masking.checks import inn, snils
from incidents.masking.context import says
from incidents.masking.keywords import Concept
from incidents.masking.number import Decision, Number, Seen

SNILS, INN, PASSPORT, POLICY = "СНИЛС", "ИНН", "паспорт", "полис ОМС"
_PAPERS = (Concept.PASSPORT, Concept.SERIES, Concept.DEPARTMENT)
_SNILS_SHAPE = (3, 3, 3, 2)
_IN_TWO, _IN_THREE = (4, 6), {(2, 2, 6), (2, 2, 3, 3)}
_SNILS_SLIPS = {(3, 3, 3), (3, 3, 3, 1), (3, 3, 3, 3), (3, 3, 2, 2)}
SHAPES = {_SNILS_SHAPE, *_SNILS_SLIPS, _IN_TWO, *_IN_THREE, (2, 2)}
_FOR = re.compile(r"\b(?:на|для)\s[а-я]+[\s№:]{0,3}$")
_SERIES_NEXT = re.compile(r"[\s,;.]{1,3}(?:а\s|и\s)?(?:сери|seri)")
_SERIES, _NUMBER, _FOREIGN_SERIES, _POLICY = 4, 6, 2, 16  # digits
_FIRM = 10  # digits of an organisation's INN
_GROUP, _GROUPS, _OLD_GROUPS = 6, 3, 2  # digits of the longest group; the most groups
_SAID_GROUPS = (*range(1, _GROUP + 1), 10)
_NEXT = 30  # characters from the series of a policy to its number
_NEAR = 90  # characters from a series to its number


def snils_of(number: Number, _seen: Seen) -> Decision:
    """Grouped 3-3-3-2 always; called so; or eleven digits with the right control number."""
    right = snils(number.digits)
    if number.said(Concept.SNILS):
        return SNILS
    if right and number.mentioned(Concept.SNILS):
        return SNILS
    if number.lengths == _SNILS_SHAPE and number.plain:
        called = right or any(mark.concept is Concept.SNILS for mark in number.before[:2])
        return SNILS if called or not number.otherwise() else None
    bare = (
        number.whole and right and number.loose and not number.digits.startswith(("8800", "7800"))
    )
    return SNILS if bare and not number.otherwise(3) and not number.amount else None


def inn_of(number: Number, _seen: Seen) -> Decision:
    """Called so; or ten or twelve digits together with right control digits."""
    right = inn(number.digits)
    if (number.whole or right or max(number.lengths) <= _GROUP) and number.said(Concept.INN):
        return INN
    if not (right and number.loose):
        return None
    if number.mentioned(Concept.INN) and number.whole:
        return INN
    mobile = number.digits[0] == "9" and len(number.digits) == _FIRM
    bare = number.whole and not mobile and not number.otherwise(3) and not number.amount
    return INN if bare and not (number.numbered and not number.before and _noun(number)) else None


def mistyped_of(number: Number, _seen: Seen) -> Decision:
    """A digit too few or too many, but called a SNILS or an INN directly."""
    if not number.whole and number.lengths not in _SNILS_SLIPS:
        return None
    if number.amount or not says(number.before, Concept.SNILS, Concept.INN, words=1):
        return None
    return SNILS if number.before[0].concept is Concept.SNILS else INN


def _noun(number: Number) -> bool:
    """Whether «№» follows a word that we don't know: it names the number."""
    words = re.compile(r"[a-zа-я]{3,}").findall(*number.lead)
    return bool(words) and number.reader.concept(words[-1]) is None


def passport_of(number: Number, _seen: Seen) -> Decision:
    """Ten digits as a passport groups them; called so, however they are grouped."""
    if number.said(*_PAPERS, words=6) and max(number.lengths) in _SAID_GROUPS:
        return None if number.whole and _applied_for(number) else PASSPORT
    if not number.loose or number.otherwise(0, Concept.OTHER) or number.amount:
        return None
    signs = [gap.strip() for gap in number.gaps]
    if number.lengths == _IN_TWO:
        return PASSPORT if signs[0] in {"", "№"} and "\n" not in number.gaps[0] else None
    if number.lengths in _IN_THREE:
        return PASSPORT if all(sign in {"", "№", "-", "."} for sign in signs) else None
    return None


def _applied_for(number: Number) -> bool:
    """«Заявление на паспорт 1234567890»: the number is the application's."""
    return _FOR.search(*number.lead) is not None and says(number.before[1:], Concept.OTHER, words=0)


def foreign_passport_of(number: Number, _seen: Seen) -> Decision:
    """Nine digits that the text calls a passport's."""
    return PASSPORT if number.said(*_PAPERS, words=6) and not number.amount else None


def series_of(number: Number, _seen: Seen) -> Decision:
    """Four digits called a series."""
    said = number.lengths in {(4,), (2, 2)} and number.said(
        Concept.SERIES, words=1, soft=(Concept.PASSPORT,)
    )
    return PASSPORT if said else None


def passport_number_of(number: Number, seen: Seen) -> Decision:
    """Six or seven digits apart from their series, or the code of who gave the passport."""
    if number.said(Concept.DEPARTMENT, words=2):
        return PASSPORT if len(number.digits) == _NUMBER else None
    if number.amount or number.otherwise() or len(number.lengths) > _GROUPS:
        return None
    if number.said(*_PAPERS, words=2):
        return PASSPORT
    near = seen.token == PASSPORT and number.start - seen.end <= _NEAR
    if not number.whole:
        return PASSPORT if near and number.numbered and number.plain else None
    if number.numbered and _SERIES_NEXT.match(number.reader.text, number.end):
        return PASSPORT
    if series_before(number, seen):
        return PASSPORT
    return PASSPORT if near and (number.numbered or seen.digits == _SERIES) else None


def series_before(number: Number, seen: Seen) -> bool:
    """Whether the small number before this passport's number is its series."""
    small = seen.small
    if small is None or number.start - small.end > _NEAR or small.amount:
        return False
    wanted = _SERIES if len(number.digits) == _NUMBER else _FOREIGN_SERIES
    return len(small.digits) == wanted and small.said(*_PAPERS, words=2)


def policy_of(number: Number, seen: Seen) -> Decision:
    """Sixteen digits, or what an old policy has, called a policy."""
    if len(number.digits) != _POLICY and len(number.lengths) > _OLD_GROUPS:
        return None
    soft = (Concept.SERIES, Concept.INN) if not number.mentioned(Concept.PASSPORT) else ()
    if number.said(Concept.POLICY, words=4, soft=soft):
        return POLICY if not number.amount else None
    near = seen.token == POLICY and number.start - seen.end <= _NEXT
    return POLICY if near and number.numbered else None
