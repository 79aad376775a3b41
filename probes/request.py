"""What a probe sends, and where a redirect takes it: decided by us, so that nothing leaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from yarl import URL

from probes.classify import UnwellError
from probes.observation import Reason

Redirects: TypeAlias = Literal["follow", "keep", "refuse"]
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OFTEN_SEE_OTHER = frozenset({301, 302})
_KEEP_ELSEWHERE = frozenset({"accept", "accept-language", "user-agent"})


@dataclass(frozen=True, slots=True)
class File:
    """One file of a multipart form."""

    field: str
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask, carrying ``json``, ``raw``, ``file``, or ``form`` (name, value pairs).

    Of these only ``form`` and ``file`` may go together.

    ``redirects`` are followed, kept as the answer, or refused. ``is_led`` says that the address
    came out of an earlier answer: it is then judged like a redirect.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: tuple[tuple[str, str], ...] | None = None
    file: File | None = None
    raw: bytes | None = None
    raw_type: str = "application/octet-stream"
    redirects: Redirects = "follow"
    is_led: bool = False

    @property
    def has_body(self) -> bool:
        carried = (self.json, self.form, self.file, self.raw)
        return any(body is not None for body in carried)


def follow(request: Request, status: int, location: str) -> Request:
    """The next request. Raises UnwellError where a probe must not go."""
    here = URL(request.url)
    try:
        there = here.join(URL(location))
    except ValueError:
        raise UnwellError(Reason.PROTOCOL_ERROR, "a redirect without a proper address") from None
    if there.scheme not in {"http", "https"} or not there.host:
        raise UnwellError(Reason.REDIRECT_BLOCKED, "a redirect led out of the web")
    moved = replace(request, url=str(there.with_fragment(None)))
    if there.origin() != here.origin():
        kept = {k: v for k, v in request.headers.items() if k.lower() in _KEEP_ELSEWHERE}
        moved = replace(moved, headers=kept)
    if status == HTTPStatus.SEE_OTHER or (status in _OFTEN_SEE_OTHER and request.method == "POST"):
        method = "HEAD" if request.method == "HEAD" else "GET"
        return replace(moved, method=method, json=None, form=None, file=None, raw=None)
    downgraded = (here.scheme, there.scheme) == ("https", "http")
    if request.has_body and (there.host != here.host or downgraded):
        # A password or a document goes to where the configuration sends it, and nowhere else.
        raise UnwellError(
            Reason.REDIRECT_BLOCKED, f"a redirect wants what we sent to go to {there.host}"
        )
    return moved
