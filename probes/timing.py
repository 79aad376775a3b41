"""How long each phase of an exchange took: dns, connect, tls, wait, transfer."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import aiohttp


class Stopwatch:
    """Is always in one phase; what repeats (redirects, second addresses) adds up.

    ``phase`` is where the exchange is now: when time runs out, that is where it was stuck.
    """

    __slots__ = ("_begun", "_now", "_since", "phase", "phases", "status")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._begun = self._since = now()
        self.phase = "connect"
        self.phases: dict[str, float] = {}
        self.status: int | None = None

    def enter(self, phase: str) -> None:
        """The phase so far is over; ``phase`` begins."""
        now = self._now()
        self.phases[self.phase] = self.phases.get(self.phase, 0.0) + now - self._since
        self.phase, self._since = phase, now

    def stop(self) -> float:
        """Seconds since the start; the running phase ends, and stays readable."""
        self.enter(self.phase)
        return self._since - self._begun


CURRENT: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)
"""The stopwatch of the exchange this task is in: the only road into a TLS handshake."""


class _TimedSSLObject(ssl.SSLObject):
    """aiohttp traces no handshake, but every handshake passes through here."""

    def do_handshake(self) -> None:
        watch = CURRENT.get()
        if watch is not None and watch.phase == "connect":
            watch.enter("tls")
        super().do_handshake()


def timed_tls(cafile: str | None = None) -> ssl.SSLContext:
    """A strict client context that times its handshakes; system roots unless ``cafile``."""
    context = ssl.create_default_context(cafile=cafile)
    context.sslobject_class = _TimedSSLObject
    return context


def trace() -> aiohttp.TraceConfig:
    """Moves the stopwatch given as ``trace_request_ctx`` through the phases aiohttp shows."""
    config = aiohttp.TraceConfig()
    config.on_dns_resolvehost_start.append(_entering("dns"))
    config.on_dns_resolvehost_end.append(_entering("connect"))
    config.on_connection_create_end.append(_entering("wait"))
    config.freeze()
    return config


def _entering(phase: str) -> Callable[..., Any]:
    async def enter(_session: aiohttp.ClientSession, context: SimpleNamespace, _: object) -> None:
        watch: Stopwatch = context.trace_request_ctx
        watch.enter(phase)

    return enter
