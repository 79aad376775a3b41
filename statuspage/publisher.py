"""Keeps the public page true: renders when the board changed, and once a minute in any case."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import perf_counter

from statuspage.board import Board, Snapshot, board
from statuspage.packing import Packer
from statuspage.release import Checkpoint, PublishError, publish
from statuspage.remembering import Storyteller
from statuspage.site import Site
from statuspage.theme import Theme
from statuspage.wording import Texts

__all__ = ["PublishError", "Publisher", "publish", "render_once"]

REFRESH = 60.0
"""Seconds after which the page is made anew though nothing changed: it says when it was made."""
LOOK = 3.0
"""Seconds between two looks at the state when nobody said that something changed."""
SETTLE = 0.1
"""Seconds of rest after each look, so that a flurry of changes costs ten looks a second."""
RETRY_AT_MOST = 30.0

_PLAIN = Theme()

log = logging.getLogger(__name__)


def render_once(
    snapshot: Snapshot, directory: Path, *, texts: Texts, theme: Theme = _PLAIN
) -> None:
    """Render the whole site of ``snapshot`` into ``directory``. Blocks.

    Raises PublishError where ``directory`` is somebody else's, OSError where the disk fails.
    """
    look = _Look(texts, theme)
    publish(Packer().packed(look.render(board(snapshot))), directory)


class _Look:
    """The site in its theme; without the theme's templates where they fail at run time.

    That they can be read was seen to before; that they know every situation nobody can.
    """

    def __init__(self, texts: Texts, theme: Theme) -> None:
        self._texts = texts
        self._themes = [theme, *([replace(theme, templates=None)] if theme.templates else [])]
        self._sites: dict[tuple[int, tuple[str, ...]], Site] = {}

    def render(self, board_now: Board) -> Mapping[str, bytes]:
        """Every file of the site."""
        for theme in self._themes[:-1]:
            try:
                return self._in(theme, board_now)
            except Exception:
                log.exception(
                    "templates in %s failed; the page goes out with Vahta's own", theme.templates
                )
        return self._in(self._themes[-1], board_now)

    def _in(self, theme: Theme, board_now: Board) -> Mapping[str, bytes]:
        key = (id(theme), board_now.portal.languages)
        if key not in self._sites:
            self._sites[key] = Site(self._texts, board_now.portal.languages, theme=theme)
        return self._sites[key].render(board_now)


class Publisher:
    """The loop that publishes. One for each directory; ``run`` it in a task of its own.

    ``snapshot`` gives the state as it is. ``changed(seq)`` returns once the state is later than
    a snapshot of that ``seq``; it is called anew after each return and may return too often,
    never too late.
    ``published(seconds, at)`` hears how long each publication took and which instant it shows.
    """

    def __init__(  # noqa: PLR0913 - all by keyword, given once by the wiring
        self,
        *,
        snapshot: Callable[[], Awaitable[Snapshot]],
        changed: Callable[[int], Awaitable[None]],
        texts: Texts,
        directory: Path,
        theme: Theme = _PLAIN,
        published: Callable[[float, datetime], None] = lambda _seconds, _at: None,
        checkpoint: Checkpoint = lambda _: None,
        refresh: float = REFRESH,
        look: float = LOOK,
    ) -> None:
        self._snapshot = snapshot
        self._changed = changed
        self._site = _Look(texts, theme)
        self._directory = directory
        self._published = published
        self._checkpoint = checkpoint
        self._refresh = refresh
        self._look = look
        self._packer = Packer()
        self._storyteller = Storyteller()
        self._seen = -1
        self._shown: Board | None = None
        self._shown_at = 0.0
        self._failures = 0

    @property
    def is_complete(self) -> bool:
        """True once this process has published a whole site."""
        return self._shown is not None

    async def run(self) -> None:
        """Publish until cancelled. Errors are logged and tried again, and never end it."""
        waiter: asyncio.Task[None] | None = None
        try:
            while True:
                await self.turn()
                # Asked of what was seen: what changed while we rendered is not missed.
                waiter = waiter or asyncio.create_task(_returning(self._changed(self._seen)))
                await asyncio.sleep(self._pause())
                done, _ = await asyncio.wait({waiter}, timeout=self._rest())
                if done:
                    await self._heard(waiter)
                    waiter = None
        finally:
            if waiter is not None:
                waiter.cancel()

    async def turn(self) -> None:
        """Look once, and publish if the page would be another one or is a minute old."""
        try:
            board_now = self._storyteller.board(await self._snapshot())
            self._seen = board_now.seq
            if board_now != self._shown or self._is_old():
                await self._publish(board_now)
            self._failures = 0
        except Exception:
            self._failures += 1
            log.exception(
                "the page could not be published; the old one stays, tried again in %.0f s",
                self._pause(),
            )

    async def _publish(self, board_now: Board) -> None:
        began = perf_counter()
        await asyncio.to_thread(self._render, board_now)
        self._shown, self._shown_at = board_now, asyncio.get_running_loop().time()
        self._published(perf_counter() - began, board_now.made_at)

    def _render(self, board_now: Board) -> None:
        files = self._packer.packed(self._site.render(board_now))
        publish(files, self._directory, checkpoint=self._checkpoint)

    def _is_old(self) -> bool:
        return asyncio.get_running_loop().time() - self._shown_at >= self._refresh

    def _pause(self) -> float:
        """How long to leave everything alone: a moment, or longer after each failure."""
        return min(2.0 ** (self._failures - 1), RETRY_AT_MOST) if self._failures else SETTLE

    def _rest(self) -> float:
        """How long to wait for a change before looking anyway."""
        age = asyncio.get_running_loop().time() - self._shown_at
        return max(0.0, min(self._look, self._refresh - age))

    async def _heard(self, waiter: asyncio.Task[None]) -> None:
        """A source of changes that fails is logged; the looks without it go on."""
        try:
            await waiter
        except Exception:
            log.exception("the page is not told of changes, and looks for itself")
            await asyncio.sleep(self._look)


async def _returning(changed: Awaitable[None]) -> None:
    await changed
