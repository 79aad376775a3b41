"""The words of everything loaded, found again by whatever was typed instead of them.

It only grows: what an incident said stays known after the incident has gone.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from incidents.find.letters import distance, is_verb, slips_allowed, sound, sounds, worn
from incidents.find.lexicon import Level, Lexicon, Sense

_SAME_STEM, _GROWN = 0.97, 0.8
_SLIPS = (1.0, 0.92, 0.82)
_OTHER_BEGINNING = 0.85  # fingers seldom slip on the first letter
_SHORT = 0.78  # of four letters one is much
_SHARED = 0.7
_ROOT = 4
_KEPT = 20_000
"""How many answers are remembered: an operator's every keystroke asks most words again."""
_SHORTEST_BEGUN = 3
_SHORTEST_RUN, _LONGEST_RUN, _PIECES = 5, 60, 4
_SHORTEST_WORD, _SHORTEST_INFLECTED, _LONGEST_WORD = 3, 6, 24
_ALONE = frozenset("вксуояи")
_NOT = "ne"


class Vocabulary:
    """Words are added by their sound, and asked for as they are written."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._forms: dict[str, Sense] = {}
        self._stems: dict[str, set[Sense]] = defaultdict(set)
        self._roots: dict[str, set[str]] = defaultdict(set)
        self._worn: dict[str, set[str]] = defaultdict(set)
        self._ordered: list[str] = []
        self._near: dict[str, Mapping[Sense, float]] = {}
        self._parts: dict[str, Sequence[str]] = {}
        self.places: set[str] = set()
        for form in lexicon.by_form:
            self.add(form)

    def add(self, form: str) -> Sense:
        """Make a word known."""
        known = self._forms.get(form)
        if known is not None:
            return known
        sense = self._forms[form] = self.lexicon.sense(form)
        self._stems[sense.stem].add(sense)
        self._roots[sense.stem[:_ROOT]].add(sense.stem)
        for key in (*worn(form), *_shuffled(form)):
            self._worn[key].add(form)
        insort(self._ordered, form)
        self._near.clear()
        self._parts.clear()
        return sense

    def add_all(self, forms: Iterable[str]) -> None:
        for form in forms:
            self.add(form)

    def knows(self, written: str) -> bool:
        """Whether it is a known word, however inflected."""
        return any(
            form in self._forms or self.lexicon.sense(form).stem in self._stems
            for form in sounds(written)
        )

    def has(self, written: str) -> bool:
        """Whether it is known in this very form."""
        return sound(written) in self._forms

    def numbered(self, word: str, figure: str) -> str | None:
        """The name such as Tele2 that these two are, give or take a slip."""
        together, heard = self.lexicon.together, sound(word)
        names = [heard] if (heard, figure) in together else []
        if not names and len(heard) >= _SHORTEST_WORD:
            names = [a for a, b in together if b == figure and distance(heard, a, limit=1) <= 1]
        return together[names[0], figure] if names else None

    def near(self, written: str) -> Mapping[Sense, float]:
        """The known words that ``written`` may be meant for, and how likely (0 to 1)."""
        found = self._near.get(written)
        if found is None:
            if len(self._near) >= _KEPT:
                self._near.clear()
            merged: dict[Sense, float] = {}
            for form in sounds(written):
                for sense, near in self._search(form).items():
                    merged[sense] = max(near, merged.get(sense, 0.0))
            found = self._near[written] = merged
        return found

    def likeness(self, written: str) -> float:
        """How near the nearest known word is."""
        return max(self.near(written).values(), default=0.0)

    def parts(self, written: str) -> Sequence[str]:
        """The words of a run of them that nobody put spaces between; empty if it is none."""
        found = self._parts.get(written)
        if found is None:
            if len(self._parts) >= _KEPT:
                self._parts.clear()
            may_be = _SHORTEST_RUN <= len(written) <= _LONGEST_RUN
            is_run = may_be and self.likeness(written) < _SLIPS[1]
            cut = (self._parted(written) or self._denied(written)) if is_run else ()
            found = self._parts[written] = cut
        return found

    def _denied(self, run: str) -> Sequence[str]:
        """A "не" that sticks to a mistyped word."""
        no, word = run[: len(_NOT)], run[len(_NOT) :]
        is_word = len(word) > _SHORTEST_WORD and self.likeness(word) >= _SLIPS[-1]
        return (no, word) if sound(no) == _NOT and is_word else ()

    def begun(self, form: str) -> Mapping[Sense, float]:
        """The known words that begin so: somebody is still typing."""
        if len(form) < _SHORTEST_BEGUN:
            return {}
        at = bisect_left(self._ordered, form)
        found: dict[Sense, float] = {}
        for known in self._ordered[at : at + 20]:
            if not known.startswith(form):
                break
            found[self._forms[known]] = _GROWN
        return found

    def _parted(self, run: str) -> Sequence[str]:
        """The fewest pieces that cover it: ``ends[i]`` is how its first i letters are cut."""
        ends: list[Sequence[str] | None] = [(), *([None] * len(run))]
        for end in range(1, len(run) + 1):
            for start in range(max(0, end - _LONGEST_WORD), end):
                before, best = ends[start], ends[end]
                if before is None or len(before) >= (len(best) - 1 if best else _PIECES):
                    continue
                if self._is_piece(run[start:end], is_first=not start):
                    ends[end] = (*before, run[start:end])
        found = ends[-1] or ()
        return (
            found if len(found) > 1 and any(len(piece) >= _SHORTEST_WORD for piece in found) else ()
        )

    def _is_piece(self, word: str, *, is_first: bool) -> bool:
        if len(word) == 1:
            return is_first and word in _ALONE
        if self.lexicon.is_small(word):
            return True
        form = sound(word)
        if len(word) >= _SHORTEST_INFLECTED and self.lexicon.sense(form).stem in self._stems:
            return True
        return len(word) >= _SHORTEST_WORD and (
            form in self.lexicon.by_form or (len(word) > _SHORTEST_WORD and form in self._forms)
        )

    def _search(self, form: str) -> Mapping[Sense, float]:
        sense = self.lexicon.sense(form)
        exact = self._forms.get(form)
        found: dict[Sense, float] = {}
        if exact is None or not exact.groups:
            found.update(dict.fromkeys(self._grown(sense.stem), _GROWN))
        for same in tuple(self._stems.get(sense.stem, ())):
            if exact is None or not exact.groups or not same.groups or same.groups == exact.groups:
                found[same] = self._same_stem(form, same)  # долги are no долго
        if exact is not None:
            found[exact] = 1.0
        if max(found.values(), default=0.0) < _SAME_STEM:
            for known, near in self._mistyped(form):
                if near > found.get(known, 0.0):
                    found[known] = near
        return found

    def _same_stem(self, form: str, known: Sense) -> float:
        """A verb with the stem of a thing, "роботает", is more likely a slip in another verb."""
        is_thing = bool(known.groups) and self.lexicon.level("", known.groups) is Level.THING
        return _GROWN if is_thing and is_verb(form) else _SAME_STEM

    def _grown(self, stem: str) -> Iterator[Sense]:
        """Words of one root: the beginning is the same, and that is most of the longer one."""
        for other in tuple(self._roots.get(stem[:_ROOT], ())) if len(stem) >= _ROOT else ():
            shorter, longer = sorted((len(stem), len(other)))
            same = next(
                (i for i, (a, b) in enumerate(zip(stem, other, strict=False)) if a != b), shorter
            )
            if same >= _ROOT and same >= _SHARED * longer:
                yield from tuple(self._stems[other])

    def _mistyped(self, form: str) -> Iterator[tuple[Sense, float]]:
        if form.isdigit():
            return
        for key in _shuffled(form):
            for known in tuple(self._worn.get(key, ())):
                if distance(form, known, limit=1) == 1:
                    yield self._forms[known], _SLIPS[1] * _SHORT
        allowed = slips_allowed(form)
        if not allowed:
            return
        tried: set[str] = set()
        for key in worn(form):
            for known in tuple(self._worn.get(key, ())):
                if known in tried:
                    continue
                tried.add(known)
                limit = min(allowed, slips_allowed(known))
                if limit and (slips := distance(form, known, limit=limit)) <= limit:
                    near = _SLIPS[slips] * (1.0 if form[0] == known[0] else _OTHER_BEGINNING)
                    near *= _SHORT if slips and len(form) <= _ROOT else 1.0
                    yield self._forms[known], near


def _shuffled(form: str) -> Iterator[str]:
    """Of a word too short for any slip but two letters exchanged: its letters, in no order."""
    if len(form) == _SHORTEST_WORD:
        yield "~" + "".join(sorted(form))
