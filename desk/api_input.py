"""What other programs send to the JSON API, checked as far as every route needs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

_EARLIEST, _LATEST = 2000, 2100


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body, which is a JSON object and nothing else: no other site's page can send that."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Only JSON is read here.\n")
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise refused("the body is no JSON") from error
    if not isinstance(body, dict):
        raise refused("expected a JSON object")
    return body


def instant(name: str, text: str) -> datetime:
    """The instant in a field called ``name``, in UTC."""
    problem = refused(f"{name}: expected an instant such as 2026-11-25T09:00:00Z")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise problem from None
    if at.tzinfo is None or not _EARLIEST <= at.year < _LATEST:
        raise problem
    return at.astimezone(UTC)


def refused(why: str) -> web.HTTPException:
    return failed(web.HTTPBadRequest, why)


def failed(kind: type[web.HTTPException], why: str) -> web.HTTPException:
    return kind(text=json.dumps({"error": why}), content_type="application/json")
