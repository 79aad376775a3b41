"""What was long ago is found in the state's file, and never stands in the way of today."""

from datetime import UTC, datetime, timedelta

import pytest

import incidents.find.schema
import incidents.schema
from incidents.events import Because, Imported, Merged, Status
from incidents.find import lookup as lookup_module
from incidents.find import past
from incidents.find.lexicon import Lexicon
from incidents.find.lookup import Lookup
from incidents.register import Register, own_stream
from incidents.sqlite import SqliteJournal
from incidents.store import open_store

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
MIGRATIONS = (incidents.schema.migrations, incidents.find.schema.migrations)


@pytest.fixture
async def store(tmp_path):
    opened = open_store(tmp_path / "vahta.sqlite3", MIGRATIONS, now=NOW, threads=False)
    yield opened
    await opened.close()


@pytest.fixture
async def bring(store):
    """Bring an incident into the journal, as an import does."""
    journal = SqliteJournal(store)

    async def one(number, title, *symptoms, status=Status.RESOLVED, **more):
        started = NOW - timedelta(days=1000 - number)
        event = Imported(
            incident=f"ИНЦ-2020-{number:04d}",
            component="c",
            status=status,
            title={"ru": title},
            started_at=started,
            because=Because("import"),
            symptoms=tuple({"ru": s} for s in symptoms),
            resolved_at=None if status.is_open else started + timedelta(hours=1),
            **more,
        )
        stream = own_stream(event.incident)
        _, token = await journal.load(stream)
        await journal.append(stream, token, event, at=NOW, actor="import")
        return event.incident

    return one


@pytest.fixture
async def finder(store, texts):
    """A lookup that has taken in everything; nothing resolved is kept in memory."""
    register = Register(store, SqliteJournal(store))

    async def ready():
        await register.refresh()
        found = Lookup(register, texts, "ru", store=store, recent=0)
        await found.refresh()
        return found

    return ready


async def test_an_old_incident_is_found_by_its_words(bring, finder) -> None:
    old = await bring(7, "Баннер закрывал экран", "баннер не закрывается")
    found = await (await finder()).search("банер незакрывается")
    assert [(h.id, h.status) for h in found.incidents] == [(old, "resolved")]
    assert not found.confident


async def test_an_old_incident_is_found_by_its_number_and_code(bring, finder) -> None:
    old = await bring(7, "Баннер закрывал экран", error_codes=("BAN-77",))
    lookup = await finder()
    assert (await lookup.search("инц 7")).incidents[0].id == old
    assert (await lookup.search("ошибка ban 77")).incidents[0].id == old


async def test_what_is_open_comes_before_what_was(bring, finder) -> None:
    await bring(7, "Баннер закрывает экран")
    new = await bring(8, "Баннер закрывает экран", status=Status.INVESTIGATING)
    found = await (await finder()).search("баннер закрывает экран")
    assert found.incidents[0].id == new
    assert found.confident


async def test_without_a_past_search_is_find(bring, finder) -> None:
    await bring(8, "Баннер закрывает экран", status=Status.INVESTIGATING)
    lookup = await finder()
    assert await lookup.search("погода") == lookup.find("погода")


async def test_what_is_brought_later_is_taken_in_later(bring, finder) -> None:
    await bring(7, "Баннер закрывал экран")
    await finder()
    later = await bring(9, "Музыка играла сама")
    assert (await (await finder()).search("сама играет музыка")).incidents[0].id == later


async def test_another_edition_of_the_lexicon_reads_everything_again(bring, finder, store) -> None:
    old = await bring(7, "Баннер закрывал экран")
    await finder()
    await store.write(
        lambda db: db.execute(
            "UPDATE cursor SET consumer = 'find/other' WHERE consumer LIKE 'find/%'"
        )
    )
    await store.write(lambda db: db.execute("UPDATE past_incident SET words = 'stale'"))
    assert (await (await finder()).search("баннер закрыл экран")).incidents[0].id == old


async def test_a_reopened_incident_is_no_longer_past(bring, finder, store) -> None:
    await bring(7, "Баннер закрывал экран")
    await finder()
    [doc] = await store.read(lambda db: db.execute("SELECT doc FROM incident").fetchone())
    reopened = past.load_incident(doc.replace('"resolved"', '"investigating"'))
    await store.write(lambda db: past.remember(db, reopened, Lexicon.load()))
    assert await store.read(lambda db: db["past_incident"].count) == 0
    hits = "SELECT count(*) FROM past_words WHERE past_words MATCH 'baner'"
    assert await store.read(lambda db: db.execute(hits).fetchone()[0]) == 0


@pytest.mark.parametrize("status", [Status.INVESTIGATING, Status.RESOLVED])
async def test_the_number_of_a_call_leads_to_its_incident(
    bring, finder, store, texts, status
) -> None:
    await bring(8, "Музыка играет сама", status=Status.INVESTIGATING)
    meant = await bring(7, "Баннер закрывает экран", status=status)
    await finder()

    async def calls(text):
        return meant if "зв 42" in text else None

    register = Register(store, SqliteJournal(store))
    await register.refresh()
    lookup = Lookup(register, texts, "ru", store=store, recent=0, calls=calls)
    await lookup.refresh()
    found = await lookup.search("что с зв 42")
    assert [(h.id, h.status) for h in found.incidents] == [(meant, status.value)]
    assert found.confident == status.is_open


@pytest.fixture
async def merge(store):
    """Make one incident a part of another."""
    journal = SqliteJournal(store)

    async def one(part, into):
        stream = own_stream(part)
        _, token = await journal.load(stream)
        event = Merged(part, "c", Because("by_hand"), into)
        await journal.append(stream, token, event, at=NOW, actor="anna")

    return one


@pytest.mark.parametrize("status", [Status.INVESTIGATING, Status.RESOLVED])
async def test_the_number_of_a_merged_one_leads_to_the_end_of_the_merges(
    bring, finder, merge, status
) -> None:
    whole = await bring(9, "Портал открывается медленно", status=status)
    between = await bring(8, "Музыка играет сама", status=Status.INVESTIGATING)
    part = await bring(7, "Баннер закрывает экран", status=Status.INVESTIGATING)
    await merge(part, between)
    await merge(between, whole)
    found = await (await finder()).search("инц 7")
    assert [h.id for h in found.incidents] == [whole, part]
    assert found.confident == status.is_open
    assert [h.id for h in (await (await finder()).search("инц 7", 1)).incidents] == [whole]


async def test_a_merged_one_found_by_its_words_is_just_itself(bring, finder, merge) -> None:
    whole = await bring(9, "Портал открывается медленно", status=Status.INVESTIGATING)
    part = await bring(7, "Баннер закрывает экран", status=Status.INVESTIGATING)
    await merge(part, whole)
    found = await (await finder()).search("баннер закрывает экран")
    assert [h.id for h in found.incidents] == [part]


async def test_a_merge_into_what_is_not_there_leads_nowhere(bring, finder, merge) -> None:
    part = await bring(7, "Баннер закрывает экран", status=Status.INVESTIGATING)
    await merge(part, "ИНЦ-2020-0099")
    found = await (await finder()).search("инц 7")
    assert [(h.id, h.status) for h in found.incidents] == [(part, "resolved")]


async def test_find_before_refresh_is_a_mistake(store, texts) -> None:
    lookup = Lookup(Register(store, SqliteJournal(store)), texts, "ru")
    with pytest.raises(RuntimeError, match="refresh"):
        lookup.find("x")
    assert lookup_module.RECENT > 0
