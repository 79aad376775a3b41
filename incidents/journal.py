"""The port of the journal, and the journal in memory that the tests use.

Small on purpose: a second implementation (a replicated stream) must be able to keep it. So
one append is one event, and the token is opaque: whoever decides loads, decides, appends with
the token, and on ConflictError decides again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from incidents.events import Event

Token = NewType("Token", str)

PROBES = "probes"
"""The actor of what nobody did by hand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. ``seq`` grows; it need not be dense."""

    seq: int
    stream: str
    at: datetime
    actor: str
    event: Event


class ConflictError(Exception):
    """Somebody else appended first: load again, decide again."""


class Journal(Protocol):
    async def load(self, stream: str) -> tuple[Sequence[Entry], Token]:
        """All entries of a stream, oldest first, and what ``append`` must be given back."""
        ...

    async def append(
        self, stream: str, token: Token, event: Event, *, at: datetime, actor: str
    ) -> Entry:
        """Write one event down for good. Raises ConflictError when the token is out of date."""
        ...

    async def head(self) -> tuple[int, Token]:
        """The last sequence number (0 when empty) and a token as of now."""
        ...

    async def read(self, after: int, limit: int = 500) -> Sequence[Entry]:
        """Entries after sequence number ``after``, oldest first, at most ``limit``."""
        ...

    async def changed(self, after: int) -> None:
        """Return once there is an entry after ``after``, whoever wrote it."""
        ...


class MemoryJournal:
    """The same contract without a file."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._grown = asyncio.Condition()

    async def load(self, stream: str) -> tuple[Sequence[Entry], Token]:
        return [e for e in self._entries if e.stream == stream], self._token()

    async def append(
        self, stream: str, token: Token, event: Event, *, at: datetime, actor: str
    ) -> Entry:
        if token != self._token():
            raise ConflictError(stream)
        entry = Entry(len(self._entries) + 1, stream, at, actor, event)
        self._entries.append(entry)
        async with self._grown:
            self._grown.notify_all()
        return entry

    async def head(self) -> tuple[int, Token]:
        return len(self._entries), self._token()

    async def read(self, after: int, limit: int = 500) -> Sequence[Entry]:
        return self._entries[after : after + limit]

    async def changed(self, after: int) -> None:
        async with self._grown:
            await self._grown.wait_for(lambda: len(self._entries) > after)

    def _token(self) -> Token:
        return Token(str(len(self._entries)))
