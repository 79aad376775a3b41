"""The state directory: who may serve from it, and how its file is opened."""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import incidents.schema
import notify.schema
from incidents.register import Register
from incidents.sqlite import SqliteJournal
from incidents.store import FILE_NAME, Store, check_whole, open_store

MIGRATIONS = (incidents.schema.migrations, notify.schema.migrations)
"""Every package's tables; each looks after its own."""

_LOCK_NAME = "vahta.lock"


class StateError(Exception):
    """The state directory cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The state's parts, ready for use."""

    store: Store
    journal: SqliteJournal
    register: Register


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Be the only service on this state. The lock dies with the process, however it dies.

    Raises StateError when another service holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(f"{folder}: {error.strerror}: choose another [state] dir") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            raise StateError(
                f"{folder}: another vahta serves from here (process {holder}):"
                " stop it, or give this one a directory of its own with --state"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@asynccontextmanager
async def opened(folder: Path, *, now: datetime, threads: bool) -> AsyncIterator[Opened]:
    """Open the state's file, making it on first use. Raises incidents.store.StoreError."""
    file = folder / FILE_NAME
    if threads and file.exists():  # a service; commands must answer at once
        check_whole(file)
    store = open_store(file, MIGRATIONS, now=now, threads=threads)
    try:
        journal = SqliteJournal(store)
        yield Opened(store, journal, Register(store, journal))
    finally:
        await store.close()
