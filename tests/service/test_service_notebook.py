"""What probes keep in mind outlives the process: caps, back-offs, documents to be deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from incidents.store import Store, open_store
from probes.memory import Memory
from probes.network import Network
from probes.observation import Observation, Outcome, Reason
from vahta import clock
from vahta.config import load
from vahta.notebook import Notebook, migrations
from vahta.service import made_probes
from vahta.state import opened
from vahta.watching import watch

NOW = datetime(2026, 10, 18, 12, tzinfo=UTC)
CONFIG = """
[portal]
name = "Портал"
[[component]]
id = "sms"
name = "СМС"
[[probe]]
id = "code"
kind = "sms"
component = "sms"
every = "100ms"
timeout = "2s"
wait = "1s"
request_url = "{base}/send"
inbox_url = "{base}/inbox"
daily_cap = 2
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[Store]]]:
    """The same file opened anew, as by the next process."""
    made: list[Store] = []

    async def open_again() -> Store:
        while made:
            await made.pop().close()
        made.append(open_store(tmp_path / "s.sqlite3", [migrations], now=NOW, threads=False))
        return made[0]

    yield open_again
    for one in made:
        await one.close()


async def test_notes_come_back_as_they_were(store) -> None:
    memory = Memory()
    memory.notes("up")["orphans"] = ["https://а.example/1"]
    memory.notes("login").update(refused=3, reason="login_rejected")
    memory.notes("page")
    await Notebook(await store(), memory).flush()
    again = Memory()
    await Notebook(await store(), again).recall()
    assert again.all_notes() == {
        "up": {"orphans": ["https://а.example/1"]},
        "login": {"refused": 3, "reason": "login_rejected"},
    }


async def test_what_was_forgotten_stays_forgotten(store) -> None:
    memory = Memory()
    memory.notes("login")["refused"] = 3
    notebook = Notebook(await store(), memory)
    await notebook.flush()
    memory.notes("login").clear()
    await notebook.flush()
    again = Memory()
    await Notebook(await store(), again).recall()
    assert again.notes("login") == {}


async def test_only_what_changed_is_written(store) -> None:
    file = await store()
    memory = Memory()
    memory.notes("a")["n"] = 1
    notebook = Notebook(file, memory)
    await notebook.flush()
    await file.write(lambda db: db.execute("DELETE FROM probe_note") and None)
    memory.notes("b")["n"] = 1
    await notebook.flush()
    rows = await file.read(lambda db: db.execute("SELECT probe FROM probe_note").fetchall())
    assert rows == [("b",)]


async def test_notes_that_cannot_be_read_begin_anew_and_are_named(store, caplog) -> None:
    file = await store()
    rows = [("broken", "{"), ("a list", "[1]"), ("good", '{"n":1}')]
    await file.write(
        lambda db: db.conn.executemany("INSERT INTO probe_note VALUES (?, ?)", rows) and None
    )
    memory = Memory()
    await Notebook(file, memory).recall()
    assert {p: n for p, n in memory.all_notes().items() if n} == {"good": {"n": 1}}
    assert "probe broken" in caplog.text
    assert "probe a list" in caplog.text


async def test_notes_that_cannot_be_written_wait(store, caplog) -> None:
    file = await store()
    memory = Memory()
    memory.notes("a")["n"] = 1
    notebook = Notebook(file, memory)
    await file.write(lambda db: db.execute("ALTER TABLE probe_note RENAME TO away") and None)
    await notebook.flush()
    await notebook.flush()
    assert caplog.text.count("cannot be written") == 1
    await file.write(lambda db: db.execute("ALTER TABLE away RENAME TO probe_note") and None)
    await notebook.flush()
    again = Memory()
    await Notebook(file, again).recall()
    assert again.notes("a") == {"n": 1}


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[str, list[str]]]:
    """Sends every code at once; what was asked for is counted."""
    sent: list[str] = []

    async def send(_: web.Request) -> web.Response:
        sent.append(str(len(sent)))
        return web.json_response({"id": sent[-1]})

    async def inbox(_: web.Request) -> web.Response:
        return web.json_response([{"id": id_, "text": "Код 4821"} for id_ in sent])

    app = web.Application()
    app.router.add_post("/send", send)
    app.router.add_get("/inbox", inbox)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/"), sent
    await server.close()


async def test_the_daily_cap_holds_over_a_restart(
    tmp_path: Path, gateway: tuple[str, list[str]]
) -> None:
    base, sent = gateway
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(base=base), encoding="utf-8")
    config = load(file, environ={})

    @asynccontextmanager
    async def running() -> AsyncIterator[asyncio.Queue[Observation]]:
        seen: asyncio.Queue[Observation] = asyncio.Queue()
        async with opened(tmp_path / "s", now=clock.now(), threads=True) as state, Network() as net:

            def started(*_: Any) -> None:
                return

            one = watch(config, state.store, net, emit=seen.put, on_start=started, tell=started)
            task = asyncio.create_task(one.run(made_probes(config)))
            yield seen
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async with running() as seen:
        assert (await seen.get()).outcome is Outcome.UP
    async with running() as seen:
        outcomes = [(await seen.get()).outcome for _ in range(3)]
    async with running() as seen:
        last = await seen.get()
    assert (last.outcome, last.reason) == (Outcome.UNKNOWN, Reason.CODE_NOT_SENT)
    assert "the daily cap of 2 messages is reached" in last.detail
    assert outcomes[-1] is Outcome.UNKNOWN
    assert len(sent) == 2
