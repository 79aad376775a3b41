"""Who may open the state, when a service refuses to, and how the file is looked after."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidents.events import Because, Impact, Opened, Origin
from incidents.store import FILE_NAME, Store, StoreError
from vahta.state import StateError, alone, held, keep_short, looked_after, opened

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BOOT = datetime(1970, 1, 1, 0, 2, tzinfo=UTC)


async def lived(folder: Path, *, openings: int = 3) -> None:
    """A state with some incidents open, and a register that knows them."""
    async with opened(folder, now=NOW, threads=False) as state:
        for n in range(1, openings + 1):
            event = Opened(f"A-{n}", f"c{n}", Origin.PROBE, Impact.MAJOR, NOW, Because("x"))
            _, token = await state.journal.head()
            await state.journal.append(f"component/c{n}", token, event, at=NOW, actor="probes")
        await state.register.refresh()


def run_sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as db, db:
        for statement in statements:
            db.execute(statement)


def scribble(folder: Path, name: str) -> None:
    """Damage the first page of a table."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = db.execute(sql, [name]).fetchone()
    with (folder / FILE_NAME).open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(b"\xff" * 4096)


# ── who ──


def test_a_second_service_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(StateError, match=r"another vahta serves .*process \d+.:"):
        held(tmp_path).__enter__()
    with held(tmp_path):
        pass


async def test_commands_are_welcome_beside_a_service(tmp_path: Path) -> None:
    with held(tmp_path):
        async with opened(tmp_path, now=NOW, threads=True):
            await lived(tmp_path)


async def test_nobody_is_alone_where_a_command_is_at_work(tmp_path: Path) -> None:
    async with opened(tmp_path, now=NOW, threads=False):
        with pytest.raises(StateError, match="another vahta command is at work here"):
            alone(tmp_path).__enter__()
    with alone(tmp_path):
        pass


async def test_nobody_is_alone_where_a_service_is(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(StateError, match="another vahta serves"):
        alone(tmp_path).__enter__()


async def test_nothing_is_opened_where_somebody_must_be_alone(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(StateError, match="at work here: try again"):
        await lived(tmp_path)
    await lived(tmp_path)


# ── when not ──


async def test_a_service_does_not_begin_before_the_clock_is_set(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="the clock says 1970-01-01 00:02 UTC: set it"):
        async with opened(tmp_path, now=BOOT, threads=True):
            pass


async def test_a_service_does_not_begin_on_a_damaged_file(tmp_path: Path) -> None:
    await lived(tmp_path)
    scribble(tmp_path, "journal")
    with pytest.raises(StoreError, match="vahta restore"):
        async with opened(tmp_path, now=NOW, threads=True):
            pass


@pytest.mark.parametrize(
    "spoil",
    ["UPDATE incident SET is_open = 0 WHERE id = 'A-2'", "DELETE FROM incident WHERE id = 'A-2'"],
)
async def test_a_register_that_does_not_fit_is_made_anew_at_the_start(
    tmp_path: Path, spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    await lived(tmp_path)
    run_sql(tmp_path, spoil)
    async with opened(tmp_path, now=NOW, threads=True) as state:
        await state.register.refresh()
        assert {i.id for i in state.register.open_incidents()} == {"A-1", "A-2", "A-3"}
    assert "made anew from the journal: A-2 is open in the journal" in caplog.text


async def test_a_register_that_fits_is_not_folded_again(tmp_path: Path) -> None:
    await lived(tmp_path)
    run_sql(tmp_path, "UPDATE incident SET opened_at = 'as it was'")
    async with opened(tmp_path, now=NOW, threads=True) as state:
        await state.register.refresh()
        rows = await state.store.read(
            lambda db: db.execute("SELECT DISTINCT opened_at FROM incident").fetchall()
        )
    assert rows == [("as it was",)]


# ── meanwhile ──


@pytest.fixture
async def store(tmp_path: Path):
    await lived(tmp_path)
    async with opened(tmp_path, now=NOW, threads=True) as state:
        yield state.store


async def test_damage_that_is_found_later_ends_writing_and_not_reading(
    store: Store, tmp_path: Path
) -> None:
    scribble(tmp_path, "touched")
    async with looked_after(store, is_whole=False, check_after=0):
        async with asyncio.timeout(20):
            while not store.damage:
                await store.written(0.01)
    with pytest.raises(sqlite3.DatabaseError, match="vahta restore"):
        await store.write(lambda db: db.execute("DELETE FROM cursor"))
    assert await store.read(lambda db: db.table("journal").count) == 3


async def test_a_whole_file_that_is_looked_through_later_is_let_be(store: Store) -> None:
    async with looked_after(store, is_whole=False, check_after=0):
        await store.write(lambda db: db.execute("DELETE FROM cursor"))
    assert store.damage is None


async def test_a_log_beyond_its_limit_is_emptied(store: Store) -> None:
    await store.write(lambda db: db.execute("DELETE FROM cursor"))
    before = store.log_bytes
    await keep_short(store, limit=before)
    assert store.log_bytes == before
    await keep_short(store, limit=before - 1)
    assert store.log_bytes == 0


async def test_a_log_that_somebody_still_reads_is_told_of(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as slow:
        slow.execute("BEGIN")
        slow.execute("SELECT count(*) FROM journal").fetchone()
        await store.write(lambda db: db.execute("DELETE FROM cursor"))
        await keep_short(store, limit=0)
    assert "somebody has been reading for long" in caplog.text
