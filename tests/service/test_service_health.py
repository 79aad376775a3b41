"""When the service calls itself healthy and ready, and what it says when it is not."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.house import House
from incidents.machine import Rules
from incidents.recorder import Recorder
from vahta import clock
from vahta.config import load
from vahta.service import Service, built, no_checkpoint

LONG_AGO = timedelta(minutes=10)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    file = tmp_path / "my.toml"
    file.write_text('[portal]\nname = "П"\n[http]\nlisten = "127.0.0.1:0"\n')
    async with built(load(file, environ={}), checkpoint=no_checkpoint) as service:
        yield service


async def test_it_begins_healthy_and_not_ready(service: Service) -> None:
    assert service.unhealthy() == []
    assert service.unready() == ["the state is being opened", "the site is not published yet"]


async def test_running_it_becomes_ready_and_stays_healthy(service: Service) -> None:
    running = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(20):
            while service.unready():
                assert not running.done(), running.exception()
                await asyncio.sleep(0)
        assert service.unhealthy() == []
        assert b"vahta_journal_last_seq 0.0" in await service.metrics_text()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_every_audience_gets_its_page_and_every_publisher_its_turn(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    there = tmp_path / "there"
    file.write_text(
        '[portal]\nname = "П"\n[http]\nlisten = "127.0.0.1:0"\n[page]\ncomponents = ["sms"]\n'
        '[[component]]\nid = "sms"\nname = "SMS"\n[[component]]\nid = "inner"\nname = "Gateway"\n'
        '[[audience]]\nid = "staff"\nsuspected = true\n'
        '[[publisher]]\nid = "away"\naudience = "staff"\n'
        f'run = ["cp", "-r", "{{page}}", "{there}"]\n'
    )
    async with built(load(file, environ={}), checkpoint=no_checkpoint) as service:
        running = asyncio.create_task(service.run())
        try:
            async with asyncio.timeout(30):
                while service.unready() or not service.sites.mirrors[0].done_at:
                    assert not running.done(), running.exception()
                    await asyncio.sleep(0.01)
            assert service.unhealthy() == []
            assert b'vahta_page_publisher_up{publisher="away"} 1.0' in await service.metrics_text()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    public, staff = tmp_path / "var/page/index.html", tmp_path / "var/page-staff/index.html"
    assert ("SMS" in public.read_text(), "Gateway" in public.read_text()) == (True, False)
    assert "Gateway" in staff.read_text()
    assert "Gateway" in (there / "index.html").read_text()


async def test_every_loop_that_is_stuck_is_named(service: Service) -> None:
    long_ago = clock.now() - LONG_AGO
    service.began_at = service.notifier.began_at = long_ago
    assert service.unhealthy() == [
        "the recorder is stuck",
        "the page could not be published for three minutes",
        "deliveries are not being planned",
        "deliveries are not being sent",
    ]
    service.recorder.turned_at = clock.now()
    service.sites.made_at[""] = clock.now()
    service.notifier.planner.turned_at = clock.now()
    assert service.unhealthy() == ["deliveries are not being sent"]


async def test_a_recorder_that_cannot_write_waits_between_its_tries(service: Service) -> None:
    tries = 0

    class Full:
        seq = 0
        token = "0"

        async def refresh(self):
            nonlocal tries
            tries += 1
            raise sqlite3.OperationalError("database or disk is full")

    house = House(components={}, paces={}, rules=Rules())
    recorder = Recorder(service.state.journal, Full(), house, clock=clock.now)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(recorder.run(), 0.3)
    assert tries == 1
    assert recorder.turned_at is None
    assert recorder.failing_since is not None


async def test_a_journal_that_cannot_be_written_is_not_healthy(service: Service) -> None:
    service.recorder.failing_since = clock.now()
    assert service.unhealthy() == ["the journal cannot be written: is the disk full?"]
