"""The one HTTP server: the static page, the desk, metrics, and whether we are well."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from desk.api import serve_openapi
from desk.guard import NOT_ALLOWED, refusal
from incidents.journal import ConflictError
from incidents.sqlite import RefusedError
from incidents.store import StoreError
from vahta import pages
from vahta.listening import noted
from vahta.metrics import CONTENT_TYPE

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Problems = Callable[[], Sequence[str]]

_NOT_WRITTEN = "The state cannot be written just now, so nothing was changed. Try again.\n"


@dataclass(frozen=True, slots=True)
class Surface:
    """What is served. ``unhealthy`` and ``unready`` name what is wrong, or nothing."""

    site: Path
    metrics: Callable[[], Awaitable[bytes]]
    unhealthy: Problems
    unready: Problems
    rooms: Mapping[str, web.Application] = field(default_factory=dict)
    is_loopback: bool = True


def make_app(surface: Surface) -> web.Application:
    """The application; every room is mounted under its prefix, the page takes the rest."""
    app = web.Application(middlewares=[noted, _plain_headers])
    app.router.add_get("/metrics", _staff(surface, _metrics(surface.metrics)))
    app.router.add_get("/healthy", _verdict(surface.unhealthy, "healthy"))
    app.router.add_get("/ready", _verdict(surface.unready, "ready"))
    app.router.add_get("/api/openapi.json", serve_openapi)
    for prefix, room in surface.rooms.items():
        app.router.add_get(prefix, _with_slash)
        app.add_subapp(prefix, room)
    app.router.add_get("/{path:.*}", pages.handler(surface.site))
    return app


@web.middleware
async def _plain_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers["Server"] = "vahta"
        error.headers.setdefault("X-Content-Type-Options", "nosniff")
        raise
    except (sqlite3.Error, StoreError, ConflictError, RefusedError):
        _log.exception("%s could not be answered", request.path)
        response = web.Response(status=503, text=_NOT_WRITTEN)
    if not response.prepared:
        response.headers["Server"] = "vahta"
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _staff(surface: Surface, handler: Handler) -> Handler:
    """For the team only. Log-in comes later: until then, not beyond this machine."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        refused = refusal(request) if surface.is_loopback else NOT_ALLOWED
        if refused is not None:
            return web.Response(status=403, text=refused)
        return await handler(request)

    return guarded


def _metrics(metrics: Callable[[], Awaitable[bytes]]) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=await metrics(), headers={"Content-Type": CONTENT_TYPE})

    return handler


def _verdict(problems: Problems, good: str) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        found = problems()
        text = "\n".join(found) if found else good
        return web.Response(
            status=503 if found else 200, text=text + "\n", headers={"Cache-Control": "no-store"}
        )

    return handler


async def _with_slash(request: web.Request) -> web.StreamResponse:
    url = request.rel_url
    raise web.HTTPPermanentRedirect(url.with_path(f"{request.path}/").with_query(url.query))
