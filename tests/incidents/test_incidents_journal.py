"""One contract for every journal; and what the file itself refuses."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidents.codec import decode, encode
from incidents.events import Because, Impact, Opened, Origin, Published, Resolved, Unrecognised
from incidents.journal import ConflictError, Journal, MemoryJournal
from incidents.schema import migrations
from incidents.sqlite import RefusedError, SqliteJournal
from incidents.store import Store, open_store

AT = datetime(2026, 3, 1, tzinfo=UTC)
STREAM = "component/sms"


def opened(number: int = 1) -> Opened:
    return Opened(
        f"ИНЦ-2026-{number:04d}",
        "sms",
        Origin.PROBE,
        Impact.MAJOR,
        AT,
        Because("confirmed_failures"),
    )


def resolved(number: int = 1) -> Resolved:
    return Resolved(f"ИНЦ-2026-{number:04d}", "sms", Because("confirmed_recovery"))


@pytest.fixture(params=["memory", "sqlite", "sqlite in threads"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal()
        return
    threads = request.param == "sqlite in threads"
    store = open_store(tmp_path / "vahta.sqlite3", [migrations], now=AT, threads=threads)
    yield SqliteJournal(store, poll_seconds=0.01)
    await store.close()


async def write(journal: Journal, *events, stream: str = STREAM) -> None:
    for event in events:
        _, token = await journal.load(stream)
        await journal.append(stream, token, event, at=AT, actor="probes")


async def test_what_was_appended_is_read_back(journal: Journal) -> None:
    await write(journal, opened(), resolved())
    assert [entry.event for entry in await journal.read(0)] == [opened(), resolved()]


async def test_reading_goes_on_after_a_number(journal: Journal) -> None:
    await write(journal, opened(), resolved())
    first, second = await journal.read(0)
    assert await journal.read(first.seq) == [second]
    assert await journal.read(0, limit=1) == [first]


async def test_a_stream_is_loaded_alone(journal: Journal) -> None:
    await write(journal, opened())
    await write(journal, opened(2), stream="incident/2")
    entries, _ = await journal.load("incident/2")
    assert [e.event.incident for e in entries] == ["ИНЦ-2026-0002"]


async def test_an_old_token_is_refused_and_writes_nothing(journal: Journal) -> None:
    _, token = await journal.load(STREAM)
    await write(journal, opened())
    with pytest.raises(ConflictError):
        await journal.append(STREAM, token, resolved(), at=AT, actor="anna")
    assert len(await journal.read(0)) == 1


async def test_of_two_writers_one_wins(journal: Journal) -> None:
    _, token = await journal.load(STREAM)
    tries = (journal.append(STREAM, token, opened(n), at=AT, actor="x") for n in (1, 2))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(r, ConflictError) for r in results) == 1


async def test_whoever_waits_hears_of_a_change(journal: Journal) -> None:
    waiting = asyncio.create_task(journal.changed(0))
    await asyncio.sleep(0)
    await write(journal, opened())
    await asyncio.wait_for(waiting, 5)


async def test_another_process_writing_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "vahta.sqlite3"
    ours, theirs = (open_store(path, [migrations], now=AT, threads=False) for _ in range(2))
    waiting = asyncio.create_task(SqliteJournal(ours, poll_seconds=0.01).changed(0))
    await write(SqliteJournal(theirs), opened())
    await asyncio.wait_for(waiting, 5)
    await ours.close()
    await theirs.close()


# ── the file ──


@pytest.fixture
async def chained(store: Store) -> SqliteJournal:
    journal = SqliteJournal(store)
    await write(
        journal, opened(), Published("ИНЦ-2026-0001", "sms", Because("by_hand")), resolved()
    )
    return journal


def tamper(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER journal_no_update")
        db.execute("DROP TRIGGER journal_no_delete")
        for statement in statements:
            db.execute(statement)
    db.close()


async def test_an_untouched_chain_verifies(chained: SqliteJournal) -> None:
    verdict = await chained.verify()
    assert (verdict.entries, verdict.flaw) == (3, None)


@pytest.mark.parametrize(
    ("statement", "seq", "problem"),
    [
        ("UPDATE journal SET actor = 'eve' WHERE seq = 2", 2, "was changed"),
        ("UPDATE journal SET at = '2026-03-02T00:00:00+00:00' WHERE seq = 1", 1, "was changed"),
        ("DELETE FROM journal WHERE seq = 2", 3, "does not follow entry 1"),
        ("UPDATE journal SET seq = 9 WHERE seq = 2", 3, "does not follow entry 1"),
    ],
)
async def test_tampering_is_found(
    chained: SqliteJournal, state_file: Path, statement: str, seq: int, problem: str
) -> None:
    tamper(state_file, statement)
    flaw = (await chained.verify()).flaw
    assert flaw is not None
    assert (flaw.seq, problem in flaw.problem) == (seq, True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'eve'",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE seq = 1",
    ],
)
async def test_the_database_itself_refuses_to_change_history(
    chained: SqliteJournal, store: Store, statement: str
) -> None:
    theirs = sqlite3.connect(store.path)  # with SQLite's own settings, not ours
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        theirs.execute(statement)
    theirs.close()
    assert (await chained.verify()).flaw is None


async def test_the_database_itself_refuses_a_second_open_automatic_incident(store: Store) -> None:
    journal = SqliteJournal(store)
    await write(journal, opened(1))
    with pytest.raises(RefusedError, match="journal_open"):
        await write(journal, opened(2))
    await write(journal, resolved(1), opened(2))


async def test_the_database_itself_refuses_a_number_twice(store: Store) -> None:
    journal = SqliteJournal(store)
    await write(journal, opened(1))
    with pytest.raises(RefusedError, match="journal_one_opening"):
        await write(journal, opened(1), stream="incident/1")


async def test_the_journal_has_the_columns_that_others_read(chained, store: Store) -> None:
    columns = await store.read(lambda db: db.table("journal").columns_dict)
    assert list(columns) == ["seq", "stream", "at", "actor", "event", "prev", "hash"]


def test_the_wire_format_of_an_event_is_for_ever() -> None:
    assert encode(
        Published("ИНЦ-2026-0001", "sms", Because("publish_after", {"waited_seconds": 180.0}))
    ) == (
        '{"because":{"gates":[],"rule":"publish_after","values":{"waited_seconds":180.0}},'
        '"component":"sms","incident":"ИНЦ-2026-0001","kind":"published"}'
    )


def test_an_event_of_an_older_version_is_still_read() -> None:
    old = '{"because":{"rule":"by_hand"},"component":"sms","incident":"A-1","kind":"resolved"}'
    assert decode(old) == Resolved("A-1", "sms", Because("by_hand"))


def test_an_event_of_a_newer_version_is_kept_and_passed_over() -> None:
    event = decode('{"component":"sms","incident":"A-1","into":"A-2","kind":"teleported"}')
    assert isinstance(event, Unrecognised)
    assert (event.kind, event.incident, event.component) == ("teleported", "A-1", "sms")


def test_what_no_version_wrote_is_refused() -> None:
    with pytest.raises(ValueError, match="names its kind"):
        decode('{"incident":"A-1"}')
