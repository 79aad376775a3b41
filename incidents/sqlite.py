"""The journal on SQLite: the same contract as in memory, chained by hash, guarded by triggers."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from incidents.codec import canonical, decode, encode
from incidents.events import Event
from incidents.journal import ConflictError, Entry, Token
from incidents.store import Store

GENESIS = "0" * 64
"""What the first entry names as its predecessor's hash."""

_COLUMNS = "seq, stream, at, actor, event, prev, hash"


class RefusedError(Exception):
    """The file's guards refuse what was decided: the decision and the file disagree."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first place where the chain doesn't hold, and how."""

    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``verify`` found: how many entries, the hash of the last, the first flaw if any."""

    entries: int
    head: str
    flaw: Flaw | None = None


class SqliteJournal:
    """Keeps the contract of incidents.journal.Journal.

    The token is the last sequence number of all streams, so a decision is refused when
    anything was written meanwhile. That is stricter than it need be, costs nothing at the
    journal's pace, and is what a replicated stream can check.
    """

    def __init__(self, store: Store, *, poll_seconds: float = 0.25) -> None:
        self._store = store
        self._poll = poll_seconds

    async def load(self, stream: str) -> tuple[Sequence[Entry], Token]:
        def work(db: Database) -> tuple[Sequence[Entry], Token]:
            with db.atomic():  # one view for both
                rows = db.execute(
                    f"SELECT {_COLUMNS} FROM journal WHERE stream = ? ORDER BY seq",
                    [stream],
                ).fetchall()
                return [_entry(row) for row in rows], self.token_of(_head(db)[0])

        return await self._store.read(work)

    async def append(
        self, stream: str, token: Token, event: Event, *, at: datetime, actor: str
    ) -> Entry:
        (entry,) = await self.append_all([(stream, event)], token, at=at, actor=actor)
        return entry

    async def append_all(
        self, items: Sequence[tuple[str, Event]], token: Token, *, at: datetime, actor: str
    ) -> Sequence[Entry]:
        """Append (stream, event) pairs in one transaction: all, or ConflictError and none.

        For bringing thousands along; nothing may rely on it, since other journals loop.
        """
        texts = [encode(event) for _, event in items]

        def work(db: Database) -> Sequence[Entry]:
            seq, prev = _head(db)
            if str(seq) != token:
                raise ConflictError(token)
            entries = []
            for (stream, event), text in zip(items, texts, strict=True):
                seq, row = seq + 1, (seq + 1, stream, at.isoformat(), actor, text, prev)
                prev = chain_hash(row)
                _insert(db, [*row, prev])
                entries.append(Entry(seq, stream, at, actor, event))
            return entries

        return await self._store.write(work)

    async def head(self) -> tuple[int, Token]:
        seq, _ = await self._store.read(_head)
        return seq, self.token_of(seq)

    @staticmethod
    def token_of(seq: int) -> Token:
        """The token as of entry ``seq`` of this journal."""
        return Token(str(seq))

    async def read(self, after: int, limit: int = 500) -> Sequence[Entry]:
        return await self._store.read(lambda db: read_entries(db, after, limit))

    async def changed(self, after: int) -> None:
        while (await self.head())[0] <= after:
            await self._store.written(self._poll)

    async def verify(self) -> Verdict:
        """Walk the chain from the start. Reads beside a running service."""
        return await self._store.read(lambda db: _verify(_rows(db)))


def read_entries(db: Database, after: int, limit: int) -> Sequence[Entry]:
    """Entries after ``after`` as this connection sees them, for work inside a transaction."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
        [after, limit],
    ).fetchall()
    return [_entry(row) for row in rows]


def chain_hash(row: Sequence[Any]) -> str:
    """SHA-256 over every other column: (seq, stream, at, actor, event, prev)."""
    return hashlib.sha256(canonical(list(row)).encode()).hexdigest()


def _insert(db: Database, row: Sequence[Any]) -> None:
    try:
        db.execute(f"INSERT INTO journal ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    except sqlite3.IntegrityError as error:
        # The token was good, so this is no race: the file's own guards refuse the event.
        raise RefusedError(f"{row[1]}: {error}") from error


def _head(db: Database) -> tuple[int, str]:
    row = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, GENESIS)


def _entry(row: Sequence[Any]) -> Entry:
    seq, stream, at, actor, event, _, _ = row
    return Entry(seq, stream, datetime.fromisoformat(at), actor, decode(event))


def _rows(db: Database) -> Iterator[Sequence[Any]]:
    yield from db.execute(f"SELECT {_COLUMNS} FROM journal ORDER BY seq")


def _verify(rows: Iterator[Sequence[Any]]) -> Verdict:
    entries, last_seq, head = 0, 0, GENESIS
    for *row, found in rows:
        seq, event, prev = row[0], row[4], row[5]
        problem = None
        if prev != head:
            problem = f"does not follow entry {last_seq}: one was removed, moved or changed"
        elif chain_hash(row) != found:
            problem = "was changed after it was written"
        else:
            try:
                decode(event)
            except ValueError:
                problem = "is not an event that any version wrote"
        if problem:
            return Verdict(entries, head, Flaw(seq, problem))
        entries, last_seq, head = entries + 1, seq, found
    return Verdict(entries, head)
