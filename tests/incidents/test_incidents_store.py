"""Which files the store opens, which it refuses, and what it leaves behind."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from incidents.schema import migrations
from incidents.store import Store, StoreError, check_whole, open_store

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def later() -> Migrations:
    """The same set as this version's, one step on."""
    newer = Migrations("incidents")
    for step in migrations.pending(Database(memory=True)):
        newer(name=step.name)(step.fn)
    newer(name="m999_later")(lambda db: db.execute("CREATE TABLE later (x INTEGER) STRICT"))
    return newer


def open_(path: Path, sets: Migrations = migrations) -> Store:
    return open_store(path, [sets], now=NOW, threads=False)


async def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    path.touch()
    with pytest.raises(StoreError, match="is empty, which a state never is"):
        open_(path)
    assert path.stat().st_size == 0


async def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(StoreError, match="is not a state of vahta's"):
        open_(path)
    assert Database(path).table_names() == ["theirs"]


async def test_garbage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="restore a backup"):
        open_(path)


async def test_a_newer_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    await open_(path, later()).close()
    with pytest.raises(StoreError, match="newer vahta .incidents.m999_later.: upgrade the program"):
        open_(path)


async def test_an_upgrade_is_preceded_by_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    await open_(path).close()
    assert not (tmp_path / "backups").exists()
    await open_(path, later()).close()
    (backup,) = (tmp_path / "backups").iterdir()
    assert backup.suffix == ".bak"
    assert "later" not in Database(backup).table_names()


async def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def fails(db: Database) -> None:
        db.execute("INSERT INTO cursor VALUES ('x', 1)")
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        await store.write(fails)
    assert await store.read(lambda db: db.table("cursor").count) == 0


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly|query_only"):
        await store.read(lambda db: db.conn.execute("INSERT INTO cursor VALUES ('x', 1)"))


async def test_only_its_owner_may_read_any_of_its_files(store: Store) -> None:
    await store.write(lambda db: db.execute("INSERT INTO cursor VALUES ('x', 1)"))
    files = list(store.path.parent.glob("vahta.sqlite3*"))
    assert len(files) == 3
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


async def test_a_crash_while_it_is_made_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "state" / "vahta.sqlite3"

    def crash(_: Database) -> None:
        raise KeyboardInterrupt

    broken = Migrations("incidents")
    broken(name="m001_journal")(crash)
    with pytest.raises(KeyboardInterrupt):
        open_(path, broken)
    assert list(path.parent.iterdir()) == []
    await open_(path).close()


async def test_a_busy_file_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    await open_(path).close()
    path.chmod(0o600)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("CREATE TABLE held (x)")
    with pytest.raises(StoreError, match="the file itself is sound"):
        open_store(path, [later()], now=NOW, threads=False, busy_seconds=0.05)
    holder.close()


async def test_a_damaged_page_is_found_before_a_service_begins(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    await open_(path).close()
    check_whole(path)
    data = bytearray(path.read_bytes())
    data[4096:4600] = b"\xff" * 504
    path.write_bytes(data)
    with pytest.raises(StoreError, match="restore a backup"):
        check_whole(path)
