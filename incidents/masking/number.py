"""A number in a text: its digits, how they are grouped, and what the words around call it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from incidents.masking.context import Mark, Reader, says
from incidents.masking.keywords import SMALL_UNITS, UNITS, Concept

_UNITS, _ALL_UNITS = re.compile(UNITS + ")"), re.compile(UNITS + SMALL_UNITS + ")")
NUMBERED = re.compile(
    r"(?:номер\w{0,3}|№|#|\bn|\bno|\bnum\w*|\bном|nomer)[\s.:\-(=]{0,4}(?:его|мой|такой)?[\s:]{0,2}$"
)
_CALLED = re.compile(r"\s?[\-=(,]?\s?(?:это\b|номер|№|is\b)")  # how a name comes after its number
SPOKEN = r"[.,]?\s?(?:тире|дефис|пробел|минус|точка)\s?"
_PLAIN = re.compile(rf"[\s.\-]{{1,4}}|{SPOKEN}")
_LEAD = 40  # characters that stand directly before
_LONG = 10  # digits from which nobody counts hours, metres or times


_NOT_PERSONAL = (Concept.OTHER, Concept.THING, Concept.MONEY, Concept.SHORT)


@dataclass(frozen=True, slots=True)
class Number:
    """Digit groups that may be one identifier. Positions are those of the view."""

    digits: str
    lengths: tuple[int, ...]
    gaps: tuple[str, ...]
    start: int
    end: int
    loose: bool
    """Stands by itself: it is no part of a version, an id, a hash or a longer number."""
    before: tuple[Mark, ...]
    reader: Reader

    @property
    def after(self) -> tuple[Mark, ...]:
        return self.reader.after(self.end)

    @property
    def whole(self) -> bool:
        return len(self.lengths) == 1

    @property
    def plain(self) -> bool:
        """Only dashes, dots and spaces, written or spoken, are between the groups."""
        return all(map(_PLAIN.fullmatch, self.gaps))

    @property
    def lead(self) -> tuple[str, int, int]:
        """Where what stands directly before is: the arguments of ``Pattern.search``."""
        return self.reader.text, max(0, self.start - _LEAD), self.start

    @property
    def numbered(self) -> bool:
        """«номер» or «№» stands directly before."""
        return NUMBERED.search(*self.lead) is not None

    @property
    def amount(self) -> bool:
        """A unit stands directly after."""
        units = _ALL_UNITS if len(self.digits) < _LONG else _UNITS
        return units.match(self.reader.text, self.end) is not None

    def said(self, *kinds: Concept, words: int = 5, soft: tuple[Concept, ...] = ()) -> bool:
        """Whether the text calls this number one of ``kinds``, before it or else after it."""
        if says(self.before, *kinds, words=words, soft=soft):
            return True
        if self.before and not self.before[0].content:
            return False
        return says(self.after, *kinds, words=0)

    def mentioned(self, kind: Concept) -> bool:
        """Whether ``kind`` is named anywhere near."""
        return any(mark.concept is kind for mark in (*self.before, *self.after))

    def otherwise(self, words: int = 0, *kinds: Concept) -> bool:
        """Whether the text names this number as something that isn't personal."""
        if self.before and self.before[0].content <= words:
            return says(self.before, *(kinds or _NOT_PERSONAL), words=words)
        if not _CALLED.match(self.reader.text, self.end):
            return False
        return says(self.after, *(kinds or _NOT_PERSONAL), words=0)


@dataclass(slots=True)
class Seen:
    """What the numbers before this one were, as far as the next one may belong to them."""

    token: str = ""
    digits: int = 0
    end: int = -1
    small: Number | None = None
    """The last number of two to four digits that was kept."""


Decision = str | None
"""The token of what the number is, "" for what is known to be nobody's own; None: don't know."""

Decider = Callable[[Number, Seen], Decision]
