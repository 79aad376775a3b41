"""Documents by the words they hold, and how rare each word is. A new shelf shares the old one's."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from incidents.find.document import Doc
from incidents.find.lexicon import Level

_NAME = re.compile(r"([a-zäü]+)\d{2,}")
_COMMON = 0.35
"""What is left of the weight of a word that stands in every document."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Weighed:
    """A phrase on a shelf: its words with their weights, those for which there are rivals apart."""

    meanings: frozenset[str]
    words: tuple[tuple[tuple[str, ...], float], ...]
    rivals: tuple[tuple[tuple[str, ...], float], ...]
    things: frozenset[str]  # what it is about, as far as it says so
    weight: float  # of the words together
    worth: float


@dataclass(frozen=True, slots=True, repr=False)
class Shelf:
    """Immutable. ``holding``: the documents in which a stem or group stands."""

    docs: Mapping[str, Doc] = field(default_factory=dict)
    holding: Mapping[str, tuple[Doc, ...]] = field(default_factory=dict)
    named: Mapping[str, tuple[Doc, ...]] = field(default_factory=dict)
    _weights: dict[str, float] = field(default_factory=dict)
    _phrases: dict[Doc, tuple[Weighed, ...]] = field(default_factory=dict)
    _letters: set[str] = field(default_factory=set)

    def changed(self, *, put: Iterable[Doc], gone: Iterable[str]) -> Shelf:
        """With ``put`` added or replaced by id, and the ids of ``gone`` taken away."""
        new = {doc.id: doc for doc in put}
        old = [self.docs[i] for i in {*gone, *new} if i in self.docs]
        docs = {i: d for i, d in self.docs.items() if i not in set(gone)} | new
        if not new and not old:
            return self
        return Shelf(
            docs,
            _moved(self.holding, old, new.values(), of=lambda doc: doc.meanings),
            _moved(self.named, old, new.values(), of=lambda doc: doc.names),
        )

    def weight(self, meaning: str) -> float:
        """How much a word tells documents apart: 1 for one that stands in a single document."""
        known = self._weights.get(meaning)
        if known is None:
            known = self._weights[meaning] = self._rarity(meaning)
        return known

    def is_like_a_name(self, code: str) -> bool:
        """Whether it has the letters of a known code and other figures."""
        shape = _NAME.fullmatch(code)
        if shape is None or code in self.named:
            return False
        if not self._letters:
            known = map(_NAME.fullmatch, self.named)
            self._letters.update(found[1] for found in known if found)
        return shape[1] in self._letters

    def phrases(self, doc: Doc) -> tuple[Weighed, ...]:
        """The document's phrases, each word with its weight here."""
        known = self._phrases.get(doc)
        if known is None:
            known = tuple(self._weighed(doc))
            if doc.id in self.docs:
                self._phrases[doc] = known
        return known

    def _weighed(self, doc: Doc) -> Iterator[Weighed]:
        for phrase in doc.phrases:
            slots = [
                (slot.meanings, slot.level.gain * max(map(self.weight, slot.meanings)), slot.level)
                for slot in phrase.slots
            ]
            yield Weighed(
                frozenset(m for meanings, _, _ in slots for m in meanings),
                tuple(
                    (meanings, weight) for meanings, weight, lv in slots if lv is not Level.RIVAL
                ),
                tuple((meanings, weight) for meanings, weight, lv in slots if lv is Level.RIVAL),
                frozenset(m for meanings, _, lv in slots if lv is Level.THING for m in meanings),
                sum(weight for _, weight, level in slots if level is not Level.RIVAL),
                phrase.worth,
            )

    def _rarity(self, meaning: str) -> float:
        n, all_ = len(self.holding.get(meaning, ())), len(self.docs)
        if n <= 1 or all_ <= 1:
            return 1.0
        return _COMMON + (1 - _COMMON) * math.log(1 + all_ / n) / math.log(1 + all_)


def _moved(
    before: Mapping[str, tuple[Doc, ...]],
    old: Iterable[Doc],
    new: Iterable[Doc],
    *,
    of: Callable[[Doc], Iterable[str]],
) -> Mapping[str, tuple[Doc, ...]]:
    """Only the words of documents that came or went are touched."""
    left = set(old)
    came: dict[str, list[Doc]] = defaultdict(list)
    for doc in new:
        for word in of(doc):
            came[word].append(doc)
    after = dict(before)
    for word in {word for doc in left for word in of(doc)} | came.keys():
        stayed = (
            [d for d in before.get(word, ()) if d not in left] if left else before.get(word, ())
        )
        if found := (*stayed, *came.get(word, ())):
            after[word] = found
        else:
            after.pop(word, None)
    return after
