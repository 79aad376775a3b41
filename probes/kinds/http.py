"""Is a page there, in time, whole, and does it say what it should."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import probe_kind
from probes.observation import Reading, Reason
from probes.request import Request
from probes.settings import Size, Url, WebSettings


class HttpSettings(WebSettings):
    """Asks for one address and judges the answer after redirects.

    ```toml
    [[probe]]
    id = "home-page"
    kind = "http"
    component = "home"
    url = "https://portal.example/"
    contains = "Добро пожаловать"
    slow_after = "2s"
    ```
    """

    kind: Literal["http"]
    url: Url
    method: Literal["GET", "HEAD", "POST"] = "GET"
    contains: str = Field("", description="Text that must be in the body.")
    max_body: Size = Field(10 * 1024**2, gt=0, description="More than this is a failure.")


@probe_kind(HttpSettings)
async def http(settings: HttpSettings, visit: Visit) -> Reading:
    request = Request(settings.method, settings.url, headers=settings.plain_headers())
    answer = await visit.fetch(
        "page", request, max_body=settings.max_body, keep=bool(settings.contains)
    )
    answer.expect_ok()
    if settings.contains and settings.contains not in answer.text():
        raise UnwellError(
            Reason.UNEXPECTED_CONTENT, f"page: the text {settings.contains[:60]!r} is missing"
        )
    return visit.verdict(settings.slow_after)
