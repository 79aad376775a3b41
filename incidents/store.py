"""One SQLite file, one writer: where everything that must survive is kept.

Every write is one function run inside BEGIN IMMEDIATE … COMMIT on the writer's connection,
so a cursor and what was derived from it move together or not at all. Reads have connections
of their own and never wait for the writer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database, Migrations

from incidents.statefile import (
    APPLICATION_ID,
    BUSY_SECONDS,
    FILE_NAME,
    RESTORE,
    StoreError,
    check_whole,
    connect,
    copy,
    is_damage,
    is_unsynced,
    reader,
    refuse_foreign,
    remedy,
    wrap,
)

__all__ = ["FILE_NAME", "Store", "StoreError", "check_whole", "open_store"]

T = TypeVar("T")
Work = Callable[[Database], T]

_log = logging.getLogger(__name__)


class DamagedError(sqlite3.DatabaseError):
    """The file is damaged: this process writes no more to it, and reads what can be read."""


class UnsyncedError(StoreError):
    """The disk failed to say that it has what was written. Whoever hears this must end.

    Asking again proves nothing, since a second fsync may answer well for what is lost. A new
    process reads from the disk what is really there.
    """


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
        self._halt: Exception | None = None
        self._lost = asyncio.Event()

    @property
    def damage(self) -> str | None:
        """Why nothing is written any more, for as long as this process lives; else None."""
        return str(self._halt) if self._halt else None

    def give_up(self, damage: str) -> None:
        """Write nothing from now on: the file was found damaged. Reading goes on."""
        if self._halt is None:
            self._halt = DamagedError(damage)
            _log.critical("%s: nothing more is written to it", damage)

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction; it is committed, or rolled back if it raises.

        Raises DamagedError, a sqlite3.Error, once the file was found damaged, and
        UnsyncedError, which isn't one, when the disk failed.
        """
        result = await self._on_writer(lambda: self._transact(work))
        # Whoever waits holds the old event; the next to wait gets a fresh one.
        done, self._written = self._written, asyncio.Event()
        done.set()
        return result

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a read-only connection, with one consistent view of the file."""
        try:
            return await self._call(self._readers, lambda: work(self._reader_of_this_thread()))
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                self.give_up(f"{self.path}: {error}: {remedy(error, self.path)}")
            raise

    async def trim(self) -> bool:
        """Empty the write-ahead log; False when somebody reads too old a moment for that."""
        return await self._on_writer(self._checkpoint)

    async def lost(self) -> None:
        """Wait for as long as the disk keeps what is written; then raise UnsyncedError.

        For whoever can end the process: a loop that only logs its errors would go on for ever.
        """
        await self._lost.wait()
        if self._halt:
            raise self._halt.with_traceback(None)

    @property
    def log_bytes(self) -> int:
        """How large the write-ahead log is: it grows while somebody goes on reading."""
        try:
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        except FileNotFoundError:
            return 0

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

    async def _on_writer(self, work: Callable[[], T]) -> T:
        try:
            return await self._call(self._executor, work)
        except UnsyncedError:
            self._lost.set()
            raise

    def _transact(self, work: Work[T]) -> T:
        if self._halt:
            raise self._halt.with_traceback(None)
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._writer)
                self._writer.conn.commit()
            except BaseException:
                self._writer.conn.rollback()
                raise
        except sqlite3.DatabaseError as error:
            self._judge(error)
            raise
        return result

    def _judge(self, error: sqlite3.DatabaseError) -> None:
        if is_damage(error):
            self.give_up(f"{self.path}: {error}: {remedy(error, self.path)}")
        if is_unsynced(error):
            self._halt = UnsyncedError(
                f"{self.path}: the disk failed to keep what was written ({error}):"
                " look after the disk, and start again"
            )
            raise self._halt from error

    def _checkpoint(self) -> bool:
        waiting = self._writer.execute("PRAGMA busy_timeout").fetchone()[0]
        self._writer.execute("PRAGMA busy_timeout=0")  # whoever reads, writers don't wait for it
        try:
            return not self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            self._judge(error)
            raise
        finally:
            self._writer.execute(f"PRAGMA busy_timeout={waiting}")

    def _reader_of_this_thread(self) -> Database:
        if not hasattr(self._local, "database"):
            connection = reader(self.path)
            self._opened.append(connection)
            self._local.database = wrap(connection)
        database: Database = self._local.database
        return database

    @staticmethod
    async def _call(pool: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        if pool is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def open_store(
    path: Path,
    migrations: Sequence[Migrations],
    *,
    now: datetime,
    threads: bool = True,
    busy_seconds: float = BUSY_SECONDS,
) -> Store:
    """Open the state, creating or upgrading it; an upgrade is preceded by a backup.

    Raises StoreError for a file that is empty, foreign, damaged or newer than this program, and
    for one that cannot be written just now. ``threads=False`` runs everything inline, for
    commands and tests.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _create(path, migrations)
        if path.stat().st_size == 0:
            raise StoreError(
                f"{path}: is empty, which a state never is: {RESTORE.format(path.parent)}"
            )
        connection = connect(path, busy_seconds)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}: choose another [state] dir") from error
    try:
        database = wrap(connection)
        refuse_foreign(connection, path, remedy="choose another [state] dir")
        connection.execute("PRAGMA journal_mode=WAL")  # which a restored backup isn't in
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(database, migrations, path, backup=now)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path}: {error}: {remedy(error, path)}") from error
    except BaseException:
        connection.close()
        raise
    return Store(path, database, ThreadPoolExecutor(1, "vahta-write") if threads else None)


def _create(path: Path, migrations: Sequence[Migrations]) -> None:
    """Make the file whole under another name, then give it its own: no crash leaves half of it.

    SQLite gives the files beside it the same mode, so only its owner can read any of them.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
        fresh = Path(folder) / path.name
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(connect(fresh)) as connection:
            database = wrap(connection)
            database.execute("BEGIN IMMEDIATE")
            for migration in migrations:
                migration.apply(database)
            database.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.commit()
            connection.execute("PRAGMA journal_mode=WAL")
        with suppress(FileExistsError):  # another process was first, and its file is as good
            os.link(fresh, path)


def _migrate(
    database: Database, migrations: Sequence[Migrations], path: Path, *, backup: datetime
) -> None:
    """Apply what is pending under one write lock, so that two processes cannot race."""
    refuse_newer(database, migrations, path)
    if not any(m.pending(database) for m in migrations):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        if any(m.pending(database) for m in migrations):
            _back_up(path, backup)
        for migration in migrations:
            migration.apply(database)
    except BaseException:
        database.conn.rollback()
        raise
    database.conn.commit()


def refuse_newer(database: Database, migrations: Sequence[Migrations], path: Path) -> None:
    """Raise StoreError for a state with steps that this program doesn't know."""
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
    folder.mkdir(exist_ok=True, mode=0o700)
    file = folder / f"{now:%Y%m%dT%H%M%S}-before-upgrade.bak"
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with closing(reader(path)) as source:
        copy(source, file)
