"""Says in plain words what pydantic found, and where in the file it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from vahta.config.problems import Path
from vahta.config.redaction import at
from vahta.config.units import in_units_of

ID_RULE = (
    'an id is letters of any script, digits, ".", "_" and "-", at most 64, first a letter or digit'
)
ID_PATTERN = r"^[^\W_][\w.\-]{0,63}$"

_EXPECTED = {
    "string": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list in brackets",
    "list": "a list in brackets",
    "set": "a list in brackets",
    "frozen_set": "a list in brackets",
    "dict": "a table such as { key = … }",
    "model": "a table such as { key = … }",
    "model_attributes": "a table such as { key = … }",
}
_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
LATER = {
    (): ("user", "location", "module"),
    ("http",): ("probe_targets",),
}
"""Keys that DESIGN knows and this version does not, by the table they stand in."""


def describe(
    errors: Iterable[ErrorDetails], table: Mapping[str, Any], model: type[BaseModel]
) -> list[tuple[Path, str]]:
    """Path within ``table`` and plain words for each mistake; alternatives of one are joined."""
    found: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        found.setdefault(real_path(error, table), []).append(error)
    deeper = [path for path in found if path]
    return [
        (path, _words(group, path, table, model))
        for path, group in found.items()
        # Of a choice of types, the one that got further in is what the writer meant.
        if not (
            all(_expected(e) for e in group)
            and any(other[: len(path)] == path and other != path for other in deeper)
        )
    ]


def real_path(error: ErrorDetails, table: Mapping[str, Any]) -> Path:
    """The path in the file: pydantic's without the tags of unions and validators."""
    path: list[str | int] = []
    here: Any = table
    for number, step in enumerate(error["loc"], start=1):
        in_table = isinstance(here, dict) and step in here
        in_list = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if in_table or in_list:
            path.append(step)
            here = here[step]
        elif error["type"] == "missing" and number == len(error["loc"]):
            path.append(step)
    return tuple(path)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """An unknown key, with the likely one, or with all there are."""
    names = sorted(known)
    close = closest(key, names)
    if close:
        return f"unknown key, did you mean {close}?"
    return f"unknown key; known here: {', '.join(names)}" if names else "unknown key; remove it"


def closest(word: str, known: Iterable[str]) -> str:
    """The known word most like ``word``, in quotes, or nothing."""
    plain = {name.lower(): name for name in known}
    close = get_close_matches(word[:100].lower(), plain, n=1)
    return quoted(plain[close[0]]) if close else ""


def quoted(value: Any) -> str:
    """A value as a TOML writer would know it, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    longest = 60
    return text if len(text) <= longest else text[:longest] + '…"'


def type_of(value: Any) -> str:
    """What kind of value this is, in a writer's words."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a fraction"),
        (str, "text"),
        (list, "a list"),
        (dict, "a table"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "a date")


def keys_of(model: Any, path: Path = ()) -> set[str]:
    """The keys that may stand at ``path`` within ``model``."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {key for argument in get_args(model) for key in keys_of(argument, path)}
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    if not path:
        return set(fields)
    if isinstance(path[0], int):
        return keys_of(model, path[1:])
    field = fields.get(path[0])
    return keys_of(field.annotation, path[1:]) if field else set()


# ── one mistake ───────────────────────────────────────────────────────────────


def _words(
    group: list[ErrorDetails], path: Path, table: Mapping[str, Any], model: type[BaseModel]
) -> str:
    error = group[0]
    wanted = list(dict.fromkeys(filter(None, map(_expected, group))))
    if wanted:
        return f"expected {' or '.join(wanted)}, not {type_of(at(table, path))}"
    match error["type"]:
        case "missing":
            return f"missing; add {path[-1]} = …"
        case "extra_forbidden":
            return unknown_key(str(path[-1]), keys_of(model, path[:-1]))
        case "value_error" | "assertion_error":
            return str(error["ctx"]["error"])
        case "literal_error" | "enum":
            return _choice(error)
        case _:
            return _bounds(error, at(table, path))


def _expected(error: ErrorDetails) -> str | None:
    name, _, ending = error["type"].rpartition("_")
    if ending in ("type", "parsing") or error["type"] == "int_from_float":
        return _EXPECTED.get(name.removesuffix("_from"))
    return None


def _choice(error: ErrorDetails) -> str:
    known = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    value = error["input"]
    if error["loc"][-1:] == ("[key]",):
        return unknown_key(str(value), known)
    close = closest(value, known) if isinstance(value, str) else ""
    hint = f", did you mean {close}? known: " if close else "; known: "
    return f"unknown value {quoted(value)}{hint}{', '.join(known)}"


def _bounds(error: ErrorDetails, written: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"must be {words} {in_units_of(written, context[key])}"
    if kind in ("too_short", "string_too_short"):
        least = context["min_length"]
        return "must not be empty" if least == 1 else f"too short: at least {least} are needed"
    if kind in ("too_long", "string_too_long"):
        return f"too long: at most {context['max_length']} are allowed"
    if kind == "string_pattern_mismatch":
        wanted = context["pattern"]
        return ID_RULE if wanted == ID_PATTERN else f"does not fit the pattern {wanted}"
    return error["msg"][:1].lower() + error["msg"][1:]
