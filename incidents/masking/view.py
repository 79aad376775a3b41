"""A text as the masker reads it: plain digits, dashes, dots and spaces, nothing unseen. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Everything but ASCII, Russian letters and the signs that Russian texts are full of.
_ODD = re.compile("[^\x00-\x7fа-яА-ЯёЁ«»„“”…№₽]")
_DOTS = (
    dict.fromkeys("·•․‧∙⋅。｡．∘●", ".") | dict.fromkeys("−⁃˗➖", "-") | dict.fromkeys("⁄∕／", "/")
)


@dataclass(frozen=True, slots=True)
class View:
    """``text`` in lower case and plain signs; ``at`` says where each character stood."""

    text: str
    at: tuple[int, ...] | None
    """Positions in the text as written; None where they are the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the text as written."""
        return (start, end) if self.at is None else (self.at[start], self.at[end - 1] + 1)


def view_of(text: str) -> View:
    """The view of ``text``, in time linear in its length."""
    at = None
    if odd := set(_ODD.findall(text)):
        plain = {char: _plain(char) for char in odd}
        if "" in plain.values():
            at = tuple(i for i, char in enumerate(text) if plain.get(char) != "")
        text = _ODD.sub(lambda match: plain[match[0]], text)
    return View(text.lower().replace("ё", "е"), at)


def _plain(char: str) -> str:
    """One character for ``char``, or none for what nobody sees."""
    if char in _DOTS:
        return _DOTS[char]
    kind = unicodedata.category(char)
    if kind in {"Cf", "Mn", "Me"}:
        return ""
    if kind == "Pd":
        return "-"
    if kind in {"Zs", "Zl", "Zp"} or char == "\x85":
        return " "
    if "<su" in unicodedata.decomposition(char):  # m² is no number
        return char
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    lower = unicodedata.normalize("NFKC", char).lower()
    return lower if len(lower) == 1 else "i" if char == "İ" else char
