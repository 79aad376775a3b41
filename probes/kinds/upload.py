"""Does a document, once sent, get through processing and come back the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from probes.access import prepare
from probes.answer import Answer
from probes.classify import UnwellError, reason_of_status
from probes.document import CONTENT_TYPES, Sort, checked_size, make_document
from probes.exchange import Visit
from probes.flow.jsonpath import JsonPath, as_text, values_at
from probes.kind import probe_kind
from probes.observation import Reading, Reason
from probes.orphans import Orphans
from probes.request import File, Request
from probes.settings import Duration, Size, Url, WaitingSettings
from probes.shape import with_values

_CHUNKS = 64


class UploadSettings(WaitingSettings):
    """Sends a fresh, plainly marked document, waits until it is ready, compares it, deletes it.

    ``{id}`` in the addresses stands for the id that the upload was answered with, ``{name}`` for
    the document's own name. Where a document goes as it is (``send = "raw"`` or ``"chunks"``),
    it is read and deleted where it was put, unless the config says otherwise.

    ```toml
    [[probe]]
    id = "document-upload"
    kind = "upload"
    component = "upload"
    url = "https://portal.example/documents"
    field = "file"
    state_url = "https://portal.example/documents/{id}"
    state = "status"
    ready = ["ready"]
    content_url = "https://portal.example/documents/{id}/content"
    delete_url = "https://portal.example/documents/{id}"
    size = "64KiB"
    wait = "60s"
    ```
    """

    kind: Literal["upload"]
    every: Duration = Field(300.0, gt=0, description="How often to ask.")
    timeout: Duration = Field(120.0, gt=0, description="Hard limit for the whole run.")
    wait: Duration = Field(60.0, gt=0, description="Longest processing there may be.")
    url: Url = Field(description="Where the document is sent, or asked where to send it.")
    send: Literal["multipart", "raw", "chunks", "presigned"] = Field(
        "multipart",
        description="As a form; as it is; in pieces with Content-Range; or to an address that is"
        " asked for first.",
    )
    method: Literal["POST", "PUT"] | None = Field(
        None, description="POST for forms, else PUT, unless said otherwise."
    )
    field: str = Field("file", description="Name of the form's file field.")
    fields: Mapping[str, str] = Field(default_factory=dict, description="Other fields of the form.")
    document: Sort = Field("pdf", description="What is sent.")
    size: Annotated[Size, AfterValidator(checked_size)] = Field(
        64 * 1024, description="Size of the document that is sent."
    )
    chunk: Size = Field(256 * 1024, gt=0, description="Size of a piece, with chunks.")
    ask: Mapping[str, Any] = Field(
        default_factory=lambda: {"name": "{name}", "size": "{size}", "type": "{type}"},
        description="JSON that is posted to url for an address, with presigned.",
    )
    upload_url: JsonPath = Field("upload_url", description="Where the answer holds that address.")
    document_id: JsonPath = Field("id", description="Key of the document's id in the answer.")
    state_url: Url | None = Field(None, description="Where the processing state is read, if it is.")
    state: JsonPath = Field("status", description="Key of the processing state.")
    ready: tuple[str, ...] = Field(("ready",), min_length=1, description="States that mean done.")
    failed: tuple[str, ...] = Field((), description="States that mean: will never be done.")
    content_url: Url | None = Field(None, description="Where the document is read back.")
    delete_url: Url | None = Field(None, description="Where it is deleted.")

    @model_validator(mode="after")
    def _it_can_be_found_again(self) -> Self:
        stays = self.send in ("raw", "chunks")
        if not stays and (self.content_url is None or self.delete_url is None):
            raise ValueError("where is the document read and deleted? add content_url, delete_url")
        if self.send == "chunks" and self.size > self.chunk * _CHUNKS:
            raise ValueError(f"at most {_CHUNKS} pieces are sent: make chunk larger, or size less")
        return self

    @property
    def verb(self) -> str:
        return self.method or ("POST" if self.send == "multipart" else "PUT")

    @property
    def needs_id(self) -> bool:
        return any("{id}" in url for url in self.later_urls())

    def later_urls(self) -> tuple[str, ...]:
        """The addresses that are asked once the document is there."""
        return (self.state_url or "", self.content_url or self.url, self.delete_url or self.url)


_GONE = 404


@probe_kind(UploadSettings, recheck=10.0, open_after=2)
async def upload(settings: UploadSettings, visit: Visit) -> Reading:
    await prepare(settings, visit, settings.url)
    marker = f"vahta-{visit.clock():%Y%m%dT%H%M%SZ}-{visit.random_token()}"
    document = make_document(marker, settings.size, settings.document)
    name = f"{marker}.{settings.document}"
    number = await _Sending(settings, visit, name, document).sent()
    state_url, content_url, delete_url = (
        url.replace("{id}", number).replace("{name}", name) for url in settings.later_urls()
    )
    Orphans(visit, visit.memory.notes(settings.id)).adopt(delete_url)
    if state_url:
        await _processed(settings, visit, state_url)
    content = await visit.fetch(
        "content", Request("GET", content_url), max_body=settings.size + 64 * 1024
    )
    content.expect_ok()
    if _digest(content.body) != _digest(document):
        words = f"content: what came back ({len(content.body)} bytes) is not what was sent"
        raise UnwellError(Reason.UPLOAD_CORRUPTED, words)
    return visit.verdict(settings.slow_after)


class _Sending:
    """Gets one document to the portal, in the way that the settings say."""

    def __init__(self, settings: UploadSettings, visit: Visit, name: str, document: bytes) -> None:
        self._settings = settings
        self._visit = visit
        self._name = name
        self._document = document
        self._type = CONTENT_TYPES[settings.document]

    async def sent(self) -> str:
        """The id of the document that the portal took; empty where it needs none."""
        settings = self._settings
        url = settings.url.replace("{name}", self._name)
        if settings.send == "presigned":
            return await self._where_told(url)
        if settings.send == "chunks":
            return self._number(await self._in_pieces(url))
        if settings.send == "raw":
            return self._number(await self._step(self._bare(url, self._document)))
        file = File(settings.field, self._name, self._type, self._document)
        pairs = tuple(settings.fields.items()) or None
        return self._number(await self._step(Request(settings.verb, url, form=pairs, file=file)))

    async def _in_pieces(self, url: str) -> Answer:
        whole, size = self._document, self._settings.chunk
        for start in range(0, len(whole) - size, size):
            # 308 without an address says, to some, that more is expected.
            await self._step(self._piece(url, start), also=308)
        return await self._step(self._piece(url, (len(whole) - 1) // size * size))

    def _piece(self, url: str, start: int) -> Request:
        piece = self._document[start : start + self._settings.chunk]
        extent = f"bytes {start}-{start + len(piece) - 1}/{len(self._document)}"
        return replace(self._bare(url, piece), headers={"Content-Range": extent})

    async def _where_told(self, url: str) -> str:
        facts = {"name": self._name, "size": str(len(self._document)), "type": self._type}
        ask = Request("POST", url, json=with_values(self._settings.ask, **facts))
        answer = (await self._visit.fetch("ask", ask)).expect_ok()
        address = _value(answer, self._settings.upload_url)
        if not address.startswith(("http://", "https://")):
            raise UnwellError(Reason.UNEXPECTED_CONTENT, "ask: no address to upload to")
        number = self._number(answer)
        await self._step(replace(self._bare(address, self._document), is_led=True))
        return number

    def _bare(self, url: str, content: bytes) -> Request:
        return Request(self._settings.verb, url, raw=content, raw_type=self._type)

    async def _step(self, request: Request, *, also: int | None = None) -> Answer:
        answer = await self._visit.fetch("upload", request)
        if answer.status == also:
            return answer
        if reason_of_status(answer.status) is Reason.HTTP_4XX:
            raise UnwellError(Reason.UPLOAD_REJECTED, f"upload: HTTP {answer.status}")
        return answer.expect_ok()

    def _number(self, answer: Answer) -> str:
        if not self._settings.needs_id:
            return ""
        number = _value(answer, self._settings.document_id)
        # An id goes into addresses: what could lead elsewhere is no id.
        if not number or not number.replace("-", "").replace("_", "").isalnum():
            words = f"{answer.step}: accepted, but without a usable id"
            raise UnwellError(Reason.UNEXPECTED_CONTENT, words)
        return number


async def _processed(settings: UploadSettings, visit: Visit, url: str) -> None:
    states: list[str] = []

    async def look() -> str | None:
        answer = await visit.fetch("state", Request("GET", url))
        if answer.status == _GONE:
            raise UnwellError(
                Reason.UPLOAD_STUCK, "state: accepted, and then there was no trace of it"
            )
        states.append(_value(answer.expect_ok(), settings.state))
        if states[-1] in settings.failed:
            words = f"state: taken, and then refused: {states[-1][:40]!r}"
            raise UnwellError(Reason.UPLOAD_REJECTED, words)
        return states[-1] if states[-1] in settings.ready else None

    found, seconds = await visit.until("processing", look, within=settings.wait)
    if found is None:
        words = f"processing: not ready after {seconds:.1f} s, the state is {states[-1][:40]!r}"
        raise UnwellError(Reason.UPLOAD_STUCK, words)


def _value(answer: Answer, key: str) -> str:
    found = values_at(key, answer.json())
    return "" if not found or found[0] is None else as_text(found[0])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
