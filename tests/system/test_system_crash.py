"""kill -9 at every named point: nothing journalled is lost, every delivery arrives."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(120)]

POINTS = [
    "before_commit",
    "after_commit",
    "after_claim",
    "after_send_before_record",
    "after_record",
    "mid_publish_rename",
]
KILLED = 137


@dataclass
class World:
    """The portal that is watched and the provider that is told: both outlive the service."""

    base: str
    is_up: bool = True
    ledger: list[dict] = field(default_factory=list)

    def heard(self) -> Counter[str]:
        return Counter(call["delivery_id"] for call in self.ledger)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    state = World("")

    async def portal(_: web.Request) -> web.Response:
        return web.Response(status=200 if state.is_up else 500)

    async def provider(request: web.Request) -> web.Response:
        state.ledger.append(await request.json())
        return web.Response(status=204)

    app = web.Application()
    app.add_routes([web.get("/portal/{name}", portal), web.post("/hook/{who}", provider)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    state.base = f"http://{host}:{port}"
    yield state
    await runner.cleanup()


def write_config(folder: Path, world: World, port: int) -> Path:
    file = folder / "config.toml"
    probes = "".join(
        f'[[component]]\nid = "{name}"\nname = "{name}"\n'
        f'[[probe]]\nid = "{name}"\nkind = "http"\ncomponent = "{name}"\nurl = "{world.base}/portal/{name}"\n'
        'every = "300ms"\ntimeout = "2s"\n'
        for name in ("login", "sms")
    )
    channels = "".join(
        f'[[channel]]\nid = "{who}"\nkind = "webhook"\nurl = "{world.base}/hook/{who}"\n'
        for who in ("anna", "ben")
    )
    file.write_text(
        f'[portal]\nname = "Portal"\n[http]\nlisten = "127.0.0.1:{port}"\n[state]\ndir = "state"\n'
        '[quiet]\ngather = "0s"\n'  # each message by itself, so that each can be counted
        '[rules]\nopen_after = 2\nrecheck = "100ms"\nmonitor_for = "0s"\npublish_after = "0s"\n'
        f'{probes}{channels}[[route]]\nid = "all"\nchannels = ["anna", "ben"]\n'
    )
    return file


def read(state: Path, sql: str) -> list[tuple]:
    with sqlite3.connect(f"file:{state / 'vahta.sqlite3'}?mode=ro", uri=True) as db:
        rows = db.execute(sql).fetchall()
    db.close()
    return rows


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("point", POINTS)
async def test_nothing_is_lost(
    start, vahta, eventually, free_port, world, tmp_path: Path, point: str, nth: int
) -> None:
    port = free_port()
    config = write_config(tmp_path, world, port)
    state = tmp_path / "state"
    crasher = str(Path(__file__).with_name("serve_and_crash.py"))

    # Break, and heal again, until the point has been passed often enough.
    first = await start(crasher, str(config), point, str(nth), port=port, wait=False)
    for _ in range(20):
        await asyncio.wait({asyncio.create_task(first.process.wait())}, timeout=1.5)
        if first.process.returncode is not None:
            break
        world.is_up = not world.is_up
    assert await first.exit_code() == KILLED, first.log.read_text()
    journalled = read(state, "SELECT seq, hash FROM journal ORDER BY seq")
    in_flight = len(read(state, "SELECT id FROM delivery WHERE state = 'sending'"))
    assert in_flight >= (point in {"after_claim", "after_send_before_record"})

    world.is_up = False
    await start("-m", "vahta", "run", "-c", str(config), port=port)
    await eventually(lambda: opened(state))
    world.is_up = True
    await eventually(lambda: settled(state))

    assert (
        read(state, "SELECT seq, hash FROM journal ORDER BY seq")[: len(journalled)] == journalled
    )
    assert read(state, "PRAGMA integrity_check") == [("ok",)]
    code, out, _ = await vahta("journal", "verify", "-c", str(config), "--json")
    assert (code, json.loads(out)["flaw"]) == (0, None)

    planned = {id_ for (id_,) in read(state, "SELECT id FROM delivery WHERE state = 'sent'")}
    heard = world.heard()
    repeats = sum(count - 1 for count in heard.values())
    assert planned == set(heard), "lost or unaccounted for"
    assert repeats <= in_flight, "said twice, and not because of the crash"
    assert unsettled(state) == []
    tellings = read(
        state,
        "SELECT count(*) FROM journal WHERE json_extract(event,'$.kind') IN ('opened','reopened')",
    )
    both = len(set(planned)) / 2
    assert both >= tellings[0][0], "some opening was told to nobody"
    for story in stories(world).values():
        ends = [event == "resolved" for event in story]
        assert ends == [n % 2 == 1 for n in range(len(ends))], story


def stories(world: World) -> dict[tuple[str, str], list[str]]:
    """What each recipient heard of each incident, in order; repeats of a delivery count once."""
    found: dict[tuple[str, str], list[str]] = {}
    for call in {c["delivery_id"]: c for c in world.ledger}.values():
        channel = call["delivery_id"].split("/")[-2]
        found.setdefault((channel, call["incident"]["id"]), []).append(call["event"])
    return found


async def opened(state: Path) -> bool:
    return bool(read(state, "SELECT 1 FROM incident WHERE is_open"))


async def settled(state: Path) -> bool:
    still_open = read(state, "SELECT 1 FROM incident WHERE is_open")
    head = read(state, "SELECT max(seq) FROM journal")[0][0]
    cursor = read(state, "SELECT seq FROM notify_cursor")
    return not still_open and cursor == [(head,)] and not unsettled(state)


def unsettled(state: Path) -> list[tuple]:
    return read(state, "SELECT id, state FROM delivery WHERE state IN ('planned', 'sending')")
