"""The desk's JSON API, and the OpenAPI document that says exactly what it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from desk.view import View
from incidents.incident import Incident
from incidents.transfer import to_json

PREFIX = "/api/v1"
MOST_TEXT = 1000
_CLOSED, _MOST_CLOSED = 100, 1000
_HITS, _MOST_HITS = 5, 50
_NUMBER = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Api:
    view: View

    async def incidents(self, request: web.Request) -> web.Response:
        limit = _number(request, "limit", _CLOSED, least=0, most=_MOST_CLOSED)
        closed = await self.view.closed(limit) if limit else ()
        known = [*self.view.open_incidents(), *closed]
        return web.json_response({"incidents": [self._incident(i) for i in known]})

    async def incident(self, request: web.Request) -> web.Response:
        found = await self.view.find(request.match_info["id"])
        if found is None:
            raise _error(web.HTTPNotFound, "there is no such incident")
        return web.json_response(self._incident(found))

    async def lookup(self, request: web.Request) -> web.Response:
        text = request.query.get("q", "")
        if not text.strip() or len(text) > MOST_TEXT:
            raise _error(web.HTTPBadRequest, f"q: expected 1 to {MOST_TEXT} characters")
        limit = _number(request, "limit", _HITS, least=1, most=_MOST_HITS)
        lang = request.query.get("lang", self.view.languages[0])
        if lang not in self.view.languages:
            raise _error(
                web.HTTPBadRequest, f"lang: expected one of {', '.join(self.view.languages)}"
            )
        return web.json_response(self.view.find_text(text, limit, lang).as_json())

    def _incident(self, incident: Incident) -> dict[str, Any]:
        """Texts that nobody wrote are those that everybody is shown."""
        texts, languages = self.view.texts, self.view.languages
        shown: Mapping[str, Any] = {
            "title": {lang: texts.title(incident, lang) for lang in languages},
            "public_text": {lang: texts.public_text(incident, lang) for lang in languages},
            "operator_note": {lang: texts.operator_note(incident, lang) for lang in languages},
        }
        return {**to_json(incident, lang=languages[0]), **shown}


def add_routes(app: web.Application, view: View) -> None:
    api = Api(view)
    app.router.add_get("/incidents", api.incidents)
    app.router.add_get("/incidents/{id}", api.incident)
    app.router.add_get("/lookup", api.lookup)


async def serve_openapi(_: web.Request) -> web.Response:
    """For ``/api/openapi.json``: holds nothing but the shape of the API."""
    return web.json_response(openapi())


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
                    "limit", "integer", f"{limit} resolved ones ({_CLOSED}; {_MOST_CLOSED} at most)"
                ),
            ),
            f"{PREFIX}/incidents/{{id}}": _get(
                "One incident",
                _ref("Incident"),
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            ),
            f"{PREFIX}/lookup": _get(
                "The known incident, or the article, that a citizen's words mean",
                _ref("Found"),
                {
                    **_query("q", "string", f"The words, up to {MOST_TEXT} characters"),
                    "required": True,
                },
                _query("limit", "integer", f"{limit} of each ({_HITS}; {_MOST_HITS} at most)"),
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


def _number(request: web.Request, name: str, default: int, *, least: int, most: int) -> int:
    given = request.query.get(name, str(default))
    number = int(given) if _NUMBER.fullmatch(given) else -1
    if not least <= number <= most:
        raise _error(web.HTTPBadRequest, f"{name}: expected a number from {least} to {most}")
    return number


def _error(kind: type[web.HTTPException], why: str) -> web.HTTPException:
    return kind(text=f'{{"error": "{why}"}}', content_type="application/json")
