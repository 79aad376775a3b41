"""Servers that misbehave, resolvers that lie, and time that needs no waiting."""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from blockbuster import blockbuster_ctx

from probes.attempt import Standpoint
from probes.catalog import kinds
from probes.memory import Memory
from probes.network import Network
from probes.observation import Observation
from probes.runner import run_once

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KINDS = kinds()  # found before any loop runs, as a config is read before a service begins
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop() -> Iterator[None]:
    with blockbuster_ctx(["probes"]):
        yield


@pytest.fixture
def noon() -> datetime:
    return NOON


class Book(AbstractResolver):
    """Resolves the names it was given, on loopback addresses, and no others."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.names or family == socket.AF_INET6:
            raise OSError(None, "Domain name not found")
        return [
            ResolveResult(
                hostname=host,
                host=self.names[host],
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=0,
            )
        ]

    async def close(self) -> None:
        return


@pytest.fixture
def book() -> type[Book]:
    return Book


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with Network() as one:
        yield one


@pytest.fixture
def check(network: Network) -> Callable[..., Awaitable[Observation]]:
    """Run one probe of ``kind`` once, with these settings, as the service would."""

    async def run(kind: str, *, through: Network | None = None, **settings: Any) -> Observation:
        chosen = KINDS[kind]
        common = {"id": "p", "kind": kind, "component": "c", "timeout": "3s"}
        model = chosen.settings.model_validate({**common, **settings})
        return await run_once(
            chosen, model, location="here", clock=lambda: NOON, network=through or network
        )

    return run


@pytest.fixture
def memory() -> Memory:
    """What probes keep in mind between the runs of ``again``."""
    return Memory()


@pytest.fixture
def again(network: Network, memory: Memory) -> Callable[..., Awaitable[Observation]]:
    """Run one probe, so many seconds after noon; all runs of a test share one memory."""

    async def run(after: float, kind: str, **settings: Any) -> Observation:
        chosen = KINDS[kind]
        common = {"id": "p", "kind": kind, "component": "c", "timeout": "3s"}
        at = NOON + timedelta(seconds=after)
        here = Standpoint(location="here", clock=lambda: at, network=network, memory=memory)
        return (await here.take(chosen, chosen.settings.model_validate(common | settings))).seen

    return run


@pytest.fixture
async def talk() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Serve a conversation on a raw socket; the address comes back, ``http://127.0.0.1:PORT``."""
    servers: list[asyncio.Server] = []
    open_talks: set[asyncio.Task[None]] = set()

    async def start(conversation: Talk, *, host: str = "127.0.0.1", tls: Any = None) -> str:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            open_talks.add(task)
            try:
                await conversation(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                open_talks.discard(task)
                writer.close()

        server = await asyncio.start_server(one, host, 0, ssl=tls)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return f"http{'s' if tls else ''}://{host}:{port}"

    yield start
    for server in servers:
        server.close()
    for task in tuple(open_talks):
        task.cancel()
    await asyncio.gather(*open_talks, return_exceptions=True)


@pytest.fixture
def says(talk: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    """Serve these very bytes to whoever asks, then close."""

    async def start(answer: bytes, **options: Any) -> str:
        async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

        return await talk(conversation, **options)

    return start


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Serve an aiohttp application; its address comes back."""
    runners: list[web.AppRunner] = []

    async def start(app: web.Application, *, host: str = "127.0.0.1") -> str:
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, host, 0)
        await site.start()
        return f"http://{host}:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class _Leap(selectors.DefaultSelector):
    """Instead of waiting, moves the clock to when the wait would have ended."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            self.now += timeout
        return super().select(0)


@pytest.fixture
def leap() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine on a loop whose time leaps over every wait."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        def loop() -> asyncio.AbstractEventLoop:
            selector = _Leap()
            made = asyncio.SelectorEventLoop(selector)
            made.time = lambda: selector.now
            return made

        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(main)

    return run
