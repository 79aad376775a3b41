"""The JSON Schema of a config file, for editors that complete and check while one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from vahta.config.fields import about, default_value
from vahta.config.loader import ARRAYS, TABLES, ChannelKinds, HasSettings, ProbeKinds
from vahta.config.messages import ID_PATTERN

_VARIABLE = {"type": "string", "pattern": r"\$\{"}


def schema(probe_kinds: ProbeKinds, channel_kinds: ChannelKinds) -> dict[str, Any]:
    """The schema of the whole file, as plain JSON values."""
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, model in TABLES.items():
        properties[name] = _definition(name, model, definitions)
    for name, row in ARRAYS.items():
        items = _definition(name, row, definitions) if row else {}
        if row is None:
            kinds = probe_kinds if name == "probe" else channel_kinds
            items["oneOf"] = _of_kinds(name, kinds, definitions)
        properties[name] = {"type": "array", "items": items}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Vahta's config.toml",
        "type": "object",
        "properties": properties,
        "required": ["portal"],
        "additionalProperties": False,
        "definitions": dict(sorted(definitions.items())),
    }


def _of_kinds(
    name: str, kinds: Mapping[str, HasSettings[BaseModel]], definitions: dict[str, Any]
) -> list[dict[str, Any]]:
    rows = []
    for kind, found in sorted(kinds.items()):
        rows.append(_definition(f"{name}.{kind}", found.settings, definitions))
        definitions[f"{name}.{kind}"]["properties"]["kind"] = {"const": kind}
    return rows


def _definition(name: str, model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """Put ``model`` among the definitions under ``name``; answers the reference to it."""
    found = model.model_json_schema(by_alias=True, ref_template=f"#/definitions/{name}.{{model}}")
    for inner, body in found.pop("$defs", {}).items():
        definitions[f"{name}.{inner}"] = _tidied(body)
    for key, field in model.model_fields.items():
        written = found["properties"][field.alias or key]
        written.pop("default", None)
        default = default_value(field)
        if default not in (None, "", [], {}):
            written["default"] = default
    found["description"] = about(model).split("\n\n")[0]
    definitions[name] = _tidied(found)
    return {"$ref": f"#/definitions/{name}"}


def _tidied(node: Any) -> Any:
    """Without pydantic's titles; with a variable allowed wherever plain text is not."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if isinstance(node.get("properties"), Mapping):
        kept = {key: _tidied(value) for key, value in node["properties"].items()}
        rest = {key: value for key, value in node.items() if key not in ("properties", "title")}
        return {**_tidied(rest), "properties": kept}
    tidy = {key: _tidied(value) for key, value in node.items() if key != "title"}
    if tidy.get("pattern") == ID_PATTERN:  # where \\w has no Cyrillic, it would refuse good ids
        tidy = {**tidy, "minLength": 1, "maxLength": 64}
        del tidy["pattern"]
    if tidy.get("type") in ("integer", "number", "boolean") or "enum" in tidy or "pattern" in tidy:
        notes = {key: tidy.pop(key) for key in ("description", "default") if key in tidy}
        return {**notes, "anyOf": [tidy, _VARIABLE]}
    return tidy
