"""The story a newcomer is told: break the portal, everybody knows; heal it, everybody is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(180)]

COMPONENTS = 12


async def unresolved(demo) -> list[dict]:
    return (await demo.json("/api/v2/incidents/unresolved.json"))["incidents"]


async def statuses(demo) -> dict[str, str]:
    summary = await demo.json("/api/v2/summary.json")
    return {c["id"]: c["status"] for c in summary["components"]}


async def all_well(demo) -> bool:
    now = await statuses(demo)
    return len(now) == COMPONENTS and set(now.values()) == {"operational"}


async def test_the_demo_story(
    start, vahta, eventually, free_port, needs: Callable, tmp_path: Path
) -> None:
    chromium = needs("chromium")
    port, state = free_port(), tmp_path / "state"
    demo = await start("-m", "vahta", "demo", "--port", str(port), "--state", str(state), port=port)
    await eventually(lambda: all_well(demo))
    assert await demo.json("/mailbox/letters.json") == []
    _, out, _ = await vahta("lookup", "смс не приходит", "--json", "--state", str(state))
    assert (json.loads(out)["incidents"], json.loads(out)["confident"]) == ([], False)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        tab = await browser.new_page(locale="ru-RU")
        await tab.goto(f"{demo.base}/")
        assert "Коды по СМС" in await tab.inner_text("main")

        # Break it as a person would: on the portal's own control page.
        await tab.goto(f"{demo.base}/portal/")
        await tab.click("#sms .row button")
        assert (await demo.json("/portal/faults"))["sms"] == "lost"

        async def public() -> bool:
            return bool(await unresolved(demo))

        await eventually(public, within=15)
        (incident,) = await unresolved(demo)
        assert (await statuses(demo))["sms"] == "major_outage"
        assert {s for c, s in (await statuses(demo)).items() if c != "sms"} == {"operational"}

        await tab.goto(f"{demo.base}/")
        russian = await tab.inner_text("main")
        assert incident["name"] in russian
        assert incident["id"] in await tab.content()
        await tab.goto(f"{demo.base}/en/")
        assert "SMS codes" in await tab.inner_text("main")

        await tab.goto(f"{demo.base}/desk/")
        assert incident["id"] in await tab.inner_text("body")
        await tab.keyboard.type("смс не приходит")
        await tab.wait_for_function(
            "id => document.querySelector('main').innerText.includes(id)", arg=incident["id"]
        )
        await browser.close()

    code, out, _ = await vahta("lookup", "смс не приходит", "--json", "--state", str(state))
    answer = json.loads(out)
    assert (code, answer["confident"], answer["incidents"][0]["id"]) == (0, True, incident["id"])

    async def letters() -> list[dict]:
        return await demo.json("/mailbox/letters.json")

    await eventually(letters)
    metrics = await demo.text("/metrics")
    assert 'vahta_component_status{component="sms",status="major_outage"} 1.0' in metrics
    assert 'outcome="down",probe="sms",reason="code_not_arrived"' in metrics

    assert await demo.send("DELETE", "/portal/faults") == 200

    async def over() -> bool:
        return not await unresolved(demo) and await all_well(demo)

    await eventually(over, within=15)
    await eventually(lambda: _everybody_knows_the_end(letters))
    assert all(incident["id"] in one["subject"] + one["text"] for one in await letters())
    code, out, _ = await vahta("incident", "show", incident["id"], "--json", "--state", str(state))
    assert json.loads(out)["status"] == "resolved"


async def _everybody_knows_the_end(letters) -> bool:
    """Resolved goes to exactly those who were told, however many were rung until then."""
    found = await letters()
    told = {one["to"] for one in found if "Решено" not in one["subject"]}
    released = [one["to"] for one in found if "Решено" in one["subject"]]
    return bool(told) and sorted(released) == sorted(told)


async def test_a_demo_killed_and_started_again_is_as_broken_as_before(
    start, eventually, free_port, tmp_path: Path
) -> None:
    port, state = free_port(), tmp_path / "state"
    args = ("-m", "vahta", "demo", "--port", str(port), "--state", str(state))
    demo = await start(*args, port=port)
    await demo.send("PUT", "/portal/faults/upload", {"mode": "down"})
    await eventually(lambda: unresolved(demo), within=15)
    (before,) = await unresolved(demo)
    letters = await eventually(lambda: demo.json("/mailbox/letters.json"))
    await demo.kill()

    again = await start(*args, port=port)
    assert (await again.json("/portal/faults"))["upload"] == "down"
    (after,) = await unresolved(again)
    assert after["id"] == before["id"]
    assert (await again.json("/mailbox/letters.json"))[: len(letters)] == letters


async def test_a_second_service_on_the_same_state_is_refused(
    start, vahta, free_port, tmp_path: Path
) -> None:
    port, state = free_port(), tmp_path / "state"
    await start("-m", "vahta", "demo", "--port", str(port), "--state", str(state), port=port)
    code, out, err = await vahta("demo", "--port", str(free_port()), "--state", str(state))
    assert (code, "another vahta serves from here" in err) == (2, True)
    assert out == ""


@pytest.mark.timeout(300)
async def test_every_fault_is_public_in_time_and_breaks_one_component(
    start, eventually, free_port, tmp_path: Path
) -> None:
    """Four at a time in one demo, one fault on each journey, then all healed.

    Of those that only signing in knows the one comes last after which the probe holds back.
    """
    port = free_port()
    demo = await start(
        "-m", "vahta", "demo", "--port", str(port), "--state", str(tmp_path / "s"), port=port
    )
    await eventually(lambda: all_well(demo))
    modes = ("down", "slow", "error_500", "error_403", "late", "lost", "corrupt", "stale")
    journeys = ("login", "sms", "upload", "status_sync")
    for turn in range(len(modes) + 1):
        chosen = {j: modes[(turn + n) % len(modes)] for n, j in enumerate(journeys)}
        if turn == len(modes):
            chosen["login"] = "rejected"
        for component, mode in chosen.items():
            await demo.send("PUT", f"/portal/faults/{component}", {"mode": mode})

        async def shown() -> bool:
            now = await statuses(demo)
            broken = {c for c, s in now.items() if s != "operational"}
            return broken == set(journeys)

        await eventually(shown, within=15)
        await demo.send("DELETE", "/portal/faults")
        await eventually(lambda: all_well(demo), within=15)


async def test_prometheus_finds_what_it_expects(
    start, eventually, free_port, needs, tmp_path: Path
) -> None:
    import asyncio

    promtool, prometheus = needs("promtool"), needs("prometheus")
    port, theirs = free_port(), free_port()
    demo = await start(
        "-m", "vahta", "demo", "--port", str(port), "--state", str(tmp_path / "s"), port=port
    )
    await eventually(lambda: all_well(demo))
    check = await asyncio.create_subprocess_exec(
        promtool,
        "check",
        "metrics",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await check.communicate((await demo.text("/metrics")).encode())
    assert (check.returncode, said.decode()) == (0, "")

    config = tmp_path / "prometheus.yml"
    config.write_text(
        "scrape_configs:\n- job_name: vahta\n  scrape_interval: 1s\n"
        f"  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
    )
    server = await asyncio.create_subprocess_exec(
        prometheus,
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{theirs}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        query = "sum(vahta_component_status{status='operational'})"

        async def scraped() -> bool:
            url = f"http://127.0.0.1:{theirs}/api/v1/query"
            async with demo.session.get(url, params={"query": query}) as answer:
                result = (await answer.json())["data"]["result"]
                return bool(result) and float(result[0]["value"][1]) == COMPONENTS

        await eventually(scraped)
    finally:
        server.terminate()
        await server.wait()
    shutil.rmtree(tmp_path / "tsdb", ignore_errors=True)
