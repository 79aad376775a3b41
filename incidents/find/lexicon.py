"""What is known of the language before anything is loaded: its endings, small words, synonyms."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import tomli

from incidents.find.letters import is_verb, normal, sound, stem, words

_GROUP_STEM = 4
"""A shorter stem belongs to too many words to make them mean the same."""
_PLACE_STEM = 5


class Level(Enum):
    """What it is worth (``gain``) to have understood a word, and what is lost if it isn't."""

    FAINT = (0.2, 0.03)
    MENTION = (0.5, 0.08)
    ACT = (0.6, 0.35)
    RIVAL = (1.0, 0.3)
    THING = (1.0, 1.0)
    CODE = (1.6, 1.6)

    def __init__(self, gain: float, loss: float) -> None:
        self.gain = gain
        self.loss = loss


@dataclass(frozen=True, slots=True)
class Sense:
    """A word as its stem, and the groups of words that mean the same: ``@enter``.

    A group of which there can be only one is ``%carrier:beeline``.
    """

    stem: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Small:
    """Function words, as written; a Latin token may also spell a Cyrillic one of them."""

    written: frozenset[str]
    heard: frozenset[str]

    @classmethod
    def of(cls, listed: str) -> Small:
        each = [w for chunk in listed.split() for w in words(normal(chunk).replace("'", ""))]
        return cls(frozenset(each), frozenset(sound(w) for w in each if not w.isascii()))

    def __contains__(self, word: str) -> bool:
        return word in self.written or (word.isascii() and sound(word) in self.heard)


@dataclass(frozen=True, slots=True, repr=False)
class Lexicon:
    """Pure once loaded. ``edition`` is another one when a file has changed."""

    edition: str
    endings: frozenset[str]
    stop: Small
    asks: Small
    asks_first: Small
    denies: Small
    modals: Small
    prepositions: Small
    troubles: frozenset[str]
    alarms: frozenset[str]
    levels: Mapping[str, Level]
    by_form: Mapping[str, tuple[str, ...]]
    by_stem: Mapping[str, tuple[str, ...]]
    together: Mapping[tuple[str, str], str]

    @classmethod
    @cache
    def load(cls) -> Lexicon:
        """Read the two files beside this module."""
        files_ = [_read("lexicon.toml"), _read("places.toml")]
        edition = f"{zlib.crc32(''.join(files_).encode()):08x}"
        return _built(*map(tomli.loads, files_), edition=edition)

    def sense(self, heard: str) -> Sense:
        """The sense of a word given by its sound."""
        root = stem(heard, self.endings)
        exact = self.by_form.get(heard)
        if exact and len(root) < _PLACE_STEM and any(self.levels[g] is Level.RIVAL for g in exact):
            root = heard  # Омск is no ОМС
        return Sense(root, exact or self.by_stem.get(root, ()))

    def level(self, heard: str, groups: Iterable[str]) -> Level:
        """The weightiest of a word's groups; without any it is a thing, or what is done to one."""
        found = [self.levels[g] for g in groups if g in self.levels]
        unlisted = Level.ACT if is_verb(heard) else Level.THING
        return max(found, key=lambda level: level.gain, default=unlisted)

    def is_small(self, word: str) -> bool:
        """Whether nothing is lost by leaving it out."""
        return (
            (len(word) == 1 and not word.isdigit())
            or word in self.stop
            or word in self.asks
            or word in self.asks_first
            or word in self.denies
        )


def _read(name: str) -> str:
    return (files("incidents.find") / name).read_text(encoding="utf-8")


def _built(table: Mapping[str, Any], places: Mapping[str, str], *, edition: str) -> Lexicon:
    endings = frozenset(sound(normal(e)) for e in table["endings"].split()) - {""}
    by_form: dict[str, set[str]] = defaultdict(set)
    by_stem: dict[str, set[str]] = defaultdict(set)
    together: dict[tuple[str, str], str] = {}
    levels: dict[str, Level] = {}
    for group, level, listed in _groups(table, places):
        levels[group] = level
        enough = _PLACE_STEM if group.startswith("%region") else _GROUP_STEM
        for written in listed.split():
            parts = [sound(w) for w in words(normal(written))]
            heard = "".join(parts)
            if len(parts) > 1:
                together[parts[0], parts[1]] = heard
            by_form[heard].add(group)
            if len(root := stem(heard, endings)) >= enough:
                by_stem[root].add(group)
    return Lexicon(
        edition=edition,
        endings=endings,
        stop=Small.of(table["stop"]),
        asks=Small.of(table["asks"]),
        asks_first=Small.of(table["asks_first"]),
        denies=Small.of(table["denies"]),
        modals=Small.of(table["modals"]),
        prepositions=Small.of(table["prepositions"]),
        troubles=_named(table["troubles"]),
        alarms=_named(table["alarms"]),
        levels=levels,
        by_form={form: tuple(sorted(groups)) for form, groups in by_form.items()},
        by_stem={root: tuple(sorted(groups)) for root, groups in by_stem.items()},
        together=together,
    )


def _named(listed: str) -> frozenset[str]:
    return frozenset(f"@{name}" for name in listed.split())


def _groups(
    table: Mapping[str, Any], places: Mapping[str, str]
) -> Iterator[tuple[str, Level, str]]:
    for key in ("faint", "mention", "act", "thing"):
        for name, listed in table[key].items():
            yield f"@{name}", Level[key.upper()], listed
    for kind, members in {**table["rival"], "region": places}.items():
        for name, listed in members.items():
            yield f"%{kind}:{name}", Level.RIVAL, listed
