"""How words are really typed: in either alphabet and layout, inflected, with slips. Pure.

Nothing here knows a word: everything works on what is given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

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
        "ю": "ü",  # one letter to the finger that slips
        "я": "ä",
        "ь": "",
        "ъ": "",
    }
)
_SOUNDS = (
    *(("shch", "s"), ("shh", "s"), ("sch", "s"), ("sh", "s"), ("ch", "c"), ("zh", "z")),
    *(("kh", "h"), ("ts", "c"), ("tz", "c"), ("x", "h"), ("w", "v"), ("q", "k")),
    *(("y", "i"), ("j", "i"), ("ia", "ä"), ("iu", "ü"), ("|", "")),
)
# What else the same Latin letters may stand for: j is й or ж, x is х or кс, c is ц or к, and ts
# and ia are two letters or one.
_OTHERWISE = (
    ("j", "z"),
    ("x", "ks"),
    ("c", "k"),
    ("yo", "e"),
    ("ye", "e"),
    ("ts", "t|s"),
    ("ia", "i|a"),
)
# How verbs end, as they sound: what hardly any noun ends in, and what shows one after "не".
_VERB = re.compile(r".{2,}(?:tsä|lsä|las|los|lis|[aäu](?:et|üt))")
_DENIED_VERB = re.compile(r".{2,}(?:t|l|la|lo|li|sä|las|los|lis|ü)")
_SHORTEST_STEM, _LONGEST_ENDING = 3, 10
_PREFIX = 6
_LONG_ENOUGH = (4, 8)  # for one slip, for two


def normal(text: str) -> str:
    """Lower case, ё as е, every Unicode variant of a letter as the letter."""
    return unicodedata.normalize("NFKC", text).lower().replace("ё", "е")


def words(text: str) -> list[str]:
    """Runs of letters and runs of digits, of text that is already normal."""
    return _WORD.findall(text)


def swapped(text: str) -> str:
    """As if typed with the keyboard switched to the other layout."""
    return text.translate(_SWAP)


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """One Latin spelling for either alphabet: "приходит", "prikhodit", "prihoddit"."""
    spelled = word.translate(_LATIN)
    if word.isascii():
        for letters, one in _SOUNDS:
            spelled = spelled.replace(letters, one)
    return _DOUBLED.sub(r"\1", spelled)


def sounds(word: str) -> list[str]:
    """The likeliest reading of a word first, then those of other habits of transliteration."""
    found = [sound(word)]
    if not word.isascii():
        return found
    for letters, other in _OTHERWISE:
        if letters in word and (again := sound(word.replace(letters, other))) not in found:
            found.append(again)
    return found


def stem(word: str, endings: frozenset[str]) -> str:
    """The word without the longest of ``endings`` that leaves at least three letters."""
    for length in range(min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM), 0, -1):
        ending = word[-length:]
        if ending in endings and not ("k" in ending and word[-length - 1] == "s"):
            return word[:-length]  # but пермский is пермск-, as пермском is
    return word


def is_verb(heard: str, *, denied: bool = False) -> bool:
    """Whether a word, given by its sound, ends as verbs do; ``denied``: "не" stands before it."""
    return (_DENIED_VERB if denied else _VERB).fullmatch(heard) is not None


def slips_allowed(word: str) -> int:
    """How many slips of the finger a word of this length may have and still be known."""
    return sum(len(word) >= enough for enough in _LONG_ENOUGH)


def worn(word: str) -> Iterator[str]:
    """Its beginning with up to as many letters missing as it may have slips.

    Two words within that many slips of each other share at least one of these.
    """
    start = word[:_PREFIX]
    yield start
    for missing in range(1, slips_allowed(word) + 1):
        for places in combinations(range(len(start)), missing):
            yield "".join(c for i, c in enumerate(start) if i not in places)


def _unlike(a: str, b: str) -> tuple[str, str]:
    """What is left without the beginning and the end that both share."""
    shorter = min(len(a), len(b))
    start = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    same = next((i for i in range(shorter - start) if a[-1 - i] != b[-1 - i]), shorter - start)
    return a[start : len(a) - same], b[start : len(b) - same]


def distance(a: str, b: str, *, limit: int) -> int:
    """Letters missing, extra, wrong or exchanged with a neighbour; ``limit + 1`` is "more"."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    a, b = _unlike(a, b)
    if not a or not b:
        return len(a) + len(b)
    if limit == 1:  # one wrong letter, or two exchanged
        return 1 if len(a) == len(b) == 1 or (a == b[::-1] and not a[2:]) else 2
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit and min(before) >= limit:  # an exchange reaches two rows back
            return limit + 1
    return min(row[-1], limit + 1)
