"""The raw record of a run's exchanges: references only, so that keeping it costs next to nothing.

Nothing here is masked. It lives as long as its run and what ``probes.capture`` makes of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import aiohttp

from probes.answer import Room
from probes.request import Request
from probes.timing import Stopwatch

_DROPPED = 100


class Hop:
    """One request and what came of it; a redirect is a hop of its own."""

    __slots__ = (
        "_response", "body", "configured", "error", "form", "json", "method", "room", "step", "url",
        "watch",
    )  # fmt: skip

    def __init__(self, step: int, request: Request, watch: Stopwatch) -> None:
        self.step = step
        self.method, self.url = request.method, request.url
        self.configured: Mapping[str, str] = request.headers
        self.form, self.json = request.form, request.json
        self.body = _sort_of_body(request)
        self.watch = watch
        self.room: Room | None = None
        self.error = ""
        self._response: aiohttp.ClientResponse | None = None

    def answered(self, response: aiohttp.ClientResponse) -> None:
        """The head of the answer is there, and its body begins."""
        self._response = response
        self.watch.enter("transfer")

    @property
    def status(self) -> int | None:
        return None if self._response is None else self._response.status

    @property
    def sent(self) -> Iterable[tuple[str, str]]:
        """The headers as they went out, or what was configured where nothing did."""
        if self._response is None:
            return self.configured.items()
        return self._response.request_info.headers.items()

    @property
    def received(self) -> Iterable[tuple[str, str]]:
        return () if self._response is None else self._response.headers.items()

    @property
    def certificate(self) -> Mapping[str, Any]:
        """As ``ssl`` decodes it, trusted or not; empty without TLS."""
        return {} if self.watch.peer is None else self.watch.peer.certificate


class Film:
    """What one run exchanged, and what of it must not be shown."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.hops: list[Hop] = []
        self.dropped: deque[Hop] = deque(maxlen=_DROPPED)
        self.hidden: list[str] = []
        self.ours: list[str] = []

    def begin(self, step: int, request: Request) -> Hop:
        hop = Hop(step, request, Stopwatch(self._now))
        self.hops.append(hop)
        return hop

    def drop(self, since: int) -> None:
        """Show nothing of the hops from that number on; what they must not tell stays hidden."""
        for hop in self.hops[since:]:
            hop.room = None
            self.dropped.append(hop)
        del self.hops[since:]


def _sort_of_body(request: Request) -> str:
    if request.json is not None:
        return "json"
    if request.file is not None:
        return "file"
    if request.form is not None:
        return "form"
    return "" if request.raw is None else "raw"
