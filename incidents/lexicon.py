"""What the words of a query may mean, on the vocabulary of what is loaded. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from incidents.spelling import likeness, normal, pairs, sound, stem, swapped, words
from incidents.texts import Hearing

Meanings = Mapping[str, float]
"""The known stems that one word may be, and how likely (0 to 1); empty for a stranger."""

_SWAPPED = 0.95
_SURE = 0.8  # how well a chunk must read in the other layout to be read so
_ROOT = 4
_CODES = frozenset(map(str, range(400, 600)))


@dataclass(frozen=True, slots=True)
class Form:
    """A word as it sounds, and its stem."""

    sound: str
    stem: str


@dataclass(frozen=True, slots=True)
class Tongue:
    """All loaded languages together, every word folded into its sound."""

    stop: frozenset[str]
    asks: frozenset[str]
    denials: frozenset[str]
    endings: tuple[str, ...]

    @classmethod
    def of(cls, hearings: Iterable[Hearing]) -> Tongue:
        each = list(hearings)
        endings = {sound(normal(e)) for h in each for e in h.endings} - {""}
        return cls(
            stop=_sounds(h.stop | h.asks | h.denials for h in each),
            asks=_sounds(h.asks for h in each),
            denials=_sounds(h.denials for h in each),
            endings=tuple(sorted(endings, key=lambda e: (-len(e), e))),
        )

    def forms(self, text: str) -> Iterable[Form]:
        """What ``text`` is about: its words, without those that mean nothing."""
        return (self.form(w) for w in words(normal(text)) if not self.is_empty(w))

    def form(self, word: str) -> Form:
        return Form(sound(word), stem(sound(word), self.endings))

    def is_empty(self, word: str) -> bool:
        return len(word) == 1 or sound(word) in self.stop


@dataclass(frozen=True, slots=True)
class Query:
    """The words that count, in order. A question without a "not" is rarely a complaint."""

    words: tuple[Meanings, ...]
    is_question: bool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of everything loaded, found again by their pairs of letters."""

    tongue: Tongue
    by_pair: Mapping[str, Sequence[Form]]

    @classmethod
    def of(cls, forms: Iterable[Form], tongue: Tongue) -> Lexicon:
        by_pair: dict[str, list[Form]] = defaultdict(list)
        for form in sorted(set(forms), key=lambda f: (f.stem, f.sound)):
            for pair in pairs(form.sound):
                by_pair[pair].append(form)
        return cls(tongue, by_pair)

    def read(self, text: str) -> Query:
        """Each chunk between spaces as typed, or as if in the other layout if that fits better."""
        found: list[Meanings] = []
        heard: set[str] = set()
        for chunk in normal(text).split():
            typed = self._chunk(chunk)
            meant = self._chunk(swapped(chunk)) if typed.known < 1 else typed
            if meant.known >= _SURE and meant.known > typed.known:
                found += [{s: n * _SWAPPED for s, n in m.items()} for m in meant.meanings]
                heard |= meant.sounds
            else:
                found += typed.meanings
                heard |= typed.sounds
        is_question = bool(heard & self.tongue.asks) and not heard & self.tongue.denials
        return Query(tuple(found), is_question)

    def _chunk(self, chunk: str) -> _Chunk:
        meanings: list[Meanings] = []
        sounds: set[str] = set()
        known, tokens = 0.0, words(chunk)
        for word in tokens:
            sounds.add(sound(word))
            if self.tongue.is_empty(word):
                known += 1.0
                continue
            near = self.near(self.tongue.form(word))
            if near or not word.isdecimal() or word in _CODES:
                meanings.append(near)
            known += max(near.values(), default=0.0)
        return _Chunk(meanings, frozenset(sounds), known / len(tokens) if tokens else 0.0)

    def near(self, word: Form) -> Meanings:
        """All known stems that ``word`` may be meant for."""
        shared = Counter(form for pair in pairs(word.sound) for form in self.by_pair.get(pair, ()))
        enough = min(_ROOT, max(1, len(word.stem) - _ROOT + 1))
        found: dict[str, float] = {}
        for form, count in shared.items():
            if count >= enough:
                # A slip in a short word leaves too little of its stem: the whole word tells more.
                near = max(likeness(word.stem, form.stem), likeness(word.sound, form.sound))
                if near > found.get(form.stem, 0.0):
                    found[form.stem] = near
        return found


@dataclass(frozen=True, slots=True)
class _Chunk:
    meanings: list[Meanings]
    sounds: frozenset[str]
    known: float


def _sounds(groups: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset(sound(normal(w)) for group in groups for w in group)
