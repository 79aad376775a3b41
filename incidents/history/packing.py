"""Short blobs of whole numbers: millions of rows must fit into a file one can copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MORE = 0x80


def pack(numbers: Iterable[int]) -> bytes:
    """Numbers from 0 up, seven bits a byte, least first; below 128 one byte each."""
    packed = bytearray()
    for number in numbers:
        rest = number
        while rest >= _MORE:
            packed.append(rest & 0x7F | _MORE)
            rest >>= 7
        packed.append(rest)
    return bytes(packed)


def unpack(packed: bytes) -> Sequence[int]:
    """What ``pack`` was given."""
    numbers, number, shift = [], 0, 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < _MORE:
            numbers.append(number)
            number, shift = 0, 0
    return numbers


def pack_rising(offsets: Iterable[int]) -> bytes:
    """Offsets from an unwritten 0, none below the one before: a steady beat costs a byte each."""
    numbers, last, step = [], 0, 0
    for offset in offsets:
        change = offset - last - step
        numbers.append(change * 2 if change >= 0 else -change * 2 - 1)
        last, step = offset, offset - last
    return pack(numbers)


def unpack_rising(packed: bytes) -> Sequence[int]:
    """What ``pack_rising`` was given."""
    offsets, last, step = [], 0, 0
    for number in unpack(packed):
        step += number // 2 if number % 2 == 0 else -(number + 1) // 2
        last += step
        offsets.append(last)
    return offsets
