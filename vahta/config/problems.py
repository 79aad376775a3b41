"""What is wrong with a config file, in a form that people and programs can read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where something stands in the file: ``("probe", 0, "every")``."""


def key_path(path: Path) -> str:
    """``probe[0].every``; a key that TOML would have to quote is quoted."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            plain = step and step.isascii() and step.replace("_", "").replace("-", "").isalnum()
            word = step if plain else '"' + step.replace('"', '\\"') + '"'
            text += f".{word}" if text else word
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake and its remedy. ``key`` is empty where the file itself is the trouble."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:"
        return f"{place} {self.key}: {self.message}" if self.key else f"{place} {self.message}"


class ConfigError(Exception):
    """The config cannot be used. ``problems`` holds all that was found, by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: p.line))
        super().__init__(format_problems(self))


def format_problems(error: ConfigError) -> str:
    """One line a problem: ``FILE:LINE: key.path: what is wrong, what to do``."""
    return "\n".join(str(problem) for problem in error.problems)
