"""Whether our own line is alive: witnesses outside the portal that we ask when probes fail.

When none of them answers, what the probes see is our blindness and nobody's outage.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from probes.network import Network
from probes.observation import Observation, Outcome, Reason

log = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds between two looks in the background, at one witness each while all is well."""

PATIENCE = 2.0
"""Seconds that a witness has to answer."""

_WHILE_BLIND = 2.0
_HEDGE = 0.3
_APART = 0.25
_MUTE = frozenset(
    {
        Reason.DNS_FAILED,
        Reason.CONNECT_REFUSED,
        Reason.CONNECT_TIMEOUT,
        Reason.CONNECTION_RESET,
        Reason.BODY_TRUNCATED,
        Reason.TIMEOUT,
        Reason.TLS_UNTRUSTED,
        Reason.TLS_HOSTNAME,
    }
)
"""Reasons that a dead line has, too. Whoever answers otherwise was reached."""


@dataclass(frozen=True, slots=True)
class Target:
    """A witness: an address of the web, of which any answer will do, or a port that accepts."""

    id: str
    url: str = ""
    host: str = ""
    port: int = 0


class Witnesses:
    """Asks in the background, and at once when a probe fails as on a dead line.

    ``tell`` learns since when we are blind, and None when we are no longer. Without targets we
    never are. Times are seconds.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        network: Network,
        clock: Callable[[], datetime],
        tell: Callable[[datetime | None], None],
        every: float = EVERY,
        patience: float = PATIENCE,
    ) -> None:
        self._targets = list(targets)
        self._network = network
        self._clock = clock
        self._tell = tell
        self._every = every
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._looked_at = float("-inf")
        self.blind_since: datetime | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while self._targets:
            await self._look(self._loop.time())
            blind = self.blind_since is not None
            await asyncio.sleep(min(self._every, _WHILE_BLIND) if blind else self._every)
        await asyncio.Event().wait()

    async def judged(self, seen: Observation) -> Observation:
        """``seen``, or unknown where it failed while no witness answers; waits for them to say."""
        if not self._targets or not seen.outcome.is_bad:
            return seen
        if self.blind_since is None and seen.reason in _MUTE:
            await self._look(self._loop.time())
        if self.blind_since is None:
            return seen
        words = (
            f"not believed: our own line is dead, no witness answers; it looked like {seen.reason}"
        )
        return replace(seen, outcome=Outcome.UNKNOWN, reason=Reason.PROBE_ERROR, detail=words)

    async def _look(self, since: float) -> None:
        """Return when somebody has looked who began at ``since`` or later: one look serves many."""
        async with self._turn:
            if self._looked_at >= since:
                return
            await asyncio.sleep(self._looked_at + _APART - self._loop.time())
            began = self._loop.time()
            is_alive = await self._anyone_answers()
            self._looked_at = began
            self._settle(is_alive=is_alive)

    def _settle(self, *, is_alive: bool) -> None:
        if is_alive is (self.blind_since is None):
            return
        self.blind_since = None if is_alive else self._clock()
        if is_alive:
            log.warning("a witness answers again: what probes see is believed from now on")
        else:
            log.warning("no witness answers: our own line is dead, and probes are not believed")
        self._tell(self.blind_since)

    async def _anyone_answers(self) -> bool:
        """One is asked, each in its turn; the others only when it does not answer quickly."""
        self._targets.append(self._targets.pop(0))
        asked, *others = self._targets
        tasks = {self._loop.create_task(self._answers(asked))}
        try:
            done, _ = await asyncio.wait(tasks, timeout=_HEDGE)
            if any(task.result() for task in done):
                return True
            tasks |= {self._loop.create_task(self._answers(other)) for other in others}
            return await _any(tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _answers(self, target: Target) -> bool:
        try:
            async with asyncio.timeout(self._patience):
                await (self._ask(target.url) if target.url else self._connect(target))
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody answered
            log.debug("witness %s does not answer: %s", target.id, type(error).__name__)
            return False
        return True

    async def _ask(self, url: str) -> None:
        async with (
            self._network.session(self._network.gate()) as session,
            session.get(url, allow_redirects=False),
        ):
            return

    async def _connect(self, target: Target) -> None:
        """Raises OSError when no address accepts."""
        hosts = [target.host]
        if not _is_address(target.host):
            hosts = [found["host"] for found in await self._network.resolve(target.host)]
        refusal: OSError = OSError("no address")
        for host in hosts:
            try:
                _, writer = await asyncio.open_connection(host, target.port)
            except OSError as error:
                refusal = error
            else:
                writer.transport.abort()
                return
        raise refusal


async def _any(tasks: set[asyncio.Task[bool]]) -> bool:
    """Whether one says yes, as soon as it does."""
    pending = tasks
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if any(task.result() for task in done):
            return True
    return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
