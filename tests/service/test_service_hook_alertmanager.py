"""Prometheus rules open the same incidents: a real Alertmanager posts to the real hook."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import shutil
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from probes.memory import Memory
from vahta.notebook import Notebook
from vahta.state import opened

TOKEN = "b6f1-token-of-alertmanager"
JOB = "77aa-token-of-the-job"
PATIENCE = 30.0
CONFIG = f"""
[portal]
name = "Портал"
[rules]
monitor_for = "0s"
publish_after = "never"
[[component]]
id = "login"
name = "Вход"
[[component]]
id = "export"
name = "Выгрузка"
[[probe]]
id = "login-errors"
kind = "alertmanager"
component = "login"
every = "100ms"
token = "{TOKEN}"
match = {{ alertname = "LoginErrors" }}
watchdog = {{ alertname = "Watchdog" }}
[[probe]]
id = "export-job"
kind = "heartbeat"
component = "export"
every = "100ms"
token = "{JOB}"
within = "1h"
"""
ALERTMANAGER = """
route:
  receiver: vahta
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
- name: vahta
  webhook_configs:
  - url: {base}/hooks/alertmanager
    http_config:
      authorization:
        credentials: {token}
"""
GRAFANA = {
    "receiver": "vahta", "status": "firing", "orgId": 1, "version": "1", "groupKey": "{}:{}",
    "groupLabels": {}, "commonLabels": {"alertname": "LoginErrors"}, "commonAnnotations": {},
    "externalURL": "http://grafana.example/", "truncatedAlerts": 0, "state": "alerting",
    "title": "[FIRING:1] LoginErrors", "message": "**Firing**\n\nValue: B=22",
    "alerts": [{
        "status": "firing",
        "labels": {"alertname": "LoginErrors", "grafana_folder": "Portal"},
        "annotations": {"summary": "Sign-ins of +7 916 123-45-67 fail"},
        "startsAt": "2026-10-18T12:30:00Z", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://grafana.example/alerting/grafana/1/view", "fingerprint": "57c6d9296de2ad39",
        "silenceURL": "http://grafana.example/alerting/silence/new", "dashboardURL": "", "panelURL": "",
        "values": {"B": 22, "C": 1}, "valueString": "[ var='B' labels={} value=22 ]",
    }],
}  # fmt: skip


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def eventually(what: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await what():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def alert(status: str = "firing", **labels: str) -> dict[str, Any]:
    return {"status": status, "labels": {"alertname": "LoginErrors", **labels}, "annotations": {}}


Says = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def house(serves: Any) -> AsyncIterator[tuple[str, Any]]:
    async with serves(CONFIG) as running:
        yield running


@pytest.fixture
def says(house: tuple[str, Any], client: aiohttp.ClientSession) -> Says:
    """Post alerts with the right token: the status of the answer, and the answer."""

    async def post(*alerts: dict[str, Any]) -> tuple[int, Any]:
        url = f"{house[0]}/hooks/alertmanager/{TOKEN}"
        async with client.post(url, json={"version": "4", "alerts": alerts}) as answer:
            return answer.status, await answer.json()

    return post


def open_of(service: Any) -> list[tuple[str, str]]:
    return [(i.component, i.reason.value) for i in service.console.open_incidents()]


@pytest.fixture
async def alertmanager(
    needs: Any, tmp_path: Path, house: tuple[str, Any], client: aiohttp.ClientSession
) -> AsyncIterator[str]:
    """The address of a real one, which posts to the hook."""
    program = needs("prometheus-alertmanager")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "alertmanager.yml"
    config.write_text(ALERTMANAGER.format(base=house[0], token=TOKEN))
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={config}",
        f"--storage.path={tmp_path / 'am'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"

    async def is_ready() -> bool:
        try:
            async with client.get(f"{base}/-/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    try:
        await eventually(is_ready)
        yield base
    finally:
        process.kill()
        await process.wait()
        shutil.rmtree(tmp_path / "am", ignore_errors=True)


async def test_a_rule_opens_an_incident_and_closes_it(
    alertmanager: str, house: tuple[str, Any], client: aiohttp.ClientSession
) -> None:
    _, service = house

    async def tell(name: str, **more: str) -> None:
        body = [{"labels": {"alertname": name, "severity": "critical"}, **more}]
        async with client.post(f"{alertmanager}/api/v2/alerts", json=body) as answer:
            assert answer.status == 200

    async def is_open() -> bool:
        return open_of(service) == [("login", "rule_firing")]

    async def is_over() -> bool:
        return open_of(service) == []

    await tell("Watchdog")
    await tell("LoginErrors", annotations={"summary": "half of all sign-ins fail"})
    await eventually(is_open)
    (incident,) = service.console.open_incidents()
    entries = await service.console.timeline(incident.id)
    assert entries[0].event.streak[-1].detail == (
        "LoginErrors is firing: half of all sign-ins fail"
    )
    assert entries[0].event.because.values["open_after"] == 1
    await tell("LoginErrors", endsAt=datetime.now(UTC).isoformat())
    await eventually(is_over)


async def test_grafanas_notification_says_the_same(
    house: tuple[str, Any], client: aiohttp.ClientSession
) -> None:
    base, service = house
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{base}/hooks/alertmanager"
    async with client.post(url, json=GRAFANA, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (
            200,
            {"status": "ok", "alerts": 1, "matched": 1, "unknown": 0},
        )

    async def is_open() -> bool:
        return open_of(service) == [("login", "rule_firing")]

    await eventually(is_open)
    notes = json.dumps(service.watch.runner.memory.all_notes(), ensure_ascii=False)
    assert "[телефон]" in notes
    assert "123-45-67" not in notes


async def test_what_was_answered_is_on_disk(
    says: Says, house: tuple[str, Any], tmp_path: Path
) -> None:
    assert (await says(alert()))[0] == 200
    again = Memory()
    async with opened(tmp_path / "var", now=datetime.now(UTC), threads=False) as state:
        await Notebook(state.store, again).recall()
    assert [one["name"] for one in again.notes("login-errors")["firing"].values()] == [
        "LoginErrors"
    ]


async def test_what_cannot_be_written_is_not_acknowledged(
    says: Says, house: tuple[str, Any]
) -> None:
    _, service = house
    write = service.state.store.write
    await write(lambda db: db.execute("ALTER TABLE probe_note RENAME TO away") and None)
    status, said = await says(alert())
    assert (status, said) == (503, {"error": "it cannot be written down just now"})
    await write(lambda db: db.execute("ALTER TABLE away RENAME TO probe_note") and None)
    assert (await says(alert()))[0] == 200


async def test_what_no_probe_matches_is_counted_and_named_once(says: Says, caplog) -> None:
    for _ in range(2):
        status, said = await says(alert(), alert("resolved", alertname="DiskFull"))
        assert (status, said) == (200, {"status": "ok", "alerts": 2, "matched": 1, "unknown": 1})
    assert (await says(alert(alertname="Watchdog")))[1]["unknown"] == 0
    named = [r.getMessage() for r in caplog.records if "matches" in r.getMessage()]
    assert named == ["no alertmanager probe matches 'DiskFull'; this is said once"]


STRANGERS = {
    "": [{}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Basic {TOKEN}"}],
    f"/{JOB}": [{}],
    "/%ED%A0%80": [{}],
}


async def test_without_the_token_nobody_is_heard(
    house: tuple[str, Any], client: aiohttp.ClientSession
) -> None:
    base, service = house
    for path, each in STRANGERS.items():
        url = URL(f"{base}/hooks/alertmanager{path}", encoded=True)
        for headers in each:
            async with client.post(url, json={"alerts": [alert()]}, headers=headers) as answer:
                assert answer.status == 401, (path, headers)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert TOKEN not in await answer.text()
    assert not service.watch.runner.memory.notes("login-errors").get("firing")


SURROGATES = b'{"alerts": [{"status": "firing", "labels": {"alertname": "\\ud800\\u0000"}}]}'
MALFORMED = [
    (b"", 400, "neither JSON nor a form"),
    (b"[]", 400, "expected an object"),
    (b'{"alerts": [{"status": "firing"}]}', 400, "alerts[0].labels: expected"),
    (b'{"alerts": ' + b"[" * 1_000_000, 400, "nested too deeply"),
    (b'{"alerts": []' + b" " * 5_000_000 + b"}", 413, "larger than 4194304 bytes"),
    (SURROGATES, 200, ""),
]


async def test_what_is_malformed_says_what_is_wrong(
    house: tuple[str, Any], client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{house[0]}/hooks/alertmanager/{TOKEN}"
    headers = {"Content-Type": "application/json"}
    for body, status, words in MALFORMED:
        async with client.post(url, data=io.BytesIO(body), headers=headers) as answer:
            assert answer.status == status, body[:80]
            assert words in (await answer.json()).get("error", "")
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_job_that_calls_is_up(
    house: tuple[str, Any], client: aiohttp.ClientSession
) -> None:
    base, _ = house
    for method in ("GET", "HEAD", "POST", "PUT"):
        async with client.request(method, f"{base}/hooks/heartbeat/{JOB}") as answer:
            assert answer.status == 200
    async with client.get(f"{base}/hooks/heartbeat/{TOKEN}") as answer:
        assert answer.status == 404

    async def is_up() -> bool:
        async with client.get(f"{base}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        mine = [li for li in lines if 'probe="export-job"' in li and 'outcome="up"' in li]
        return bool(mine) and not mine[0].endswith(" 0.0")

    await eventually(is_up)
