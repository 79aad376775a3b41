"""Error codes and numbers of incidents in any dress: E-1234, "е 1234", "пятьсот вторая". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from incidents.find.letters import normal, sound, sounds, swapped, words

_HUNDREDS = (("пятьсот", 500), ("пятисот", 500), ("четырехсот", 400), ("четыреста", 400))
_TENS = (
    *(("десят", 10), ("одиннадц", 11), ("двенадц", 12), ("тринадц", 13), ("четырнадц", 14)),
    *(("пятнадц", 15), ("шестнадц", 16), ("семнадц", 17), ("восемнадц", 18), ("девятнадц", 19)),
    *(("двадцат", 20), ("тридцат", 30), ("сорок", 40), ("пятьдесят", 50)),
)
_UNITS = (
    *(("перв", 1), ("один", 1), ("втор", 2), ("два", 2), ("трет", 3), ("три", 3)),
    *(("четв", 4), ("четыр", 4), ("пят", 5), ("шест", 6), ("седьм", 7), ("семь", 7)),
    *(("восьм", 8), ("восем", 8), ("девят", 9)),
)
_HTTP = re.compile(r"[45]\d\d")
_MARKS = "ошибка ошибку ошибки ошибкой код кода кодом номер error code err http https"
_HEARD_MARKS = frozenset(sound(word) for word in _MARKS.split())
_MONEY = ("руб", "rub", "р")
_NUMBER = frozenset({"номер", "номером", "номеру", "number", "n", "no", "nomer"})
_INCIDENT = "incident"
_TOLD_APART = 2
_FIGURES, _LETTERS = 3, 5
"""How many figures say enough without their letters, and of how many letters a code has at most."""
_LONGEST = 5
"""Of how many pieces a code is made at most: ERR_CERT_DATE_INVALID has four."""


def key(code: str) -> str:
    """One spelling of a code: "ESIA-007", "есиа 007" and "esia007" are the same."""
    return "".join(sound(piece) for piece in words(normal(code)))


def keys(code: str) -> Iterator[str]:
    """And how it is spelt by those who hear its letters otherwise: REC-9 is "рец 9" or "рек 9"."""
    return _joined([_heard(piece) for piece in words(normal(code))])


def names(id_: str, error_codes: Iterable[str]) -> Iterator[str]:
    """What means an incident wherever it stands, as keys.

    ИНЦ-2026-0042 is also called 2026-0042, ИНЦ 42 and "incident 42".
    """
    pieces = words(normal(id_))
    yield key(id_)
    if len(pieces) > _TOLD_APART:
        yield key("-".join(pieces[1:]))
    if len(pieces) > 1 and pieces[-1].isdigit():
        for called in (sound(pieces[0]), _INCIDENT):
            yield f"{called}{pieces[-1]}"
            yield f"{called}{int(pieces[-1])}"
            yield f"{pieces[-1]}{called}"
    for code in error_codes:
        if is_unmistakable(code):
            yield from keys(code)
            yield from _figures_of(code)


def _figures_of(code: str) -> Iterator[str]:
    """What is left of ESIA-007301 when it is read out: "есиа 7301", "ошибка 7301"."""
    pieces = words(normal(code))
    figures = [piece for piece in pieces if piece.isdecimal()]
    if len(figures) == 1 and len(figures[0]) >= _FIGURES:
        for letters in _joined([_heard(piece) for piece in pieces if not piece.isdecimal()]):
            yield f"{letters}:{int(figures[0])}"
        yield f":{int(figures[0])}"


def calls(text: str, *, prefix: str, year: int) -> Sequence[str]:
    """The numbers of calls that stand in ``text``, as they were given to the callers.

    With the prefix ЗВ, "ЗВ-2026-0042", "зв 2026 42" and "pd-2026-0042" are ЗВ-2026-0042, and so
    is "зв 42" in 2026: a number without its year is one of ``year``.
    """
    typed, begun = normal(text), sound(normal(prefix))
    found: dict[str, None] = {}
    for written in (typed, swapped(typed)):
        tokens = [token for token in words(written) if token not in _NUMBER]
        for at, token in enumerate(tokens):
            figures = tokens[at + 1 : at + 3]
            if sound(token) != begun or not figures or not figures[0].isdecimal():
                continue
            has_year = len(figures[0]) == len(str(year)) and figures[-1].isdecimal() and figures[1:]
            when, number = figures if has_year else (year, figures[0])
            found[f"{prefix}-{when}-{int(number):04d}"] = None
    return list(found)


def is_unmistakable(code: str) -> bool:
    """E-17 means one thing wherever it stands; 17 alone may be anything, and so may "error"."""
    pieces = words(normal(code))
    return len(pieces) > 1 and any(p.isalpha() for p in pieces)


def spoken(tokens: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """HTTP errors said in words, as (first token, how many tokens, digits)."""
    for at, token in enumerate(tokens):
        hundreds = _number(token, _HUNDREDS)
        if hundreds:
            after = [*tokens[at + 1 : at + 3], "", ""]
            tens = _number(after[0], _TENS)
            unit = 0 if tens in range(10, 20) else _number(after[bool(tens)], _UNITS)
            yield at, 1 + bool(tens) + bool(unit), str(hundreds + tens + unit)


def _number(token: str, said: Iterable[tuple[str, int]]) -> int:
    return next((number for begun, number in said if token.startswith(begun)), 0)


def codes(text: str) -> frozenset[str]:
    """The key of everything in ``text`` that may be an error code, in either layout."""
    found: set[str] = set()
    typed = normal(text)
    for written in (typed, swapped(typed)):
        tokens = [t for t in words(written) if t not in _NUMBER]
        found.update(digits for _, _, digits in spoken(tokens))
        figures = [at for at, token in enumerate(tokens) if token.isdecimal()]
        found.update(tokens[at] for at in figures if _is_code(tokens, at))
        found.update(f"{_called(tokens, at)}:{int(tokens[at])}" for at in figures if at)
        heard = [_heard(token) for token in tokens]
        for start, end in _pieces(tokens, figures, letters_too=written is typed):
            found.update(_joined(heard[start:end]))
    return frozenset(found)


def _pieces(
    tokens: Sequence[str], figures: Sequence[int], *, letters_too: bool
) -> Iterator[tuple[int, int]]:
    """What may be one code: neighbours with a figure among them, or Latin words."""
    shown = frozenset(figures)
    for start in range(len(tokens)):
        has_figure = start in shown
        is_latin = letters_too and tokens[start].isascii()
        for end in range(start + 1, min(start + _LONGEST, len(tokens))):
            has_figure = has_figure or end in shown
            is_latin = is_latin and tokens[end].isascii()
            if has_figure or is_latin:
                yield start, end + 1


def http_codes(tokens: Sequence[str]) -> frozenset[str]:
    """The HTTP errors named."""
    said = {digits for _, _, digits in spoken(tokens)}
    shown = {t for n, t in enumerate(tokens) if _HTTP.fullmatch(t) and _is_code(tokens, n)}
    return frozenset(said | shown)


def _heard(token: str) -> list[str]:
    found = sounds(token) if token.isascii() else [sound(token)]
    # However inflected: "по инциденту 42".
    return [_INCIDENT] if found[0].startswith(_INCIDENT) else found


def _joined(heard: Sequence[list[str]]) -> Iterator[str]:
    yield "".join(each[0] for each in heard)
    if any(len(each) > 1 for each in heard):
        yield "".join(each[-1] for each in heard)


def _called(tokens: Sequence[str], at: int) -> str:
    """The letters of a code before its figures; none where "error" stands there, or a word off."""
    before = [sound(token) for token in tokens[max(0, at - 2) : at]]
    is_error = before[-1] in _HEARD_MARKS
    is_error |= before[0] in _HEARD_MARKS and len(before[-1]) > _LETTERS
    return "" if is_error else before[-1]


def _is_code(tokens: Sequence[str], at: int) -> bool:
    """Whether a number is said to be an error, or can hardly be anything else."""
    if at and sound(tokens[at - 1]) in _HEARD_MARKS:
        return True
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if after.isdigit() or (at and tokens[at - 1].isdigit()):
        return False  # part of somebody's number
    is_http = _HTTP.fullmatch(tokens[at]) is not None
    return is_http and not (after.startswith(_MONEY[:2]) or after == _MONEY[2])
