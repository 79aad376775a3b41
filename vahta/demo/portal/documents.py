"""Documents: uploaded, processed for a moment, then there to be read back unchanged."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from vahta.demo.answers import json_answer, json_error
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.gate import Gate
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace

MAX_BYTES = 2 * 1024 * 1024
MAX_DOCUMENTS = 50
_COMPONENT = "upload"
_FIRST_EVER = "Документ, загруженный до открытия портала.\n".encode()


class _TooLargeError(Exception):
    """The file is larger than the portal takes."""


class _NoFileError(Exception):
    """The body isn't a form with a file in it."""


@dataclass(frozen=True, slots=True)
class Document:
    """An uploaded file; ``ready_at`` is in monotonic seconds, ``earlier`` what was there before."""

    content: bytes
    ready_at: float
    earlier: bytes

    def served(self, mode: Mode) -> bytes:
        """The bytes the portal gives back while it is broken so."""
        if mode is Mode.CORRUPT:
            return bytes([self.content[0] ^ 0x20]) + self.content[1:] if self.content else b"?"
        return self.earlier if mode is Mode.STALE else self.content


class Documents:
    """The endpoints under ``/documents``."""

    def __init__(self, memory: Memory, pace: Pace) -> None:
        self._memory = memory
        self._pace = pace
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._last = _FIRST_EVER

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """The component's routes, behind its gate."""
        yield web.post("/documents", gate.before(_COMPONENT, self.upload))
        yield web.get("/documents/{id}", gate.before(_COMPONENT, self.status))
        yield web.get("/documents/{id}/content", gate.before(_COMPONENT, self.content))
        yield web.delete("/documents/{id}", gate.before(_COMPONENT, self.delete))

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file; it is ready a little later."""
        try:
            content = await _file(request)
        except _TooLargeError:
            return json_error(f"the file is larger than {MAX_BYTES} bytes", status=413)
        except _NoFileError:
            return json_error('send a multipart form with the field "file"', status=400)
        name = secrets.token_hex(8)
        if self._mode is not Mode.LOST:
            self._keep(name, content)
        return json_answer({"id": name, "status": "processing"}, status=201)

    async def status(self, request: web.Request) -> web.Response:
        """Whether the document is ready, and its fingerprint."""
        name = request.match_info["id"]
        document = self._documents.get(name)
        if document is None:
            return _no_such_document()
        content = document.served(self._mode)
        return json_answer(
            {
                "id": name,
                "status": "ready" if self._is_ready(document) else "processing",
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
            }
        )

    async def content(self, request: web.Request) -> web.Response:
        """The bytes, as a download: a stranger's file is never shown as a page of ours."""
        document = self._documents.get(request.match_info["id"])
        if document is None:
            return _no_such_document()
        if not self._is_ready(document):
            return json_error("the document is still being processed", status=409)
        return web.Response(
            body=document.served(self._mode),
            content_type="application/octet-stream",
            headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
        )

    async def delete(self, request: web.Request) -> web.Response:
        """Forget a document."""
        if self._documents.pop(request.match_info["id"], None) is None:
            return _no_such_document()
        return web.Response(status=204)

    @property
    def _mode(self) -> Mode:
        return self._memory.faults.of(_COMPONENT)

    def _is_ready(self, document: Document) -> bool:
        return self._pace.time() >= document.ready_at

    def _keep(self, name: str, content: bytes) -> None:
        late = self._mode is Mode.LATE
        delay = self._pace.processing_late if late else self._pace.processing
        earlier = self._last if self._last != content else _FIRST_EVER
        self._documents[name] = Document(content, self._pace.time() + delay, earlier)
        self._last = content
        while len(self._documents) > MAX_DOCUMENTS:
            self._documents.popitem(last=False)


async def _file(request: web.Request) -> bytes:
    """The bytes of the field ``file``; no more of them are held than the portal takes."""
    if request.content_type != "multipart/form-data":
        raise _NoFileError
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == "file":
                return await _read(part)
    except (HttpProcessingError, RuntimeError, ValueError) as error:  # not the form it claims to be
        raise _NoFileError from error
    raise _NoFileError


async def _read(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > MAX_BYTES:
            raise _TooLargeError
    return bytes(content)


def _no_such_document() -> web.Response:
    return json_error("no such document", status=404)
