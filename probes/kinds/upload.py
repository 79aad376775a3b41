"""Does a document, once sent, get through processing and come back the same."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field, field_validator

from probes.answer import Answer
from probes.classify import UnwellError, reason_of_status
from probes.document import SMALLEST, make_document
from probes.exchange import Visit
from probes.kind import probe_kind
from probes.observation import Reading, Reason
from probes.request import File, Request
from probes.settings import Duration, Size, Url, WaitingSettings


class UploadSettings(WaitingSettings):
    """Sends a fresh, plainly marked PDF, waits until it is ready, compares it, deletes it.

    ``{id}`` in the addresses stands for the id that the upload was answered with.

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
    url: Url
    field: str = Field("file", description="Name of the form's file field.")
    document_id: str = Field("id", description="Key of the document's id in the answer.")
    state_url: Url
    state: str = Field("status", description="Key of the processing state.")
    ready: tuple[str, ...] = Field(("ready",), min_length=1, description="States that mean done.")
    content_url: Url
    delete_url: Url
    size: Size = Field(64 * 1024, description="Size of the document that is sent.")

    @field_validator("size")
    @classmethod
    def _fits(cls, value: int) -> int:
        if not SMALLEST <= value <= 64 * 1024**2:
            raise ValueError("expected a size between 1KiB and 64MiB")
        return value


_GONE = 404


@probe_kind(UploadSettings, recheck=10.0, open_after=2)
async def upload(settings: UploadSettings, visit: Visit) -> Reading:
    marker = f"vahta-{visit.clock():%Y%m%dT%H%M%SZ}-{visit.random_token()}"
    document = make_document(marker, settings.size)
    number = await _send(
        settings, visit, File(settings.field, f"{marker}.pdf", "application/pdf", document)
    )
    delete = _request(settings, settings.delete_url, number, method="DELETE")
    visit.afterwards(lambda: visit.fetch("delete", delete))
    await _processed(settings, visit, number)
    content = await visit.fetch(
        "content",
        _request(settings, settings.content_url, number),
        max_body=settings.size + 64 * 1024,
    )
    content.expect_ok()
    if _digest(content.body) != _digest(document):
        words = f"content: what came back ({len(content.body)} bytes) is not what was sent"
        raise UnwellError(Reason.UPLOAD_CORRUPTED, words)
    return visit.verdict(settings.slow_after)


async def _send(settings: UploadSettings, visit: Visit, file: File) -> str:
    """The id of the document that the portal took."""
    request = Request("POST", settings.url, headers=settings.plain_headers(), file=file)
    answer = await visit.fetch("upload", request)
    if reason_of_status(answer.status) is Reason.HTTP_4XX:
        raise UnwellError(Reason.UPLOAD_REJECTED, f"upload: HTTP {answer.status}")
    number = _value(answer.expect_ok(), settings.document_id)
    # An id goes into addresses: what could lead elsewhere is no id.
    if not number or not number.replace("-", "").replace("_", "").isalnum():
        raise UnwellError(Reason.UNEXPECTED_CONTENT, "upload: accepted, but without a usable id")
    return number


async def _processed(settings: UploadSettings, visit: Visit, number: str) -> None:
    states: list[str] = []

    async def look() -> str | None:
        answer = await visit.fetch("state", _request(settings, settings.state_url, number))
        if answer.status == _GONE:
            raise UnwellError(
                Reason.UPLOAD_STUCK, "state: accepted, and then there was no trace of it"
            )
        states.append(_value(answer.expect_ok(), settings.state))
        return states[-1] if states[-1] in settings.ready else None

    found, seconds = await visit.until("processing", look, within=settings.wait)
    if found is None:
        words = f"processing: not ready after {seconds:.1f} s, the state is {states[-1][:40]!r}"
        raise UnwellError(Reason.UPLOAD_STUCK, words)


def _request(settings: UploadSettings, url: str, number: str, *, method: str = "GET") -> Request:
    return Request(method, url.replace("{id}", number), headers=settings.plain_headers())


def _value(answer: Answer, key: str) -> str:
    body = answer.json()
    value = body.get(key) if isinstance(body, dict) else None
    return "" if value is None else str(value)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
