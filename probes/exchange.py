"""What a kind gets to ask with: one visit per run, which times and keeps every exchange."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import aiohttp

from probes.answer import Answer, Room
from probes.classify import UnwellError, classify
from probes.network import Network
from probes.observation import Outcome, Reading, Reason, Step
from probes.request import REDIRECTS, Request, follow
from probes.timing import CURRENT, Stopwatch

T = TypeVar("T")
MAX_REDIRECTS = 10
JOURNEY_BODY = 1024 * 1024
_STUCK = {
    "dns": (Reason.DNS_FAILED, "the name was not resolved"),
    "connect": (Reason.CONNECT_TIMEOUT, "no connection"),
}


class Visit:
    """One run's exchanges: one cookie jar, a connection per request, steps kept even on failure.

    ``deadline`` is on the loop's clock. Made and closed by the runner.
    """

    def __init__(self, network: Network, *, clock: Callable[[], datetime], timeout: float) -> None:
        self.clock = clock
        self.steps: list[Step] = []
        self._stuck: tuple[str, str, float] = ("", "", 0.0)
        self._network = network
        self._gate = network.gate()
        self._session: aiohttp.ClientSession | None = None
        self._loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._slowest: tuple[float, str] = (0.0, "")
        self._afterwards: list[Callable[[], Awaitable[Answer]]] = []
        self.deadline = self._loop.time() + timeout
        self.limit = asyncio.timeout_at(self.deadline)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(
        self, step: str, request: Request, *, max_body: int = JOURNEY_BODY, keep: bool = True
    ) -> Answer:
        """Ask, follow up to ten redirects, read the body to its end, keep a Step named ``step``.

        ``max_body`` is in bytes and counts after inflating; with ``keep=False`` the body is read
        and forgotten. Any status is an Answer; everything else that fails raises UnwellError.
        """
        session = self._opened()
        watch = Stopwatch(self._loop.time)
        token = CURRENT.set(watch)
        try:
            return await self._follow(session, request, watch, Room(step, max_body, keep=keep))
        except UnwellError as unwell:
            raise UnwellError(unwell.reason, f"{step}: {unwell.detail}", unwell.outcome) from None
        except Exception as error:
            reason, detail = classify(error)
            outcome = Outcome.UNKNOWN if reason is Reason.PROBE_ERROR else Outcome.DOWN
            raise UnwellError(reason, f"{step}: {detail}", outcome) from error
        except asyncio.CancelledError:
            watch.stop()
            self._stuck = (step, watch.phase, watch.phases[watch.phase])
            raise
        finally:
            CURRENT.reset(token)
            seconds = watch.stop()
            self.steps.append(Step(step, seconds, watch.status, watch.phases))
            self._slowest = max(self._slowest, (seconds, step))

    async def until(
        self, step: str, look: Callable[[], Awaitable[T | None]], *, within: float
    ) -> tuple[T | None, float]:
        """Look again and again until there is something; what was found and how long it took.

        Gives up with None after ``within`` seconds. The time is that at which the last look
        began: a slow answer does not make what it brings late. Of the exchanges that looking
        takes only the last is kept, and after it a Step named ``step`` with that time.
        """
        begun = self._loop.time()
        pause = min(2.0, max(0.05, within / 20))
        while True:
            kept = len(self.steps)
            waited = self._loop.time() - begun
            found = await look()
            if found is not None or waited >= within:
                self.steps.append(Step(step, waited))
                return found, waited
            del self.steps[kept:]
            self._stuck = (step, "waiting", 0.0)
            await asyncio.sleep(min(pause, max(0.0, within - waited)))

    def afterwards(self, tidy: Callable[[], Awaitable[Answer]]) -> None:
        """Run ``tidy`` (log out, delete) when the asking has ended, however it ended.

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
        """UP, or degraded when one answer took longer than ``slow_after`` seconds."""
        seconds, step = self._slowest
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
        """Sixteen hexadecimal digits nobody has seen before."""
        return secrets.token_hex(8)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._network.session(self._gate)
        return self._session

    async def _follow(
        self, session: aiohttp.ClientSession, request: Request, watch: Stopwatch, room: Room
    ) -> Answer:
        self._gate.saw_public = False
        host = urlsplit(request.url).hostname
        for redirects in range(MAX_REDIRECTS + 1):
            here = urlsplit(request.url).hostname
            self._gate.open(to_new_host=here != host)
            host = here
            async with session.request(
                request.method,
                request.url,
                allow_redirects=False,
                trace_request_ctx=watch,
                **_payload(request),
            ) as response:
                watch.status = response.status
                watch.enter("transfer")
                location = response.headers.get("Location")
                if response.status not in REDIRECTS or location is None:
                    return await room.take(response, url=request.url, redirects=redirects)
            watch.enter("connect")
            request = follow(request, response.status, location)
        raise UnwellError(Reason.REDIRECT_LOOP, f"more than {MAX_REDIRECTS} redirects")


async def _tidied(tidy: Callable[[], Awaitable[Answer]]) -> str:
    try:
        (await tidy()).expect_ok()
    except UnwellError as unwell:
        return f"tidying up failed ({unwell.detail})"
    return ""


def _payload(request: Request) -> dict[str, Any]:
    """What aiohttp is given, made anew for every request since a form is sent only once."""
    if request.json is not None:
        return {"headers": request.headers, "json": request.json}
    if request.form is not None:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return {"headers": {**kind, **request.headers}, "data": urlencode(request.form).encode()}
    if request.file is not None:
        form = aiohttp.FormData()
        file = request.file
        form.add_field(file.field, file.content, filename=file.name, content_type=file.content_type)
        return {"headers": request.headers, "data": form}
    return {"headers": request.headers}
