"""Put right what was typed in a hurry: the wrong layout, words run together or torn apart.

Of every reading the one is taken that the loaded vocabulary knows best.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from incidents.find.letters import sound, swapped, words
from incidents.find.vocabulary import Vocabulary

_SURE = 0.7
"""How well a chunk must read in the other layout to be read so."""
_BETTER = 0.05
_HINTED = 0.9
_KEYS = re.compile(r"[\[\];',.`][a-z]")  # nobody puts a comma before a word, but б is there
_KNOWN, _PATIENCE = 0.95, 32
"""How many words written like no known one are tried, in all readings, before giving up."""
_IN_PIECES = 0.8
_LONG_ENOUGH_TO_JOIN = 5


def in_layout(text: str, vocabulary: Vocabulary) -> Sequence[str]:
    """The words of a normal text, each chunk between spaces in the layout it was meant in.

    Addresses of mailboxes and pages are left out. Chunks that neither layout knows go with
    the others.
    """
    chunks = [c for c in text.split() if "@" not in c and "://" not in c]
    readings = list(_patiently(_readings(chunk, vocabulary) for chunk in chunks))
    latin = [r for r in readings if r.is_latin and r.typed != r.other]
    moved = sum(r.prefers_other for r in latin)
    all_other = moved > len(latin) - moved
    tokens: list[str] = []
    for reading in readings:
        # What neither layout knows goes with the rest, and so does what both know.
        is_open = reading.quality < _SURE or reading.other_quality >= _SURE
        follows = all_other and reading.is_latin and is_open
        tokens += reading.other if reading.prefers_other or follows else reading.typed
    return tokens


def _patiently(readings: Iterable[_Readings]) -> Iterator[_Readings]:
    """All of them, unless most have to be guessed: that is nobody's story."""
    guessed = 0
    for reading in readings:
        yield reading
        if max(reading.quality, reading.other_quality) < _KNOWN:
            guessed += len(reading.typed)
        if guessed > _PATIENCE:
            return


def whole_words(tokens: Sequence[str], vocabulary: Vocabulary) -> Sequence[str]:
    """Torn words joined, joined words taken apart."""
    found: list[str] = []
    at = 0
    while at < len(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        one = _one_word(tokens[at], after, vocabulary) if after else None
        found += [one] if one else vocabulary.parts(tokens[at]) or [tokens[at]]
        at += 2 if one else 1
    return found


@dataclass(frozen=True, slots=True)
class _Readings:
    """One chunk, as typed and as if in the other layout."""

    typed: Sequence[str]
    other: Sequence[str]
    quality: float
    other_quality: float
    is_latin: bool
    prefers_other: bool


def _readings(chunk: str, vocabulary: Vocabulary) -> _Readings:
    typed = words(chunk.replace("'", "").replace("`", ""))
    is_latin = any(c.isascii() and c.isalpha() for c in chunk)
    quality = _quality(typed, vocabulary) * (_HINTED if _KEYS.search(chunk) else 1.0)
    other, better = typed, 0.0
    if is_latin or quality < 1.0:
        for ending in dict.fromkeys((chunk, chunk.rstrip(".,;:!?"))):
            again = words(swapped(ending))
            # Cyrillic letters are seldom meant for Latin ones: then the very word must be known.
            if is_latin or all(_is_known(token, vocabulary) for token in again):
                found = _quality(again, vocabulary)
                other, better = (again, found) if found > better else (other, better)
    other_is_better = better >= _SURE and better > quality + _BETTER
    return _Readings(typed, other, quality, better, is_latin, other_is_better)


def _is_known(token: str, vocabulary: Vocabulary) -> bool:
    return token.isdigit() or vocabulary.lexicon.is_small(token) or vocabulary.has(token)


def _quality(tokens: Iterable[str], vocabulary: Vocabulary) -> float:
    letters = [t for t in tokens if not t.isdigit()]
    return sum(_familiar(t, vocabulary) for t in letters) / len(letters) if letters else 0.0


def _familiar(token: str, vocabulary: Vocabulary) -> float:
    if len(token) == 1:
        return 0.9 if token in vocabulary.lexicon.stop else 0.0
    if vocabulary.lexicon.is_small(token):
        return 1.0
    best = vocabulary.likeness(token)
    return _IN_PIECES if best < _SURE and vocabulary.parts(token) else best


def _one_word(a: str, b: str, vocabulary: Vocabulary) -> str | None:
    """Two pieces that are a word together, and nothing much apart."""
    lexicon = vocabulary.lexicon
    if (sound(a), sound(b)) in lexicon.together:
        return a + b
    if b.isdigit():
        return vocabulary.numbered(a, b)
    if a.isdigit() or (a in lexicon.denies and vocabulary.near(b)):
        return None
    small, smaller = lexicon.is_small(a), lexicon.is_small(b)
    if (small or vocabulary.has(a)) and (smaller or vocabulary.has(b)):
        return None
    joined = a + b
    if len(joined) >= _LONG_ENOUGH_TO_JOIN and vocabulary.knows(joined):
        return joined
    return joined if lexicon.is_small(joined) else None
