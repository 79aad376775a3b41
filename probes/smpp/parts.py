"""Cuts a text into the parts that a phone puts together again, and puts them together. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from probes.smpp.alphabet import DEFAULT_CODING, UCS2_CODING, gsm7, is_gsm7

_GSM7_ROOM = (160, 153)
_UCS2_ROOM = (140, 134)
"""Bytes in a message that is alone, and in a part, where six go to its header."""

MOST_PARTS = 255
_WAITING = 50
"""Messages of which a part is missing; the oldest goes when there are more."""

_CONCAT_8, _CONCAT_16 = 0x00, 0x08


@dataclass(frozen=True, slots=True)
class Part:
    """What goes into one submit_sm. ``data`` begins with a header where ``has_header``."""

    coding: int
    data: bytes
    has_header: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of which message: ``number`` of ``total``, from one."""

    reference: int
    total: int
    number: int


def split(text: str, *, reference: int = 0, septets: bool = True) -> tuple[Part, ...]:
    """One part where it fits, else several under ``reference`` (its low byte counts).

    Septets are counted as they are sent: a bracket or € takes two. Raises ValueError for a text
    that no 255 parts hold. Without ``septets`` all is UCS-2.
    """
    if septets and is_gsm7(text):
        coding, room, encode = DEFAULT_CODING, _GSM7_ROOM, _septets
    else:
        coding, room, encode = UCS2_CODING, _UCS2_ROOM, _utf16
    pieces = _packed(text, encode, room[0])
    if len(pieces) == 1:
        return (Part(coding, pieces[0]),)
    pieces = _packed(text, encode, room[1])
    if len(pieces) > MOST_PARTS:
        raise ValueError("too long for short messages")
    head = bytes([5, _CONCAT_8, 3, reference & 0xFF, len(pieces)])
    return tuple(
        Part(coding, head + bytes([number]) + piece, has_header=True)
        for number, piece in enumerate(pieces, start=1)
    )


def unwrapped(data: bytes) -> tuple[Place | None, bytes]:
    """Of a part with a header: its place, and what it says. A header that lies has no place."""
    end = data[0] + 1 if data else 0
    at, place = 1, None
    while at + 2 <= end <= len(data):
        kind, size = data[at], data[at + 1]
        value = data[at + 2 : at + 2 + size]
        if kind == _CONCAT_8 and len(value) == 3:  # noqa: PLR2004 - reference, total, number
            place = _place(value[0], value[1], value[2])
        elif kind == _CONCAT_16 and len(value) == 4:  # noqa: PLR2004 - as above, two for the first
            place = _place(int.from_bytes(value[:2], "big"), value[2], value[3])
        at += 2 + size
    return place, data[end:]


class Assembly:
    """Keeps parts until all have come, in whatever order; a part that comes again is the same."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[object, ...], dict[int, bytes]] = OrderedDict()

    def whole(self, sender: str, recipient: str, place: Place, said: bytes) -> bytes | None:
        """What the message says once its last part is here, else None."""
        key = (sender, recipient, place.reference, place.total)
        parts = self._waiting.setdefault(key, {})
        parts[place.number] = said
        if len(parts) < place.total:
            while len(self._waiting) > _WAITING:
                self._waiting.popitem(last=False)
            return None
        del self._waiting[key]
        return b"".join(parts[number] for number in sorted(parts))


def _place(reference: int, total: int, number: int) -> Place | None:
    return Place(reference, total, number) if 1 <= number <= total else None


def _packed(text: str, encode: Callable[[str], bytes], room: int) -> list[bytes]:
    """Pieces of at most ``room`` bytes; no character is torn apart."""
    pieces = [b""]
    for char in text:
        encoded = encode(char)
        if len(pieces[-1]) + len(encoded) > room:
            pieces.append(b"")
        pieces[-1] += encoded
    return pieces


def _septets(char: str) -> bytes:
    return gsm7(char) or b""


def _utf16(char: str) -> bytes:
    return char.encode("utf-16-be", "replace")
