"""The state directory: who may serve from it, and how its file is opened."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import desk.calls.schema
import incidents.find.schema
import incidents.history.schema
import incidents.schema
import notify.oncall.schema
import notify.tables.schema
import vahta.notebook
from incidents import audit
from incidents.register import Register
from incidents.sqlite import SqliteJournal
from incidents.store import FILE_NAME, Store, StoreError, check_whole, open_store

_log = logging.getLogger(__name__)

MIGRATIONS = (
    incidents.schema.migrations,
    incidents.find.schema.migrations,
    incidents.history.schema.migrations,
    notify.tables.schema.migrations,
    notify.oncall.schema.migrations,
    desk.calls.schema.migrations,
    vahta.notebook.migrations,
)
"""Every package's tables; each looks after its own."""

LOG_LIMIT = 64 * 2**20
"""Above this many bytes the write-ahead log is emptied, once nobody reads what is in it."""

_SANE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this was written it cannot run: a machine without a battery boots in 1970."""

_LOCK_NAME = "vahta.lock"
_CHECK_SECONDS = 0.5
_CHECK_AFTER = 30.0
_TRIM_EVERY = 30.0


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


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only process of ours that has anything open here, service or command.

    Raises StateError when there is another.
    """
    with held(folder), _locked(folder, fcntl.LOCK_EX):
        yield


@asynccontextmanager
async def opened(folder: Path, *, now: datetime, threads: bool) -> AsyncIterator[Opened]:
    """Open the state's file, making it on first use. Raises StateError or StoreError.

    With ``threads``, for a service: the file is looked through for damage. What takes longer
    than half a second is done half a minute later, beside the service, which then stops writing
    if there is any: nobody must wait for a disk to be read before the portal is watched. The
    register is held against the journal, and the log kept short. Commands must answer at once
    and leave all that be.
    """
    file = folder / FILE_NAME
    if threads and now < _SANE_FROM:
        raise StateError(f"the clock says {now:%Y-%m-%d %H:%M} UTC: set it, and start again")
    with _in_use(folder):
        is_whole = not threads or not file.exists() or _looked_through(file)
        store = open_store(file, MIGRATIONS, now=now, threads=threads)
        try:
            journal = SqliteJournal(store)
            state = Opened(store, journal, Register(store, journal))
            if not threads:
                yield state
                return
            await _mend(store)
            async with looked_after(store, is_whole=is_whole):
                yield state
        finally:
            await store.close()


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Let nobody put another file in the place of the one that is open here."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StateError(f"{folder}: {error.strerror}: choose another [state] dir") from error
    with _locked(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    """Lock the directory itself, which needs no file; it is let go when the process ends."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # of a file system that has no such locks: SQLite has its own
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateError(
                    f"{folder}: another vahta command is at work here: try again in a moment"
                ) from None
        yield
    finally:
        os.close(handle)


def _looked_through(file: Path) -> bool:
    """Whether there was time to read the file for damage. Raises StoreError for any."""
    deadline = time.monotonic() + _CHECK_SECONDS
    return check_whole(file, enough=lambda: time.monotonic() > deadline)


async def _mend(store: Store) -> None:
    """A register that doesn't fit the journal is derived anew: it can be, the journal can't."""
    why = await store.read(audit.unfit)
    if why is not None:
        _log.warning("the register is made anew from the journal: %s", why)
        await store.write(audit.forget)


@asynccontextmanager
async def looked_after(
    store: Store, *, is_whole: bool, check_after: float = _CHECK_AFTER
) -> AsyncIterator[None]:
    """Meanwhile, read the file for damage unless it ``is_whole``, and keep its log short."""
    stop = threading.Event()
    tending = asyncio.create_task(
        _tend(store, stop, None if is_whole else check_after), name="state"
    )
    try:
        yield
    finally:
        stop.set()
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)


async def _tend(store: Store, stop: threading.Event, check_after: float | None) -> None:
    if check_after is not None:
        await asyncio.sleep(check_after)
        try:
            await asyncio.to_thread(check_whole, store.path, enough=stop.is_set)
        except StoreError as error:
            store.give_up(str(error))
    while True:
        await asyncio.sleep(_TRIM_EVERY)
        await keep_short(store, limit=LOG_LIMIT)


async def keep_short(store: Store, *, limit: int) -> None:
    """Empty a write-ahead log of more than ``limit`` bytes, or say what keeps it."""
    if store.log_bytes <= limit or store.damage:
        return
    try:
        if not await store.trim():
            _log.warning("the log of the state grows: somebody has been reading for long")
    except (sqlite3.Error, StoreError):
        _log.exception("the log of the state could not be emptied")
