"""The one HTTP server: the static page, the desk, metrics, and whether we are well."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from aiohttp import web

from desk.api import serve_openapi
from desk.guard import NOT_ALLOWED, refusal
from incidents.journal import ConflictError
from incidents.sqlite import RefusedError
from incidents.store import StoreError
from vahta.metrics import CONTENT_TYPE

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Problems = Callable[[], Sequence[str]]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
_SHUTDOWN_SECONDS = 3.0
_IDLE_SECONDS = 15.0
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
    app = web.Application(middlewares=[_plain_headers])
    app.router.add_get("/metrics", _staff(surface, _metrics(surface.metrics)))
    app.router.add_get("/healthy", _verdict(surface.unhealthy, "healthy"))
    app.router.add_get("/ready", _verdict(surface.unready, "ready"))
    app.router.add_get("/api/openapi.json", serve_openapi)
    for prefix, room in surface.rooms.items():
        app.router.add_get(prefix, _with_slash)
        app.add_subapp(prefix, room)
    app.router.add_get("/{path:.*}", _page(surface.site))
    return app


@asynccontextmanager
async def serving(app: web.Application, listener: socket.socket) -> AsyncIterator[None]:
    """Serve on a socket that is bound already; on leaving, finish what is in hand."""
    runner = web.AppRunner(
        app,
        handle_signals=False,
        access_log=None,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        keepalive_timeout=_IDLE_SECONDS,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose. Raises OSError, saying what to do."""
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
        listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
    except OSError as error:
        listener.close()
        raise OSError(
            f"cannot listen on {host}:{port}: {error.strerror}:"
            " choose another port, with --port or [http] listen"
        ) from error
    return listener


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


def _page(site: Path) -> Handler:
    """Files of the published site. The link is followed once, so one request sees one release."""

    async def handler(request: web.Request) -> web.StreamResponse:
        file = await asyncio.to_thread(_find, site, request.match_info["path"])
        if file is None:
            return web.Response(status=404, text="There is no such page.\n")
        headers = {
            "Content-Type": _type_of(file),
            # Asked anew each time, answered 304: a cache must not hide a new incident.
            "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
        }
        if file.suffix in (".json", ".svg"):
            headers["Access-Control-Allow-Origin"] = "*"
        return web.FileResponse(file, headers=headers)

    return handler


def _find(site: Path, path: str) -> Path | None:
    """The file that ``path`` names inside the site, never one outside of it."""
    parts = PurePosixPath(path).parts
    if any(part in ("..", "/") or "\0" in part for part in parts):
        return None
    release = site.resolve()
    try:
        file = release.joinpath(*parts)
        if file.is_dir():
            file /= "index.html"
        inside = file.resolve().is_relative_to(release)
        return file if inside and file.is_file() else None
    except OSError:  # a name too long for the file system, say
        return None


def _type_of(file: Path) -> str:
    guessed, _ = mimetypes.guess_type(file.name)
    return _TYPES.get(file.suffix, guessed or "application/octet-stream")
