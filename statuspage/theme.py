"""How a page looks and speaks at one ministry's: its colour, its sign, its own templates and words.

Whatever is wrong is found when the config is read, so that a mistake never reaches citizens.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import tomli

from statuspage import catalogue
from statuspage.templating import mistakes

MOST_LOGO = 8_192
"""Bytes a logo may have: it is in every page, and a page should be one round trip."""

ENOUGH = 4.5
"""The contrast that WCAG 2.2 AA wants between a text and what is behind it."""

_LIGHT, _DARK = "#edf2fa", "#1a2431"  # what links stand on, where the contrast is least
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")
_KINDS = {".png": (b"\x89PNG\r\n\x1a\n", "image/png"), ".webp": (b"RIFF", "image/webp")}
_ACTIVE = {
    "script",
    "foreignobject",
    "image",
    "iframe",
    "embed",
    "object",
    "audio",
    "video",
    "style",
}

_LINEAR_UP_TO = 0.04045  # of sRGB, as WCAG has it


@dataclass(frozen=True, slots=True)
class Theme:
    """``accent`` on light and ``accent_dark`` on dark ground; ``logo`` is a ``data:`` address.

    ``templates`` is a folder whose files come before the built-in ones of the same name; ``words``
    are sentences instead of the built-in English ones, by language.
    """

    accent: str = "#1b4f9c"
    accent_dark: str = "#8db6f5"
    logo: str = ""
    templates: Path | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class ThemeError(ValueError):
    """A theme that can't be used; the message says why and what to do."""


def coloured(accent: str) -> Theme:
    """The theme of one colour, ``#rrggbb``; on dark ground it is lightened as far as needed.

    Raises ThemeError for what is no colour, and for one that can't be read.
    """
    accent = accent.lower()
    if not _COLOUR.fullmatch(accent):
        raise ThemeError('expected a colour such as "#1b4f9c"')
    found = contrast(accent, _LIGHT)
    if found < ENOUGH:
        darker = _mixed_until_readable(accent, "#000000", _LIGHT)
        raise ThemeError(
            f"its contrast with the page's ground is {found:.1f}, and links need {ENOUGH}:"
            f' take a darker one such as "{darker}"'
        )
    return Theme(accent=accent, accent_dark=_mixed_until_readable(accent, "#ffffff", _DARK))


def logo(file: Path) -> str:
    """The ``data:`` address of a picture. Raises ThemeError for what can't be in every page."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ThemeError(f"{file} cannot be read: {error.strerror}") from error
    if len(content) > MOST_LOGO:
        raise ThemeError(
            f"{file} has {len(content)} bytes, and is in every page: at most {MOST_LOGO}"
        )
    kind = file.suffix.lower()
    if kind == ".svg":
        _require_harmless(file, content)
        return _data("image/svg+xml", content)
    if kind not in _KINDS or not content.startswith(_KINDS[kind][0]):
        raise ThemeError(f"{file} is no picture of a kind for pages: SVG, PNG or WebP")
    return _data(_KINDS[kind][1], content)


def checked_templates(folder: Path) -> Path:
    """The folder, if every template in it can be used. Raises ThemeError naming file and line."""
    if not folder.is_dir():
        raise ThemeError(f"there is no directory {folder}: make it")
    found = mistakes(folder)
    if found:
        raise ThemeError("; ".join(found))
    return folder


def own_words(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """What ``words.LANG.toml`` in the folder say. Raises ThemeError for all that can't be used."""
    read = {file: _read(file) for file in sorted(folder.glob("words.*.toml"))}
    wrong = [f"{file}: {why}" for file, said in read.items() for why in _unusable(said)]
    if wrong:
        raise ThemeError("; ".join(wrong))
    return {file.name.split(".")[1]: said for file, said in read.items()}


def contrast(one: str, other: str) -> float:
    """Between two colours ``#rrggbb``, 1 to 21, as WCAG reckons it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _read(file: Path) -> Mapping[str, str]:
    try:
        return tomli.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ThemeError(f"{file}: {error}") from error


def _unusable(said: Mapping[str, object]) -> Iterator[str]:
    known = catalogue.load("ru")
    for original, own in said.items():
        if not isinstance(own, str) or not own:
            yield f'"{original}": expected text in quotes'
        elif known.gettext(original) == original:
            yield f'the page nowhere says "{original}"'
        elif {*_PLACEHOLDER.findall(own)} - {
            *_PLACEHOLDER.findall(original)
        } or "%" in _PLACEHOLDER.sub("", own):
            yield (
                f'"{original}": only what the original has may stand as %(name)s, and no other %'
            )


def _require_harmless(file: Path, content: bytes) -> None:
    """A drawing and nothing else: nothing that acts, nothing from elsewhere."""
    if b"<!" in content.replace(b"<!--", b""):
        raise ThemeError(f"{file} has a DOCTYPE or the like: save it as plain SVG")
    try:
        root = ET.fromstring(content)  # noqa: S314 - without a DOCTYPE no entity can be declared
    except ET.ParseError as error:
        raise ThemeError(f"{file} is no SVG: {error}") from error
    if _plain(root.tag) != "svg":
        raise ThemeError(f"{file} is no SVG: its root is {_plain(root.tag)}")
    for what in _harms(root):
        raise ThemeError(f"{file} may hold nothing but a drawing: remove {what}")


def _harms(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        if not isinstance(element.tag, str) or _plain(element.tag) in _ACTIVE:
            yield f"<{_plain(element.tag) if isinstance(element.tag, str) else '?'}>"
        for name, value in element.attrib.items():
            leads_away = _plain(name) in ("href", "src") and not value.startswith("#")
            if _plain(name).startswith("on") or leads_away or "url(" in value.replace("url(#", ""):
                yield f"{_plain(name)} of <{_plain(str(element.tag))}>"


def _plain(name: str) -> str:
    return name.rpartition("}")[2].lower()


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= _LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4
        for part in (number / 255 for number in bytes.fromhex(colour[1:]))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed_until_readable(colour: str, into: str, ground: str) -> str:
    """``colour`` with as little of ``into`` as makes it readable on ``ground``."""
    pairs = list(zip(bytes.fromhex(colour[1:]), bytes.fromhex(into[1:]), strict=True))
    for percent in range(100):
        parts = (round((a * (100 - percent) + b * percent) / 100) for a, b in pairs)
        mixed = f"#{bytes(parts).hex()}"
        if contrast(mixed, ground) >= ENOUGH:
            return mixed
    return into
