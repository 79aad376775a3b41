"""Secrets and personal data planted everywhere are nowhere: state file, logs, metrics, errors."""

from __future__ import annotations

import asyncio
import logging
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from incidents.history.captures import Captures, find
from incidents.history.keeper import Keeper
from incidents.mask import mask
from probes.capture import Capture
from probes.catalog import kinds
from probes.network import Network
from probes.observation import Observation, Outcome
from probes.runner import Runner, make_probe
from probes.take import Take
from vahta import clock
from vahta.config.settings import Portal
from vahta.metrics import Metrics, Now
from vahta.state import opened

# No word is short enough for a clock's digits to spell it by chance.
WORDS = (
    "CANARY",
    "Q0FOQV",
    "123-45-67",
    "9161234567",
    "112-233-445",
    "11223344595",
    "JBSWY3DPEHPK3PXP",
)


def probes(site: str) -> list[dict[str, object]]:
    common = {"every": "300ms", "timeout": "5s", "headers": {"X-Probe": "CANARY-header"}}
    return [
        {
            **common,
            "id": "page",
            "kind": "http",
            "component": "home",
            "url": f"{site}/?token=CANARY-query&phone=%2B79161234567",
            "contains": "never there",
            "auth": {"kind": "basic", "username": "CANARY-name", "password": "CANARY-word"},
        },
        {
            **common,
            "id": "sign-in",
            "kind": "login",
            "component": "login",
            "url": f"{site}/login",
            "username": "CANARY-user",
            "password": "CANARY password",
            "totp_secret": "JBSWY3DPEHPK3PXP",
            "success": "main[data-user]",
        },
        {
            **common,
            "id": "gone",
            "kind": "http",
            "component": "home",
            "url": "http://127.0.0.1:1/hooks/CANARY0123456789abcdefghij?password=CANARY-query",
        },
    ]


def _everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_no_canary_is_found_anywhere(
    site: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    made = [
        make_probe(
            kinds()[str(one["kind"])].settings.model_validate(one),
            kinds(),
            default_recheck=0.2,
            default_open_after=2,
        )
        for one in probes(site)
    ]
    seen: dict[str, Observation] = {}
    metrics = Metrics(version="0")
    all_seen = asyncio.Event()
    async with opened(tmp_path, now=clock.now(), threads=True) as state, Network() as network:
        keep = timedelta(days=30)
        captures = Captures(state.store, keep=keep, clock=clock.now)
        keeper = Keeper(
            state.store,
            boot="b",
            zone=Portal(name={"ru": "П"}).zone,
            clock=clock.now,
            in_sight=lambda _: [],
        )

        def emit(one: Observation) -> None:
            metrics.observed(one)
            keeper.observe(one)
            seen[one.probe] = one
            if len(seen) == len(made):
                all_seen.set()

        def take(one: Take) -> str:
            return captures.take(one.seen, lambda: one.capture(mask).to_json())

        runner = Runner(
            emit=emit, location="here", clock=clock.now, network=network, mask=mask, keep=take
        )
        running = asyncio.ensure_future(runner.run_forever(made))
        await all_seen.wait()
        running.cancel()
        await captures.flush()
        await keeper.flush()
        for one in seen.values():
            assert one.outcome is Outcome.DOWN, one.detail
            kept = await find(state.store, one.capture)
            assert kept is not None
            assert Capture.from_json(kept.text).probe == one.probe

    whole = _everything_in(tmp_path)
    database = Database(tmp_path / "vahta.sqlite3")
    for (packed,) in database.execute("SELECT document FROM capture").fetchall():
        whole += zlib.decompress(packed)
    database.close()
    whole += (caplog.text + repr(seen)).encode() + metrics.render(Now())
    found = [word.encode() for word in WORDS if word.encode() in whole]
    assert [whole[max(0, whole.index(word) - 80) :][:200] for word in found] == []
