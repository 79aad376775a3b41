"""A copy of the state, taken while it is in use, and its way back. Neither is trusted unread.

A backup is one SQLite file. It is made and checked under another name, so that whatever has the
name that was asked for is whole; and what a restore replaces is kept.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlite_utils import Migrations

from incidents.chain import Verdict, walk
from incidents.sqlite import rows
from incidents.statefile import (
    StoreError,
    connect,
    copy,
    is_damage,
    reader,
    refuse_foreign,
    replacing,
    synced,
    wrap,
)
from incidents.store import refuse_newer

_LOGS = ("-wal", "-journal")

Told = Callable[[int, int], None]
"""Hears how many pages of how many are copied."""


def back_up(state: Path, to: Path, *, told: Told, force: bool = False) -> Verdict:
    """Copy ``state`` to ``to`` while others use it; answers what its chain is like.

    Raises StoreError, leaving no file, when the copy isn't whole, or ``to`` is there already and
    ``force`` isn't said.
    """
    if not state.exists():
        raise StoreError(f"{state}: there is no state here yet")
    if to.parent.resolve() == state.parent.resolve() and to.name.startswith(state.name):
        raise StoreError(f"{to}: is the state's own: choose another name")
    if to.exists() and not force:
        raise StoreError(f"{to}: is there already: choose another name, or say --force")
    with replacing(to) as part:
        _copied(state, part, told)
        return _whole(part, state)


def restore(
    backup: Path, state: Path, migrations: Sequence[Migrations], *, now: datetime, told: Told
) -> tuple[Verdict, Path | None]:
    """Put ``backup`` in the place of ``state``: what its chain is like, and what was kept as what.

    The caller sees to it that no process of ours has the state open. Raises StoreError, having
    changed nothing, when the backup is foreign, damaged or newer, or the state is in use.
    """
    if not backup.is_file():
        raise StoreError(f"{backup}: there is no such file")
    state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(state) as part:
        _copied(backup, part, told)
        verdict = _whole(part, backup)
        with closing(reader(part)) as connection:
            refuse_newer(wrap(connection), migrations, backup)
        return verdict, _set_aside(state, now)


def _copied(path: Path, part: Path, told: Told) -> None:
    try:
        with closing(_open(path)) as source:
            refuse_foreign(source, path, remedy="give the file that `vahta backup` made")
            copy(source, part, told=told)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be copied: {error}") from error


def _open(path: Path) -> sqlite3.Connection:
    """To read with; a lone file where nothing can be written is read as it lies there."""
    connection = reader(path)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(f"{path.name}-wal").exists():
            raise
        still = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(still, uri=True, isolation_level=None)
    return connection


def _whole(part: Path, path: Path) -> Verdict:
    """The verdict on the chain in a copy of ``path``. Raises StoreError when anything is wrong."""
    with closing(reader(part)) as connection:
        try:
            damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            verdict = walk(rows(wrap(connection)))
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path}: is damaged: {error}") from error
    if damage != "ok":
        raise StoreError(f"{path}: is damaged: {damage}")
    if verdict.flaw:
        raise StoreError(f"{path}: its journal is not what was written: {verdict}")
    return verdict


def _set_aside(state: Path, now: datetime) -> Path | None:
    """Keep what is there among the backups, with its log if SQLite can't take that in."""
    if not state.exists():
        return None
    folder = state.parent / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    kept = _linked(state, folder, f"{now:%Y%m%dT%H%M%S}-before-restore")
    logs = [  # beforehand, since SQLite throws away a log that it cannot make sense of
        Path(shutil.copyfile(log, kept.with_name(kept.name + suffix)))
        for suffix in _LOGS
        if (log := state.with_name(state.name + suffix)).exists()
    ]
    unneeded = [kept, *logs]
    try:
        unneeded = logs if _without_log(state) else []
    finally:
        for file in unneeded:
            file.unlink()
    for suffix in (*_LOGS, "-shm"):
        state.with_name(state.name + suffix).unlink(missing_ok=True)
    synced(folder)
    return kept


def _linked(state: Path, folder: Path, stem: str) -> Path:
    """A second name for the file, that nothing else has."""
    for number in itertools.count(1):
        kept = folder / (f"{stem}.bak" if number == 1 else f"{stem}-{number}.bak")
        with suppress(FileExistsError):
            os.link(state, kept)
            return kept
    raise AssertionError("numbers don't end")


def _without_log(state: Path) -> bool:
    """Make the file whole by itself; False when it is too damaged for that.

    SQLite does it only while nobody else has the file open. Raises StoreError when somebody has.
    """
    with closing(connect(state, 1.0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return False
            raise StoreError(f"{state}: is in use ({error}): try again in a moment") from error
    return True
