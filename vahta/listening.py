"""Listens for HTTP, and lets nobody keep a connection by saying or taking nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from aiohttp import web

_SHUTDOWN_SECONDS = 3.0
_IDLE_SECONDS = 15.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a connection may ask of our patience.

    ``head``: seconds until a new one has asked its first question. ``answer``: seconds for a
    question to be asked to its end and for its answer to be taken. ``most``: connections at a
    time; who comes when there are so many is sent away.
    """

    head: float = 10.0
    answer: float = 60.0
    most: int = 4_000


class Patience(web.RequestHandler):
    """A connection that ends when it stands still. ``begins`` is called at each question."""

    __slots__ = ("_deadline", "_limits")

    def __init__(self, manager: web.Server, limits: Limits) -> None:
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have none
            keepalive_timeout=_IDLE_SECONDS,
        )
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        manager = self._manager
        if manager is not None and len(manager.connections) >= self._limits.most:
            cast("asyncio.Transport", transport).abort()
        super().connection_made(transport)
        self._allow(self._limits.head)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._allow(None)
        super().connection_lost(exc)

    def begins(self) -> None:
        """The head of a question is here."""
        self._allow(self._limits.answer)

    def _allow(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
        transport = self.transport
        if seconds is not None and transport is not None:
            self._deadline = asyncio.get_running_loop().call_later(seconds, transport.abort)


@web.middleware
async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tells the connection that a question has begun; for whatever ``serving`` serves."""
    if isinstance(request.protocol, Patience):
        request.protocol.begins()
    return await handler(request)


@asynccontextmanager
async def serving(
    app: web.Application, listener: socket.socket, limits: Limits = Limits()
) -> AsyncIterator[None]:
    """Serve on a socket that is bound already; on leaving, finish what is in hand."""
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        manager = runner.server
        if manager is None:
            raise RuntimeError("an application that is set up has no server")
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Patience(manager, limits), sock=listener)
        try:
            yield
        finally:
            server.close()
    finally:
        await runner.cleanup()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose. Raises OSError, saying what to do."""
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
        listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
    except OSError as error:
        listener.close()
        raise OSError(
            f"cannot listen on {host}:{port}: {error.strerror}:"
            " choose another port, with --port or [http] listen"
        ) from error
    return listener
