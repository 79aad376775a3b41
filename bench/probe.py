"""CPU per plain HTTP check over the whole path, beside a bare aiohttp GET loop in the same run.

    .venv/bin/python -m bench.probe [CHECKS]

The server is a process of its own, so only the asking side is counted.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import aiohttp

from probes.catalog import kinds
from probes.network import Network
from probes.observation import Outcome
from probes.runner import run_once

ROUNDS = 5
BODY = b"x" * 1024
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(BODY), BODY)


def serve(told: Connection) -> None:
    async def main() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(ANSWER)
                await writer.drain()
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


async def bare(url: str, checks: int) -> None:
    """What anybody would write: one session, a new connection for each GET."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(checks):
            async with session.get(url) as response:
                await response.read()


async def ours(url: str, checks: int) -> None:
    kind = kinds()["http"]
    settings = kind.settings.model_validate(
        {"id": "bench", "kind": "http", "component": "bench", "url": url}
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    async with Network() as network:
        for _ in range(checks):
            seen = await run_once(
                kind, settings, location="here", clock=lambda: now, network=network
            )
            assert seen.outcome is Outcome.UP, seen.detail


def measure(ask: Callable[[str, int], Awaitable[None]], url: str, checks: int) -> float:
    """CPU seconds of this process per check."""

    async def main() -> float:
        await ask(url, 50)
        begun = time.process_time()
        await ask(url, checks)
        return (time.process_time() - begun) / checks

    return asyncio.run(main())


def main() -> None:
    checks = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    context = multiprocessing.get_context("spawn")
    told, tell = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(tell,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{told.recv()}/"
    pairs = [(measure(bare, url, checks), measure(ours, url, checks)) for _ in range(ROUNDS)]
    server.terminate()
    ratio = statistics.median(mine / plain for plain, mine in pairs)
    plain, mine = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
    print(f"bare aiohttp GET   {plain:7.0f} µs CPU per check")
    print(f"vahta http check   {mine:7.0f} µs CPU per check")
    print(f"ratio              {ratio:7.2f}  (median of {ROUNDS} rounds of {checks})")


if __name__ == "__main__":
    main()
