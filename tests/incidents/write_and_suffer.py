"""A process that appends to a journal until something stops it; for the storage tests.

python write_and_suffer.py STATE_FILE HOW [NUMBER]

It prints the number of each entry once that is committed, and what went wrong by its name.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from incidents.events import Because, Impact, Opened, Origin
from incidents.journal import ConflictError
from incidents.register import Register
from incidents.schema import migrations
from incidents.sqlite import SqliteJournal
from incidents.store import Store, StoreError, UnsyncedError, open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOBODY = 65534


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def append(store: Store) -> None:
    journal = SqliteJournal(store)
    seq, token = await journal.head()
    id_ = f"A-{seq + 1}"
    event = Opened(id_, "sms", Origin.PERSON, Impact.MAJOR, NOW, Because("x" * 2000))
    entry = await journal.append(f"incident/{id_}", token, event, at=NOW, actor="anna")
    say(entry.seq)
    await Register(store, journal).refresh()


async def for_ever(store: Store) -> None:
    while True:
        await append(store)


async def many(store: Store, number: int) -> None:
    """As a command does beside a service: whoever was second tries again."""
    done = 0
    while done < number:
        try:
            await append(store)
        except ConflictError:
            continue
        done += 1


async def too_large(store: Store, limit: int) -> None:
    """No file may grow beyond ``limit`` bytes, as if the disk were full; then it may again."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    try:
        await for_ever(store)
    except sqlite3.Error as error:
        say(error.sqlite_errorname)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    await append(store)
    say("damage", store.damage)


async def unsynced(store: Store) -> None:
    await append(store)
    ends = asyncio.create_task(store.lost())
    for is_broken in (True, False):
        break_disk(is_broken)
        try:
            await append(store)
        except UnsyncedError:
            say("UnsyncedError")
    (lost,) = await asyncio.gather(ends, return_exceptions=True)
    say("lost", type(lost).__name__)


def break_disk(is_broken: bool) -> None:
    fails = Path(os.environ["FSYNC_FAILS"])
    if is_broken:
        fails.touch()
    else:
        fails.unlink()


async def main(path: Path, how: str, number: int) -> None:
    if how == "as nobody" and os.geteuid() == 0:
        os.setuid(NOBODY)
    try:
        store = open_store(path, [migrations], now=NOW, threads=False)
    except StoreError as error:
        say("refused:", error)
        return
    ways: dict[str, Callable] = {
        "for ever": lambda: for_ever(store),
        "many": lambda: many(store, number),
        "too large": lambda: too_large(store, number),
        "unsynced": lambda: unsynced(store),
        "as nobody": lambda: append(store),
    }
    await ways[how]()
    await store.close()


if __name__ == "__main__":
    file, way, *rest = sys.argv[1:]
    asyncio.run(main(Path(file), way, int(rest[0]) if rest else 0))
