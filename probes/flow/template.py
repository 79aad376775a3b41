"""Texts with ``{{name}}`` and ``{{function(…)}}`` in them; ``${NAME}`` belongs to the config file.

Pure: values and functions are handed in. A text is checked when the config is read, so that a
run fails only for what a portal did not give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator

_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CALL = re.compile(r"([a-z][a-z0-9_]*)\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|(\d{1,4})|([a-z][a-z0-9_]*))\s*(?:,|$)""")

FUNCTIONS: Mapping[str, range] = {
    "uuid": range(1),
    "now": range(2),
    "random_digits": range(1, 2),
    "totp": range(1, 2),
    "sha256": range(1, 2),
}
"""What may be called, and with how many arguments."""

Functions: TypeAlias = Mapping[str, Callable[..., str]]


class MissingValueError(Exception):
    """A name that has no value in this run."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Name:
    """Stands for the value of a variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """Stands for what a function answers; ``arguments`` are texts, or names of variables."""

    function: str
    arguments: tuple[str | Name, ...]


Part: TypeAlias = str | Name | Call


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Part, ...]:
    """The parts of ``text`` in order. Raises ValueError with the remedy."""
    parts: list[Part] = []
    at = 0
    for hole in _HOLE.finditer(text):
        parts += [text[at : hole.start()], _inside(hole[1].strip())]
        at = hole.end()
    rest = text[at:]
    if "{{" in rest:
        raise ValueError('"{{" is never closed: add "}}"')
    return tuple(part for part in (*parts, rest) if part != "")


def _inside(words: str) -> Part:
    if _NAME.fullmatch(words):
        return Name(words)
    call = _CALL.fullmatch(words)
    if call is None:
        raise ValueError(f"{{{{{words}}}}} is neither a variable nor a function: {_HELP}")
    function, arguments = call[1], tuple(_arguments(call[2]))
    if function not in FUNCTIONS:
        raise ValueError(f"unknown function {function}(); known: {', '.join(FUNCTIONS)}")
    if len(arguments) not in FUNCTIONS[function]:
        raise ValueError(f"{function}() takes {_amount(FUNCTIONS[function])}")
    if function == "random_digits" and not str(arguments[0]).isdigit():
        raise ValueError("random_digits() takes how many digits, such as random_digits(6)")
    return Call(function, arguments)


_HELP = "write {{name}}, {{uuid()}}, {{now()}}, {{random_digits(6)}}, {{totp(name)}}"


def _amount(allowed: range) -> str:
    counts = [str(count) for count in allowed]
    return f"{' or '.join(counts)} argument{'' if counts[-1] == '1' else 's'}"


def _arguments(text: str) -> Iterator[str | Name]:
    at = 0
    text = text.strip()
    while at < len(text):
        found = _ARGUMENT.match(text, at)
        if found is None:
            raise ValueError(f'not an argument: {text[at:][:30]}; write a name, 6 or "text"')
        at = found.end()
        if found[4] is not None:
            yield Name(found[4])
        else:
            yield next(group for group in found.groups() if group is not None)


def names_in(text: str) -> set[str]:
    """The variables that ``text`` needs."""
    needed: set[str] = set()
    for part in parse(text):
        if isinstance(part, Name):
            needed.add(part.name)
        elif isinstance(part, Call):
            needed |= {word.name for word in part.arguments if isinstance(word, Name)}
    return needed


def render(
    text: str,
    values: Mapping[str, str],
    functions: Functions,
    *,
    escape: Callable[[str], str] = str,
) -> str:
    """``text`` with everything filled in, each value through ``escape``.

    Raises MissingValueError; what a function raises passes through.
    """
    if "{{" not in text:
        return text
    return "".join(
        part if isinstance(part, str) else escape(_value(part, values, functions))
        for part in parse(text)
    )


def _value(part: Name | Call, values: Mapping[str, str], functions: Functions) -> str:
    if isinstance(part, Name):
        try:
            return values[part.name]
        except KeyError:
            raise MissingValueError(part.name) from None
    words = [w if isinstance(w, str) else _value(w, values, functions) for w in part.arguments]
    return functions[part.function](*words)


@dataclass(frozen=True, slots=True)
class Scope:
    """What texts are filled in with during one run; ``values`` grows as it goes on."""

    values: dict[str, str]
    functions: Functions

    def fill(self, text: str) -> str:
        """``text`` with everything filled in. Raises MissingValueError."""
        return render(text, self.values, self.functions)

    def fill_all(self, tree: Any) -> Any:
        """A JSON-like tree with every text in it filled in; keys are left alone."""
        if isinstance(tree, str):
            return self.fill(tree)
        if isinstance(tree, Mapping):
            return {key: self.fill_all(item) for key, item in tree.items()}
        if isinstance(tree, (list, tuple)):
            return [self.fill_all(item) for item in tree]
        return tree


def texts_in(tree: Any) -> Iterator[str]:
    """Every text of a JSON-like tree."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for item in tree.values():
            yield from texts_in(item)
    elif isinstance(tree, (list, tuple)):
        for item in tree:
            yield from texts_in(item)


def _checked(text: str) -> str:
    parse(text)
    return text


def _all_checked(tree: Any) -> Any:
    for text in texts_in(tree):
        parse(text)
    return tree


def _variable(name: str) -> str:
    if not _NAME.fullmatch(name) or name in FUNCTIONS:
        raise ValueError("a variable is small Latin letters, digits and _, and no function's name")
    return name


Template = Annotated[str, AfterValidator(_checked)]
TemplateTree = Annotated[Any, AfterValidator(_all_checked)]
Variable = Annotated[str, AfterValidator(_variable)]
