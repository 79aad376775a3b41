"""The document of the desk's JSON API: every path, parameter and field of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.events import Cause

PREFIX = "/api/v1"
MOST_TEXT = 1000
CLOSED, MOST_CLOSED = 100, 1000
HITS, MOST_HITS = 5, 50


def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 of what ``make_api`` serves under ``/api/v1``."""
    limit = "At most so many"
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vahta desk", "version": "1"},
        "paths": {
            f"{PREFIX}/incidents": _get(
                "Open incidents, then the latest resolved ones, blips included",
                {
                    "type": "object",
                    "properties": {"incidents": {"type": "array", "items": _ref("Incident")}},
                },
                _query(
                    "limit", "integer", f"{limit} resolved ones ({CLOSED}; {MOST_CLOSED} at most)"
                ),
            ),
            f"{PREFIX}/incidents/{{id}}": _get(
                "One incident",
                _ref("Incident"),
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            ),
            f"{PREFIX}/maintenance": _get(
                "Announced work that isn't over, and what ended lately",
                {
                    "type": "object",
                    "properties": {"maintenance": {"type": "array", "items": _ref("Maintenance")}},
                },
            ),
            f"{PREFIX}/lookup": _get(
                "The known incident, or the article, that a citizen's words mean",
                _ref("Found"),
                {
                    **_query("q", "string", f"The words, up to {MOST_TEXT} characters"),
                    "required": True,
                },
                _query("limit", "integer", f"{limit} of each ({HITS}; {MOST_HITS} at most)"),
                _query("lang", "string", "Language of the titles: one of the portal's"),
            ),
        },
        "components": {"schemas": _SCHEMAS},
    }


def _get(summary: str, answer: Mapping[str, Any], *parameters: Mapping[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": answer}}
    refused = {"application/json": {"schema": _ref("Error")}}
    return {
        "get": {
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {"description": "As asked", "content": content},
                "400": {"description": "A parameter is wrong", "content": refused},
                "403": {"description": "Only on this machine: there are no users yet"},
                "404": {"description": "There is none", "content": refused},
            },
        }
    }


def _query(name: str, kind: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": kind}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


_STRING = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": "object", "additionalProperties": _STRING, "description": "By language"}
_SCHEMAS = {
    "Incident": _object(
        "id",
        "status",
        "component",
        "title",
        "started_at",
        id=_STRING,
        status=_STRING,
        component=_STRING,
        title=_TEXT,
        public_text=_TEXT,
        operator_note=_TEXT,
        impact=_STRING,
        started_at=_INSTANT,
        published_at=_INSTANT,
        resolved_at=_INSTANT,
        affected={"type": "array", "items": _ref("Affected")},
        merged_into=_MAYBE,
        previous={**_MAYBE, "description": "The component's incident before this one"},
        unstable_since=_INSTANT,
        locked={"type": "boolean", "description": "Only people change its status"},
        publish_at=_INSTANT,
    ),
    "Affected": _object(
        "component",
        "since",
        "until",
        component=_STRING,
        since=_INSTANT,
        until=_INSTANT,
        cause={**_MAYBE, "enum": [*(cause.value for cause in Cause), None]},
    ),
    "Maintenance": _object(
        "id",
        "status",
        "components",
        "starts_at",
        "ends_at",
        id=_STRING,
        status={**_STRING, "enum": ["scheduled", "in_progress", "completed"]},
        components={"type": "array", "items": _STRING},
        title=_TEXT,
        text=_TEXT,
        starts_at=_INSTANT,
        ends_at=_INSTANT,
        repeats={**_MAYBE, "description": "A recurrence rule that counts in the timezone"},
        timezone=_STRING,
        cancelled_at=_INSTANT,
    ),
    "Found": _object(
        "text",
        "incidents",
        "articles",
        "confident",
        text=_STRING,
        incidents={"type": "array", "items": _ref("IncidentHit")},
        articles={"type": "array", "items": _ref("ArticleHit")},
        confident={
            "type": "boolean",
            "description": "Only if the first incident is open and is it",
        },
    ),
    "IncidentHit": _object(
        "id",
        "status",
        "score",
        "title",
        id=_STRING,
        status=_STRING,
        score={"type": "number"},
        title=_STRING,
    ),
    "ArticleHit": _object(
        "id", "score", "title", id=_STRING, score={"type": "number"}, title=_STRING
    ),
    "Error": _object("error", error=_STRING),
}
