"""What is configured is what watches: a dead line is no outage, a failure leaves its evidence."""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from incidents.store import Store
from probes.network import Network
from probes.observation import Observation, Outcome, Reason
from vahta import clock
from vahta.config import load
from vahta.service import made_probes
from vahta.state import opened
from vahta.watching import captured, watch

CONFIG = """
[portal]
name = "Портал"
[rules]
recheck = "100ms"
[[component]]
id = "home"
name = "Главная"
[[probe]]
id = "page"
kind = "http"
component = "home"
every = "200ms"
timeout = "2s"
url = "http://127.0.0.1:{port}/"
"""


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def first_seen(tmp_path: Path) -> Callable[..., object]:
    """The first observation under a config, what was told of blindness, and the state."""

    @asynccontextmanager
    async def run(text: str) -> AsyncIterator[tuple[Observation, list[datetime | None], Store]]:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        config = load(file, environ={})
        told: list[datetime | None] = []
        seen: asyncio.Queue[Observation] = asyncio.Queue()
        async with (
            opened(tmp_path / "state", now=clock.now(), threads=True) as state,
            Network() as network,
        ):
            watching = watch(
                config,
                state.store,
                network,
                emit=seen.put,
                on_start=lambda *_: None,
                tell=told.append,
            )
            running = asyncio.ensure_future(watching.run(made_probes(config)))
            first = await seen.get()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            yield first, told, state.store

    return run


async def test_a_failure_leaves_a_capture_that_can_be_read(first_seen, closed_port: int):
    async with first_seen(CONFIG.format(port=closed_port)) as (seen, told, store):
        assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.CONNECT_REFUSED)
        assert told == []
        capture = await captured(store, seen.capture)
        assert capture is not None
        assert capture.reason == "connect_refused"
        assert capture.guilty_part is capture.steps[-1]
        assert await captured(store, "another") is None


async def test_a_capture_of_another_version_is_none_and_said_so(
    first_seen, closed_port: int, caplog: pytest.LogCaptureFixture
):
    async with first_seen(CONFIG.format(port=closed_port)) as (seen, _, store):
        text = zlib.compress(b'{"steps": [], "a later word": 1}')
        await store.write(
            lambda db: db.conn.execute("UPDATE capture SET document = ?", [text]) and None
        )
        assert await captured(store, seen.capture) is None
        assert "cannot be read: TypeError" in caplog.text


async def test_while_no_configured_witness_answers_nothing_is_down(first_seen, closed_port: int):
    text = CONFIG.format(port=closed_port) + "".join(
        f'[[witness]]\nid = "w{number}"\n{where}\n'
        for number, where in enumerate(
            (f'address = "127.0.0.1:{closed_port}"', f'url = "http://127.0.0.1:{closed_port}/"')
        )
    )
    async with first_seen(text) as (seen, told, _):
        assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
        assert "our own line is dead" in seen.detail
        assert seen.capture == ""
        assert len(told) == 1
        assert told[0] is not None


async def test_a_failure_is_believed_when_a_configured_witness_answers(
    first_seen, closed_port: int, site: str
):
    text = CONFIG.format(port=closed_port) + f'[[witness]]\nid = "w"\nurl = "{site}/"\n'
    async with first_seen(text) as (seen, told, _):
        assert seen.outcome is Outcome.DOWN
        assert told == []
