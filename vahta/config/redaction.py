"""Keeps secrets, and whatever else came from outside the file, out of the words about a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, Secret, SecretBytes, SecretStr

from vahta.config.problems import Path
from vahta.config.variables import Origin

_WITHHELD = "this value is not accepted (it is not shown, since it may be secret)"
_WORD = re.compile(r"\w{4,}")
_CITED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LONG = 8
_HARMLESS = frozenset({"http", "https", "true", "false"})


@dataclass(frozen=True, slots=True)
class Veil:
    """Values of one table that no message may hold, and what is written in their place."""

    hidden: Mapping[str, str]

    def over(self, message: str) -> str:
        """``message`` with hidden values replaced; withheld whole if a part still shows."""
        for value in sorted(self.hidden, key=len, reverse=True):
            for form in {value, repr(value)[1:-1]}:
                message = re.sub(
                    rf"(?<!\w){re.escape(form)}(?!\w)",
                    lambda _, label=self.hidden[value]: label,  # type: ignore[misc]  # bound at once
                    message,
                )
        return _WITHHELD if self._shows(message) else message

    def _shows(self, message: str) -> bool:
        # Words that a value and a message share are no leak, unless they are quoted or long.
        labels = " ".join(self.hidden.values())
        parts = {part for value in self.hidden for part in _WORD.findall(value)} - _HARMLESS
        cited = " ".join(_CITED.findall(message))
        return any(
            part not in labels and (part in cited or (len(part) >= _LONG and part in message))
            for part in parts
        )


def veil(model: type[BaseModel], table: Mapping[str, Any], origins: Mapping[Path, Origin]) -> Veil:
    """What to hide about ``table``: its secret fields, and what ``origins`` brought into it."""
    hidden: dict[str, str] = {}
    for path, origin in origins.items():
        hidden |= dict.fromkeys(origin.values, origin.written)
        whole = at(table, path)
        if isinstance(whole, str) and origin.values:
            hidden[whole] = origin.written
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in table and is_secret(field.annotation):
            hidden |= {str(leaf): "(a secret)" for leaf in _leaves(table[key]) if str(leaf)}
    return Veil(hidden)


def is_secret(annotation: Any) -> bool:
    """Whether a field's type holds a secret anywhere within."""
    if isinstance(annotation, type):
        if issubclass(annotation, SecretStr | SecretBytes | Secret):
            return True
        if issubclass(annotation, BaseModel):
            fields = annotation.model_fields.values()
            return any(is_secret(f.annotation) for f in fields if f.annotation is not annotation)
    return any(is_secret(argument) for argument in get_args(annotation))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, bool):
        yield value


def at(value: Any, path: Path) -> Any:
    """What stands at ``path`` within a tree of tables and lists, or None."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
