"""Whole processes: the service or the demo as people start it, and honest waiting."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
LOOK_EVERY = 0.05


async def eventually(what: Callable[[], Awaitable[Any]], *, within: float = PATIENCE) -> Any:
    """The first true answer of ``what``; fails after ``within`` seconds with the last one."""
    deadline = time.monotonic() + within
    last: Any = None
    while time.monotonic() < deadline:
        try:
            last = await what()
            if last:
                return last
        except (aiohttp.ClientError, OSError) as error:
            last = error
        await asyncio.sleep(LOOK_EVERY)
    raise AssertionError(f"not within {within} s; last seen: {last!r}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A process that serves on ``base``."""

    process: asyncio.subprocess.Process
    base: str
    session: aiohttp.ClientSession
    log: Path

    async def ready(self) -> None:
        async def is_ready() -> bool:
            assert self.process.returncode is None, self.log.read_text()
            async with self.session.get(f"{self.base}/ready") as answer:
                return answer.status == 200

        await eventually(is_ready)

    async def text(self, path: str) -> str:
        async with self.session.get(self.base + path) as answer:
            return await answer.text()

    async def json(self, path: str) -> Any:
        return json.loads(await self.text(path))

    async def send(self, method: str, path: str, body: Any = None) -> int:
        async with self.session.request(method, self.base + path, json=body) as answer:
            return answer.status

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def exit_code(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start ``python ARGS``, serving on ``port``; whatever runs at the end is killed."""
    running: list[Running] = []
    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def begin(
        *args: str, port: int, wait: bool = True, env: dict[str, str] | None = None
    ) -> Running:
        log = tmp_path / f"process-{len(running)}.log"
        with log.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *args,
                cwd=ROOT,
                stdout=sink,
                stderr=sink,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        one = Running(process, f"http://127.0.0.1:{port}", session, log)
        running.append(one)
        if wait:
            await one.ready()
        return one

    yield begin
    for one in running:
        await one.kill()
    await session.close()


async def vahta(*args: str, stdin: str = "", cwd: Path = ROOT) -> tuple[int, str, str]:
    """Run one command to its end: (exit code, standard output, standard error)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vahta",
        *args,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(stdin.encode()), PATIENCE)
    return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture(name="vahta")
def _vahta() -> Callable[..., Awaitable[tuple[int, str, str]]]:
    return vahta


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., Awaitable[Any]]:
    return eventually


@pytest.fixture(name="free_port")
def _free_port() -> Callable[[], int]:
    return free_port
