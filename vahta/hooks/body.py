"""Reads what others post: never more than agreed, never for longer than a breath."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

PATIENCE = 10.0
"""Seconds in which a body must have come: its sender is a program on a good line."""

_MOST_FIELDS = 200
_FORM = "application/x-www-form-urlencoded"


class BodyError(Exception):
    """What was posted cannot be used. ``status`` is the answer, the message says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_body(request: web.Request, *, most: int, within: float = PATIENCE) -> Any:
    """The JSON value that was posted, or a form as an object of texts. Raises BodyError."""
    try:
        async with asyncio.timeout(within):
            raw = await _capped(request, most)
    except TimeoutError:
        raise BodyError(408, f"the body did not come within {within:g} seconds") from None
    except web.RequestPayloadError:
        raise BodyError(
            400, "the body broke off, or is not compressed as its header says"
        ) from None
    try:
        text = raw.decode()
        if request.content_type == _FORM:
            return dict(reversed(parse_qsl(text, max_num_fields=_MOST_FIELDS)))
        return json.loads(text)
    except UnicodeDecodeError:
        raise BodyError(400, "the body is not UTF-8") from None
    except RecursionError:
        raise BodyError(400, "the body is nested too deeply") from None
    except ValueError:
        raise BodyError(400, "the body is neither JSON nor a form") from None


def refused(error: BodyError) -> web.Response:
    """The answer that says so; the connection ends, since not all of the body was read."""
    answer = web.json_response({"error": str(error)}, status=error.status)
    answer.force_close()
    return answer


async def _capped(request: web.Request, most: int) -> bytes:
    if (request.content_length or 0) > most:
        raise BodyError(413, f"the body is larger than {most} bytes")
    read = bytearray()
    async for piece in request.content.iter_any():
        read += piece
        if len(read) > most:
            raise BodyError(413, f"the body is larger than {most} bytes")
    return bytes(read)
