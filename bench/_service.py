"""How long an event takes from the journal to the page, through a whole service.

The service is the real one, on a state with ninety days of every component and a history of
incidents; only its probes are still, so that nothing else happens. What each of them saw is said
once. An incident is opened, published and resolved by hand, again and again, and each time the
clock stops when a reader of the directory could see it.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from incidents.commands import Open, Publish, Resolve
from incidents.component import Component
from incidents.events import Because, Imported, Status
from incidents.history.instants import to_ms
from incidents.history.made_up import Past, fill
from incidents.history.rollups import Batch, Sight, Timings
from probes.observation import Observation, Outcome
from vahta import clock
from vahta.config import Config, load
from vahta.service import Service, built, no_checkpoint
from vahta.state import opened

DAYS = 90
PATIENCE = 120.0
REST = 0.3
"""Seconds between two events, so that one is over when the next comes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Of all events: seconds to the page, and of the process's CPU until then."""

    seconds: Sequence[float]
    cpu: Sequence[float]

    def __str__(self) -> str:
        return (
            f"{statistics.median(self.seconds):9.3f} {max(self.seconds):9.3f}"
            f" {statistics.median(self.cpu):9.3f} {max(self.cpu):9.3f}"
        )


def whole_path(components: int, past: int, rounds: int) -> Taken:
    """From the command to the page, for ``rounds`` incidents published and resolved."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_whole_path(Path(folder), components, past, rounds))


async def _whole_path(folder: Path, components: int, past: int, rounds: int) -> Taken:
    file = folder / "config.toml"
    file.write_text(_config(components, folder), encoding="utf-8")
    config = load(file, environ={})
    await _remember(config, past)
    seconds, cpu = [], []
    async with _running(config) as service:
        page = config.site_of(None).dir
        await _until(lambda: service.sites.is_complete)
        for number in range(rounds):
            await asyncio.sleep(REST)
            hit = config.components[number % components]
            opening = Open(clock.now(), hit, {"ru": "Не отвечает", "en": "No answer"})
            id_ = (await service.recorder.open(opening, actor="bench")).event.incident
            for command, is_there in ((Publish(), True), (Resolve(), False)):
                await asyncio.sleep(REST)
                shown = partial(_is_shown, page, id_, is_there=is_there)
                began, spent = perf_counter(), process_time()
                await service.recorder.do(id_, command, actor="bench")
                await _until(shown)
                seconds.append(perf_counter() - began)
                cpu.append(process_time() - spent)
    return Taken(seconds, cpu)


def _is_shown(page: Path, incident: str, *, is_there: bool) -> bool:
    told = json.loads((page / "api/v2/incidents/unresolved.json").read_bytes())
    return (incident in {one["id"] for one in told["incidents"]}) is is_there


@asynccontextmanager
async def _running(config: Config) -> AsyncIterator[Service]:
    async with built(config, checkpoint=no_checkpoint) as service:
        for probe in config.probes:
            service.recorder.observe(
                Observation(
                    probe.id, probe.component, "http", "", clock.now(), Outcome.UP, None, "", 0.1
                )
            )
        tasks = [
            asyncio.create_task(service.recorder.run()),
            asyncio.create_task(service.sites.run()),
        ]
        try:
            yield service
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.003)


def _config(components: int, folder: Path) -> str:
    head = f"""
[portal]
name = {{ ru = "Портал", en = "Portal" }}
url = "https://portal.example/"
timezone = "Europe/Moscow"
languages = ["ru", "en"]
[state]
dir = "{folder / "state"}"
"""
    each = (
        f"""
[[component]]
id = "c{n}"
name = {{ ru = "Услуга {n}", en = "Service {n}" }}
journeys = [{{ ru = "дело {n % 20}", en = "errand {n % 20}" }}]
[[probe]]
id = "p{n}"
kind = "http"
component = "c{n}"
url = "http://127.0.0.1:9/"
every = "1d"
"""
        for n in range(components)
    )
    return head + "".join(each)


async def _remember(config: Config, past: int) -> None:
    """Ninety days in which everything was seen, and ``past`` incidents."""
    now = clock.now()
    since = now - timedelta(days=DAYS)
    seen = Batch(
        sights=tuple(Sight(one.id, to_ms(since), to_ms(now)) for one in config.components),
        timings=tuple(
            Timings(probe.id, to_ms(noon) // 3_600_000, noon.toordinal(), {20: 60, 24: 40})
            for probe in config.probes
            for ago in range(1, DAYS)
            for noon in [now - timedelta(days=ago)]
        ),
    )
    told = [
        _ended(n, config.components[n % len(config.components)], now - timedelta(hours=1 + 4.3 * n))
        for n in range(past)
    ]
    config.state_dir.mkdir()
    async with opened(config.state_dir, now=now, threads=False) as state:
        await fill(state.store, Past(now, seen, told))


def _ended(number: int, of: Component, ended: datetime) -> Imported:
    began = ended - timedelta(minutes=40)
    return Imported(
        incident=f"OLD-{number:04}",
        component=of.id,
        component_name=of.name,
        status=Status.RESOLVED,
        title={"ru": f"{of.called('ru')}: нет ответа", "en": f"{of.called('en')}: no answer"},
        public_text={"ru": "Услуга не отвечает.", "en": "The service does not answer."},
        started_at=began,
        published_at=began + timedelta(minutes=3),
        resolved_at=ended,
        because=Because("import"),
    )
