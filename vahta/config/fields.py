"""What the keys of a table are, read off its model: for the schema and for the reference."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from probes.settings import Id, parse_duration, parse_size
from vahta.config.messages import ID_PATTERN
from vahta.config.redaction import is_secret
from vahta.config.settings import Listen, Words
from vahta.config.units import duration_text, size_text

_PLAIN = {bool: "true or false", int: "whole number", float: "number", str: "text"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table. ``default`` is as TOML writes it, empty where there is none."""

    name: str
    kind: str
    default: str
    is_required: bool
    meaning: str


def keys(model: type[BaseModel]) -> list[Key]:
    """The keys of ``model`` in their order, those of tables within it after their own."""
    found: list[Key] = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        found.append(
            Key(
                key,
                kind_words(field),
                default_text(field),
                is_required=field.is_required(),
                meaning=field.description or "",
            )
        )
        row = _row(field.annotation)
        if inner := row or _table(field.annotation):
            within = f"{key}[]" if row else key
            found += [
                Key(
                    f"{within}.{k.name}",
                    k.kind,
                    k.default,
                    is_required=row is not None and k.is_required,
                    meaning=k.meaning,
                )
                for k in keys(inner)
            ]
    return found


def about(model: type[BaseModel]) -> str:
    """The docstring of ``model`` as Markdown."""
    return re.sub(r"``([^`\n]+)``", r"`\1`", inspect.cleandoc(model.__doc__ or ""))


def default_value(field: FieldInfo) -> Any:
    """The default as a TOML file would hold it, or None."""
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, int | float) and not isinstance(value, bool):
        if _parses(field, parse_duration):
            return duration_text(value)
        if _parses(field, parse_size):
            return size_text(int(value))
    return _plain(value)


def default_text(field: FieldInfo) -> str:
    value = default_value(field)
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    return json.dumps(value, ensure_ascii=False)


def kind_words(field: FieldInfo) -> str:
    """What may stand there, in a few words."""
    if _parses(field, parse_duration):
        return "duration"
    if _parses(field, parse_size):
        return "size"
    pattern = next((m.pattern for m in field.metadata if hasattr(m, "pattern")), None)
    return "id" if pattern == ID_PATTERN else _words(field.annotation)


# ── within ────────────────────────────────────────────────────────────────────


def _words(kind: Any) -> str:
    if kind == Id:
        return "id"
    if kind in (Words, get_args(Words)[0]):
        return "text, or one for each language"
    origin, inner = get_origin(kind), [a for a in get_args(kind) if a is not type(None)]
    if origin in (tuple, list, set, frozenset):
        return f"list of {_words(inner[0])}"
    if _is_one_of_tables(kind):
        return "table"
    if is_secret(kind):
        return "table of secret texts" if _is_table(kind) else "secret text"
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in inner)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{one.value}`" for one in kind)
    if _is_table(kind):
        return "table"
    if kind in _PLAIN:
        return _PLAIN[kind]
    return _words(inner[0]) if inner else "text"


def _is_one_of_tables(kind: Any) -> bool:
    """Whether a model stands there, or one of several, whatever within it is secret."""
    if get_origin(kind) is Annotated:
        return _is_one_of_tables(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return all(_is_one_of_tables(a) for a in get_args(kind) if a is not type(None))
    return _table(kind) is not None


def _is_table(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _table(kind: Any) -> type[BaseModel] | None:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return None


def _row(kind: Any) -> type[BaseModel] | None:
    """The table that a list is made of."""
    return _table(get_args(kind)[0]) if get_origin(kind) is tuple else None


def _parses(field: FieldInfo, parse: Any) -> bool:
    """Whether ``parse`` reads the field, wherever in its type that is said."""

    def within(kind: Any) -> bool:
        marks = getattr(kind, "__metadata__", ())
        return _has(marks, parse) or any(within(a) for a in get_args(kind))

    return _has(tuple(field.metadata), parse) or within(field.annotation)


def _has(marks: tuple[Any, ...], parse: Any) -> bool:
    return any(isinstance(m, BeforeValidator) and m.func is parse for m in marks)


def _plain(value: Any) -> Any:
    if value is PydanticUndefined:
        return None
    if isinstance(value, Listen):
        return f"{value.host}:{value.port}"
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, tuple | frozenset | set):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value
