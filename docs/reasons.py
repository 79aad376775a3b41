"""Writes the table of reasons in docs/notify.md from the code: ``python docs/reasons.py``.

A test does the same and compares.
"""

# ruff: noqa: INP001 - a program, not a module
from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from incidents.sentences import Sentences
from notify.delivery import Because, Telling

FILE = Path(__file__).with_name("notify.md")

_OF_RINGS = (Because.UNREACHED, Because.LAST_RESORT)
"""Only ever a reason to tell."""

_PLACE = re.compile(r"(<!-- reasons: [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)


def page(written: str) -> str:
    """``written`` with the table as it should be."""
    table = "\n".join(_lines())
    return _PLACE.sub(lambda found: f"{found[1]}{table}\n{found[2]}", written)


def _lines() -> Iterator[str]:
    say = Sentences.load("en", UTC)
    yield "| `because` | Somebody is | Since |"
    yield "|---|---|---|"
    for one in Because:
        if told := _told(one, say):
            yield f"| `{one}` | told | {told} |"
        if one not in _OF_RINGS and say.has(f"untold.{one}"):
            yield f"| `{one}` | not told, or later | {say.say(f'untold.{one}')} |"


def _told(because: Because, say: Sentences) -> str:
    if because in _OF_RINGS:
        return say.say(f"untold.{because}")
    if because.value not in set(Telling):
        return ""
    key = f"telling.{because}"
    return (say.say(key) if say.has(key) else because.value.replace("_", " ")).lower()


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
