"""Planner and courier beside the real journal, with the store on its threads."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.schema import migrations as incidents
from incidents.sqlite import SqliteJournal
from incidents.store import open_store
from incidents.texts import Texts
from notify.kind import Channel
from notify.message import Portal
from notify.planning.routing import Route
from notify.receipt import Sent
from notify.service import Notifier
from notify.tables.schema import migrations

NOW = datetime(2026, 11, 22, 11, 3, tzinfo=UTC)


class Mailbox:
    """Keeps what it is sent; ``next`` waits for it."""

    def __init__(self):
        self._sent = asyncio.Queue()
        self.is_closed = False

    async def send(self, recipient, message, _delivery_id):
        self._sent.put_nowait((recipient, message))
        return Sent()

    async def next(self):
        async with asyncio.timeout(10):
            return await self._sent.get()

    async def aclose(self):
        self.is_closed = True


@pytest.fixture
async def store(tmp_path):
    store = open_store(tmp_path / "vahta.sqlite3", [incidents, migrations], now=NOW)
    yield store
    await store.close()


@pytest.fixture
def journal(store):
    return SqliteJournal(store, poll_seconds=0.05)


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
async def notifier(store, journal, mailbox) -> AsyncIterator[Notifier]:
    notifier = Notifier(
        store=store,
        journal=journal,
        channels={"mail": Channel("mail", "ru", ("ann",), mailbox)},
        routes=[Route("all", ("mail",))],
        texts=Texts.load(["ru"]),
        portal=Portal({"ru": "Портал"}, ZoneInfo("Europe/Moscow")),
        clock=lambda: NOW,
    )
    running = asyncio.create_task(notifier.run())
    yield notifier
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await notifier.aclose()
    assert mailbox.is_closed


async def append(journal, event):
    _, token = await journal.head()
    await journal.append("component/sms", token, event, at=NOW, actor="probes")


async def test_what_the_journal_says_is_told_in_order(notifier, journal, mailbox, story):
    await append(journal, story.opened())
    assert (await mailbox.next())[1].event == "opened"
    await append(journal, story.resolved())
    assert (await mailbox.next())[1].event == "resolved"
    await append(journal, story.reopened())
    recipient, message = await mailbox.next()
    assert (recipient, message.event, message.fault) == ("ann", "reopened", "")
