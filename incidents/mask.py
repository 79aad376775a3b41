"""Personal data in free text, replaced by what it was: "[СНИЛС]". Pure.

Text is masked before it is stored or sent anywhere, so a doubt is decided for masking, save
where the text itself names the number as something else. The kinds are in ``incidents.masking``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from incidents.masking.births import births
from incidents.masking.checks import inn, luhn, snils
from incidents.masking.emails import emails
from incidents.masking.numbers import numbers
from incidents.masking.view import view_of

__all__ = ["inn", "luhn", "mask", "snils"]

Span = tuple[int, int, str]

_PASSES = 8  # what masking uncovers is masked too; two are the rule, and no text makes it slow
_DIGIT = re.compile(r"\d")


def mask(text: str) -> str:
    """``text`` with every identifier replaced by its token. Idempotent, in linear time.

    Text without digits, ``@`` or the words that stand for them (a spoken address, a date of birth
    in words) comes back as it was; so does everything outside the tokens, character for character.
    """
    for _ in range(_PASSES):
        spans = _found(text)
        if not spans:
            break
        parts, done = [], 0
        for start, end, token in spans:
            parts += [text[done:start], f"[{token}]"]
            done = end
        text = "".join([*parts, text[done:]])
    return text


def _found(text: str) -> list[Span]:
    """What is personal in ``text``, in order, apart from each other."""
    view = view_of(text)
    words = _apart([*emails(view.text), *births(view.text)])
    if _DIGIT.search(view.text):
        words = _apart([*words, *numbers(view.text, words)])
    return [(*view.span(start, end), token) for start, end, token in words]


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order; of two that overlap, the one that begins first, then the longer."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
