"""Runs probes: one attempt under a hard limit is one observation, for ever, at a steady pace."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from probes import schedule
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import Kind
from probes.network import Network
from probes.observation import Observation, Outcome, Reading, Reason
from probes.schedule import Pace
from probes.settings import ProbeSettings

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Emit = Callable[[Observation], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Probe:
    """One configured way of asking one component; every default is resolved. Seconds."""

    id: str
    component: str
    kind: Kind
    settings: ProbeSettings
    recheck: float
    open_after: int

    @property
    def pace(self) -> Pace:
        every = self.settings.every
        return Pace(every, self.recheck, self.open_after, schedule.offset_of(self.id, every))


def make_probe(
    settings: ProbeSettings,
    kinds: Mapping[str, Kind],
    *,
    default_recheck: float,
    default_open_after: int,
) -> Probe:
    """The probe's own values, else its kind's, else the rules'. KeyError on an unknown kind."""
    kind = kinds[settings.kind]
    recheck = settings.every if kind.recheck == "every" else kind.recheck
    return Probe(
        id=settings.id,
        component=settings.component,
        kind=kind,
        settings=settings,
        recheck=settings.recheck or recheck or default_recheck,
        open_after=settings.open_after or kind.open_after or default_open_after,
    )


async def run_once(
    kind: Kind, settings: ProbeSettings, *, location: str, clock: Clock, network: Network
) -> Observation:
    """One attempt, one observation: never raises, except CancelledError, and ends by its timeout.

    ``seconds`` is the asking alone; what tidies up after it (log-out, deletion) shows in steps.
    """
    loop = asyncio.get_running_loop()
    at, begun = clock(), loop.time()
    visit = Visit(network, clock=clock, timeout=settings.timeout)
    try:
        reading = await _ask(kind, settings, visit)
        seconds = loop.time() - begun
        reading = _with_note(reading, await _tidy_up(settings, visit))
    finally:
        with _Caught(settings.id):
            await visit.close()
    return Observation(
        probe=settings.id,
        component=settings.component,
        kind=kind.name,
        location=location,
        at=at,
        outcome=reading.outcome,
        reason=reading.reason,
        detail=reading.detail,
        seconds=seconds,
        steps=tuple(visit.steps),
    )


async def _ask(kind: Kind, settings: ProbeSettings, visit: Visit) -> Reading:
    with _Caught(settings.id) as caught:
        try:
            async with visit.limit:
                return await kind.ask(settings, visit)
        except UnwellError as unwell:
            return Reading(unwell.outcome, unwell.reason, unwell.detail)
        except TimeoutError:
            if visit.limit.expired():
                return visit.timed_out()
            raise
    words = f"the probe itself failed: {caught.name}"
    return Reading(Outcome.UNKNOWN, Reason.PROBE_ERROR, words)


async def _tidy_up(settings: ProbeSettings, visit: Visit) -> str:
    with _Caught(settings.id) as caught:
        return await visit.tidy_up()
    return f"tidying up broke: {caught.name}"


class _Caught:
    """Stops whatever a kind may raise. The log learns where; the words may quote a page."""

    def __init__(self, probe: str) -> None:
        self._probe = probe
        self.name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, trace: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self.name = type(error).__name__
        where = "".join(traceback.format_tb(trace))
        log.error("probe %s broke: %s at\n%s", self._probe, self.name, where)
        return True


def _with_note(reading: Reading, note: str) -> Reading:
    if not note:
        return reading
    detail = f"{reading.detail}; {note}" if reading.detail else note
    return Reading(reading.outcome, reading.reason, detail)


@dataclass(slots=True, kw_only=True)
class Runner:
    """Asks for ever. ``emit`` gets every observation; what it raises is logged and forgotten.

    ``on_start(probe, lag)`` is called as a run begins, ``lag`` seconds after it was due.
    At most ``at_once`` runs are in flight; the rest wait for a place, which counts as lag.
    """

    emit: Emit
    location: str
    clock: Clock
    network: Network
    on_start: Callable[[Probe, float], None] | None = None
    at_once: int = 200
    _due: dict[str, float] = field(default_factory=dict, init=False)

    async def run_forever(self, probes: Iterable[Probe]) -> None:
        """Runs until cancelled; every probe is a task of its own, so it never overlaps itself."""
        places = asyncio.Semaphore(self.at_once)
        begun = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for probe in probes:
                tasks.create_task(self._repeat(probe, begun, places), name=f"probe {probe.id}")
            tasks.create_task(asyncio.Event().wait(), name="probes: until cancelled")

    def overdue(self) -> float:
        """Seconds by which the most belated waiting probe is late; 0 when none is. For /healthy."""
        now = asyncio.get_running_loop().time()
        return max(0.0, *(now - due for due in self._due.values()), 0.0)

    async def _repeat(self, probe: Probe, begun: float, places: asyncio.Semaphore) -> None:
        loop = asyncio.get_running_loop()
        pace, failures = probe.pace, 0
        due = schedule.first(pace)
        try:
            while True:
                self._due[probe.id] = begun + due
                await asyncio.sleep(max(0.0, begun + due - loop.time()))
                async with places:
                    del self._due[probe.id]
                    seen = await self._run(probe, loop.time() - begun - due)
                ended = loop.time() - begun
                failures = schedule.failures_after(failures, seen.outcome)
                due = schedule.following(pace, due=due, ended=ended, failures=failures)
                await self._tell(seen)
        finally:
            self._due.pop(probe.id, None)

    async def _run(self, probe: Probe, lag: float) -> Observation:
        if self.on_start is not None:
            try:
                self.on_start(probe, lag)
            except Exception:
                log.exception("could not note the lag of probe %s", probe.id)
        return await run_once(
            probe.kind,
            probe.settings,
            location=self.location,
            clock=self.clock,
            network=self.network,
        )

    async def _tell(self, seen: Observation) -> None:
        try:
            told = self.emit(seen)
            if told is not None:
                await told
        except Exception:
            log.exception("an observation of probe %s was lost", seen.probe)
