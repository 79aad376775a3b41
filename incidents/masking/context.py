"""The words around a number and what they call it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from incidents.masking.keywords import (
    GENITIVE_ENDS,
    NEVER_BEFORE,
    ONE_TIME,
    ONE_TIME_BEFORE,
    VERB_ENDS,
    Concept,
)
from incidents.masking.words import concept_of

_TOKEN = re.compile(
    r"[a-zа-я]+(?:(?<=\b[а-я])/[а-я]\b)?"  # «к/п» is one word
    r"|[/,;!?\n]|\.(?<=[a-zа-я]{5}\.)(?=\s)"  # short words have dots of their own
)
_BEFORE, _AFTER = 90, 60  # characters read on each side
_STOP = re.compile(r"[\d\[\]@]")
_THINGS = (Concept.OTHER, Concept.THING)
_SENTENCE = 3  # a full stop keeps a name as far away as three words do
_SHORT_WORD = 4  # shorter words have no endings to go by

_ONE_TIME = frozenset(ONE_TIME.split())
_ONE_TIME_BEFORE = frozenset(ONE_TIME_BEFORE.split())
_NEVER_BEFORE = tuple(NEVER_BEFORE.split())
_VERB_ENDS, _GENITIVE_ENDS = tuple(VERB_ENDS.split()), tuple(GENITIVE_ENDS.split())


@dataclass(frozen=True, slots=True)
class Mark:
    """One word that names something: ``content`` words without meaning lie between it and us."""

    concept: Concept
    content: int
    rank: int
    """0 for the nearest name and what a slash joins to it («ИНН/КПП»), 1 for the next …"""


@dataclass(slots=True)
class Reader:
    """Reads one view; remembers what each word meant."""

    text: str
    _known: dict[str, Concept | None] = field(default_factory=dict)
    _read: dict[int, tuple[Mark, ...]] = field(default_factory=dict)

    def concept(self, word: str) -> Concept | None:
        if word not in self._known:
            self._known[word] = concept_of(word)
        return self._known[word]

    def before(self, start: int, barrier: int) -> tuple[Mark, ...]:
        """The names before ``start``, nearest first; nothing before ``barrier`` is read."""
        low = max(barrier, start - _BEFORE)
        low = max(low, self.text.rfind("]", low, start))  # what is masked already names nothing
        tokens = _TOKEN.findall(self.text, low, start)
        tokens.reverse()
        return tuple(self._marks(tokens, step=-1))

    def after(self, end: int) -> tuple[Mark, ...]:
        """The names after ``end``, nearest first, up to the next number."""
        if end not in self._read:
            self._read[end] = self._after(end)
        return self._read[end]

    def _after(self, end: int) -> tuple[Mark, ...]:
        high = end + _AFTER
        if stop := _STOP.search(self.text, end, high):
            high = stop.start()
        tokens = _TOKEN.findall(self.text, end, high)
        if stop and stop[0] != "]":
            tokens = self._own(tokens)
        return tuple(self._marks(tokens, step=1))

    def _own(self, tokens: list[str]) -> list[str]:
        """Without the names that introduce the next number rather than follow this one."""
        keep = len(tokens)
        while keep and tokens[keep - 1][0].isalpha() and self.concept(tokens[keep - 1]) is not None:
            keep -= 1
        return tokens[:keep]

    def _marks(self, tokens: list[str], step: int) -> Iterator[Mark]:
        content = 0
        rank = -1
        joined = False
        for i, word in enumerate(tokens):
            if not word[0].isalpha():
                joined = word == "/"
                if word in ".;!?" or (word == "\n" and content):
                    content += _SENTENCE
                continue
            concept = self.concept(word)
            if concept is Concept.CODE and word.startswith(("код", "cod", "kod", "rjl")):
                concept = self._code(tokens, i, step)
            if concept is None:
                content += 1
            elif concept is not Concept.LINK:
                rank += rank < 0 or not joined
                yield Mark(concept, content, rank)
            joined = False

    def _code(self, tokens: list[str], i: int, step: int) -> Concept:
        """Whether «код» at ``i`` is a one-time one, or an error's, a region's, a service's."""
        earlier = tokens[i + 1 :] if step < 0 else tokens[:i][::-1]
        later = tokens[:i][::-1] if step < 0 else tokens[i + 1 :]
        for word in earlier[:2]:
            if word in _ONE_TIME_BEFORE:
                break
            english = word.isascii() and self.concept(word) in _THINGS
            if english or word.startswith(_NEVER_BEFORE):
                return Concept.OTHER
            if self.concept(word) is not Concept.LINK:
                break
        words = [word for word in later if word[0].isalpha() and word != "of"]
        if not words or words[0] in _ONE_TIME:
            return Concept.CODE
        first = self.concept(words[0])
        if first in {*_THINGS, Concept.DEPARTMENT}:
            return first if first is not None else Concept.CODE
        if first is not None:
            return Concept.CODE
        said = [word for word in words if self.concept(word) is not Concept.LINK]
        named = said if step < 0 else said[:1]
        return Concept.OTHER if all(map(_genitive, named)) else Concept.CODE


def _genitive(word: str) -> bool:
    """Whether ``word`` may say whose code it is («города», «дохода»), going by its ending."""
    if word in _ONE_TIME or word.endswith(_VERB_ENDS) or len(word) < _SHORT_WORD:
        return False
    return word.endswith(_GENITIVE_ENDS)


def says(
    marks: Iterable[Mark], *kinds: Concept, words: int, soft: tuple[Concept, ...] = ()
) -> bool:
    """Whether the nearest name is one of ``kinds``, at most ``words`` words away.

    Names in ``soft`` don't stop the search for a farther one.
    """
    nearest: int | None = None
    for mark in marks:
        if mark.content > words:
            return False
        if mark.concept in kinds and nearest in {None, mark.rank}:
            return True
        if mark.concept not in soft and nearest is None:
            nearest = mark.rank
    return False
