"""``${NAME}``, ``${NAME:-default}``, ``${file:/run/secrets/x}`` inside the strings of a config."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from vahta.config.problems import Path

_VARIABLE = re.compile(r"\$\$|\$\{(?P<body>[^}]*)\}?")
_NAMED = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-.*)?", re.DOTALL)
_LARGEST_SECRET = 64 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a string came from: as it is written, and what the outside put into it."""

    written: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expanded:
    """A tree with its variables in place; which paths had one; what could not be resolved.

    A string that could not be resolved is left as it is written.
    """

    tree: Any
    origins: Mapping[Path, Origin]
    troubles: Mapping[Path, str]


class UnresolvedError(Exception):
    """A variable that has no value; the message says what to do and never holds a value."""


def has_variable(text: str) -> bool:
    return any(found[0] != "$$" for found in _VARIABLE.finditer(text))


def expand(tree: Any, *, environ: Mapping[str, str], home: FilePath) -> Expanded:
    """Put every variable of ``tree`` in its place; keys are left alone.

    ``home`` is the directory that relative secret files are relative to.
    """
    return _Expander(environ, home).expanded(tree)


@dataclass(slots=True)
class _Expander:
    environ: Mapping[str, str]
    home: FilePath
    origins: dict[Path, Origin] = field(default_factory=dict)
    troubles: dict[Path, str] = field(default_factory=dict)

    def expanded(self, tree: Any) -> Expanded:
        return Expanded(self._walk(tree, ()), self.origins, self.troubles)

    def _walk(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            return self._text(value, path) if "$" in value else value
        if isinstance(value, dict):
            return {key: self._walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._walk(item, (*path, place)) for place, item in enumerate(value)]
        return value

    def _text(self, written: str, path: Path) -> str:
        values: list[str] = []

        def put(found: re.Match[str]) -> str:
            if found[0] == "$$":
                return "$"
            if not found[0].endswith("}"):
                raise UnresolvedError('"${" is never closed: add "}", or write "$${" for itself')
            value = self._value(found["body"])
            values.append(value)
            return value

        try:
            text = _VARIABLE.sub(put, written)
        except UnresolvedError as error:
            self.troubles[path] = str(error)
            text = written
        if has_variable(written):
            self.origins[path] = Origin(written, tuple(value for value in values if value))
        return text

    def _value(self, body: str) -> str:
        if body.startswith("file:"):
            return read_secret(self.home / body.removeprefix("file:"))
        found = _NAMED.fullmatch(body)
        if not found:
            raise UnresolvedError(
                f'"${{{body}}}" is not a variable: write ${{NAME}}, ${{NAME:-default}}'
                " or ${file:/path}"
            )
        value, default = self.environ.get(found["name"]), found["default"]
        if value is None and default is None:
            raise UnresolvedError(
                f"the environment has no variable {body}: set it,"
                f" or give it a default, ${{{body}:-…}}"
            )
        if not value and default is not None:  # an empty one counts as absent, as in a shell
            return str(default.removeprefix(":-"))
        return _speakable(value or "", found["name"])


def _speakable(value: str, name: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnresolvedError(f"the variable {name} is not UTF-8 text: set it anew") from error
    return value


def read_secret(file: FilePath) -> str:
    """The secret in ``file``, without the newline at its end. Raises UnresolvedError."""
    try:
        with open(file, "rb", opener=_never_waiting) as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(_LARGEST_SECRET + 1) if stat.S_ISREG(mode) else b""
    except FileNotFoundError as error:
        raise UnresolvedError(f"there is no secret file {file}: create it") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise UnresolvedError(f"cannot read the secret file {file}: {why}") from error
    if not stat.S_ISREG(mode):
        raise UnresolvedError(f"{file} is not a file: name the one that holds the secret")
    if mode & stat.S_IROTH:
        raise UnresolvedError(
            f"every user of this machine can read the secret file {file}: chmod o-r it"
        )
    return _secret_text(content, file)


def _never_waiting(path: str, flags: int) -> int:
    # A pipe in the secret's place must not hang the start.
    return os.open(path, flags | os.O_NONBLOCK)


def _secret_text(content: bytes, file: FilePath) -> str:
    if len(content) > _LARGEST_SECRET:
        raise UnresolvedError(f"the secret file {file} is over 64 KiB: is it the right one?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnresolvedError(f"the secret file {file} is not UTF-8 text: write it anew") from error
    text = text.rstrip("\r\n")
    if not text:
        raise UnresolvedError(f"the secret file {file} is empty: put the secret into it")
    return text
