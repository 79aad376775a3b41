"""The writing of calendars (RFC 5545): what every calendar we give out has in common. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

_OCTETS = 75
_ESCAPED = str.maketrans(
    {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None, "\x0b": None, "\x0c": None}
)


def calendar(parts: Iterable[str], *, product: str, name: str, zone: str) -> str:
    """A whole calendar to subscribe to. ``parts`` are the lines of its zones and events.

    A calendar needs at least one part. ``name`` and ``zone`` are what programs show it under.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//Vahta//{product}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        f"X-WR-TIMEZONE:{zone}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *parts,
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """``text`` as a calendar's value: it can begin no new line and no new property."""
    return text.translate(_ESCAPED)


def folded(line: str) -> str:
    """``line`` broken so that no piece is longer than 75 octets, never within a letter."""
    if len(line) <= _OCTETS and line.isascii():
        return line
    pieces, piece, size = [], "", 0
    for letter in line:
        octets = len(letter.encode(errors="replace"))
        if size + octets > _OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + octets
    return "\r\n".join([*pieces, piece])


def utc(at: datetime) -> str:
    """An instant as a calendar writes it."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
