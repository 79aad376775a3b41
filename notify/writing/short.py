"""What of a message goes into an SMS: first what broke, then how to acknowledge it. Pure."""

from __future__ import annotations

import hashlib

from notify.message import Message
from probes.smpp.alphabet import is_gsm7
from probes.smpp.parts import split

FIRST = 67
"""Characters of Cyrillic in the first part of several, which a phone shows at a glance."""

_PLAIN = str.maketrans(
    {"—": "-", "–": "-", "…": "...", "“": '"', "”": '"', "„": '"', "’": "'", "\u00a0": " "}
)


def short(message: Message, mark: str, *, most: int, septets: bool = True) -> str:
    """The text, in at most ``most`` parts.

    The first line, the link to acknowledge, the line that says more, and ``mark``; then whatever
    else there is room for in the parts that are paid for anyway. A link that doesn't fit whole
    goes; so does a mark, where there is one part only.
    """
    first = _cut(message.first_line, FIRST)
    foot = [mark] if _count([first, mark], septets=septets) <= most else []
    lines = [first]
    if message.ack and _count([first, message.ack, *foot], septets=septets) <= most:
        lines.append(message.ack)
    for line in _more(message):
        if _count([*lines, line, *foot], septets=septets) <= most:
            lines.append(line)
        most = _count([*lines, *foot], septets=septets)
    return _plain("\n".join([*lines, *foot]))


def mark_of(message: Message, delivery_id: str) -> str:
    """The incident's number and what tells this delivery from others: a repeat has the same."""
    digest = hashlib.sha256(delivery_id.encode()).hexdigest()
    return f"#{message.incident}.{digest[:3]}"


def reference_of(delivery_id: str) -> int:
    """16 bits that the same delivery gives again: a phone that has a part knows the repeat."""
    return int.from_bytes(hashlib.sha256(delivery_id.encode()).digest()[:2], "big")


def _more(message: Message) -> list[str]:
    """What the text says beside the first line, the link and the number."""
    known = [one for one in (message.incident, message.ack) if one]
    lines = message.text.split("\n")[1:]
    return [line for line in lines if line.strip() and not any(one in line for one in known)]


def _count(lines: list[str], *, septets: bool) -> int:
    return len(split(_plain("\n".join(lines)), septets=septets))


def _plain(text: str) -> str:
    """Without typographer's signs where they alone would more than double what a text takes."""
    plain = text.translate(_PLAIN)
    return plain if is_gsm7(plain) else text


def _cut(line: str, most: int) -> str:
    """At most so many UTF-16 units, at the end of a word where there is one."""
    if len(line.encode("utf-16-le", "replace")) <= 2 * most:
        return line
    kept = ""
    for char in line:
        if len((kept + char).encode("utf-16-le", "replace")) > 2 * (most - 1):
            break
        kept += char
    words, blank, _ = kept.rpartition(" ")
    return f"{words if blank and len(words) > most // 2 else kept}…"
