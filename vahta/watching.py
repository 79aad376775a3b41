"""Everything that looks: the runner, what doubts it (pulse, witnesses), what keeps its evidence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.evidence import is_fresh
from incidents.history.captures import Captures, find
from incidents.mask import mask
from incidents.recorder import Recorder
from incidents.store import Store
from probes.capture import Capture
from probes.network import Network
from probes.pulse import Pulse
from probes.runner import Emit, Probe, Runner
from probes.take import Take
from probes.witness import Target, Witnesses
from vahta import clock
from vahta.config import Config
from vahta.config.witness import WitnessSettings
from vahta.notebook import Notebook

_log = logging.getLogger(__name__)

LOCATION = "local"


@dataclass(frozen=True, slots=True)
class Watch:
    """Made by ``watch``; ``run`` it once."""

    runner: Runner
    pulse: Pulse
    witnesses: Witnesses
    captures: Captures
    notebook: Notebook

    async def run(self, probes: Sequence[Probe]) -> None:
        """Until cancelled. What probes noted at their very end is written still."""
        await self.notebook.recall()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.pulse.run(), name="pulse")
                tasks.create_task(self.witnesses.run(), name="witnesses")
                tasks.create_task(self.captures.run(), name="captures")
                tasks.create_task(self.notebook.run(), name="notes")
                tasks.create_task(self.runner.run_forever(probes), name="probes")
        finally:
            await self.notebook.flush()


def watch(
    config: Config,
    store: Store,
    network: Network,
    *,
    emit: Emit,
    on_start: Callable[[Probe, float], None],
    tell: Callable[[datetime | None], None],
) -> Watch:
    """What ``config`` says, inside the loop that it will run in.

    ``emit`` gets every observation, ``tell`` since when we are blind (None: no longer).
    """
    keep = timedelta(seconds=config.state.keep_captures)
    captures = Captures(store, keep=keep, clock=clock.now)
    pulse = Pulse(clock.now)
    witnesses = Witnesses(
        [_target(one) for one in config.witnesses], network=network, clock=clock.now, tell=tell
    )

    def take(one: Take) -> str:
        if not one.film.hops:  # it asked nobody
            return ""
        return captures.take(one.seen, lambda: one.capture(mask).to_json())

    runner = Runner(
        emit=emit,
        location=LOCATION,
        clock=clock.now,
        network=network,
        on_start=on_start,
        mask=mask,
        pulse=pulse,
        witnesses=witnesses,
        keep=take,
    )
    return Watch(runner, pulse, witnesses, captures, Notebook(store, runner.memory))


async def captured(store: Store, id_: str) -> Capture | None:
    """The record of that id, if it is kept and can be read."""
    kept = await find(store, id_)
    if kept is None:
        return None
    try:
        return Capture.from_json(kept.text)
    except (ValueError, KeyError, TypeError) as error:  # of another version
        _log.warning("the record %s cannot be read: %s", kept.id, type(error).__name__)
        return None


def in_sight(recorder: Recorder, components: Sequence[str], now: datetime) -> Sequence[str]:
    """Those of ``components`` that can be seen: none while our own line is dead."""
    if recorder.blind_since is not None:
        return ()
    return [one for one in components if is_fresh(recorder.evidence(one), now)]


def _target(witness: WitnessSettings) -> Target:
    host, port = witness.host_and_port
    return Target(witness.id, url=witness.url or "", host=host, port=port)
