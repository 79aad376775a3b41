"""A small sign of one component's state, or of everything's, to put on other sites. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unicodedata import combining, east_asian_width

from statuspage.rows import Row

COLOURS = {
    "ok": ("brightgreen", "#166534"),
    "slow": ("yellow", "#8a5200"),
    "part": ("orange", "#9a4300"),
    "down": ("red", "#a8201a"),
    "work": ("blue", "#1b4f9c"),
    "blind": ("lightgrey", "#566069"),
    "none": ("lightgrey", "#566069"),
}
"""Look to shields' name and to a colour on which white words can be read."""

_PADDING = 12
_MOST = 60

_LETTERS = {
    3.5: " ',.IJijl’·\N{NO-BREAK SPACE}ІЇії",
    4.5: "!()[]-/:;|\\frt",
    5.5: '"*_–',
    6.5: "?FLckszвгзстчьэє„“”•",
    7.5: "Kийлнпц",
    8.0: "ABCRVXZАБВКСХЧЬЭЯд",
    8.5: "DHNUИЙЛНПм",
    9.0: "&GOQwДОЦы",
    9.5: "#+<=>M^~МФЪфю",
    10.0: "Ыжш",
    11.0: "%@Wmщ—…№",
    12.5: "ЖШЩЮ",
}
"""Width in pixels, at 11 px in the widest of the fonts asked for, to the letters that need it."""

_WIDTHS: Mapping[str, float] = {
    letter: width for width, letters in _LETTERS.items() for letter in letters
}
_USUAL = 7.0
_WIDE = 12.0


def shields(row: Row) -> dict[str, Any]:
    """The document that img.shields.io/endpoint reads."""
    return {
        "schemaVersion": 1,
        "label": row.name,
        "message": row.label,
        "color": COLOURS[row.tone][0],
        "cacheSeconds": 60,
    }


def drawing(row: Row) -> dict[str, Any]:
    """What the template of the picture needs; widths in pixels.

    ``label_length`` and ``message_length`` bind the words to the room there is for them,
    whatever font there is.
    """
    label, message = _one_line(row.name), _one_line(row.label)
    lengths = _width(label), _width(message)
    return {
        "label": label,
        "message": message,
        "label_length": lengths[0],
        "message_length": lengths[1],
        "left": lengths[0] + _PADDING,
        "right": lengths[1] + _PADDING,
        "colour": COLOURS[row.tone][1],
    }


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST else line[: _MOST - 1] + "…"


def _width(text: str) -> int:
    return max(round(sum(map(_width_of, text))), 1)


def _width_of(letter: str) -> float:
    if combining(letter):
        return 0
    if east_asian_width(letter) in "WF":
        return _WIDE
    return _WIDTHS.get(letter, _USUAL)
