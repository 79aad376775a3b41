"""Takes the published site elsewhere, by a command of the people's own: rsync, rclone, a script."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from incidents.mask import mask
from statuspage.release import PublishError, pinned

PLACE = "{page}"
"""What stands in a command for the folder with the files."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
_GRACE = 5.0
_TAIL = 2_000
_SHOWN = 300

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How one run of a command went."""

    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: no shell in between; ``timeout`` in seconds, after which it is killed."""

    id: str
    run: tuple[str, ...]
    timeout: float


class Mirror:
    """One command. ``run`` it in a task of its own; ``wake`` it after each publication.

    One run at a time, always of the newest release, which stays whole meanwhile. What fails is
    tried again, after longer and longer pauses. ``settled(id, outcome)`` hears of each run.
    """

    def __init__(
        self,
        command: Command,
        directory: Path,
        *,
        clock: Callable[[], datetime],
        settled: Callable[[str, Outcome], None] = lambda _id, _outcome: None,
    ) -> None:
        self.id = command.id
        self.done_at: datetime | None = None
        self.failing_since: datetime | None = None
        self._command = command
        self._directory = directory
        self._clock = clock
        self._settled = settled
        self._wanted = asyncio.Event()
        self._failures = 0

    def wake(self) -> None:
        """There is something new to take away."""
        self._wanted.set()

    async def run(self) -> None:
        """Until cancelled; a run in hand is ended then."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if await self.turn():
                continue
            self._wanted.set()  # as it is by then: the newest wins
            await asyncio.sleep(self.pause)

    @property
    def pause(self) -> float:
        """Seconds until the next try after so many failures in a row."""
        doubled = _FIRST_PAUSE * 2.0 ** min(self._failures - 1, 16) if self._failures else 0.0
        return min(doubled, _LONGEST_PAUSE)

    async def turn(self) -> bool:
        """Run the command once on the newest release; whether it went well. Never raises."""
        outcome, words = await self._attempt()
        now = self._clock()
        if outcome is Outcome.DONE:
            self.done_at, self.failing_since, self._failures = now, None, 0
        else:
            self.failing_since = self.failing_since or now
            self._failures += 1
            log.error(
                "publisher %s: %s; tried again in %.0f s", self.id, words or outcome, self.pause
            )
        self._settled(self.id, outcome)
        return outcome is Outcome.DONE

    async def _attempt(self) -> tuple[Outcome, str]:
        try:
            with pinned(self._directory) as release:
                return await self._ran(release)
        except (OSError, PublishError) as error:
            return Outcome.FAILED, str(error)

    async def _ran(self, release: Path) -> tuple[Outcome, str]:
        arguments = [part.replace(PLACE, str(release)) for part in self._command.run]
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # so that what it starts in turn can be ended with it
            cwd=release,
        )
        try:
            async with asyncio.timeout(self._command.timeout):
                said = await _tail(process.stderr)
                code = await process.wait()
        except TimeoutError:
            return Outcome.TIMED_OUT, f"not done after {self._command.timeout:g} s"
        finally:
            await asyncio.shield(_ended(process))
        if code == 0:
            return Outcome.DONE, ""
        return Outcome.FAILED, f"exit code {code}{said and ': '}{said}"


async def _tail(stream: asyncio.StreamReader | None) -> str:
    """The last line of what was said, masked: it goes into the log."""
    kept = b""
    while stream is not None and (piece := await stream.read(65_536)):
        kept = (kept + piece)[-_TAIL:]
    lines: Sequence[str] = kept.decode(errors="replace").strip().splitlines()
    return mask(lines[-1])[:_SHOWN] if lines else ""


async def _ended(process: asyncio.subprocess.Process) -> None:
    """It runs no more: asked first, then forced."""
    if process.returncode is not None:
        return
    for name, seconds in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, name)
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            continue
        return
