"""One attempt is one observation: under a hard limit, whatever the kind does."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Self

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import Kind
from probes.memory import Memory
from probes.network import Network
from probes.observation import Observation, Outcome, Reading, Reason
from probes.settings import ProbeSettings
from probes.take import Take

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Mask = Callable[[str], str]

_GRACE = 0.05
_TURNS = 8
"""Turns of the loop in which a run that was told to stop can hang up and be over."""
"""Seconds past its deadline that a run may take to end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """From where and with what probes ask.

    ``mask`` takes personal data out of details; secrets are taken out anyway. ``memory`` is
    what kinds keep in mind between runs.
    """

    location: str
    clock: Clock
    network: Network
    mask: Mask = str
    memory: Memory | None = None

    async def take(self, kind: Kind, settings: ProbeSettings) -> Take:
        """One attempt, one observation and its film: never raises, except CancelledError.

        It ends by its timeout, whatever the kind does: one that will not stop is left behind,
        and what it says afterwards is not heard. Only code that blocks the loop can hold it up.
        ``seconds`` is the asking alone; what tidies up after it (log-out, deletion) shows in
        the steps.
        """
        at = self.clock()
        visit = Visit(self.network, clock=self.clock, timeout=settings.timeout, memory=self.memory)
        reading, seconds = await _Attempt(kind, settings, visit).ended()
        seen = Observation(
            probe=settings.id,
            component=settings.component,
            kind=kind.name,
            location=self.location,
            at=at,
            outcome=reading.outcome,
            reason=reading.reason,
            detail=reading.detail,
            seconds=seconds,
            steps=tuple(visit.steps),
            measures=dict(visit.measures),
        )
        take = Take(seen, visit.film, settings)
        if not seen.detail:
            return take
        return replace(take, seen=replace(seen, detail=take.detail(self.mask)))


async def run_once(
    kind: Kind, settings: ProbeSettings, *, location: str, clock: Clock, network: Network
) -> Observation:
    """One attempt, one observation: see ``Standpoint.take``."""
    here = Standpoint(location=location, clock=clock, network=network)
    return (await here.take(kind, settings)).seen


class _Attempt:
    """One run in a task of its own, so that nothing a kind does can hold its scheduler up."""

    def __init__(self, kind: Kind, settings: ProbeSettings, visit: Visit) -> None:
        self._kind = kind
        self._settings = settings
        self._visit = visit
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._over = self._loop.create_future()
        self._reading: Reading | None = None
        self._seconds = 0.0
        self._note = ""

    async def ended(self) -> tuple[Reading, float]:
        """What came of it and how long the asking took, at the deadline at the latest."""
        task = self._loop.create_task(self._whole(), name=f"run of {self._name}")
        timer = self._loop.call_at(self._visit.deadline + _GRACE, self._give_up)
        try:
            await self._over
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task}, timeout=_GRACE)
            raise
        finally:
            timer.cancel()
            if not task.done():
                task.cancel()
                log.error("probe %s did not stop when told to, and is left behind", self._name)
            task.add_done_callback(_retrieved)
        if self._reading is not None:
            return _with_note(self._reading, self._note), self._seconds
        seconds = self._loop.time() - self._begun
        if not task.done():
            return self._visit.timed_out(), seconds
        return _broken("CancelledError"), seconds  # its own, since nobody told it to end

    def _give_up(self, turns: int = _TURNS) -> None:
        """Where our own loop lagged, the kind was told only just now: it still has its turns."""
        if turns and not self._over.done():
            self._loop.call_soon(self._give_up, turns - 1)
        else:
            self._release()

    def _release(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    @property
    def _name(self) -> str:
        return self._settings.id

    async def _whole(self) -> None:
        try:
            self._reading = await self._ask()
            self._seconds = self._loop.time() - self._begun
            with _Caught(self._name) as caught:
                self._note = await self._visit.tidy_up()
            if caught.name:
                self._note = f"tidying up broke: {caught.name}"
        finally:
            with _Caught(self._name):
                await self._visit.close()
            self._release()

    async def _ask(self) -> Reading:
        visit = self._visit
        with _Caught(self._name) as caught:
            try:
                async with visit.limit:
                    reading = await self._kind.ask(self._settings, visit)
            except UnwellError as unwell:
                reading = Reading(unwell.outcome, unwell.reason, unwell.detail)
            except TimeoutError:
                if not visit.limit.expired():
                    raise
                return visit.timed_out()
            if visit.limit.expired():  # it was told to stop, and answered all the same
                return visit.timed_out()
            return reading if isinstance(reading, Reading) else _broken("no reading")
        return _broken(caught.name)


def _broken(what: str) -> Reading:
    return Reading(Outcome.UNKNOWN, Reason.PROBE_ERROR, f"the probe itself failed: {what}")


def _retrieved(task: asyncio.Task[None]) -> None:
    """Nobody is left to hear what it raises."""
    if not task.cancelled():
        task.exception()


class _Caught:
    """Stops whatever a kind may raise. The log learns where; the words may quote a page."""

    def __init__(self, probe: str) -> None:
        self._probe = probe
        self.name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, trace: TracebackType | None) -> bool:
        if error is None or isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
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
