"""Is a page there, in time, whole, and does it say what it should."""

from __future__ import annotations

import ssl
from typing import Literal

from pydantic import Field

from probes.access import prepare
from probes.answer import Answer
from probes.classify import UnwellError, reason_of_status
from probes.exchange import Visit
from probes.kind import probe_kind
from probes.observation import Outcome, Reading, Reason
from probes.request import Request
from probes.settings import Duration, Size, Url, WebSettings

_DAY = 86_400
_TURNED_AWAY = frozenset({401, 403, 429})


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
    url: Url = Field(description="The address.")
    method: Literal["GET", "HEAD", "POST"] = Field("GET", description="How it is asked for.")
    contains: str = Field("", description="Text that must be in the body.")
    max_body: Size = Field(10 * 1024**2, gt=0, description="More than this is a failure.")
    blocked: tuple[str, ...] = Field(
        (),
        description="Texts of a firewall that refuses the probe itself (401, 403, 429): unknown.",
    )
    renew_before: Duration | None = Field(
        None, gt=0, description="Mention a certificate that ends sooner than this."
    )


@probe_kind(HttpSettings)
async def http(settings: HttpSettings, visit: Visit) -> Reading:
    await prepare(settings, visit, settings.url)
    request = Request(settings.method, settings.url)
    keep = bool(settings.contains or settings.blocked)
    answer = await visit.fetch("page", request, max_body=settings.max_body, keep=keep)
    _check_blocked(settings, answer)
    answer.expect_ok()
    if settings.contains and settings.contains not in answer.text():
        raise UnwellError(
            Reason.UNEXPECTED_CONTENT, f"page: the text {settings.contains[:60]!r} is missing"
        )
    return visit.verdict(settings.slow_after, _renewal(settings, visit))


def _check_blocked(settings: HttpSettings, answer: Answer) -> None:
    """Raise UnwellError where only we are turned away: that is no outage."""
    reason = reason_of_status(answer.status)
    if reason is None or answer.status not in _TURNED_AWAY or not settings.blocked:
        return
    text = answer.text()
    if any(words in text for words in settings.blocked):
        words = f"page: a firewall turned the probe away (HTTP {answer.status})"
        raise UnwellError(reason, words, Outcome.UNKNOWN)


def _renewal(settings: HttpSettings, visit: Visit) -> str:
    """A note for engineers, and no more: a certificate that still counts harms nobody."""
    if settings.renew_before is None:
        return ""
    ends = visit.film.hops[-1].certificate.get("notAfter")
    if not isinstance(ends, str):
        return ""
    expires = ssl.cert_time_to_seconds(ends)
    visit.measures["certificate_expiry_timestamp_seconds"] = expires
    left = expires - visit.clock().timestamp()
    return f"the certificate ends in {left / _DAY:.1f} days" if left < settings.renew_before else ""
