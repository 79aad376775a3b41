"""The journal as JSON Lines: out and in again byte for byte, or not at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.archive import ArchiveError, export, line_of, row_of, take_in
from incidents.chain import GENESIS, chain_hash
from incidents.events import Because, Impact, Opened, Origin, Published, Resolved, Updated
from incidents.schema import migrations
from incidents.sqlite import SqliteJournal
from incidents.store import Store, open_store

AT = datetime(2026, 3, 1, tzinfo=UTC)
HAND = Because("by_hand")
ID = "ИНЦ-2026-0001"
OTHER = "ИНЦ-2026-0002"
STORY = [
    Opened(ID, "sms", Origin.PROBE, Impact.MAJOR, AT, Because("confirmed_failures", {"n": 3})),
    Published(ID, "sms", HAND),
    Updated(ID, "sms", HAND, text={"ru": "Чиним\u2028и \x85ещё «чиним»"}),
    Resolved(ID, "sms", HAND),
    Opened(OTHER, "sms", Origin.PROBE, Impact.MINOR, AT, HAND),
]


async def append(store: Store, *events) -> None:
    journal = SqliteJournal(store)
    for n, event in enumerate(events):
        _, token = await journal.head()
        at = AT + timedelta(seconds=n)
        await journal.append("component/sms", token, event, at=at, actor="анна")


async def exported(store: Store) -> list[bytes]:
    lines: list[bytes] = []
    await store.read(lambda db: export(db, lines.append))
    return lines


async def imported(store: Store, lines: list[bytes]) -> int:
    return await store.write(lambda db: take_in(db, lines))


async def refused(store: Store, lines: list[bytes]) -> list[str]:
    """The problems; and that nothing at all was written."""
    before = await exported(store)
    with pytest.raises(ArchiveError) as caught:
        await imported(store, lines)
    assert await exported(store) == before
    return list(caught.value.problems)


def forged(lines: list[bytes], index: int, **changes) -> list[bytes]:
    """The lines with one entry's fields changed, and all hashes from there on made anew."""
    rows = [json.loads(line) for line in lines]
    rows[index].update(changes)
    last = rows[index]["prev"]
    for row in rows[index:]:
        row["prev"] = last
        *columns, _ = row.values()
        row["hash"] = last = chain_hash(tuple(columns))
    return [line_of(tuple(row.values())) for row in rows]


@pytest.fixture
async def lines(store: Store) -> list[bytes]:
    await append(store, *STORY)
    return await exported(store)


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path / "new" / "vahta.sqlite3", [migrations], now=AT, threads=False)
    yield store
    await store.close()


async def test_what_comes_in_goes_out_byte_for_byte(lines: list[bytes], empty: Store) -> None:
    assert await imported(empty, lines) == len(STORY)
    assert await exported(empty) == lines
    assert (await SqliteJournal(empty).verify()).flaw is None


async def test_it_is_one_line_to_an_entry_whatever_the_texts_hold(lines: list[bytes]) -> None:
    assert len(b"".join(lines).decode().splitlines()) == len(STORY)
    assert json.loads(json.loads(lines[2])["event"])["text"] == STORY[2].text


async def test_importing_again_adds_nothing(lines: list[bytes], empty: Store) -> None:
    await imported(empty, lines)
    assert await imported(empty, lines) == 0
    assert await imported(empty, lines[:3]) == 0


async def test_a_file_goes_on_from_what_is_there(lines: list[bytes], empty: Store) -> None:
    await imported(empty, lines[:2])
    assert await imported(empty, lines) == 3
    assert await exported(empty) == lines


async def test_another_history_is_refused(lines: list[bytes], empty: Store) -> None:
    await append(empty, STORY[-1])
    (problem,) = await refused(empty, lines)
    assert problem == "line 1: entry 1 is not the one that is here: import into an empty state"


async def test_an_edit_is_named_with_its_line(lines: list[bytes], empty: Store) -> None:
    lines[1] = lines[1].replace("анна".encode(), "ева".encode())
    (problem,) = await refused(empty, lines)
    assert problem.startswith("line 2: entry 2 was changed after it was written")


async def test_a_line_taken_out_is_named(lines: list[bytes], empty: Store) -> None:
    del lines[2]
    assert await refused(empty, lines) == ["line 3: entry 4 does not follow entry 2"]


async def test_every_problem_is_named(lines: list[bytes], empty: Store) -> None:
    lines[0] = b"{\n"
    lines[2] = b"[]\n"
    lines[4] = lines[4].replace(b'"seq":5', b'"seq":"5"')
    problems = await refused(empty, lines)
    assert [p.split(":")[0] for p in problems] == ["line 1", "line 3", "line 5"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"event": '{"kind":"opened"}'}, "not an event that any version wrote"),
        ({"event": "nothing"}, "not an event that any version wrote"),
        ({"at": "2026-03-01T09:00:00"}, "without a zone"),
        ({"at": "yesterday"}, "isoformat"),
        ({"seq": 0}, "is no entry's number"),
        ({"seq": 2**63}, "is no entry's number"),
    ],
    ids=["torn", "no event", "no zone", "no time", "zero", "too large"],
)
async def test_a_forgery_with_good_hashes_must_still_make_sense(
    lines: list[bytes], empty: Store, changes: dict, said: str
) -> None:
    problems = await refused(empty, forged(lines, 1, **changes))
    assert problems[0].startswith("line 2: ")
    assert said in problems[0]


async def test_what_cannot_be_folded_is_refused(lines: list[bytes], empty: Store) -> None:
    """Else the next start would stumble over it."""
    orphan = json.loads(lines[1])["event"].replace(ID, "ИНЦ-2026-0666")
    (problem,) = await refused(empty, forged(lines, 1, event=orphan))
    assert problem.startswith("line 2: cannot follow what was before it: ИНЦ-2026-0666")


async def test_the_files_own_guards_hold_for_an_import_too(lines, empty: Store) -> None:
    second = json.loads(lines[4])["event"]
    problems = await refused(empty, forged(lines, 3, event=second))
    assert problems[0].startswith("line 4: component/sms: ")
    assert "journal_open" in problems[0]


async def test_an_event_of_a_newer_version_is_taken_in(lines, empty: Store) -> None:
    newer = '{"because":{"rule":"x"},"component":"sms","incident":"A-1","kind":"of_the_future"}'
    changed = forged(lines, 1, event=newer)
    assert await imported(empty, changed) == len(STORY)
    assert await exported(empty) == changed


@pytest.mark.parametrize("junk", [b"[" * 100_000, b"\xff\xfe", b"null", b'"x"', b"{}", b"\n"])
async def test_junk_is_one_problem_of_its_line(empty: Store, junk: bytes) -> None:
    (problem,) = await refused(empty, [junk])
    assert problem.startswith("line 1: ")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.integers(1, 2**63 - 1), texts, texts)
def test_any_row_survives_its_line(seq: int, stream: str, actor: str) -> None:
    event = '{"component":"sms","incident":"A","kind":"later"}'
    row = (seq, stream, AT.isoformat(), actor, event, GENESIS)
    whole = (*row, chain_hash(row))
    line = line_of(whole)
    assert row_of(line) == whole
    assert len(line.decode().splitlines()) == 1
