"""A burst of calls with every probe green, in a real service: who learns what of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(180)]

SAID = "код не приходит третий час, мой телефон +7 912 345-67-89"


async def test_a_burst_with_every_probe_green_is_suspected_told_and_kept_from_citizens(
    start, vahta, eventually, free_port, tmp_path: Path
) -> None:
    port, state = free_port(), tmp_path / "state"
    demo = await start("-m", "vahta", "demo", "--port", str(port), "--state", str(state), port=port)

    async def all_green() -> bool:
        summary = await demo.json("/api/v2/summary.json")
        return {c["status"] for c in summary["components"]} == {"operational"}

    await eventually(all_green)
    for number in range(1, 11):
        body = {"text": SAID, "component": "sms"}
        assert await demo.send("POST", "/api/v1/calls", body) == 201
        known = (await demo.json("/api/v1/incidents"))["incidents"]
        assert len(known) == (number == 10)

    (incident,) = (await demo.json("/api/v1/incidents"))["incidents"]
    assert (incident["status"], incident["component"]) == ("suspected", "sms")

    async def letters() -> list[dict[str, str]]:
        return list(await demo.json("/mailbox/letters.json"))

    letter, *_ = await eventually(letters)
    assert "позвонили 10 раз" in letter["text"]
    assert "— код не приходит третий час" in letter["text"]
    assert "345-67" not in letter["text"]

    assert await all_green()
    assert (await demo.json("/api/v2/incidents/unresolved.json"))["incidents"] == []
    _, out, _ = await vahta("lookup", "не приходит код", "--json", "--state", str(state))
    assert json.loads(out)["incidents"][0]["id"] == incident["id"]
    scrape = await demo.text("/metrics")
    assert 'vahta_calls_total{answer="nothing"} 10.0' in scrape
    files = b"".join(f.read_bytes() for f in state.glob("vahta.sqlite3*"))
    assert "третий час".encode() not in files
    assert (state / "call.key").stat().st_mode & 0o777 == 0o600
