"""One SQLite file, one writer: where everything that must survive is kept.

Every write is one function run inside BEGIN IMMEDIATE … COMMIT on the writer's connection,
so a cursor and what was derived from it move together or not at all. Reads have connections
of their own and never wait for the writer.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database, Migrations

T = TypeVar("T")
Work = Callable[[Database], T]

FILE_NAME = "vahta.sqlite3"
BUSY_SECONDS = 10.0
"""How long to wait for another process's write."""

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
            self._writer.conn.commit()
        except BaseException:
            self._writer.conn.rollback()
            raise
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
                f"{path}: is empty, which a state never is: {_RESTORE.format(path.parent)}"
            )
        connection = _connect(path, busy_seconds)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}: choose another [state] dir") from error
    try:
        database = _wrap(connection)
        _refuse_foreign(database, path)
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(database, migrations, path, backup=now)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path}: {error}: {_remedy(error, path)}") from error
    except BaseException:
        connection.close()
        raise
    return Store(path, database, ThreadPoolExecutor(1, "vahta-write") if threads else None)


def check_whole(path: Path) -> None:
    """Read the whole file for damage. Raises StoreError. Takes long where the file is large."""
    connection = _reader(path)
    try:
        damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}: {_remedy(error, path)}") from error
    finally:
        connection.close()
    if damage != "ok":
        raise StoreError(f"{path}: is damaged ({damage}): {_RESTORE.format(path.parent)}")


_RESTORE = "restore a backup from {}/backups, or remove it to begin anew"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _remedy(error: sqlite3.DatabaseError, path: Path) -> str:
    """What to do about it: a file that is merely busy or full must not be thrown away."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        return _RESTORE.format(path.parent)
    return "the file itself is sound: see to it that it can be written, and try again"


def _create(path: Path, migrations: Sequence[Migrations]) -> None:
    """Make the file whole under another name, then give it its own: no crash leaves half of it.

    SQLite gives the files beside it the same mode, so only its owner can read any of them.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
        fresh = Path(folder) / path.name
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        connection = _connect(fresh, BUSY_SECONDS)
        try:
            database = _wrap(connection)
            database.execute("BEGIN IMMEDIATE")
            for migration in migrations:
                migration.apply(database)
            database.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            connection.commit()
            connection.execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()
        with suppress(FileExistsError):  # another process was first, and its file is as good
            os.link(fresh, path)


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        timeout=busy_seconds,
    )


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


def _migrate(
    database: Database, migrations: Sequence[Migrations], path: Path, *, backup: datetime
) -> None:
    """Apply what is pending under one write lock, so that two processes cannot race."""
    _refuse_newer(database, migrations, path)
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
    folder.mkdir(exist_ok=True, mode=0o700)
    file = folder / f"{now:%Y%m%dT%H%M%S}-before-upgrade.bak"
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    target = sqlite3.connect(file)
    source = _reader(path)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
