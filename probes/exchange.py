"""What a kind gets to ask with: one visit per run, which times and keeps every exchange."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from probes.answer import Answer, Room
from probes.classify import UnwellError, classify
from probes.film import Film, Hop
from probes.memory import Memory
from probes.network import Network
from probes.observation import Outcome, Reading, Reason, Step
from probes.payload import payload
from probes.request import REDIRECTS, Request, follow
from probes.smpp.gateway import Gateway
from probes.smpp.link import Link
from probes.smpp.pdu import Command
from probes.timing import CURRENT

if TYPE_CHECKING:
    from probes.way import Way

T = TypeVar("T")
MAX_REDIRECTS = 10
JOURNEY_BODY = 1024 * 1024
_STUCK = {
    "dns": (Reason.DNS_FAILED, "the name was not resolved"),
    "connect": (Reason.CONNECT_TIMEOUT, "no connection"),
}


class Visit:
    """One run's exchanges: one cookie jar, a connection per request, steps kept even on failure.

    ``deadline`` is on the loop's clock. ``measures`` are numbers that a kind wants to have
    counted, by name. Made and closed by the runner.
    """

    def __init__(
        self,
        network: Network,
        *,
        clock: Callable[[], datetime],
        timeout: float,
        memory: Memory | None = None,
    ) -> None:
        self.clock = clock
        self.memory = Memory() if memory is None else memory
        self.measures: dict[str, float] = {}
        self.steps: list[Step] = []
        self._stuck: tuple[str, str, float] = ("", "", 0.0)
        self._network = network
        self._way: Way | None = None
        self._known_at: dict[URL, dict[str, str]] = {}
        self._signs_at: dict[URL, Callable[[Request], Mapping[str, str]]] = {}
        self._in_the_clear = ""
        self._gate = network.gate()
        self._session: aiohttp.ClientSession | None = None
        self._loop = asyncio.get_running_loop()
        self._timeout = timeout
        self.film = Film(self._loop.time)
        self._slowest: tuple[float, str] = (0.0, "")
        self._afterwards: list[Callable[[], Awaitable[Answer | None]]] = []
        self.deadline = self._loop.time() + timeout
        self.limit = asyncio.timeout_at(self.deadline)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._way is not None:
            await self._way.close()

    def go(self, way: Way) -> None:
        """Leave the ordinary way out; before the first exchange."""
        self._way = way
        self._gate.is_proxied, self._gate.allows_private = way.is_proxied, way.allows_private

    def introduce(self, home: str, headers: Mapping[str, str]) -> None:
        """Send ``headers`` with whatever goes to the origin of ``home``, and nowhere else."""
        if headers:
            self._known_at.setdefault(URL(home).origin(), {}).update(headers)

    def sign(self, home: str, signature: Callable[[Request], Mapping[str, str]]) -> None:
        """Send what ``signature`` makes of each request that goes to the origin of ``home``."""
        self._signs_at[URL(home).origin()] = signature

    def cookies(self, url: str) -> Mapping[str, str]:
        """The cookies that would go to ``url``, by name."""
        jar = self._opened().cookie_jar
        return {name: morsel.value for name, morsel in jar.filter_cookies(URL(url)).items()}

    def link(self, gateway: Gateway, bind: Command) -> Link:
        """The bind at an SMS gateway, which outlives the visit."""
        return self._network.link(gateway, bind)

    async def fetch(
        self, step: str, request: Request, *, max_body: int = JOURNEY_BODY, keep: bool = True
    ) -> Answer:
        """Ask, follow up to ten redirects, read the body to its end, keep a Step named ``step``.

        ``max_body`` is in bytes and counts after inflating; with ``keep=False`` the body is read
        and forgotten. Any status is an Answer; everything else that fails raises UnwellError.
        """
        session = self._opened()
        hops: list[Hop] = []
        token = CURRENT.set(None)
        try:
            return await self._follow(session, request, hops, Room(step, max_body, keep=keep))
        except Exception as error:
            unwell = self._hinted(_unwell(step, error), hops[-1])
            hops[-1].error = unwell.detail
            raise unwell from error
        except asyncio.CancelledError:
            phase = hops[-1].watch.phase
            hops[-1].watch.stop()
            self._stuck = (step, phase, _phases(hops)[phase])
            raise
        finally:
            CURRENT.reset(token)
            seconds = sum(hop.watch.stop() for hop in hops)
            self.steps.append(Step(step, seconds, hops[-1].status, _phases(hops)))
            self._slowest = max(self._slowest, (seconds, step))

    async def until(
        self,
        step: str,
        look: Callable[[], Awaitable[T | None]],
        *,
        within: float,
        pause: float | None = None,
    ) -> tuple[T | None, float]:
        """Look again and again until there is something; what was found and how long it took.

        Gives up with None after ``within`` seconds. The time is that at which the last look
        began: a slow answer does not make what it brings late. Of the exchanges that looking
        takes only the last is kept, and after it a Step named ``step`` with that time.
        """
        begun = self._loop.time()
        pause = min(2.0, max(0.05, within / 20)) if pause is None else pause
        while True:
            kept, filmed = len(self.steps), len(self.film.hops)
            waited = self._loop.time() - begun
            found = await look()
            if found is not None or waited >= within:
                self.steps.append(Step(step, waited))
                return found, waited
            del self.steps[kept:]
            self.film.drop(filmed)
            self._stuck = (step, "waiting", 0.0)
            await asyncio.sleep(min(pause, max(0.0, within - waited)))

    def afterwards(self, tidy: Callable[[], Awaitable[Answer | None]]) -> None:
        """Run ``tidy`` (log out, delete) when the asking has ended, however it ended; last first.

        A tenth of the timeout, at most 2 s, is set aside for it from now on.
        """
        if not self._afterwards:
            self.limit.reschedule(self.deadline - min(2.0, self._timeout / 10))
        self._afterwards.append(tidy)

    async def tidy_up(self) -> str:
        """Run what was registered, until the deadline; one sentence when something failed."""
        if not self._afterwards:
            return ""
        trouble = ""
        try:
            async with asyncio.timeout_at(self.deadline):
                for tidy in reversed(self._afterwards):
                    trouble = await _tidied(tidy) or trouble
        except TimeoutError:
            trouble = "there was no time left to tidy up"
        return trouble

    def verdict(self, slow_after: float | None, detail: str = "") -> Reading:
        """UP, or degraded when one answer took longer than ``slow_after`` seconds.

        That a redirect led from https to plain http is never passed over in silence.
        """
        seconds, step = self._slowest
        detail = detail or self._in_the_clear
        if slow_after is None or seconds <= slow_after:
            return Reading(Outcome.UP, None, detail)
        return Reading(
            Outcome.DEGRADED,
            Reason.SLOW,
            f"{step}: answered after {seconds:.2f} s, the limit is {slow_after:g} s",
        )

    def timed_out(self) -> Reading:
        """What to say when time ran out: where the run was, if it was there for long."""
        step, phase, seconds = self._stuck
        where = f"{step}: " if step else ""
        if phase in _STUCK and seconds >= self._timeout / 2:
            reason, words = _STUCK[phase]
            return Reading(Outcome.DOWN, reason, f"{where}{words} within {seconds:.1f} s")
        phase = f" (was in: {phase})" if phase else ""
        return Reading(
            Outcome.DOWN, Reason.TIMEOUT, f"{where}not done within {self._timeout:g} s{phase}"
        )

    def random_token(self) -> str:
        """Sixteen hexadecimal digits nobody has seen before, which may be shown to anybody."""
        token = secrets.token_hex(8)
        self.film.ours.append(token)
        return token

    def hide(self, value: str) -> None:
        """Let nobody see ``value`` in details and captures: a code or a token made on the way.

        What settings keep secret, and what is sent as a header or in a form, is hidden anyway.
        """
        self.film.hidden.append(value)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            network, gate, way = self._network, self._gate, self._way
            self._session = network.session(gate) if way is None else way.session(network, gate)
        return self._session

    def _introduced(self, request: Request) -> Request:
        if not self._known_at and not self._signs_at:
            return request
        origin = URL(request.url).origin()
        known, sign = self._known_at.get(origin, {}), self._signs_at.get(origin)
        signed = {} if sign is None else sign(request)
        headers = {**known, **request.headers, **signed}
        return replace(request, headers=headers) if headers != request.headers else request

    def _hinted(self, unwell: UnwellError, hop: Hop) -> UnwellError:
        """A server that misses a client certificate says so after the handshake, by hanging up."""
        is_cut = unwell.reason is Reason.CONNECTION_RESET and hop.status is None
        is_shaken = hop.watch.peer is not None and hop.watch.phase in ("request", "wait")
        if not (is_cut and is_shaken) or (self._way is not None and self._way.has_certificate):
            return unwell
        words = "after the TLS handshake; does it want a client certificate? none is configured"
        return UnwellError(unwell.reason, f"{unwell.detail}, {words}", unwell.outcome)

    async def _follow(
        self, session: aiohttp.ClientSession, request: Request, hops: list[Hop], room: Room
    ) -> Answer:
        for redirects in range(MAX_REDIRECTS + 1):
            request = self._introduced(request)
            hop = self.film.begin(len(self.steps), request)
            hops.append(hop)
            CURRENT.set(hop.watch)
            here = urlsplit(request.url).hostname
            self._gate.open(here, is_led=redirects > 0 or request.is_led)
            carried = payload(request) if self._way is None else self._way.onto(request)
            async with session.request(
                request.method, request.url, allow_redirects=False, **carried
            ) as response:
                hop.answered(response)
                location = response.headers.get("Location")
                is_moved = response.status in REDIRECTS and location is not None
                if not is_moved or request.redirects == "keep":
                    hop.room = room
                    return await room.take(response, url=request.url, redirects=redirects)
            hop.watch.stop()
            if request.redirects == "refuse":
                raise UnwellError(Reason.REDIRECT_BLOCKED, "redirected, where none is expected")
            https = request.url.startswith("https:")
            request = follow(request, response.status, location or "")
            if https and request.url.startswith("http:"):
                self._in_the_clear = f"a redirect led from https to plain http at {here}"
        raise UnwellError(Reason.REDIRECT_LOOP, f"more than {MAX_REDIRECTS} redirects")


def _unwell(step: str, error: Exception) -> UnwellError:
    if isinstance(error, UnwellError):
        return UnwellError(error.reason, f"{step}: {error.detail}", error.outcome)
    reason, detail = classify(error)
    outcome = Outcome.UNKNOWN if reason is Reason.PROBE_ERROR else Outcome.DOWN
    return UnwellError(reason, f"{step}: {detail}", outcome)


def _phases(hops: Sequence[Hop]) -> Mapping[str, float]:
    """What each phase took over all hops."""
    phases = dict(hops[0].watch.phases)
    for hop in hops[1:]:
        for name, seconds in hop.watch.phases.items():
            phases[name] = phases.get(name, 0.0) + seconds
    return phases


async def _tidied(tidy: Callable[[], Awaitable[Answer | None]]) -> str:
    try:
        answer = await tidy()
        if answer is not None:
            answer.expect_ok()
    except UnwellError as unwell:
        return f"tidying up failed ({unwell.detail})"
    return ""
