"""A message as HTML for a letter: its own text, easier to read, and a button. Pure.

Colours that hold on any ground, and none for what the reader's own will do: so it looks right in
light and dark wherever it is read, without a style sheet that many mail programs would drop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias
from urllib.parse import unquote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from notify.message import Message
from notify.writing.filling import button

_URL = re.compile(r"https?://[^\s<>\"«»“”]+")
_LABEL = re.compile(r"([^\W\d_][^:\n]{0,39}): (?=\S)")
_AFTER_URL = ".,;:!?)"

_COLOURS = {"none": "#667085", "minor": "#b7791f", "major": "#d92d20", "critical": "#d92d20"}
_OVER = "#2e8b57"
_OTHER = "#3b6fc4"

Row: TypeAlias = tuple[str, Markup]
"""A label, or nothing, and what follows it."""


def html_of(message: Message) -> str:
    """A whole document, with nothing in it that is fetched from anywhere."""
    heading, _, rest = message.text.partition("\n")
    return _TEMPLATE.render(
        message=message,
        heading=heading,
        colour=_colour(message),
        button=button(message),
        paragraphs=list(_paragraphs(rest, message)),
    )


def _colour(message: Message) -> str:
    if message.event in ("resolved", "missed", "maintenance_ended", "maintenance_cancelled"):
        return _OVER
    return _COLOURS.get(str(message.facts.get("impact")), _OTHER)


def _paragraphs(text: str, message: Message) -> Iterator[Sequence[Row]]:
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        # The link is behind the button already.
        lines = [line for line in block.split("\n") if not (message.ack and message.ack in line)]
        if any(lines):
            yield [_row(line) for line in lines]


def _row(line: str) -> Row:
    label = _LABEL.match(line)
    if label is None:
        return "", _linked(line)
    return label[1], _linked(line[label.end() :])


def _linked(text: str) -> Markup:
    """Escaped, with addresses as links."""
    parts, end = [], 0
    for found in _URL.finditer(text):
        url = found[0].rstrip(_AFTER_URL)
        parts += [escape(text[end : found.start()])]
        parts += [Markup('<a href="{}">{}</a>').format(url, _shown(url))]
        end = found.start() + len(url)
    return Markup("").join([*parts, escape(text[end:])])


def _shown(url: str) -> str:
    """Numbers in Cyrillic as people write them."""
    plain = unquote(url)
    return plain if plain.isprintable() and " " not in plain else url


_TEMPLATE = Environment(
    loader=PackageLoader("notify"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("letter.html.j2")
