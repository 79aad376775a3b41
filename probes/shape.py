"""Fills ``{name}`` into what a preset sends; flows have ``{{name}}`` and more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def with_values(shape: Any, **values: str) -> Any:
    """A JSON-like tree with every ``{name}`` in its texts replaced."""
    if isinstance(shape, Mapping):
        return {key: with_values(item, **values) for key, item in shape.items()}
    if isinstance(shape, (list, tuple)):
        return [with_values(item, **values) for item in shape]
    if isinstance(shape, str):
        for name, value in values.items():
            shape = shape.replace(f"{{{name}}}", value)
    return shape
