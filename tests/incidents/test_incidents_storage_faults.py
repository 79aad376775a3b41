"""Disks that fill, break, lie or are somebody else's just now: what is kept, what is said."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from incidents.events import Because, Impact, Opened, Origin
from incidents.journal import Entry
from incidents.schema import migrations
from incidents.sqlite import SqliteJournal
from incidents.store import Store, check_whole, open_store
from probes.observation import Outcome

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 1, tzinfo=UTC)
BAD = [Outcome.DOWN] * 3


async def append(store: Store, number: int = 1) -> Entry:
    journal = SqliteJournal(store)
    _, token = await journal.head()
    event = Opened(f"A-{number}", "chat", Origin.PERSON, Impact.MAJOR, NOW, Because("by_hand"))
    return await journal.append(f"incident/A-{number}", token, event, at=NOW, actor="anna")


async def entries(store: Store) -> int:
    verdict = await SqliteJournal(store).verify()
    assert verdict.flaw is None
    return verdict.entries


async def pad(store: Store, rows: int) -> None:
    """Fill the file with what has nothing to do with the journal."""
    await store.write(
        lambda db: db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO cursor SELECT hex(randomblob(200)) || i, i FROM n",
            [rows],
        )
    )


async def limit(store: Store, pages: int) -> None:
    """As if the disk had room for no more: SQLite itself says that it is full."""
    await store.write(lambda db: db.execute(f"PRAGMA max_page_count={pages}"))


async def filled(store: Store) -> int:
    """Append until there is room for no more; how many entries the journal then has."""
    while True:
        seq, _ = await SqliteJournal(store).head()
        try:
            await append(store, seq + 1)
        except sqlite3.OperationalError as error:
            if "full" not in str(error):
                raise
            return seq


def suffer(path: Path, how: str, *more: object, env: dict[str, str] | None = None) -> list[str]:
    """What a process that writes says, to its end."""
    done = subprocess.run(
        [sys.executable, HERE / "write_and_suffer.py", path, how, *map(str, more)],
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        check=True,
    )
    return done.stdout.splitlines()


@pytest.fixture
async def impatient(state_file: Path, store: Store) -> AsyncIterator[Store]:
    """A second process's view, which doesn't wait for others."""
    other = open_store(state_file, [migrations], now=NOW, threads=False, busy_seconds=0.05)
    yield other
    await other.close()


# ── S1: killed before, inside and after a commit ──


@pytest.mark.parametrize("after", [1, 5, 20])
async def test_killed_while_writing_it_keeps_whatever_it_said_it_had(
    state_file: Path, after: int
) -> None:
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, HERE / "write_and_suffer.py", state_file, "for ever"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert writer.stdout is not None
    said = [int(await writer.stdout.readline()) for _ in range(after)]
    writer.kill()
    said += [int(line) for line in (await writer.stdout.read()).split(b"\n")[:-1]]
    await writer.wait()
    store = open_store(state_file, [migrations], now=NOW, threads=False)
    assert await entries(store) in {said[-1], said[-1] + 1}
    folded, cursor = await store.read(_folded)
    assert folded == cursor, "the cursor and what was derived moved apart"
    check_whole(state_file)
    await store.close()


def _folded(db: Database) -> tuple[int, int]:
    (cursor,) = db.execute("SELECT coalesce(max(seq), 0) FROM cursor").fetchone()
    return db.table("incident").count, cursor


# ── S3, S4: no room ──


async def test_a_full_disk_refuses_the_entry_whole_and_takes_it_when_there_is_room(
    store: Store,
) -> None:
    await append(store)
    await limit(store, 1)
    written = await filled(store)
    assert await entries(store) == written
    assert store.damage is None, "full is not broken"
    await limit(store, 1_000_000)
    await append(store, 1000)
    assert await entries(store) == written + 1


async def test_what_was_seen_while_the_disk_was_full_is_decided_afterwards(world) -> None:
    await limit(world.store, 1)
    await filled(world.store)
    for outcome in BAD:
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await world.sees(outcome)
    assert await of_probes(world) == []
    await limit(world.store, 1_000_000)
    await world.recorder.turn()
    assert await of_probes(world) == [Opened]


async def of_probes(world) -> list[type]:
    return [type(e.event) for e in await world.journal.read(0) if e.stream == "component/sms"]


@pytest.mark.parametrize("kilobytes", [20, 200, 400])
def test_where_no_file_may_grow_it_refuses_and_goes_on_later(
    tmp_path: Path, state_file: Path, kilobytes: int
) -> None:
    """The log comes to the limit first, then the file itself when the log is copied into it."""
    *said, error, last, damage = suffer(state_file, "too large", kilobytes * 1024)
    assert error.startswith(("SQLITE_IOERR", "SQLITE_FULL"))
    assert int(last) == len(said) + 1
    assert damage == "damage None"
    check_whole(state_file)


# ── S5: read only ──


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that another user can come to."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


def test_where_nothing_can_be_made_it_is_refused_in_words(shared: Path) -> None:
    shared.chmod(0o555)
    (said,) = suffer(shared / "vahta.sqlite3", "as nobody")
    assert said.startswith(f"refused: {shared}/vahta.sqlite3: ")
    assert said.endswith(": choose another [state] dir")


def test_a_state_that_cannot_be_written_is_refused_and_not_called_damaged(shared: Path) -> None:
    path = shared / "vahta.sqlite3"
    asyncio.run(open_store(path, [migrations], now=NOW, threads=False).close())
    path.chmod(0o444)
    shared.chmod(0o555)
    (said,) = suffer(path, "as nobody")
    assert said.startswith(f"refused: {path}: ")
    assert "see to it that it can be written" in said


async def test_gone_read_only_while_running_it_refuses_to_write_and_goes_on_reading(
    store: Store,
) -> None:
    await append(store)
    await store.write(lambda db: db.execute("PRAGMA query_only=ON"))
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await append(store, 2)
    assert (await entries(store), store.damage) == (1, None)


# ── S6: somebody else's lock ──


async def test_a_foreign_lock_is_waited_for_then_refused_and_nothing_is_half_written(
    impatient: Store, store: Store
) -> None:
    await append(impatient)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await append(impatient, 2)
        assert await entries(impatient) == 1, "readers don't wait"
    await append(impatient, 2)
    assert await entries(store) == 2


# ── S8: damage while it runs (S7 and S9, at a start, are in test_incidents_store) ──


def scribble(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(b"\xff" * 4096)


async def root_page(store: Store, name: str) -> int:
    sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
    return int((await store.read(lambda db: db.execute(sql, [name]).fetchone()))[0])


@pytest.fixture
async def damaged(state_file: Path) -> AsyncIterator[Store]:
    """A store whose delivery of one table was scribbled over while it had the file open."""
    store = open_store(state_file, [migrations], now=NOW, threads=False)
    await append(store)
    await pad(store, 2000)
    page = await root_page(store, "cursor")
    assert await store.trim()
    await store.close()
    store = open_store(state_file, [migrations], now=NOW, threads=False)
    await append(store, 2)
    scribble(state_file, page)
    yield store
    await store.close()


async def test_damage_found_by_a_reader_ends_all_writing_and_is_said_once(
    damaged: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            await damaged.read(lambda db: db.execute("SELECT max(seq) FROM cursor").fetchone())
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        await append(damaged, 3)
    assert "vahta restore" in (damaged.damage or "")
    assert [r.levelname for r in caplog.records] == ["CRITICAL"]


async def test_damage_found_by_the_writer_ends_all_writing(damaged: Store) -> None:
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        await pad(damaged, 1)
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        await append(damaged, 3)
    assert damaged.damage is not None


async def test_what_can_be_read_is_still_read_after_damage(damaged: Store) -> None:
    damaged.give_up("the file is damaged")
    assert await entries(damaged) == 2
    with pytest.raises(sqlite3.DatabaseError, match="the file is damaged"):
        await append(damaged, 3)
    assert await entries(damaged) == 2


async def test_a_look_through_the_file_can_be_broken_off(store: Store) -> None:
    await pad(store, 20_000)
    assert await store.trim()
    for stop_at in (1, 12):  # while it is read ahead, and while it is checked
        looks = iter(range(1, 100))
        assert check_whole(store.path, enough=lambda n=stop_at, at=looks: next(at) >= n) is False
    assert check_whole(store.path) is True


async def test_a_sound_file_is_not_called_damaged(store: Store) -> None:
    """SQLite's quick check is wrong about such a table, its thorough one isn't."""
    for statement in (
        "CREATE TABLE odd (a TEXT NOT NULL, b TEXT NOT NULL, c, PRIMARY KEY (b, a)) WITHOUT ROWID",
        "INSERT INTO odd VALUES ('1', '2', '3'), ('2', '3', '4')",
    ):
        await store.write(lambda db, sql=statement: db.execute(sql))
    assert check_whole(store.path) is True


# ── S10: somebody who reads for long ──


async def test_the_log_grows_while_somebody_reads_and_is_emptied_afterwards(store: Store) -> None:
    await append(store)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as slow:
        slow.execute("BEGIN")
        slow.execute("SELECT count(*) FROM journal").fetchone()
        await pad(store, 20_000)
        grown = store.log_bytes
        assert grown > 4_000_000
        assert await store.trim() is False
        assert slow.execute("SELECT count(*) FROM cursor").fetchone() == (0,)
    assert await store.trim() is True
    assert store.log_bytes == 0
    assert await entries(store) == 1


async def test_whoever_waits_to_write_does_not_wait_for_the_log_to_be_emptied(
    store: Store,
) -> None:
    before = await store.write(lambda db: db.execute("PRAGMA busy_timeout").fetchone())
    assert await store.trim()
    assert await store.write(lambda db: db.execute("PRAGMA busy_timeout").fetchone()) == before


# ── S11, S13: what the disk says it has ──


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory, needs: Callable[[str], str]) -> Path:
    library = tmp_path_factory.mktemp("shim") / "fsync_fails.so"
    command = [needs("cc"), "-shared", "-fPIC", "-o", library, HERE / "fsync_fails.c"]
    subprocess.run(command, check=True)
    return library


@pytest.fixture
def disk(tmp_path: Path, shim: Path) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(shim),
        "FSYNC_FAILS": str(tmp_path / "fails"),
        "FSYNC_COUNT": str(tmp_path / "count"),
    }


def test_a_failed_fsync_is_never_tried_again(state_file: Path, disk: dict[str, str]) -> None:
    """The second would succeed, and prove nothing; so the process must end."""
    said = suffer(state_file, "unsynced", env=disk)
    assert said == ["1", "UnsyncedError", "UnsyncedError", "lost UnsyncedError"]
    check_whole(state_file)


async def test_after_a_failed_fsync_a_new_process_goes_on_from_what_is_there(
    state_file: Path, disk: dict[str, str]
) -> None:
    await asyncio.to_thread(suffer, state_file, "unsynced", env=disk)
    store = open_store(state_file, [migrations], now=NOW, threads=False)
    assert await entries(store) in {1, 2}
    await append(store, 9)
    await store.close()


def test_every_commit_is_on_the_disk_before_it_is_said(
    state_file: Path, disk: dict[str, str]
) -> None:
    said = suffer(state_file, "many", 10, env=disk)
    synced = Path(disk["FSYNC_COUNT"]).stat().st_size
    assert synced >= 2 * len(said), "one for each entry, one for the register's taking it in"


async def test_the_journal_is_written_with_full_synchronisation(store: Store) -> None:
    assert await store.write(lambda db: db.execute("PRAGMA synchronous").fetchone()) == (2,)


# ── S14: two at once ──


async def test_three_processes_write_and_lose_nothing(state_file: Path) -> None:
    await asyncio.gather(*(asyncio.to_thread(suffer, state_file, "many", 20) for _ in range(3)))
    store = open_store(state_file, [migrations], now=NOW, threads=False)
    assert await entries(store) == 60
    await store.close()
