"""What somebody's words amount to: what it is about, whether it is a complaint, whose it is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from incidents.find import numbers
from incidents.find.document import Phrase
from incidents.find.letters import is_verb, normal, sound
from incidents.find.lexicon import Level
from incidents.find.mending import in_layout, whole_words
from incidents.find.vocabulary import Vocabulary

_SYNONYM = 0.9
_NAMED = 0.75
_SURE = 0.8  # a slip of the finger makes no trouble
_FATHERS_NAME = re.compile(r"\w{2,}(?:ович|евич|овн[аыеу]|евн[аыеу]|иничн[аыеу])(?:а|у|ем|ом)?")
_LISTENED, _HEARD = 640, 80
"""How many letters and words are read: nobody types more than this while somebody speaks."""
_STRANGER, _TINY = 0.55, 3
_ABSENT = frozenset({"нет", "нету", "net", "netu", "no"})
_BEGINNING = 5
_REACH = 3
"""How many words after a denial may be what it denies."""


@dataclass(frozen=True, slots=True)
class Item:
    """One word that counts: the stems and groups it may mean, and what it costs unanswered.

    ``stem`` is its own, which matters where no loaded word is like it.
    """

    stem: str
    meanings: Mapping[str, float]
    level: Level
    loss: float


@dataclass(frozen=True, slots=True)
class Query:
    """``denied``: what is said not to be or not to happen.

    ``rivals``: of each kind of which there can be only one, those that were named.
    ``alarms``: groups of words that leave no room for another subject.
    """

    items: tuple[Item, ...]
    denied: tuple[Item, ...]
    codes: frozenset[str]
    is_complaint: bool
    is_question: bool
    rivals: Mapping[str, frozenset[str]]
    alarms: frozenset[str] = frozenset()


_SHRUG = Item("", {}, Level.FAINT, Level.FAINT.loss)
"""An unknown word that is denied: however they put it, something doesn't do what it should."""
_SHORT = 5


def read(text: str, vocabulary: Vocabulary) -> Query:
    """What ``text`` says, or the beginning of it where it is longer than anybody's story."""
    return _Reader(vocabulary).read(text)


def as_said(phrase: Phrase) -> Query:
    """A phrase of a document as if a caller had said it."""
    items = tuple(
        Item(slot.meanings[0], dict.fromkeys(slot.meanings, 1.0), slot.level, slot.level.loss)
        for slot in phrase.slots
    )
    return Query(items, (), frozenset(), is_complaint=True, is_question=False, rivals={})


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._known = vocabulary
        self._lexicon = vocabulary.lexicon

    def read(self, text: str) -> Query:
        plain = " ".join(normal(text[:_LISTENED]).split()[:_HEARD])
        letters, shown = self._without_numbers(in_layout(plain, self._known))
        said = whole_words(letters, self._known)
        found = [
            self._item(token, is_last=at == len(said) - 1 and not text[-1:].isspace())
            for at, token in enumerate(said)
        ]
        marks = [self._mark(token, item) for token, item in zip(said, found, strict=True)]
        for at in set(self._reached(said, marks)):
            found[at] = _as_done(found[at], said[at])
        denied = tuple(i for i in map(found.__getitem__, self._reached(said, marks)) if i)
        items = (
            *map(self._code, sorted(shown)),
            *(_SHRUG if not item.meanings and item in denied else item for item in found if item),
        )
        complains = (
            bool(shown)
            or (_SHRUG in items and len(items) <= _SHORT)
            or "trouble" in marks
            or any(map(_is_doing, denied))
            or any(map(self._cannot, said, said[1:]))
        )
        asks = said[:1] == ["что"] or any(token in self._lexicon.asks for token in said)
        asks = asks or any(token in self._lexicon.asks_first for token in said[:_BEGINNING])
        return Query(
            items,
            denied,
            numbers.codes(plain),
            is_complaint=complains,
            is_question=asks,
            rivals=_rivals(items, self._known),
            alarms=frozenset(
                meaning
                for item in items
                for meaning, near in item.meanings.items()
                if meaning in self._lexicon.alarms and near >= _NAMED
            ),
        )

    # ── what the words mean ──

    def _without_numbers(self, tokens: Sequence[str]) -> tuple[Sequence[str], frozenset[str]]:
        """Letters only, and the HTTP errors that were said in figures or in words."""
        taken = {at + n for at, count, _ in numbers.spoken(tokens) for n in range(count)}
        said: list[str] = []
        for at, token in enumerate(tokens):
            if token.isdigit() and not (at and self._known.numbered(tokens[at - 1], token)):
                continue
            if at not in taken and not _FATHERS_NAME.fullmatch(token):
                said.append(token)
        return said, numbers.http_codes(tokens)

    @staticmethod
    def _code(digits: str) -> Item:
        return Item(digits, {digits: 1.0}, Level.CODE, Level.CODE.loss)

    def _item(self, token: str, *, is_last: bool) -> Item | None:
        if self._lexicon.is_small(token):
            return None
        stem = self._lexicon.sense(sound(token)).stem
        senses = self._known.near(token)
        if is_last and not self._known.has(token):
            senses = {**self._known.begun(sound(token)), **senses}
        if not senses:
            return Item(stem, {}, Level.THING, _STRANGER if len(token) > _TINY else _STRANGER / 2)
        meanings: dict[str, float] = defaultdict(float)
        for sense, near in senses.items():
            meanings[sense.stem] = max(near, meanings[sense.stem])
            for group in sense.groups:
                meanings[group] = max(near * _SYNONYM, meanings[group])
        best = max(senses, key=lambda s: (senses[s], s.groups, s.stem))
        level = self._lexicon.level(sound(token), best.groups)
        return Item(stem, meanings, level, level.loss)

    def _mark(self, token: str, item: Item | None) -> str:
        if token in self._lexicon.denies:
            return "not"
        if token in self._lexicon.prepositions:
            return "of"
        if item is None:
            return "small"
        if any(item.meanings.get(g, 0.0) >= _SURE for g in self._lexicon.troubles):
            return "trouble"
        return "known" if item.meanings else "strange"

    def _cannot(self, word: str, after: str) -> bool:
        return word in self._lexicon.denies and after in self._lexicon.modals

    @staticmethod
    def _reached(said: Sequence[str], marks: Sequence[str]) -> Iterator[int]:
        """Where what is denied stands.

        It is the word after a denial, however many small ones between; before a "нет" too.
        """
        for at, mark in enumerate(marks):
            if mark != "not":
                continue
            for after in range(at + 1, min(len(marks), at + 1 + _REACH)):
                yield after
                if marks[after] != "small":
                    break
            if said[at] in _ABSENT:
                yield from range(max(0, at - 2), at)


def _as_done(item: Item | None, token: str) -> Item | None:
    """A word that no list knows is something one does, if it ends so and "не" stands before."""
    if item is None or item.level is not Level.THING or not is_verb(sound(token), denied=True):
        return item
    return replace(item, level=Level.ACT, loss=min(item.loss, Level.ACT.loss))


def _is_doing(item: Item) -> bool:
    """A verb of using a service, as far as the lexicon knows them."""
    return item.level in (Level.ACT, Level.FAINT)


def _rivals(items: Iterable[Item], vocabulary: Vocabulary) -> Mapping[str, frozenset[str]]:
    named: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for meaning, near in item.meanings.items():
            if near < _NAMED:
                continue
            if meaning.startswith("%"):
                kind, _, name = meaning[1:].partition(":")
                named[kind].add(name)
            elif meaning in vocabulary.places:
                named["region"].add(meaning)
    return {kind: frozenset(names) for kind, names in named.items()}
