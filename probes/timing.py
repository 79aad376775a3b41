"""How long each phase of an exchange took: dns, connect, tls, request, wait, transfer.

``request`` is the sending of what we ask, ``wait`` the time from there to the answer's head.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

if TYPE_CHECKING:
    from aiohttp.connector import Connection

PHASES = ("dns", "connect", "tls", "request", "wait", "transfer")
"""Every phase there is, in the order in which they come."""


def in_order(phases: Mapping[str, float]) -> list[tuple[str, float]]:
    """Names and seconds as the phases follow each other; what is no phase of ours comes last."""
    known = [(name, phases[name]) for name in PHASES if name in phases]
    return [*known, *((name, phases[name]) for name in phases if name not in PHASES)]


class Stopwatch:
    """Is always in one phase; what repeats (second addresses) adds up.

    ``phase`` is where the exchange is now: when time runs out, that is where it was stuck.
    ``peer`` is the TLS object of its connection, where there is one.
    """

    __slots__ = ("_begun", "_is_running", "_now", "_since", "peer", "phase", "phases")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._begun = self._since = now()
        self._is_running = True
        self.phase = "connect"
        self.phases: dict[str, float] = {}
        self.peer: TimedSSLObject | None = None

    def enter(self, phase: str) -> None:
        """The phase so far is over; ``phase`` begins. Nothing happens once it was stopped."""
        if not self._is_running:
            return
        now = self._now()
        self.phases[self.phase] = self.phases.get(self.phase, 0.0) + now - self._since
        self.phase, self._since = phase, now

    def stop(self) -> float:
        """Seconds since the start; the running phase ends, and stays readable."""
        self.enter(self.phase)
        self._is_running = False
        return self._since - self._begun


CURRENT: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)
"""The stopwatch of the exchange this task is in: the only road into a TLS handshake."""


class TimedSSLObject(ssl.SSLObject):
    """aiohttp traces no handshake, but every handshake passes through here."""

    def do_handshake(self) -> None:
        watch = CURRENT.get()
        if watch is not None and watch.phase == "connect":
            watch.peer = self
            watch.enter("tls")
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError:
            self._refused = self._shown()
            raise

    @property
    def certificate(self) -> Mapping[str, Any]:
        """The other side's, as ``ssl`` decodes it, trusted or not; empty when there was none."""
        try:
            return self.getpeercert() or {}
        except ValueError:  # the handshake was not done
            return getattr(self, "_refused", {})

    def _shown(self) -> Mapping[str, Any]:
        """What was not trusted: Python shows it in public from 3.13 on, and has it before."""
        inner: Any = getattr(self, "_sslobj", None)
        try:
            return dict(inner.get_unverified_chain()[0].get_info())
        except (AttributeError, IndexError, TypeError, ssl.SSLError):
            return {}


def timed_tls(cafile: str | None = None) -> ssl.SSLContext:
    """A strict client context that times its handshakes; system roots unless ``cafile``."""
    context = ssl.create_default_context(cafile=cafile)
    context.sslobject_class = TimedSSLObject
    return context


class TimedRequest(aiohttp.ClientRequest):
    """aiohttp tells when it begins to send a piece, and not when all is sent."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        watch = CURRENT.get()
        if watch is not None:
            watch.enter("request")
        response = await super().send(conn)
        if watch is not None and not self.body:
            watch.enter("wait")
        return response

    async def write_bytes(self, *args: Any, **more: Any) -> None:
        await super().write_bytes(*args, **more)
        watch = CURRENT.get()
        if watch is not None and watch.phase == "request":
            watch.enter("wait")


class TimedResolver(AbstractResolver):
    """Resolves as ``resolver`` does, and times it. Closing it leaves that one open."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        watch = CURRENT.get()
        if watch is None or watch.phase != "connect":
            return await self._resolver.resolve(host, port, family)
        watch.enter("dns")
        found = await self._resolver.resolve(host, port, family)
        watch.enter("connect")  # not when it fails: then that is where the exchange was stuck
        return found

    async def close(self) -> None:
        return
