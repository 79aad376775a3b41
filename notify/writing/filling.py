"""Completes a message for its one recipient: what the outbox cannot or must not hold. Pure.

Callers' own words are kept encrypted elsewhere and erased in time, which a copy would undo; a link
to acknowledge is a key, made for one person when it is sent; who else knows is known only then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from notify.message import Message, one_line
from notify.writing.words import SPEECH, count, listed

Said: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]
"""What callers said of the incident with this number, masked; nothing where nobody did."""

CALLERS = "[[callers]]"
"""Stands in a composed text where their words are to be: alone on a line, after an empty one."""

ACKNOWLEDGE = "[[acknowledge]]"
OTHERS = "[[others]]"
WHY = "[[why]]"
"""Each stands alone on a line; a line for which there is nothing to say goes."""

Listener: TypeAlias = tuple[str, str]
"""Somebody who is told, too: the channel, and their name where they have one."""


async def nobody(_: str) -> Sequence[str]:
    """Where there is no hotline."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is put in. ``link`` acknowledges."""

    said: Sequence[str] = ()
    link: str = ""
    others: Sequence[Listener] = ()


def filled(message: Message, parts: Parts) -> Message:
    """The message with ``parts`` in their places, or without the places."""
    speech = SPEECH[message.lang]
    lines = [speech.callers, *(f"— {one_line(words)}" for words in parts.said)]
    callers = "".join(f"\n{line}" for line in lines) + "\n" if parts.said else ""
    link = parts.link if message.ack else ""
    acknowledge = f"{button(message)}: {link}" if link else ""
    others = _others(parts.others, message.lang)
    text = message.text.replace(f"\n{CALLERS}\n", callers)
    for place, words in (
        (ACKNOWLEDGE, acknowledge),
        (OTHERS, f"{speech.others}: {others}" if others else ""),
        (WHY, message.why),
    ):
        text = text.replace(f"\n{place}\n", f"\n{words}\n" if words else "\n")
    return replace(message, text=text, ack=link)


def button(message: Message) -> str:
    """What the link to acknowledge is called."""
    speech = SPEECH[message.lang]
    return speech.acknowledge_all if len(message.takes) > 1 else speech.acknowledge


def _others(others: Sequence[Listener], lang: str) -> str:
    """Engineers by name, what has no name by channel and number."""
    named = sorted({name for _, name in others if name})
    unnamed = Counter(channel for channel, name in others if not name)
    counted = [f"{channel} ({count(n, 'recipient', lang)})" for channel, n in unnamed.items()]
    everybody = [*named, *sorted(counted)]
    return listed(everybody, lang, most=_MOST) if everybody else ""


_MOST = 6
