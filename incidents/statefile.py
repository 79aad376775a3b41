"""The state's file as SQLite sees it: how it is reached, whether it is ours and whole."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

FILE_NAME = "vahta.sqlite3"
APPLICATION_ID = 0x56414854  # "VAHT"
BUSY_SECONDS = 10.0
"""How long to wait for another process's write."""

_STEPS = 2_000  # of SQLite's machine between two looks at the clock
_BLOCK = 2**20
_PAGES = 4_096  # copied between two words about how far it has got
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNSYNCED = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}


class StoreError(Exception):
    """The state cannot be used; the message says why and what to do."""


def connect(path: Path, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection that reads and writes, and begins nothing by itself."""
    return sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        timeout=busy_seconds,
    )


def reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, nor make a file that isn't there."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_SECONDS,
    )
    connection.execute("PRAGMA query_only=ON")
    return connection


def wrap(connection: sqlite3.Connection) -> Database:
    return Database(connection, execute_plugins=False)


def refuse_foreign(connection: sqlite3.Connection, path: Path, *, remedy: str) -> None:
    """Raise StoreError for a database that isn't a state."""
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    if found != APPLICATION_ID:
        raise StoreError(f"{path}: is not a state of vahta's: {remedy}")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, not merely busy, full or out of reach."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def is_unsynced(error: sqlite3.Error) -> bool:
    """Whether the disk could not say that it has what was written."""
    return getattr(error, "sqlite_errorcode", 0) in _UNSYNCED


def remedy(error: sqlite3.Error, path: Path) -> str:
    """What to do about it: a file that is merely busy or full must not be thrown away."""
    if is_damage(error):
        return RESTORE.format(path.parent)
    return "the file itself is sound: see to it that it can be written, and try again"


RESTORE = "restore a backup from {}/backups with `vahta restore`, or remove it to begin anew"


def check_whole(path: Path, *, enough: Callable[[], bool] = lambda: False) -> bool:
    """Read the file for damage; False when ``enough`` ended that before it was through.

    Raises StoreError when it is damaged. A gigabyte takes a second once it is in memory. To get
    it there it is read from one end to the other first, which is what disks are good at: SQLite
    goes from page to page, and that took six times as long.
    """
    with path.open("rb", buffering=0) as file:
        while file.read(_BLOCK):
            if enough():
                return False
    with closing(reader(path)) as connection:
        connection.set_progress_handler(enough, _STEPS)
        try:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                # SQLite's quick check may cry wolf where a table without rowids has its columns
                # in another order than its key (3.40 does). The long one knows better.
                damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return False
            raise StoreError(f"{path}: {error}: {remedy(error, path)}") from error
    if damage != "ok":
        raise StoreError(f"{path}: is damaged ({damage}): {RESTORE.format(path.parent)}")
    return True


def copy(
    source: sqlite3.Connection,
    target: Path,
    *,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Copy a database as of one moment to ``target``, while others read and write it.

    The copy is one file, without a write-ahead log beside it. ``told`` hears how many pages
    of how many are copied.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        # Within a transaction all steps see the same moment, and no write makes it start over.
        source.execute("BEGIN")
        try:
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            source.backup(
                connection, pages=_PAGES, progress=lambda _, left, all_: told(all_ - left, all_)
            )
        finally:
            source.execute("ROLLBACK")
        connection.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write to, which takes its place when all went well.

    Only its owner may read it. It is on the disk before it has the name; whatever happens,
    ``path`` is what it was or all that was written.
    """
    folder = path.absolute().parent
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:60]}-", suffix=".part", dir=folder)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        synced(part)
        part.replace(path)
        synced(folder)
    finally:
        part.unlink(missing_ok=True)


def synced(path: Path) -> None:
    """Return when the disk has a file, or the names in a directory."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
