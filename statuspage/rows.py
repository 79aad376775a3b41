"""The small things that templates print: lines of lists, in one language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from gettext import NullTranslations

from statuspage.bars import Line
from statuspage.catalogue import own_name


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: what it is called, its look, the word for it.

    ``page`` is the file of the thing itself, ``why`` the one that explains its look, if there is
    one.
    """

    name: str
    tone: str
    label: str
    page: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How to get through to the support."""

    name: str
    value: str
    hours: str
    href: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Ninety days of a component: the drawing, the same in words, and the share if known."""

    lines: tuple[Line, ...]
    words: str
    share: str


@dataclass(frozen=True, slots=True)
class Language:
    """The same pages in another language; ``folder`` is empty for the first."""

    code: str
    name: str
    folder: str


def languages(codes: Sequence[str], words: Sequence[NullTranslations]) -> list[Language]:
    """All languages of the site: the first at its root, each other in its own folder."""
    named = zip(codes, words, strict=True)
    return [
        Language(code, own_name(code, each), "" if code == codes[0] else f"{code}/")
        for code, each in named
    ]
