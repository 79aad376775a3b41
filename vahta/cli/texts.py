"""JSON Lines of texts on standard input, as ``lookup --stdin`` and ``mask --json`` take them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click


def texts_of_stdin() -> Iterator[str]:
    """The texts of JSON Lines; a line that is none is named, and nothing after it is read."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)["text"]
        except (ValueError, TypeError, KeyError, RecursionError):
            text = None
        if not isinstance(text, str):
            raise click.UsageError(f'line {number} of standard input is not {{"text": "…"}}')
        yield text
