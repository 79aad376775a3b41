"""Reads one table of a document through its model, noting every mistake in the file's own terms."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from vahta.config.document import Document
from vahta.config.messages import LATER, describe, quoted, real_path, type_of
from vahta.config.problems import Path
from vahta.config.redaction import at, veil

M = TypeVar("M", bound=BaseModel)

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_FRACTION = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


def read_table(document: Document, path: Path, model: type[M]) -> M | None:
    """The table at ``path`` as ``model``; None, and problems noted, if it is not one.

    A setting whose variables were left unresolved on purpose counts as not written.
    """
    table = document.at(path)
    if not isinstance(table, dict):
        document.report(path, f"expected a table, not {type_of(table)}")
        return None
    errors: list[ErrorDetails] = []
    # Each round mends at least one value, so this ends.
    for _ in range(1 + _size(table)):
        read, errors = _validate(table, model, document)
        if read is not None:
            return read
        mended = _mended(table, errors, document, path)
        if mended is None:
            break
        table = mended
    cover = veil(model, table, document.origins_in(path))
    for where, message in describe(errors, table, model):
        _report(document, (*path, *where), cover.over(message))
    return None


def read_tables(document: Document, name: str, model: type[M]) -> tuple[M, ...]:
    """Every table of the array ``[[name]]`` that is good."""
    read = (read_table(document, path, model) for path in paths_of(document, name))
    return tuple(table for table in read if table is not None)


def paths_of(document: Document, name: str) -> list[Path]:
    """The paths of the tables in ``[[name]]``; a single ``[name]`` is noted as a mistake."""
    tables = document.tree.get(name, [])
    if not isinstance(tables, list):
        document.report((name,), f"there may be several: write [[{name}]], in double brackets")
        return []
    return [(name, number) for number in range(len(tables))]


def _report(document: Document, path: Path, message: str) -> None:
    later = LATER.get(tuple(step for step in path[:-1] if isinstance(step, str)), ())
    if path[-1] in later:
        message = later_key(str(path[-1]))
    origin = document.origins.get(path)
    if origin and origin.written not in message:
        message += f" (it came from {quoted(origin.written)})"
    document.report(path, message)


def later_key(name: str) -> str:
    return f"this version does not know {name} yet, a later one will: leave it out for now"


def _validate(
    table: Mapping[str, Any], model: type[M], document: Document
) -> tuple[M | None, list[ErrorDetails]]:
    # JSON in strict mode takes what TOML means: a list for a tuple, but no "3" for 3.
    text = json.dumps(table, default=str)
    context = {"first_language": first_language(document)}
    try:
        return model.model_validate_json(text, strict=True, context=context), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def first_language(document: Document) -> str:
    """The language of plain strings: the portal's first, as far as it can be told."""
    first = document.at(("portal", "languages", 0))
    return first if first in ("ru", "en") else "ru"


# ── mending ───────────────────────────────────────────────────────────────────


def _mended(
    table: dict[str, Any], errors: list[ErrorDetails], document: Document, path: Path
) -> dict[str, Any] | None:
    """``table`` with numbers that a variable brought in as text, or without what is unresolved."""
    copy: dict[str, Any] = json.loads(json.dumps(table, default=str))
    changed = False
    for error in errors:
        where = real_path(error, copy)
        if not where or error["type"] == "missing":
            continue
        holder, value = at(copy, where[:-1]), at(copy, where)
        number = _number(value, error["type"])
        if number is not None:
            holder[where[-1]] = number
            changed = True
        elif document.may_be_absent((*path, where[0])) and where[0] in copy:
            del copy[str(where[0])]
            changed = True
    return copy if changed else None


def _number(value: Any, wanted: str) -> float | bool | None:
    if not isinstance(value, str):
        return None
    if wanted == "int_type" and _WHOLE.fullmatch(value):
        return int(value)
    if wanted == "float_type" and _FRACTION.fullmatch(value):
        return float(value)
    if wanted == "bool_type" and value in ("true", "false"):
        return value == "true"
    return None


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1
