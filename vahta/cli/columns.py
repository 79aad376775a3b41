"""A story on a terminal: instant, mark, name of the step, and the words, in 80 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from types import MappingProxyType

from incidents.story import Mark

WIDTH = 80
_LABEL = 14
_INDENT = 8 + 2 + 1 + 1 + _LABEL + 2
_MARKS = MappingProxyType(
    {
        Mark.PASSED: "✓",
        Mark.HELD: "!",
        Mark.WAITING: "…",
        Mark.NEVER: "–",
        Mark.UNRECORDED: "?",
    }
)
# What a terminal would obey rather than show, and what turns the direction of writing.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Row:
    """``below`` stands under the words, as something that was said."""

    at: datetime | None
    mark: Mark
    label: str
    text: str
    below: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """All but the instant."""
        return self.mark, self.label, self.text, self.below


def plain(text: str) -> str:
    """One line that a terminal only shows."""
    return " ".join(_CONTROL.sub(" ", text).split())


def paragraph(text: str) -> Iterator[str]:
    """Words over the whole width."""
    yield from textwrap.wrap(plain(text), WIDTH, break_on_hyphens=False)


def table(rows: Iterable[Row], zone: tzinfo, shown: date | None) -> Iterator[str]:
    """The rows as lines. The day is named where it is another than ``shown``."""
    last = ""
    for row in rows:
        time = ""
        if row.at is not None:
            local = row.at.astimezone(zone)
            if local.date() != shown:
                shown, last = local.date(), ""
                yield f"{shown:%Y-%m-%d}"
            time = f"{local:%H:%M:%S}"
        head = f"{time if time != last else '':<8}  {_MARKS[row.mark]} {row.label:<{_LABEL}}  "
        last = time or last
        yield from _hanging(head, row.text)
        if row.below:
            yield from _hanging(" " * _INDENT, row.below)


def _hanging(head: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(plain(text), WIDTH - _INDENT, break_on_hyphens=False) or [""]
    yield f"{head}{lines[0]}".rstrip()
    for line in lines[1:]:
        yield " " * _INDENT + line
