"""The document of the desk's JSON API: every path, parameter and field of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.openapi_schemas import INSTANT, SCHEMAS, STRING, object_, ref

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
                    "properties": {"incidents": {"type": "array", "items": ref("Incident")}},
                },
                _query(
                    "limit", "integer", f"{limit} resolved ones ({CLOSED}; {MOST_CLOSED} at most)"
                ),
            ),
            f"{PREFIX}/incidents/{{id}}": _get(
                "One incident",
                ref("Incident"),
                _path("id"),
            ),
            f"{PREFIX}/maintenance": _get(
                "Announced work that isn't over, and what ended lately",
                {
                    "type": "object",
                    "properties": {"maintenance": {"type": "array", "items": ref("Maintenance")}},
                },
            ),
            f"{PREFIX}/lookup": _get(
                "The known incident, or the article, that a citizen's words mean",
                ref("Found"),
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
                        "properties": {"calls": {"type": "array", "items": ref("Call")}},
                    },
                ),
                **_post("Note a call; its text is masked", ref("NewCall"), ref("Call")),
            },
            f"{PREFIX}/calls/{{number}}": _get(
                "One call by its reference number",
                ref("Call"),
                _path("number"),
            ),
            f"{PREFIX}/figures": _get(
                "What was called about, and how well it was answered",
                ref("Figures"),
                _query("from", "string", "First day, such as 2026-11-25; today"),
                _query("to", "string", "Last day; today"),
            ),
            **_ONCALL,
            **_MUTES,
        },
        "components": {"schemas": SCHEMAS},
    }


def _get(summary: str, answer: Mapping[str, Any], *parameters: Mapping[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": answer}}
    refused = {"application/json": {"schema": ref("Error")}}
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
    refused = {"application/json": {"schema": ref("Error")}}
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


def _delete(summary: str) -> dict[str, Any]:
    """Of something with a number."""
    return {
        "delete": {
            "summary": summary,
            "parameters": [_path("number", "integer")],
            "responses": {
                "204": {"description": "Done"},
                "403": {"description": "Only on this machine: there are no users yet"},
                "404": {"description": "There is none, or it is over"},
            },
        }
    }


def _path(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _query(name: str, kind: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": kind}}


_CALENDAR = _get(
    "A rota for calendar programs (iCalendar)",
    STRING,
    _path("rota"),
    _query("lang", "string", "Language of the names: one of the portal's"),
)
_CALENDAR["get"]["responses"]["200"]["content"] = {"text/calendar": {"schema": STRING}}
_ONCALL = {
    f"{PREFIX}/oncall": _get(
        "Who is on call, who is next, the shifts ahead and who stands in, for every rota",
        object_("at", "rotas", at=INSTANT, rotas={"type": "array", "items": ref("Rota")}),
        _query("at", "string", "Another instant than now, such as 2026-11-25T09:00:00Z"),
        _query("days", "integer", "Shifts of so many days (14; 92 at most)"),
    ),
    f"{PREFIX}/oncall/{{rota}}.ics": _CALENDAR,
    f"{PREFIX}/oncall/overrides": _post(
        "Somebody stands in, over the rotation", ref("NewOverride"), ref("Override")
    ),
    f"{PREFIX}/oncall/overrides/{{number}}": _delete(
        "Take an override back; one under way ends now"
    ),
}
_MUTES = {
    f"{PREFIX}/mutes": {
        **_get(
            "What engineers are not told of for now",
            object_("mutes", mutes={"type": "array", "items": ref("Mute")}),
        ),
        **_post(
            "Tell nobody of an incident or a component for a while; always of its end",
            ref("NewMute"),
            ref("Mute"),
        ),
    },
    f"{PREFIX}/mutes/{{number}}": _delete("End a mute now; what waited for it is told"),
}
