"""Whatever a kind does: one observation a run, by its deadline, and nothing reaches the scheduler.

On time that leaps the deadline is exact to the microsecond, however busy the machine is: what is
counted is what the loop was told to wait for. Only a kind that blocks the loop escapes it.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import Kind
from probes.network import Network
from probes.observation import Observation, Outcome, Reading, Reason
from probes.runner import Runner, make_probe
from probes.settings import ProbeSettings

NO_ROOTS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
LIMIT = 1.0
LATEST = 0.1
"""Seconds past its deadline in which a run must have ended."""


class OddSettings(ProbeSettings):
    kind: Literal["odd"] = "odd"


class OddError(BaseException):
    """Not even an Exception."""


ENDINGS: dict[str, Any] = {
    "up": Reading(Outcome.UP),
    "down": Reading(Outcome.DOWN, Reason.HTTP_5XX, "no"),
    "nothing": None,
    "nonsense": "up",
    "unwell": UnwellError(Reason.SLOW, "slow", Outcome.DEGRADED),
    "error": RuntimeError("no"),
    "time-out": TimeoutError(),
    "cancelled": asyncio.CancelledError(),
    "exit": SystemExit(3),
    "odd": OddError(),
    "end of a generator": GeneratorExit(),
}


@dataclass(frozen=True)
class Manner:
    """Waits, ignores being told to stop so many times, waits again each time, and ends."""

    waits: float
    ignores: int
    ending: str
    tidies: tuple[float, ...] = ()

    async def ask(self, _: Any, visit: Visit) -> Reading:
        for seconds in self.tidies:
            visit.afterwards(lambda seconds=seconds: self._tidy(seconds))
        await self._stubbornly(self.waits)
        return _end(self.ending)

    async def _tidy(self, seconds: float) -> Any:
        await self._stubbornly(seconds)
        return _end(self.ending)

    async def _stubbornly(self, seconds: float) -> None:
        for _ in range(self.ignores):
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                continue
            else:
                return
        await asyncio.sleep(seconds)


def _end(name: str) -> Any:
    ending = ENDINGS[name]
    if isinstance(ending, BaseException):
        raise ending
    return ending


manners = st.builds(
    Manner,
    waits=st.sampled_from([0.0, 0.01, 0.5, 0.999, 1.0, 1.05, 3.0, 1e6]),
    ignores=st.integers(0, 3),
    ending=st.sampled_from(sorted(ENDINGS)),
    tidies=st.lists(st.sampled_from([0.0, 0.05, 0.2, 5.0, 1e6]), max_size=2).map(tuple),
)


@dataclass
class Watched:
    """When runs began and ended, on the loop's clock."""

    begun: list[float]
    ended: list[float]
    seen: list[Observation]


@pytest.fixture
def watch(leap, noon) -> Callable[[Any], Watched]:
    def run(ask: Callable[[Any, Visit], Awaitable[Reading]], seconds: float = 30) -> Watched:
        found = Watched([], [], [])
        model = OddSettings(id="p", component="c", every="5s", timeout="1s")
        kind = Kind("odd", OddSettings, ask)
        probe = make_probe(model, {"odd": kind}, default_recheck=1, default_open_after=1)

        async def main() -> None:
            loop = asyncio.get_running_loop()

            def emit(seen: Observation) -> None:
                found.ended.append(loop.time())
                found.seen.append(seen)

            runner = Runner(
                emit=emit,
                location="here",
                clock=lambda: noon,
                network=Network(tls=NO_ROOTS),
                on_start=lambda *_: found.begun.append(loop.time()),
            )
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(seconds):
                    await runner.run_forever([probe])

        leap(main())
        return found

    return run


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # it holds nothing
)
@given(manner=manners)
def test_every_run_is_one_observation_by_its_deadline(watch, manner):
    logging.disable()  # thousands of traces of what is wrong on purpose
    try:
        found = watch(manner.ask)
    finally:
        logging.disable(logging.NOTSET)
    assert len(found.begun) >= 5, "the scheduler must go on"
    assert 0 <= len(found.begun) - len(found.seen) <= 1, "one for each run that is over"
    for begun, ended in zip(found.begun, found.ended, strict=False):
        assert ended - begun <= LIMIT + LATEST
    for seen in found.seen:
        assert (seen.outcome is Outcome.UP) == (seen.reason is None)
        assert seen.seconds <= LIMIT + LATEST


def test_a_kind_that_will_not_stop_is_left_behind_and_blamed(watch, caplog):
    found = watch(Manner(waits=3.0, ignores=9, ending="up").ask)
    assert {(seen.outcome, seen.reason) for seen in found.seen} == {(Outcome.DOWN, Reason.TIMEOUT)}
    assert "did not stop when told to" in caplog.text


async def test_a_kind_is_not_blamed_for_a_lag_of_our_own(check, talk, caplog):
    """Both timers, the one that tells it to stop and the one that leaves it behind, are overdue."""
    asked = asyncio.Event()

    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    url = await talk(silent)
    run = asyncio.create_task(check("http", url=url, timeout="300ms"))
    await asked.wait()
    until = time.perf_counter() + 0.5
    while time.perf_counter() < until:  # nothing else of this process happens meanwhile
        pass
    seen = await run
    assert seen.reason is Reason.TIMEOUT
    assert "did not stop" not in caplog.text


def test_an_answer_after_being_told_to_stop_comes_too_late(watch):
    async def ask(_: Any, __: Visit) -> Reading:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return Reading(Outcome.UP)
        raise AssertionError

    assert {seen.reason for seen in watch(ask).seen} == {Reason.TIMEOUT}


def test_what_is_said_after_the_deadline_is_not_heard(watch):
    async def ask(_: Any, visit: Visit) -> Reading:
        try:
            await asyncio.sleep(9)
        except asyncio.CancelledError:
            await asyncio.sleep(2)
        return Reading(Outcome.UP)

    found = watch(ask, seconds=60)
    assert {seen.outcome for seen in found.seen} == {Outcome.DOWN}


def test_a_judgement_stands_when_tidying_up_will_not_end(watch):
    found = watch(Manner(waits=0.0, ignores=9, ending="up", tidies=(1e6,)).ask)
    assert {seen.outcome for seen in found.seen} == {Outcome.UP}
