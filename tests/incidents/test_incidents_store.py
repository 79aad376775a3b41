"""Which files the store opens, which it refuses, and what it leaves behind."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from incidents.schema import migrations
from incidents.store import Store, StoreError, open_store

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


async def test_only_its_owner_may_read_the_file(store: Store) -> None:
    assert store.path.stat().st_mode & 0o077 == 0
