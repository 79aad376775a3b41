"""The JSON as a program reads it that was written for Statuspage and has never heard of us."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from incidents.health import ComponentStatus
from statuspage.publisher import publish
from vahta.pages import handler

LOCK = Path(__file__).with_name("clients.lock")
ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".venv" / "clients"
READ = """
import json, sys
from statuscheck.services.bases._statuspageio import BaseStatusPageAPI

class Page(BaseStatusPageAPI):
    def _get_base_url(self):
        return sys.argv[1]

print(json.dumps(Page().get_summary().as_dict()))
"""


def install(into: Path) -> None:
    """Put the program and what it stands on into ``into``, the way test.sh installs."""
    way = '. deploy/environment.sh; here=$PWD; python=$(find_python); install "$@"'
    options = ["--no-deps", "--require-hashes", "--target", str(into), "-r", str(LOCK)]
    done = subprocess.run(
        ["sh", "-c", way, "sh", *options], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        reason = f"statuscheck could not be installed: {done.stderr.decode()[-300:]}"
        if os.environ.get("VAHTA_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def client() -> Path:
    """A folder with the program, kept beside our environment for the next time."""
    stamp = KEPT / "made-from"
    if not stamp.exists() or stamp.read_bytes() != LOCK.read_bytes():
        shutil.rmtree(KEPT, ignore_errors=True)
        install(KEPT)
        stamp.write_bytes(LOCK.read_bytes())
    return KEPT


@pytest.fixture
async def read(bench, client, tmp_path):
    """What the program makes of a snapshot, over HTTP and from our own server."""

    async def summary(snapshot) -> dict:
        publish(bench.render(snapshot), tmp_path / "page")
        app = web.Application()
        app.router.add_get("/{path:.*}", handler(tmp_path / "page"))
        async with TestServer(app) as server:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                READ,
                str(server.make_url("/api/v2/")),
                env={**os.environ, "PYTHONPATH": str(client)},
                stdout=asyncio.subprocess.PIPE,
            )
            out, _ = await process.communicate()
        assert process.returncode == 0
        return json.loads(out)

    return summary


async def test_a_bad_day_reads_as_one(bench, read):
    found = await read(
        bench.snapshot(
            bench.incident(1),
            states={"sms": ComponentStatus.MAJOR, "maps": ComponentStatus.MAINTENANCE},
            works=(bench.work(51, starts_at=bench.now - timedelta(hours=1), components=("maps",)),),
        )
    )
    assert (found["status"]["name"], found["status"]["is_ok"]) == ("Major outage", False)
    assert len(found["components"]) == 12
    states = {one["name"]: one["status"] for one in found["components"]}
    assert states["Коды по СМС"] == "Major outage"
    assert states["Карта отделений"] == "Under maintenance"
    assert [one["status"] for one in found["incidents"]] == ["investigating", "in_progress"]
    assert found["incidents"][0]["components"][0]["name"] == "Коды по СМС"


async def test_a_good_day_reads_as_one(bench, read):
    found = await read(bench.snapshot())
    assert found["status"]["is_ok"]
    assert found["status"]["description"] == "All Systems Operational"
    assert {one["status"] for one in found["components"]} == {"Operational"}
    assert found["incidents"] == []
