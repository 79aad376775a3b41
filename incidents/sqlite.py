"""The journal on SQLite: the same contract as in memory, chained by hash, guarded by triggers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlite_utils import Database

from incidents.chain import COLUMNS, GENESIS, Head, Row, Verdict, chain_hash, walk
from incidents.codec import decode, encode
from incidents.events import Event
from incidents.journal import ConflictError, Entry, Token
from incidents.store import Store

_COLUMNS = ", ".join(COLUMNS)


class RefusedError(Exception):
    """The file's guards refuse what was decided: the decision and the file disagree."""


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
                return [entry(row) for row in rows], self.token_of(head(db).seq)

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
            if self.token_of(head(db).seq) != token:
                raise ConflictError(token)
            return extend(db, items, texts, at=at, actor=actor)

        return await self._store.write(work)

    async def head(self) -> tuple[int, Token]:
        seq = (await self._store.read(head)).seq
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

    async def verify(self, heads: Sequence[Head] = ()) -> Verdict:
        """Walk the chain from the start. Reads beside a running service.

        ``heads`` are what the journal once ended with: a tail cut off is found by them alone.
        """
        return await self._store.read(lambda db: walk(rows(db), heads))


def read_entries(db: Database, after: int, limit: int) -> Sequence[Entry]:
    """Entries after ``after`` as this connection sees them, for work inside a transaction."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
        [after, limit],
    ).fetchall()
    return [entry(row) for row in rows]


def head(db: Database) -> Head:
    """The last entry, as this connection sees it."""
    row = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, GENESIS)


def extend(
    db: Database,
    items: Sequence[tuple[str, Event]],
    texts: Sequence[str],
    *,
    at: datetime,
    actor: str,
) -> Sequence[Entry]:
    """Write (stream, event) pairs after the last entry, inside a transaction.

    ``texts`` are the events as they are kept. Raises RefusedError when a guard says no.
    """
    last, entries = head(db), []
    for (stream, event), text in zip(items, texts, strict=True):
        row = (last.seq + 1, stream, at.isoformat(), actor, text, last.hash)
        last = Head(last.seq + 1, chain_hash(row))
        insert(db, (*row, last.hash))
        entries.append(Entry(last.seq, stream, at, actor, event))
    return entries


def rows(db: Database) -> Iterator[Row]:
    """Every entry as it is kept, in order."""
    yield from db.execute(f"SELECT {_COLUMNS} FROM journal ORDER BY seq")


def rows_by_incident(db: Database) -> Iterator[Row]:
    """The same, one incident's after the other's: there is an index for that."""
    order = "json_extract(event, '$.incident'), seq"
    yield from db.execute(f"SELECT {_COLUMNS} FROM journal ORDER BY {order}")


def insert(db: Database, row: Row) -> None:
    """Write one entry, inside a transaction. Raises RefusedError when a guard says no."""
    try:
        db.execute(f"INSERT INTO journal ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    except sqlite3.IntegrityError as error:
        # The token was good, so this is no race: the file's own guards refuse the event.
        raise RefusedError(f"{row[1]}: {error}") from error


def entry(row: Row) -> Entry:
    """The entry of a row. Raises ValueError for an event that no version wrote."""
    seq, stream, at, actor, event, _, _ = row
    return Entry(seq, stream, datetime.fromisoformat(at), actor, decode(event))
