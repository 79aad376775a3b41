"""Writes durations and sizes the way a config file does: the other half of probes/settings.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from probes.settings import parse_duration, parse_size

_DURATIONS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_SIZES = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024), ("B", 1))


def duration_text(seconds: float) -> str:
    """``"1h30m"`` for 5400.0; whole milliseconds."""
    left = round(seconds * 1000)
    text = ""
    for unit, length in _DURATIONS:
        count, left = divmod(left, length)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def size_text(size: int) -> str:
    """``"10MiB"`` for 10485760: in the largest unit that divides it."""
    return next(f"{size // length}{unit}" for unit, length in _SIZES if size % length == 0)


def in_units_of(written: Any, number: float) -> str:
    """``number`` the way ``written`` is: as a duration, as a size, or plainly."""
    if _fits(parse_duration, written):
        return f'"{duration_text(number)}"'
    if _fits(parse_size, written):
        return f'"{size_text(int(number))}"'
    return f"{number:g}"


def _fits(parse: Callable[[Any], object], written: Any) -> bool:
    try:
        parse(written)
    except ValueError:
        return False
    return True
