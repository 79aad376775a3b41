"""One SQLite file, one writer: where everything that must survive is kept.

Every write is one function run inside BEGIN IMMEDIATE … COMMIT on the writer's connection,
so a cursor and what was derived from it move together or not at all. Reads have connections
of their own and never wait for the writer.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database, Migrations

T = TypeVar("T")
Work = Callable[[Database], T]

FILE_NAME = "vahta.sqlite3"
_APPLICATION_ID = 0x56414854  # "VAHT"


class StoreError(Exception):
    """The state cannot be used; the message says why and what to do."""


class Store:
    """Opened by ``open_store``. ``write`` and ``read`` run a function on the right connection."""

    def __init__(self, path: Path, writer: Database, executor: ThreadPoolExecutor | None) -> None:
        self.path = path
        self._writer = writer
        self._executor = executor
        self._readers = ThreadPoolExecutor(2, "vahta-read") if executor else None
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._written = asyncio.Event()

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction; it is committed, or rolled back if it raises."""
        result = await self._call(self._executor, lambda: self._transact(work))
        # Whoever waits holds the old event; the next to wait gets a fresh one.
        done, self._written = self._written, asyncio.Event()
        done.set()
        return result

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a read-only connection, with one consistent view of the file."""
        return await self._call(self._readers, lambda: work(self._reader_of_this_thread()))

    async def written(self, poll_seconds: float) -> None:
        """Return after this process's next commit, or after ``poll_seconds`` at the latest.

        Other processes commit too and cannot wake us: hence the poll.
        """
        try:
            async with asyncio.timeout(poll_seconds):
                await self._written.wait()
        except TimeoutError:
            return

    async def close(self) -> None:
        """Wait for the write in hand, then close every connection."""
        for pool in (self._executor, self._readers):
            if pool is not None:
                await asyncio.to_thread(pool.shutdown)
        for connection in (*self._opened, self._writer.conn):
            connection.close()

    def _transact(self, work: Work[T]) -> T:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._writer)
        except BaseException:
            self._writer.conn.rollback()
            raise
        self._writer.conn.commit()
        return result

    def _reader_of_this_thread(self) -> Database:
        if not hasattr(self._local, "database"):
            connection = _reader(self.path)
            self._opened.append(connection)
            self._local.database = _wrap(connection)
        database: Database = self._local.database
        return database

    @staticmethod
    async def _call(pool: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        if pool is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def open_store(
    path: Path, migrations: Sequence[Migrations], *, now: datetime, threads: bool = True
) -> Store:
    """Open the state, creating or upgrading it; an upgrade is preceded by a backup.

    Raises StoreError for a file that is empty, foreign, damaged or newer than this program.
    ``threads=False`` runs everything inline, for commands and tests.
    """
    fresh = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not fresh and path.stat().st_size == 0:
        raise StoreError(
            f"{path}: is empty, which a state never is: remove it, or restore a backup"
        )
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=10
    )
    try:
        database = _wrap(connection)
        if not fresh:
            _refuse_foreign(database, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(database, migrations, path, backup=None if fresh else now)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(
            f"{path}: {error}: restore a backup from {path.parent / 'backups'}"
        ) from error
    except BaseException:
        connection.close()
        raise
    path.chmod(0o600)
    executor = ThreadPoolExecutor(1, "vahta-write") if threads else None
    return Store(path, database, executor)


def _wrap(connection: sqlite3.Connection) -> Database:
    return Database(connection, execute_plugins=False)


def _reader(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=10,
    )
    connection.execute("PRAGMA query_only=ON")
    return connection


def _refuse_foreign(database: Database, path: Path) -> None:
    found = database.execute("PRAGMA application_id").fetchone()[0]
    if found != _APPLICATION_ID:
        raise StoreError(f"{path}: is not a state of vahta's: choose another [state] dir")
    damage = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise StoreError(f"{path}: is damaged ({damage}): restore a backup")


def _migrate(
    database: Database, migrations: Sequence[Migrations], path: Path, *, backup: datetime | None
) -> None:
    """Apply what is pending under one write lock, so that two processes cannot race."""
    database.execute("BEGIN IMMEDIATE")
    try:
        _refuse_newer(database, migrations, path)
        pending = any(m.pending(database) for m in migrations)
        if pending and backup is not None:
            _back_up(path, backup)
        for migration in migrations:
            migration.apply(database)
        database.execute(f"PRAGMA application_id={_APPLICATION_ID}")
    except BaseException:
        database.conn.rollback()
        raise
    database.conn.commit()


def _refuse_newer(database: Database, migrations: Sequence[Migrations], path: Path) -> None:
    if "_sqlite_migrations" not in database.table_names():
        return
    nothing = Database(memory=True)  # on which every known step is still pending
    known = {(m.name, step.name) for m in migrations for step in m.pending(nothing)}
    for row in database.query("SELECT migration_set, name FROM _sqlite_migrations"):
        if (row["migration_set"], row["name"]) not in known:
            raise StoreError(
                f"{path}: was written by a newer vahta ({row['migration_set']}.{row['name']}):"
                " upgrade the program, or restore the backup made before the upgrade"
            )


def _back_up(path: Path, now: datetime) -> None:
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True)
    target = sqlite3.connect(folder / f"{now:%Y%m%dT%H%M%S}-before-upgrade.bak")
    source = _reader(path)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
