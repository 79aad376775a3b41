"""A portal killed and started again is as broken as before; a damaged memory is never guessed."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp.test_utils import TestClient, TestServer

from vahta.demo.portal import NAMES, Pace, PortalStateError, make_portal

MODES = ("down", "slow", "error_500", "error_403", "late", "lost", "corrupt", "stale")


@pytest.mark.parametrize("mode", MODES)
async def test_every_fault_outlives_kill_9(portal, start_portal, citizen_of, mode):
    for name in NAMES:
        await portal.break_(name, mode)
    seen = {name: await citizen_of(portal).try_(name) for name in NAMES}
    again = await start_portal()
    assert await again.faults() == dict.fromkeys(NAMES, mode)
    assert {name: await citizen_of(again).try_(name) for name in NAMES} == seen


async def test_a_fault_is_on_disk_before_it_is_answered(portal, tmp_path, read_json):
    await portal.break_("sms", "lost")
    assert read_json(tmp_path / "portal.json")["faults"]["sms"] == "lost"


async def test_a_fault_that_cannot_be_written_is_not_made(portal, tmp_path, citizen):
    (tmp_path / "portal.json").mkdir()
    answer = await portal.ask("PUT", "/faults/sms", json={"mode": "lost"})
    assert answer.status == 500
    assert "cannot be written" in (await answer.json())["error"]
    assert await citizen.try_("sms") == "ok"
    (tmp_path / "portal.json").rmdir()


async def test_healing_outlives_a_restart_too(portal, start_portal):
    await portal.break_("sms", "lost")
    await portal.ask("DELETE", "/faults")
    assert (await (await start_portal()).faults())["sms"] == "ok"


async def test_what_a_broken_account_showed_outlives_kill_9(portal, start_portal, time):
    await portal.ask("PUT", "/registry/applications/A-1", json={"status": "Принято"})
    time.passes(1)
    await portal.break_("status_sync", "lost")
    await portal.ask("PUT", "/registry/applications/A-1", json={"status": "Готово"})
    again = await start_portal()
    time.passes(60)
    assert (await (await again.ask("GET", "/api/applications/A-1")).json())["status"] == "Принято"


async def test_a_registry_write_costs_no_disk_write_of_its_own(portal, tmp_path):
    await portal.ask("PUT", "/registry/applications/A-1", json={"status": "Принято"})
    assert not (tmp_path / "portal.json").exists()


async def test_a_registry_write_is_saved_a_little_later(tmp_path, time):
    file = tmp_path / "portal.json"
    app = await make_portal(file, clock=lambda: time.now, pace=Pace(save=0.01))
    async with TestClient(TestServer(app)) as client:
        await client.put("/registry/applications/A-1", json={"status": "Принято"})
        async with asyncio.timeout(5):
            while not file.exists():  # noqa: ASYNC110 - another's write has no event to wait for
                await asyncio.sleep(0.01)
    assert "A-1" in json.loads(file.read_text())["applications"]


async def test_closing_saves_what_was_not_saved_yet(tmp_path, time):
    file = tmp_path / "portal.json"
    app = await make_portal(file, clock=lambda: time.now, pace=time.pace())
    async with TestClient(TestServer(app)) as client:
        await client.put("/registry/applications/A-1", json={"status": "Принято"})
    kept = json.loads(file.read_text())["applications"]["A-1"]
    assert kept["registry"]["status"] == "Принято"


async def test_a_half_written_file_beside_is_no_trouble(portal, start_portal, tmp_path):
    await portal.break_("sms", "lost")
    (tmp_path / ".portal.json.tmp").write_text('{"fau')
    again = await start_portal()
    await again.break_("login", "down")
    assert (await (await start_portal()).faults())["sms"] == "lost"


async def _whole(portal, tmp_path):
    await portal.break_("sms", "lost")
    return (tmp_path / "portal.json").read_text()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "",
        lambda text: text[: len(text) // 2],
        lambda text: "\0" * len(text),
        lambda _: "[]",
        lambda _: "{}",
        lambda text: text.replace('"lost"', '"sleepy"'),
        lambda text: text.replace('"sms"', '"fax"'),
        lambda text: text.replace('"lost"', '"captcha"'),
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: json.dumps(json.loads(text) | {"faults": {}}),
        lambda text: json.dumps(json.loads(text) | {"more": 1}),
    ],
)
async def test_a_damaged_file_is_refused_by_name_and_left_alone(
    portal, start_portal, tmp_path, damage
):
    file = tmp_path / "portal.json"
    damaged = damage(await _whole(portal, tmp_path))
    assert damaged != file.read_text()
    file.write_text(damaged)
    with pytest.raises(PortalStateError, match="remove the file") as refusal:
        await start_portal()
    assert str(file) in str(refusal.value)
    assert file.read_text() == damaged


async def test_bytes_that_are_no_text_are_refused_too(start_portal, tmp_path):
    (tmp_path / "portal.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PortalStateError):
        await start_portal()


async def test_a_file_that_cannot_be_read_is_refused_by_name(start_portal, tmp_path):
    (tmp_path / "portal.json").mkdir()
    with pytest.raises(PortalStateError, match="cannot be read"):
        await start_portal()


async def test_the_state_directory_is_made_when_missing(start_portal, tmp_path):
    portal = await start_portal(file=tmp_path / "new" / "portal.json")
    await portal.break_("sms", "lost")
    assert (tmp_path / "new" / "portal.json").exists()
