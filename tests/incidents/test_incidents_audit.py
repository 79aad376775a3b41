"""The register held against the journal: every way in which they can disagree is named."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents.audit import audit, forget, unfit, verify
from incidents.events import (
    Because,
    Impact,
    MaintenancePlanned,
    Opened,
    Origin,
    Published,
    Resolved,
)
from incidents.incident import Incident
from incidents.register import Register
from incidents.sqlite import SqliteJournal
from incidents.store import Store

AT = datetime(2026, 3, 1, tzinfo=UTC)
HAND = Because("by_hand")
ID, OTHER, LONE = "ИНЦ-2026-0001", "ИНЦ-2026-0002", "ИНЦ-2026-0003"


def opened(incident: str, component: str = "sms", origin: Origin = Origin.PROBE) -> Opened:
    return Opened(incident, component, origin, Impact.MAJOR, AT, HAND)


async def append(store: Store, stream: str, *events) -> None:
    journal = SqliteJournal(store)
    for event in events:
        seq, token = await journal.head()
        at = AT + timedelta(minutes=seq)
        await journal.append(stream, token, event, at=at, actor="anna")


async def folded(store: Store) -> None:
    await Register(store, SqliteJournal(store)).refresh()


@pytest.fixture
async def story(store: Store) -> Store:
    """Three incidents in two streams, their events interleaved."""
    await append(store, "component/sms", opened(ID), Published(ID, "sms", HAND))
    await append(store, f"incident/{LONE}", opened(LONE, "login", Origin.PERSON))
    await append(store, "component/sms", Resolved(ID, "sms", HAND), opened(OTHER))
    await append(store, f"incident/{LONE}", Published(LONE, "login", HAND))
    await folded(store)
    return store


async def found(store: Store) -> dict[str, str]:
    seen = await store.read(audit)
    return {d.incident: d.problem for d in seen.disagreements}


def tamper(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as db:
        for name in ("journal_no_update", "journal_no_delete"):
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
    db.close()


async def test_a_register_that_was_folded_agrees(story: Store) -> None:
    verdict, register = await story.read(verify)
    assert verdict.flaw is None
    assert (register.incidents, register.cursor) == (3, 6)
    assert (register.flaws, register.disagreements) == ([], [])


async def test_a_register_that_has_not_read_to_the_end_agrees_too(story: Store) -> None:
    await append(story, "component/sms", Published(OTHER, "sms", HAND))
    await append(story, "incident/new", opened("ИНЦ-2026-0004", "chat", Origin.PERSON))
    assert await found(story) == {}


async def test_every_column_of_the_register_is_watched(story: Store, state_file: Path) -> None:
    """A new column must be a field of the incident, or it would go unwatched."""
    columns = await story.read(lambda db: set(db.table("incident").columns_dict))
    known = {field.name for field in fields(Incident)} | {"is_open"}
    assert columns - known == {"doc"}
    watched = columns - {"id", "doc"}
    tamper(
        state_file,
        f"UPDATE incident SET {', '.join(f'{c} = 1' for c in watched)} WHERE id = '{ID}'",
    )
    problem = (await found(story))[ID]
    assert set(problem.partition(": ")[2].split(", ")) == {f"column {c}" for c in watched}


async def test_a_changed_document_is_named_with_its_fields(story: Store, state_file: Path) -> None:
    change = "json_set(doc, '$.status', 'identified', '$.impact', 'none')"
    tamper(state_file, f"UPDATE incident SET doc = {change} WHERE id = '{OTHER}'")
    assert await found(story) == {
        OTHER: "the register says otherwise than the journal: status, impact"
    }


async def test_a_document_that_cannot_be_read_is_named(story: Store, state_file: Path) -> None:
    tamper(state_file, f"UPDATE incident SET doc = '{{}}' WHERE id = '{OTHER}'")
    assert "cannot be read" in (await found(story))[OTHER]


async def test_a_row_taken_out_and_a_row_made_up_are_named(story: Store, state_file: Path) -> None:
    tamper(state_file, f"UPDATE incident SET id = 'ИНЦ-2026-0666' WHERE id = '{ID}'")
    assert await found(story) == {
        ID: "is in the journal, and the register has none of it",
        "ИНЦ-2026-0666": "is in the register, and the journal knows nothing of it",
    }


async def test_a_tail_cut_off_is_found_without_any_head(story: Store, state_file: Path) -> None:
    """The register remembers how far it had read."""
    tamper(state_file, "DELETE FROM journal WHERE seq > 4")
    verdict, register = await story.read(verify)
    assert verdict.flaw is None
    problems = [d.problem for d in register.disagreements]
    assert any(
        "has read to entry 6, and the journal ends with 4: its tail was cut off" in p
        for p in problems
    )


async def test_an_entry_that_cannot_follow_is_a_flaw(story: Store, state_file: Path) -> None:
    tamper(state_file, "DELETE FROM journal WHERE seq = 1")
    seen = await story.read(audit)
    assert [flaw.seq for flaw in seen.flaws] == [2, 4]
    assert "cannot follow what was before it" in seen.flaws[0].problem


async def test_an_entry_that_no_version_wrote_is_a_flaw(story: Store, state_file: Path) -> None:
    tamper(state_file, 'UPDATE journal SET event = \'{"kind":"opened"}\' WHERE seq = 6')
    seen = await story.read(audit)
    assert [(f.seq, f.problem) for f in seen.flaws] == [
        (6, "is not an event that any version wrote")
    ]


async def test_what_was_forgotten_is_folded_to_the_same(story: Store, state_file: Path) -> None:
    before = await story.read(lambda db: list(db.query("SELECT * FROM incident ORDER BY id")))
    tamper(state_file, "UPDATE incident SET doc = '{}', is_open = 0")
    await story.write(forget)
    await folded(story)
    after = await story.read(lambda db: list(db.query("SELECT * FROM incident ORDER BY id")))
    assert (after, await found(story)) == (before, {})


# ── the look at a start ──


async def test_a_register_that_fits_is_let_be(story: Store) -> None:
    assert await story.read(unfit) is None
    await append(story, "component/sms", Resolved(OTHER, "sms", HAND))
    await append(story, "component/login", opened("ИНЦ-2026-0005", "login"))
    assert await story.read(unfit) is None  # it has merely not read that yet


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM journal WHERE seq > 4", "it has read to entry 6"),
        (f"UPDATE incident SET is_open = 0 WHERE id = '{OTHER}'", f"{OTHER} is open in the"),
        (f"DELETE FROM incident WHERE id = '{OTHER}'", f"{OTHER} is open in the journal"),
    ],
    ids=["cut", "closed", "lost"],
)
async def test_a_register_that_does_not_fit_is_noticed_at_once(
    story: Store, state_file: Path, statement: str, why: str
) -> None:
    tamper(state_file, statement)
    assert (await story.read(unfit) or "").startswith(why)


async def test_announced_work_is_watched_too(store: Store, state_file: Path) -> None:
    number = "РАБ-2026-0001"
    ends = AT + timedelta(hours=2)
    planned = MaintenancePlanned(number, "sms", HAND, ("sms",), AT, ends, "Europe/Moscow")
    await append(store, f"maintenance/{number}", planned)
    await folded(store)
    assert await found(store) == {}
    change = "json_set(doc, '$.is_over', json('true'))"
    tamper(state_file, f"UPDATE maintenance SET doc = {change}")
    assert await found(store) == {number: "the register says otherwise than the journal: is_over"}
