"""Runs probes: one attempt under a hard limit is one observation, for ever, at a steady pace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from probes import schedule
from probes.attempt import Clock, Mask, Standpoint, run_once
from probes.kind import Kind
from probes.memory import Memory
from probes.network import Network
from probes.observation import Observation
from probes.pulse import Pulse
from probes.schedule import Pace
from probes.settings import ProbeSettings
from probes.take import Take
from probes.witness import Witnesses

__all__ = ["Emit", "Probe", "Runner", "make_probe", "run_once"]

log = logging.getLogger(__name__)

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


@dataclass(slots=True, kw_only=True)
class Runner:
    """Asks for ever. ``emit`` gets every observation; what it raises is logged and forgotten.

    ``on_start(probe, lag)`` is called as a run begins, ``lag`` seconds after it was due.
    At most ``at_once`` runs are in flight; the rest wait for a place, which counts as lag.
    ``mask`` and ``memory``: see Standpoint. ``pulse`` and ``witnesses`` may doubt a failure.
    ``keep`` takes a failed run into keeping or doesn't; its answer is the id of the capture.
    """

    emit: Emit
    location: str
    clock: Clock
    network: Network
    on_start: Callable[[Probe, float], None] | None = None
    at_once: int = 1000
    mask: Mask = str
    memory: Memory = field(default_factory=Memory)
    pulse: Pulse | None = None
    witnesses: Witnesses | None = None
    keep: Callable[[Take], str] | None = None
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
                    take = await self._run(probe, loop.time() - begun - due)
                seen = await self._witnessed(take)
                ended = loop.time() - begun
                failures = schedule.failures_after(failures, seen.outcome)
                due = schedule.following(pace, due=due, ended=ended, failures=failures)
                await self._tell(seen)
        finally:
            self._due.pop(probe.id, None)

    async def _run(self, probe: Probe, lag: float) -> Take:
        if self.on_start is not None:
            try:
                self.on_start(probe, lag)
            except Exception:
                log.exception("could not note the lag of probe %s", probe.id)
        begun = self.pulse.mark() if self.pulse is not None else None
        here = Standpoint(
            location=self.location,
            clock=self.clock,
            network=self.network,
            mask=self.mask,
            memory=self.memory,
        )
        take = await here.take(probe.kind, probe.settings)
        if self.pulse is None or begun is None:
            return take
        return replace(take, seen=self.pulse.judged(take.seen, begun))

    async def _witnessed(self, take: Take) -> Observation:
        """What may be believed of it, with the id of its capture where one is kept."""
        seen = take.seen
        try:
            if self.witnesses is not None:
                seen = await self.witnesses.judged(seen)
            if self.keep is not None:
                return replace(seen, capture=self.keep(replace(take, seen=seen)))
        except Exception:
            log.exception("could not look into a failure of probe %s", seen.probe)
        return seen

    async def _tell(self, seen: Observation) -> None:
        try:
            told = self.emit(seen)
            if told is not None:
                await told
        except Exception:
            log.exception("an observation of probe %s was lost", seen.probe)
