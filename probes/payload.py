"""Puts what a request carries into the words of aiohttp."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import aiohttp

from probes.request import Request


def payload(request: Request) -> dict[str, Any]:
    """What aiohttp is given, made anew for every request since a form is sent only once."""
    if request.json is not None:
        return {"headers": request.headers, "json": request.json}
    if request.file is not None:
        return {"headers": request.headers, "data": _multipart(request)}
    if request.form is not None:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return {"headers": {**kind, **request.headers}, "data": urlencode(request.form).encode()}
    if request.raw is not None:
        kind = {"Content-Type": request.raw_type}
        return {"headers": {**kind, **request.headers}, "data": request.raw}
    return {"headers": request.headers}


def _multipart(request: Request) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request.form or ():
        form.add_field(_quoted(name), value)
    file = request.file
    if file is not None:
        # The file comes last: some stores read no field after it.
        form.add_field(
            _quoted(file.field),
            file.content,
            filename=_quoted(file.name),
            content_type=file.content_type,
        )
    return form


def _quoted(name: str) -> str:
    """As browsers write it (HTML, "multipart/form-data"): Cyrillic stays as it is."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
