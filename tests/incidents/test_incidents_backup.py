"""A backup is whole or isn't there; a restore keeps what it replaces, and refuses what is bad."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from incidents.backup import back_up, restore
from incidents.chain import Verdict
from incidents.events import Because, Impact, Opened, Origin
from incidents.schema import migrations
from incidents.sqlite import SqliteJournal
from incidents.store import Store, StoreError, open_store

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def open_(path: Path, sets: Migrations = migrations) -> Store:
    return open_store(path, [sets], now=NOW, threads=False)


async def append(store: Store, *numbers: int) -> None:
    journal = SqliteJournal(store)
    for n in numbers:
        event = Opened(f"A-{n}", "sms", Origin.PERSON, Impact.MAJOR, NOW, Because("by_hand"))
        _, token = await journal.head()
        await journal.append(f"incident/A-{n}", token, event, at=NOW, actor="anna")


def silent(_done: int, _all: int) -> None:
    """Nobody wants to know."""


def saved(store: Store, to: Path, *, force: bool = False) -> Verdict:
    return back_up(store.path, to, told=silent, force=force)


def put_back(backup: Path, state: Path, sets: Migrations = migrations) -> Path | None:
    return restore(backup, state, [sets], now=NOW, told=silent)[1]


def numbers(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return [n for (n,) in db.execute("SELECT event ->> 'incident' FROM journal ORDER BY seq")]


def older_and_newer() -> Migrations:
    """This version's steps, and one that it doesn't know."""
    newer = Migrations("incidents")
    for step in migrations.pending(Database(memory=True)):
        newer(name=step.name)(step.fn)
    newer(name="m999_later")(lambda db: db.execute("CREATE TABLE later (x INTEGER) STRICT"))
    return newer


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "copy.bak"


@pytest.fixture
async def lived(store: Store) -> Store:
    await append(store, 1, 2, 3)
    return store


# ── out ──


async def test_a_backup_holds_what_is_still_in_the_log_alone(lived: Store, to: Path) -> None:
    """Copying the file would not do: what was committed last is not in it yet."""
    assert lived.log_bytes > 0
    assert saved(lived, to).entries == 3
    assert numbers(to) == ["A-1", "A-2", "A-3"]


async def test_a_backup_is_one_file_for_its_owner_alone(lived: Store, to) -> None:
    saved(lived, to)
    numbers(to)
    assert [file.name for file in to.parent.iterdir() if "copy" in file.name] == ["copy.bak"]
    assert to.stat().st_mode & 0o777 == 0o600


async def test_a_backup_is_of_one_moment_though_others_write(lived: Store, to: Path) -> None:
    await lived.write(
        lambda db: db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
            " INSERT INTO cursor SELECT hex(randomblob(300)) || i, i FROM n"
        )
    )
    heard = []

    def meddle(done: int, all_: int) -> None:
        heard.append((done, all_))
        with closing(sqlite3.connect(lived.path)) as other, other:
            other.execute("DELETE FROM cursor WHERE seq % 2 = ?", [len(heard) % 2])

    back_up(lived.path, to, told=meddle)
    assert len(heard) > 2
    with closing(sqlite3.connect(to)) as db:
        assert db.execute("SELECT count(*) FROM cursor").fetchone() == (40_000,)


async def test_what_is_there_is_not_overwritten_unless_told_to(lived: Store, to) -> None:
    to.write_text("precious")
    with pytest.raises(StoreError, match="is there already"):
        saved(lived, to)
    assert to.read_text() == "precious"
    assert saved(lived, to, force=True).entries == 3


@pytest.mark.parametrize("name", ["vahta.sqlite3", "vahta.sqlite3-wal"])
async def test_the_states_own_files_are_never_overwritten(lived: Store, name: str) -> None:
    with pytest.raises(StoreError, match="the state's own"):
        saved(lived, lived.path.parent / "." / name, force=True)
    assert numbers(lived.path) == ["A-1", "A-2", "A-3"]


async def test_there_must_be_a_state_to_back_up(tmp_path, to) -> None:
    with pytest.raises(StoreError, match="no state here yet"):
        back_up(tmp_path / "vahta.sqlite3", to, told=silent)
    assert list(tmp_path.iterdir()) == []


async def test_a_state_whose_chain_is_broken_makes_no_backup(lived: Store, to: Path) -> None:
    tamper(lived.path)
    with pytest.raises(StoreError, match="not what was written: entry 2 was changed"):
        saved(lived, to)
    assert list(to.parent.glob("*copy*")) == []


async def test_a_copy_that_fails_half_way_leaves_nothing(lived: Store, to: Path) -> None:
    def full(_done: int, _all: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        back_up(lived.path, to, told=full)
    assert list(to.parent.glob("*copy*")) == []


def tamper(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TRIGGER journal_no_update")
        db.execute("UPDATE journal SET actor = 'eve' WHERE seq = 2")


# ── in ──


@pytest.fixture
async def backup(lived: Store, to: Path) -> Path:
    """Of three entries; the state has a fourth since, and is closed."""
    saved(lived, to)
    await append(lived, 4)
    await lived.close()
    return to


async def test_a_backup_comes_back_and_what_was_there_is_kept(backup, state_file) -> None:
    kept = put_back(backup, state_file)
    assert kept is not None
    assert (kept.parent.name, kept.suffix) == ("backups", ".bak")
    assert (numbers(state_file), numbers(kept)) == (
        ["A-1", "A-2", "A-3"],
        ["A-1", "A-2", "A-3", "A-4"],
    )
    assert state_file.stat().st_mode & 0o077 == 0


async def test_each_restore_keeps_its_own(backup: Path, state_file: Path) -> None:
    assert len({put_back(backup, state_file) for _ in range(3)}) == 3


async def test_it_goes_on_from_what_was_restored(backup: Path, state_file: Path) -> None:
    put_back(backup, state_file)
    store = open_(state_file)
    await append(store, 5)
    assert (await SqliteJournal(store).verify()).flaw is None
    assert store.log_bytes > 0, "it writes ahead again"
    await store.close()
    assert numbers(state_file) == ["A-1", "A-2", "A-3", "A-5"]


async def test_the_log_of_the_old_state_does_not_come_over_the_new(
    lived: Store, to, tmp_path
) -> None:
    """As after kill -9: a log is left, and must not be replayed into another file."""
    saved(lived, to)
    await append(lived, 4)
    dead = tmp_path / "dead"
    dead.mkdir()
    for file in tmp_path.glob("vahta.sqlite3*"):
        shutil.copy(file, dead)
    state = dead / "vahta.sqlite3"
    assert (dead / "vahta.sqlite3-wal").stat().st_size > 0
    kept = put_back(to, state)
    assert kept is not None
    assert (numbers(state), numbers(kept)[-1]) == (["A-1", "A-2", "A-3"], "A-4")


async def test_a_state_beyond_reading_is_kept_with_its_log(backup, state_file) -> None:
    state_file.write_bytes(b"not a database at all" * 1000)
    log = state_file.with_name("vahta.sqlite3-wal")
    log.write_bytes(b"what was left of the log")
    kept = put_back(backup, state_file)
    assert kept is not None
    assert kept.read_bytes().startswith(b"not a database")
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"what was left of the log"
    assert numbers(state_file) == ["A-1", "A-2", "A-3"]


async def test_a_backup_comes_to_where_there_is_nothing(backup: Path, tmp_path: Path) -> None:
    state = tmp_path / "elsewhere" / "vahta.sqlite3"
    assert put_back(backup, state) is None
    assert numbers(state) == ["A-1", "A-2", "A-3"]


async def test_a_state_in_use_is_not_replaced(lived: Store, to: Path) -> None:
    saved(lived, to)
    await append(lived, 4)
    with pytest.raises(StoreError, match="is in use .*: try again in a moment"):
        put_back(to, lived.path)
    assert list((lived.path.parent / "backups").iterdir()) == []
    await append(lived, 5)
    assert numbers(lived.path)[-1] == "A-5"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


def scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8192:9000] = b"\xff" * 808
    path.write_bytes(data)


def somebody_elses(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE theirs (x)")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (cut, "cannot be copied|damaged"),
        (scribble, "damaged"),
        (tamper, "not what was written: entry 2"),
        (somebody_elses, "not a state of vahta's"),
        (lambda path: path.write_text("Dear diary"), "file is not a database"),
        (lambda path: path.write_bytes(b""), "not a state of vahta's"),
        (Path.unlink, "no such file"),
    ],
    ids=["cut", "scribbled", "tampered", "foreign", "text", "empty", "missing"],
)
async def test_a_bad_backup_changes_nothing(
    backup: Path, state_file: Path, spoil: Callable[[Path], object], why: str
) -> None:
    spoil(backup)
    with pytest.raises(StoreError, match=why):
        put_back(backup, state_file)
    assert numbers(state_file) == ["A-1", "A-2", "A-3", "A-4"]
    assert list(state_file.parent.glob(".*.part")) == []


async def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path, to: Path) -> None:
    state = tmp_path / "newer" / "vahta.sqlite3"
    store = open_(state, older_and_newer())
    saved(store, to)
    await store.close()
    with pytest.raises(StoreError, match=r"copy.bak: was written by a newer vahta"):
        put_back(to, state)


async def test_a_backup_of_an_older_version_is_brought_up_to_date_when_opened(
    backup: Path, state_file: Path
) -> None:
    put_back(backup, state_file, older_and_newer())
    await open_(state_file, older_and_newer()).close()
    with closing(sqlite3.connect(state_file)) as db:
        assert db.execute("SELECT count(*) FROM later").fetchone() == (0,)
