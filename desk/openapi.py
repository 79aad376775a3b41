"""The document of the desk's JSON API: every path, parameter and field of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.calls.call import Answer
from incidents.events import Cause, Medium

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
            f"{PREFIX}/calls": {
                **_get(
                    "Calls whose promise is still to be kept, the most urgent first",
                    {
                        "type": "object",
                        "properties": {"calls": {"type": "array", "items": _ref("Call")}},
                    },
                ),
                **_post("Note a call; its text is masked", _ref("NewCall"), _ref("Call")),
            },
            f"{PREFIX}/calls/{{number}}": _get(
                "One call by its reference number",
                _ref("Call"),
                {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}},
            ),
            f"{PREFIX}/figures": _get(
                "What was called about, and how well it was answered",
                _ref("Figures"),
                _query("from", "string", "First day, such as 2026-11-25; today"),
                _query("to", "string", "Last day; today"),
            ),
        },
        "components": {"schemas": {**_SCHEMAS, **_CALL_SCHEMAS}},
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


def _post(summary: str, body: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    refused = {"application/json": {"schema": _ref("Error")}}
    return {
        "post": {
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {
                "201": {
                    "description": "Done",
                    "content": {"application/json": {"schema": answer}},
                },
                "400": {"description": "Something in it isn't so", "content": refused},
                "403": {"description": "Only on this machine: there are no users yet"},
                "415": {"description": "Only JSON is read"},
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

_SWITCH: Mapping[str, Any] = {"type": "boolean"}
_COUNT = {"type": "integer"}
_SECONDS = {"type": ["number", "null"]}
_CHANNEL = {**_STRING, "enum": [medium.value for medium in Medium]}
_NEW_CALL: Mapping[str, Mapping[str, Any]] = {
    "incident": {**_MAYBE, "description": "The incident that it is about"},
    "article": {**_MAYBE, "description": "The article that answered it"},
    "component": {**_MAYBE, "description": "What it is about, where neither is known"},
    "region": _MAYBE,
    "repeat_of": {**_MAYBE, "description": "The number that the caller was given before"},
    "promised": {**_SWITCH, "description": "The caller wants to hear when it is over"},
    "escalated": {**_SWITCH, "description": "Engineers are told, to look into it"},
}
_CALL_SCHEMAS = {
    "NewCall": _object("text", text=_STRING, channel=_CHANNEL, **_NEW_CALL),
    "Call": _object(
        "number",
        "at",
        "answer",
        "symptom",
        "channel",
        number=_STRING,
        at=_INSTANT,
        operator=_STRING,
        answer={**_STRING, "enum": [answer.value for answer in Answer]},
        symptom={**_STRING, "description": "What calls are counted by"},
        channel=_CHANNEL,
        text={**_MAYBE, "description": "Masked; null once it has been erased"},
        due_at={**_INSTANT, "description": "When a promise is to be kept"},
        called_back_at=_INSTANT,
        **_NEW_CALL,
    ),
    "Figures": _object(
        "calls",
        "by_hour",
        calls=_COUNT,
        by_incident=_COUNT,
        by_article=_COUNT,
        unanswered=_COUNT,
        answered_share={"type": ["number", "null"]},
        repeats=_COUNT,
        escalated=_COUNT,
        promised=_COUNT,
        kept=_COUNT,
        median_seconds_to_note=_SECONDS,
        median_seconds_to_public_word=_SECONDS,
        by_hour={"type": "array", "items": _ref("HourOfCalls")},
    ),
    "HourOfCalls": _object(
        "hour", "symptom", "calls", hour=_INSTANT, symptom=_STRING, name=_STRING, calls=_COUNT
    ),
}
