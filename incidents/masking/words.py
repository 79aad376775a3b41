"""What one word names, however it was typed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from incidents.masking.keywords import NAMES, Concept

_ALIKE = str.maketrans("aeopcyxkmhtb", "аеорсухкмнтв")
_LAYOUT = str.maketrans("qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзфывапролдячсмить")
_KEY = 3  # stems are found by their first letters
_FORGIVEN = 6  # letters a stem has before a slip in it is forgiven …
_SHORT_BUT_ODD = frozenset({"снилс"})  # … unless nothing else looks like it


def _slips(word: str) -> Iterator[str]:
    """``word`` without one of its letters: two words one slip apart share one of these."""
    for i in range(1, len(word)):  # the first letter is rarely wrong
        yield word[:i] + word[i + 1 :]


def _shuffled(word: str) -> str:
    """``word`` whatever the order of its letters, the first one apart."""
    return word[0] + "".join(sorted(word[1:])).upper()


def _read() -> tuple[dict[str, Concept], dict[str, list[tuple[str, Concept]]], dict[str, Concept]]:
    whole: dict[str, Concept] = {}
    stems: dict[str, list[tuple[str, Concept]]] = {}
    slipped: dict[str, Concept] = {}
    for concept, words in NAMES.items():
        for word in words.split():
            stem = word.removesuffix("*")
            if stem == word:
                whole.setdefault(word, concept)
                continue
            stems.setdefault(stem[:_KEY], []).append((stem, concept))
            if len(stem) >= _FORGIVEN or stem in _SHORT_BUT_ODD:
                for slip in (stem, *_slips(stem), _shuffled(stem)):
                    slipped.setdefault(slip, concept)
    for found in stems.values():
        found.sort(key=lambda item: -len(item[0]))
    return whole, stems, slipped


_WHOLE, _STEMS, _SLIPPED = _read()
_SHORTEST, _LONGEST = min(map(len, _SLIPPED)), max(map(len, _SLIPPED)) + 1


def concept_of(word: str) -> Concept | None:
    """What ``word`` (lower case, ё as е) names; None for a word of no meaning here."""
    found = _as_written(word)
    if found is None and not word.isascii() and any("a" <= char <= "z" for char in word):
        found = _as_written(word.translate(_ALIKE))
    if found is None and word.isascii() and len(word) >= _KEY:
        found = _as_written(word.translate(_LAYOUT))
        return None if found is Concept.LINK else found
    return found if found is not None else _nearly(word)


def _as_written(word: str) -> Concept | None:
    if word in _WHOLE:
        return _WHOLE[word]
    for stem, concept in _STEMS.get(word[:_KEY], ()):
        if word.startswith(stem):
            return concept
    return None


def _nearly(word: str) -> Concept | None:
    """The concept whose stem is one slip from how ``word`` begins."""
    if len(word) <= _SHORTEST:
        return None
    for length in range(_SHORTEST, min(len(word), _LONGEST) + 1):
        head = word[:length]
        for slip in (head, *_slips(head), _shuffled(head)):
            if slip in _SLIPPED:
                return _SLIPPED[slip]
    return None
