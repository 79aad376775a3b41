"""One config file as read: its tree, its variables, its lines, and what is wrong with it so far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path as FilePath
from typing import Any

import tomli

from vahta.config.messages import quoted
from vahta.config.problems import ConfigError, Path, Problem, key_path
from vahta.config.redaction import at
from vahta.config.toml_lines import LineIndex, index_lines
from vahta.config.variables import Expanded, Origin, expand, has_variable

_DEEPEST = 32
_SYNTAX = (
    ("Cannot overwrite a value", "this key is written twice: remove one"),
    ("Cannot declare", "this table is written twice: join the two, or use [[…]] for a list"),
    ("Expected newline or end", "unexpected text after a value: text goes in quotes"),
    ("Invalid value", 'expected a value: text goes in quotes, such as "…"'),
    ("Expected '=' after a key", 'expected "=" and a value after the key'),
    ("Invalid initial character for a key", "expected a key here"),
    ("Unescaped '\\'", r'a "\" in double quotes is written "\\", or use single quotes'),
    ("Illegal character '\\n'", "this text is never closed: add the missing quote"),
)


@dataclass(slots=True)
class Document:
    """``tree`` has its variables in place, except where ``troubles`` says why not."""

    file: FilePath
    tree: dict[str, Any]
    written: dict[str, Any]
    lines: LineIndex
    origins: Mapping[Path, Origin]
    unresolved: frozenset[Path]
    is_lenient: bool = False
    problems: list[Problem] = field(default_factory=list)

    @property
    def home(self) -> FilePath:
        return self.file.absolute().parent

    def at(self, path: Path) -> Any:
        return at(self.tree, path)

    def shown(self, path: Path) -> str:
        """The value as it is written: with its variables, so that nothing from outside shows."""
        return quoted(at(self.written, path))

    def is_open(self, path: Path) -> bool:
        """Whether the value there, or a part or the whole of it, could not be resolved."""
        return any(
            path[: len(other)] == other or other[: len(path)] == path for other in self.unresolved
        )

    def may_be_absent(self, path: Path) -> bool:
        """Whether the value there was left unresolved on purpose, so that a default will do."""
        return self.is_lenient and self.is_open(path)

    def origins_in(self, path: Path) -> dict[Path, Origin]:
        """What came from outside into the table at ``path``, by the path within it."""
        depth = len(path)
        return {
            where[depth:]: origin for where, origin in self.origins.items() if where[:depth] == path
        }

    def report(self, path: Path, message: str) -> None:
        """Note a mistake, unless it only follows from a variable that has no value."""
        if not self.is_open(path):
            self._add(path, message)

    def report_troubles(self, troubles: Mapping[Path, str]) -> None:
        for path, message in troubles.items():
            self._add(path, message)

    def _add(self, path: Path, message: str) -> None:
        said = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
        line = self.lines.line(path)
        problem = Problem(str(self.file), line, key_path(path), said)
        if problem not in self.problems:
            self.problems.append(problem)


def open_document(file: FilePath, *, environ: Mapping[str, str], resolve: bool = True) -> Document:
    """Read and parse ``file``. Without ``resolve`` only ``[state]`` gets its variables.

    Raises ConfigError if it cannot be read or is not TOML; undefined variables and the like
    are noted in the document.
    """
    text = _read(file)
    written = _parse(file, text)
    lines = index_lines(text)
    document = Document(file, written, written, lines, {}, frozenset(), is_lenient=not resolve)
    odd = _odd_values(document)
    expanded = _expand(document, environ, resolve=resolve)
    document.tree, document.origins = expanded.tree, expanded.origins
    document.report_troubles({**odd, **expanded.troubles})
    document.unresolved = frozenset({*odd, *expanded.troubles})
    if not resolve:
        rest = {key: value for key, value in written.items() if key != "state"}
        document.unresolved |= _variables_in(rest, ())
    return document


def _expand(document: Document, environ: Mapping[str, str], *, resolve: bool) -> Expanded:
    whole = document.written
    if resolve:
        return expand(whole, environ=environ, home=document.home)
    state = {"state": whole["state"]} if "state" in whole else {}
    expanded = expand(state, environ=environ, home=document.home)
    return Expanded({**whole, **expanded.tree}, expanded.origins, expanded.troubles)


def _variables_in(value: Any, path: Path) -> frozenset[Path]:
    if isinstance(value, str):
        return frozenset({path}) if has_variable(value) else frozenset()
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found: frozenset[Path] = frozenset()
    if isinstance(value, dict | list):
        for key, item in pairs:
            if isinstance(item, str | dict | list):
                found |= _variables_in(item, (*path, key))
    return found


def _odd_values(document: Document) -> dict[Path, str]:
    """What TOML allows and no setting takes. Raises ConfigError where the depth alone is odd."""
    odd: dict[Path, str] = {}
    waiting: list[tuple[Path, Any]] = [((), document.written)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > _DEEPEST:
            document.report(path[:2], f"nested deeper than {_DEEPEST} levels: make it flatter")
            raise ConfigError(document.problems)
        if isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            waiting.extend(((*path, key), item) for key, item in items)
        elif isinstance(value, date | time):
            odd[path] = "no setting is a date or a time: put it in quotes"
        elif isinstance(value, float) and not math.isfinite(value):
            odd[path] = "no setting is infinite or not a number: write a number"
    return odd


def _read(file: FilePath) -> str:
    def broken(line: int, message: str) -> ConfigError:
        return ConfigError([Problem(str(file), line, "", message)])

    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise broken(1, "there is no such file: name yours with -c FILE") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise broken(1, f"cannot be read: {why}") from None
    try:
        # Editors on Windows put a byte order mark in front.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise broken(line, "not UTF-8 text: save the file as UTF-8") from None


def _parse(file: FilePath, text: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line, column, message = error.lineno, error.colno, error.msg
    except RecursionError:
        line, column, message = 1, 1, f"nested deeper than {_DEEPEST} levels: make it flatter"
    except ValueError as error:  # a number too long for Python is not a TOML error to tomli
        line, column, message = 1, 1, str(error)
    plain = next((ours for theirs, ours in _SYNTAX if message.startswith(theirs)), message)
    said = f"not valid TOML at column {column}: {plain}"
    raise ConfigError([Problem(str(file), line, "", said)])
