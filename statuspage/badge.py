"""A small sign of one component's state, to put on other sites."""

from __future__ import annotations

from typing import Any

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
_LETTER = 7.2
_MOST = 60


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
    """What the template of the picture needs; widths in pixels."""
    label = row.name if len(row.name) <= _MOST else row.name[: _MOST - 1] + "…"
    return {
        "label": label,
        "message": row.label,
        "left": _width(label),
        "right": _width(row.label),
        "colour": COLOURS[row.tone][1],
    }


def _width(text: str) -> int:
    return round(len(text) * _LETTER) + _PADDING
