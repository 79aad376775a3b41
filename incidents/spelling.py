"""How near two words are as they are really typed: inflected, mistyped, in the wrong layout. Pure.

Nothing here knows a phrase: words are only compared with words of what is loaded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+|\d+")
_DOUBLED = re.compile(r"([^\W\d])\1+")
_QWERTY = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_JCUKEN = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_SHIFTED = str.maketrans('~{}:"<>', "ёхъжэбю")
_SWAP = str.maketrans(_QWERTY + _JCUKEN, _JCUKEN + _QWERTY) | _SHIFTED
# Latin spellings of one sound are many ("kh", "h", "x"): all are folded into one letter each.
_LATIN = str.maketrans(
    {
        **dict(zip("абвгдезиклмнопрстуфхцчшщыэ", "abvgdeziklmnoprstufhccssie", strict=True)),
        "ж": "z",
        "й": "i",
        "ю": "iu",
        "я": "ia",
        "ь": "",
        "ъ": "",
    }
)
_SOUNDS = (
    *(("shch", "s"), ("sch", "s"), ("sh", "s"), ("ch", "c"), ("zh", "z"), ("kh", "h")),
    *(("ts", "c"), ("tz", "c"), ("x", "h"), ("w", "v"), ("q", "k"), ("y", "i"), ("j", "i")),
)
_SHORTEST_STEM = 3
_ROOT = 4
_LONG = 8
_GROWN, _ONE_WRONG, _TWO_WRONG = 0.9, 0.8, 0.7


def normal(text: str) -> str:
    """Lower case, ё as е, every Unicode variant of a letter as the letter."""
    return unicodedata.normalize("NFKC", text).lower().replace("ё", "е")


def words(text: str) -> list[str]:
    """Runs of letters and runs of digits, of text that is already normal."""
    return _WORD.findall(text)


def swapped(text: str) -> str:
    """As if typed with the keyboard switched to the other layout."""
    return text.translate(_SWAP)


def sound(word: str) -> str:
    """One Latin spelling for either alphabet: "приходит", "prikhodit", "prihoddit"."""
    spelled = word.translate(_LATIN)
    for letters, one in _SOUNDS:
        spelled = spelled.replace(letters, one)
    return _DOUBLED.sub(r"\1", spelled)


def stem(word: str, endings: Sequence[str]) -> str:
    """The word without the first of ``endings`` that leaves at least three letters."""
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def pairs(word: str) -> set[str]:
    """Its neighbouring letters, the beginning counted as a letter: words that share few differ."""
    return {a + b for a, b in zip("^" + word, word, strict=False)}


def likeness(a: str, b: str) -> float:
    """0 to 1 for two stems: the same, one grown from the other, or one mistyped."""
    if a == b:
        return 1.0
    if a.isdigit() or b.isdigit():
        return 0.0
    shorter, longer = sorted((len(a), len(b)))
    common = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), shorter)
    if common >= _ROOT and common >= 0.6 * longer:
        return _GROWN
    allowed = 2 if shorter >= _LONG else 1 if shorter >= _ROOT else 0
    if longer - shorter > allowed or (a[0] != b[0] and shorter <= _ROOT):
        return 0.0
    wrong = distance(a, b, limit=allowed)
    return {1: _ONE_WRONG, 2: _TWO_WRONG}.get(wrong, 0.0) if wrong <= allowed else 0.0


def distance(a: str, b: str, *, limit: int) -> int:
    """Letters missing, extra, wrong or exchanged with a neighbour; ``limit + 1`` is "more"."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
