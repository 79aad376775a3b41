"""On which line each key stands: no TOML parser says, and a mistake without a line is half found.

The text has been through a real parser before it comes here, so the scanner only has to find
its way, not to judge. Where it loses it, the line of the nearest enclosing table answers.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import tomli

from vahta.config.problems import Path

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class LineIndex:
    """Lines by path, counted from 1."""

    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of ``path``, or of the nearest thing around it, or 1."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def index_lines(text: str) -> LineIndex:
    """Find every key and array item of a valid TOML text. Never raises."""
    scanner = _Scanner(text)
    with suppress(_LostError, RecursionError):
        scanner.document()
    return LineIndex(scanner.lines)


class _LostError(Exception):
    """Not TOML as we know it: what was found so far must do."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.breaks = [m.start() for m in re.finditer("\n", text)]
        self.arrays: dict[Path, int] = {}  # how many tables each array of tables has so far

    def document(self) -> None:
        table: Path = ()
        while not self.skips(_BLANK).ends():
            if self.text.startswith("[[", self.at):
                table = self.header(double=True)
            elif self.text.startswith("[", self.at):
                table = self.header(double=False)
            else:
                self.pair(table)

    # ── moving ────────────────────────────────────────────────────────────────

    def ends(self) -> bool:
        return self.at >= len(self.text)

    def skips(self, pattern: re.Pattern[str]) -> _Scanner:
        if found := pattern.match(self.text, self.at):
            self.at = found.end()
        return self

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found or not found[0]:
            raise _LostError
        self.at = found.end()
        return found[0]

    def drop(self, mark: str) -> None:
        if not self.text.startswith(mark, self.at):
            raise _LostError
        self.at += len(mark)

    def sees(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def line_here(self) -> int:
        return bisect_left(self.breaks, self.at) + 1

    # ── reading ───────────────────────────────────────────────────────────────

    def header(self, *, double: bool) -> Path:
        line = self.line_here()
        self.drop("[[" if double else "[")
        keys = self.keys()
        self.drop("]]" if double else "]")
        path: Path = ()
        for key in keys[:-1]:
            path = self.inside((*path, key))
            self.lines.setdefault(path, line)
        path = (*path, keys[-1])
        if double:
            self.lines.setdefault(path, line)
            self.arrays[path] = self.arrays.get(path, 0) + 1
            path = self.inside(path)
        self.lines[path] = line
        return path

    def inside(self, path: Path) -> Path:
        """A header that goes through an array of tables means its latest table."""
        count = self.arrays.get(path)
        return path if count is None else (*path, count - 1)

    def keys(self) -> list[str]:
        keys = []
        while True:
            self.skips(_SPACE)
            if self.sees('"') or self.sees("'"):
                try:
                    keys.append(str(tomli.loads(f"key = {self.take(_STRING)}")["key"]))
                except tomli.TOMLDecodeError as error:
                    raise _LostError from error
            else:
                keys.append(self.take(_BARE_KEY))
            self.skips(_SPACE)
            if not self.sees("."):
                return keys
            self.drop(".")

    def pair(self, table: Path) -> None:
        line = self.line_here()
        path = table
        for key in self.keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.lines[path] = line
        self.drop("=")
        self.skips(_SPACE)
        self.value(path)

    def value(self, path: Path) -> None:
        if self.sees('"') or self.sees("'"):
            self.take(_STRING)
        elif self.sees("["):
            self.array(path)
        elif self.sees("{"):
            self.inline_table(path)
        else:
            self.take(_SCALAR)

    def array(self, path: Path) -> None:
        self.drop("[")
        place = 0
        while not self.skips(_BLANK).sees("]"):
            self.lines[(*path, place)] = self.line_here()
            self.value((*path, place))
            place += 1
            if not self.skips(_BLANK).sees("]"):
                self.drop(",")
        self.drop("]")

    def inline_table(self, path: Path) -> None:
        self.drop("{")
        while not self.skips(_BLANK).sees("}"):
            self.pair(path)
            if not self.skips(_BLANK).sees("}"):
                self.drop(",")
        self.drop("}")
