"""Puts callers' own words into a message as it leaves: the outbox never holds them.

They are kept encrypted elsewhere and erased in time, which a copy in the outbox would undo.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from notify.message import Message, one_line
from notify.words import SPEECH

Said: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]
"""What callers said of the incident with this number, masked; nothing where nobody did."""

PLACE = "[[callers]]"
"""Stands in a composed text where their words are to be: alone on a line, after an empty one."""


async def nobody(_: str) -> Sequence[str]:
    """Where there is no hotline."""
    return ()


def with_words(message: Message, said: Sequence[str]) -> Message:
    """The message with ``said`` in its place, or without the place."""
    lines = [SPEECH[message.lang].callers, *(f"— {one_line(words)}" for words in said)]
    told = "".join(f"\n{line}" for line in lines) + "\n" if said else ""
    return replace(message, text=message.text.replace(f"\n{PLACE}\n", told))
