"""The answer to one exchange, read whole but never larger than there is room for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from probes.classify import UnwellError, reason_of_status
from probes.inflate import inflater
from probes.observation import Reason

_CHUNK = 65536
SAMPLE = 8192
"""So many bytes of a body are kept for whoever wants to see what came, judged good or not."""
_CHARSET = re.compile(rb"charset=[\"']?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer of an exchange, after redirects. ``body`` is inflated and complete."""

    step: str
    status: int
    headers: tuple[tuple[str, str], ...]
    url: str
    body: bytes
    redirects: int = 0

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    def text(self) -> str:
        """The body as text, in the charset it declares (UTF-8 otherwise); never raises."""
        return decoded(self.body, self.header("content-type"))

    def json(self) -> Any:
        """The body as JSON. Raises UnwellError (unexpected_content)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise UnwellError(
                Reason.UNEXPECTED_CONTENT, f"{self.step}: the answer is not JSON"
            ) from None

    @property
    def is_ok(self) -> bool:
        return reason_of_status(self.status) is None

    def expect_ok(self) -> Self:
        """Itself. Raises UnwellError where the status is outside 200-299."""
        reason = reason_of_status(self.status)
        if reason is not None:
            raise UnwellError(reason, f"{self.step}: HTTP {self.status}")
        return self


def decoded(body: bytes, content_type: str) -> str:
    """A body as text, in the charset it declares (UTF-8 otherwise); never raises."""
    match = _CHARSET.search(content_type.encode(errors="replace") + b";" + body[:1024])
    try:
        return body.decode(match[1].decode() if match else "utf-8", "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


class Room:
    """How much of a body may come, and whether it is kept.

    ``sample`` is how it begins, ``length`` how much of it has come.
    """

    def __init__(self, step: str, size: int, *, keep: bool) -> None:
        self._step = step
        self._size = size
        self._keep = keep
        self.sample = b""
        self.length = 0

    async def take(self, response: aiohttp.ClientResponse, *, url: str, redirects: int) -> Answer:
        """The answer with its whole body.

        Raises UnwellError for a body that is too large, broken off or not what it says; where
        the status alone tells of a failure, of that one.
        """
        try:
            body = await self._read(response)
        except (UnwellError, aiohttp.ClientError, OSError) as error:
            reason = reason_of_status(response.status)
            if reason is None:
                raise
            words = f"{self._step}: HTTP {response.status}, and its body could not be read"
            raise UnwellError(reason, words) from error
        return Answer(
            step=self._step,
            status=response.status,
            headers=tuple(response.headers.items()),
            url=url,
            body=body,
            redirects=redirects,
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body in inflated pieces, so that neither a flood nor a bomb fills our memory."""
        pieces: list[bytes] = []
        inflate = inflater(response.headers.get("Content-Encoding", ""))
        async for data in response.content.iter_chunked(_CHUNK):
            for piece in inflate.feed(data, _CHUNK):
                if self.length < SAMPLE:
                    self.sample += piece[: SAMPLE - self.length]
                self.length += len(piece)
                if self.length > self._size:
                    response.close()
                    raise UnwellError(
                        Reason.BODY_TOO_LARGE, f"the body is larger than {self._size} bytes"
                    )
                if self._keep:
                    pieces.append(piece)
        inflate.finish()
        return b"".join(pieces)
