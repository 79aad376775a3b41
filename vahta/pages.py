"""Hands out the published site: what is packed already as it is, and nothing from outside of it."""

from __future__ import annotations

import asyncio
import mimetypes
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aiohttp import web

from statuspage.links import MISSING
from statuspage.packing import ENDINGS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_INDEX = "index.html"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent: its name, its bytes, how they are packed (or empty), its version."""

    name: str
    content: bytes
    encoding: str
    tag: str


def handler(site: Path) -> Handler:
    """Answers with the files of the site published at ``site``, a link to one release."""

    async def answer(request: web.Request) -> web.StreamResponse:
        wanted = _encodings(request.headers.get("Accept-Encoding", ""))
        page = await asyncio.to_thread(find, site, request.match_info["path"], wanted)
        if page is None:
            return await asyncio.to_thread(_missing, site, wanted)
        headers = _headers(page)
        if _is_known(request, page.tag):
            return web.Response(status=304, headers=headers)
        return web.Response(body=page.content, headers=headers)

    return answer


def _missing(site: Path, encodings: tuple[str, ...]) -> web.Response:
    page = find(site, MISSING, encodings)
    if page is None:
        return web.Response(status=404, text="There is no such page.\n")
    return web.Response(status=404, body=page.content, headers=_headers(page))


def find(site: Path, path: str, encodings: tuple[str, ...] = ()) -> Page | None:
    """The file that ``path`` names inside the site, in the first of ``encodings`` there is.

    No link is followed but the one that chooses the release, so an answer is of one release.
    """
    parts = PurePosixPath(path).parts
    if any(part in ("..", "/") or "\0" in part for part in parts):
        return None
    for _ in range(_TRIES):  # a release that was replaced twice meanwhile is being removed
        before = os.path.realpath(site)
        try:
            found = _read(before, parts, encodings)
        except OSError:
            found = None
        if found is not None or os.path.realpath(site) == before:
            return found
    return None


def _read(release: str, parts: tuple[str, ...], encodings: tuple[str, ...]) -> Page | None:
    at = os.open(release, _FOLDER)
    try:
        *folders, name = parts or (_INDEX,)
        for folder in folders:
            at = _below(at, folder)
        if stat.S_ISDIR(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
            at, name = _below(at, name), _INDEX
        if PurePosixPath(name).suffix in ENDINGS.values():
            return None  # what it is packed for is asked by its own name
        for encoding in encodings:
            try:
                return _page(at, name, encoding)
            except FileNotFoundError:
                continue
        return _page(at, name, "")
    finally:
        os.close(at)


def _below(at: int, folder: str) -> int:
    below = os.open(folder, _FOLDER, dir_fd=at)
    os.close(at)
    return below


def _page(at: int, name: str, encoding: str) -> Page | None:
    file = os.open(name + ENDINGS.get(encoding, ""), _FILE, dir_fd=at)
    with os.fdopen(file, "rb") as opened:
        seen = os.fstat(file)
        if not stat.S_ISREG(seen.st_mode):
            return None
        # Each version of a file has a second of its own: see statuspage.release.
        tag = f"{int(seen.st_mtime):x}-{seen.st_size:x}{encoding and '-'}{encoding}"
        return Page(name, opened.read(), encoding, tag)


def _encodings(header: str) -> tuple[str, ...]:
    """Those of ours that the reader takes, the smallest first."""
    taken = set()
    for part in header.lower().split(","):
        name, *options = (piece.strip() for piece in part.split(";"))
        if not any(o.replace(" ", "").rstrip("0") in ("q=", "q=0.") for o in options):
            taken.add(name)
    return tuple(ours for ours in ENDINGS if ours in taken)


def _is_known(request: web.Request, tag: str) -> bool:
    known = request.if_none_match or ()
    return any(each.value in (tag, "*") for each in known)


def _headers(page: Page) -> dict[str, str]:
    suffix = PurePosixPath(page.name).suffix
    guessed, _ = mimetypes.guess_type(page.name)
    headers = {
        "Content-Type": _TYPES.get(suffix, guessed or "application/octet-stream"),
        # Asked anew each time, answered 304: a cache must not hide a new incident.
        "Cache-Control": "no-cache",
        "ETag": f'"{page.tag}"',
        "Vary": "Accept-Encoding",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
    if page.encoding:
        headers["Content-Encoding"] = page.encoding
    if suffix in _TYPES and suffix != ".html":  # programs of other sites may read these
        headers["Access-Control-Allow-Origin"] = "*"
    return headers
