"""A watch that was itself unwell has seen nothing: lag, starvation, suspension, SIGSTOP."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from probes.exchange import Visit
from probes.kind import Kind
from probes.network import Network
from probes.observation import Observation, Outcome, Reading, Reason
from probes.pulse import WAKING, Pulse
from probes.runner import Runner, make_probe
from probes.settings import ProbeSettings

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)


class BriefSettings(ProbeSettings):
    kind: Literal["brief"] = "brief"


async def _silent(_: Any, __: Visit) -> Reading:
    await asyncio.Event().wait()
    raise AssertionError


async def _well(_: Any, __: Visit) -> Reading:
    await asyncio.sleep(0.3)
    return Reading(Outcome.UP)


def _block(seconds: float) -> None:
    """Nothing else of this process happens meanwhile."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def first_of(
    ask: Any,
    *,
    clock: Callable[[], datetime],
    meanwhile: Callable[[], None] = lambda: None,
    limit: str = "400ms",
) -> Observation:
    """What a runner with a pulse says of the first run of a kind; ``meanwhile`` happens in it."""
    seen: asyncio.Queue[Observation] = asyncio.Queue()
    pulse = Pulse(clock)
    settings = BriefSettings(id="p", component="c", every="400ms", timeout=limit)
    kind = Kind("brief", BriefSettings, ask)
    probe = make_probe(settings, {"brief": kind}, default_recheck=1, default_open_after=3)

    def on_start(*_: object) -> None:
        asyncio.get_running_loop().call_later(0.1, meanwhile)

    async with Network() as network, asyncio.TaskGroup() as tasks:
        runner = Runner(
            emit=seen.put,
            location="here",
            clock=clock,
            network=network,
            pulse=pulse,
            on_start=on_start,
        )
        running = [tasks.create_task(pulse.run()), tasks.create_task(runner.run_forever([probe]))]
        first = await seen.get()
        for task in running:
            task.cancel()
    return first


@pytest.fixture
def steady(noon: datetime) -> Callable[[], datetime]:
    """A wall clock that goes as the loop's does."""
    return lambda: noon + timedelta(seconds=asyncio.get_running_loop().time())


async def test_what_failed_while_our_loop_stood_still_is_unknown(steady):
    seen = await first_of(_silent, clock=steady, meanwhile=lambda: _block(0.8))
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "our own loop stood still" in seen.detail
    assert "timeout" in seen.detail


def test_what_failed_while_we_were_well_is_down(leap, steady):
    seen = leap(first_of(_silent, clock=steady))
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.TIMEOUT)


async def test_what_answered_in_spite_of_our_lag_is_up(steady):
    seen = await first_of(_well, clock=steady, meanwhile=lambda: _block(0.6), limit="5s")
    assert seen.outcome is Outcome.UP


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["suspended", "set back"])
def test_a_clock_that_leapt_in_a_run_makes_its_failure_unknown(leap, steady, by):
    leapt: list[timedelta] = []
    seen = leap(
        first_of(
            _silent,
            clock=lambda: steady() + sum(leapt, timedelta()),
            meanwhile=lambda: leapt.append(by),
        )
    )
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "leapt" in seen.detail


def test_a_machine_that_has_just_woken_is_not_believed_for_a_while(leap, noon, steady):
    slept: list[timedelta] = []
    failed = Observation("p", "c", "k", "here", noon, Outcome.DOWN, Reason.DNS_FAILED, "", 0.1)

    async def main() -> list[Outcome]:
        pulse = Pulse(lambda: steady() + sum(slept, timedelta()))
        beating = asyncio.ensure_future(pulse.run())
        await asyncio.sleep(1)
        slept.append(HOUR)
        outcomes = []
        for pause in (1.0, WAKING / 2, WAKING / 2):
            await asyncio.sleep(pause)
            begun = pulse.mark()
            await asyncio.sleep(0.2)
            outcomes.append(pulse.judged(failed, begun).outcome)
        beating.cancel()
        return outcomes

    assert leap(main()) == [Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.DOWN]


async def test_many_small_lags_are_starvation(noon, steady):
    failed = Observation("p", "c", "k", "here", noon, Outcome.DOWN, Reason.TIMEOUT, "", 1.0)
    pulse = Pulse(steady)
    beating = asyncio.ensure_future(pulse.run())
    await asyncio.sleep(0)
    begun = pulse.mark()
    for _ in range(4):
        _block(0.3)
        await asyncio.sleep(0)
    seen = pulse.judged(failed, begun)
    beating.cancel()
    assert seen.outcome is Outcome.UNKNOWN


CHILD = textwrap.dedent("""
    import asyncio, sys
    from datetime import UTC, datetime
    from typing import Literal
    from probes.kind import Kind
    from probes.network import Network
    from probes.pulse import Pulse
    from probes.runner import Runner, make_probe
    from probes.settings import ProbeSettings

    class S(ProbeSettings):
        kind: Literal["k"] = "k"

    async def ask(settings, visit):
        print("asking", flush=True)
        await asyncio.Event().wait()

    def clock():
        return datetime.now(UTC)

    async def main():
        pulse = Pulse(clock)
        settings = S(id="p", component="c", every="200ms", timeout="500ms")
        probe = make_probe(
            settings, {"k": Kind("k", S, ask)}, default_recheck=1, default_open_after=3
        )
        seen = asyncio.Queue()
        async with Network() as network:
            runner = Runner(
                emit=seen.put, location="here", clock=clock, network=network, pulse=pulse
            )
            running = [
                asyncio.ensure_future(pulse.run()),
                asyncio.ensure_future(runner.run_forever([probe])),
            ]
            one = await seen.get()
            print(one.outcome, one.detail, flush=True)
            for task in running:
                task.cancel()

    asyncio.run(main())
""")


def test_a_process_that_was_stopped_has_seen_nothing():
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "asking\n"
        os.kill(child.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        time.sleep(1.3)  # how long it is stopped is the matter itself
        os.kill(child.pid, signal.SIGCONT)
        assert child.stdout.readline().startswith("unknown not believed: our own loop")
