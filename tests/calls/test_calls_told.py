"""What engineers are told of a burst: the arithmetic and the masked texts, which stay nowhere."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

import notify.tables.schema
from desk.calls.call import Draft
from incidents.store import open_store
from notify.catalog import open_channels
from notify.channels.webhook import WebhookSettings
from notify.kind import Tools
from notify.message import Message, Portal
from notify.planning.routing import Route
from notify.service import Notifier
from notify.writing.filling import CALLERS, Parts, filled

Line = Any  # the fixture's
NO_CODE = Draft("Код не приходит третий час, тел. +7 912 345-67-89", component="sms")


def message(text: str, lang: str = "ru") -> Message:
    return Message("s", text, lang, "s", "ИНЦ-2026-0001", "opened", "2026-11-23T06:00:00+00:00")


def test_callers_words_stand_where_the_text_has_a_place_for_them() -> None:
    whole = filled(message(f"Сбой.\n\n{CALLERS}\n\nНомер\n"), Parts(said=["нет кода", "и\nу меня"]))
    assert whole.text == "Сбой.\n\nЧто говорят звонящие:\n— нет кода\n— и у меня\n\nНомер\n"


def test_where_nothing_can_be_shown_any_more_the_place_is_gone() -> None:
    assert (
        filled(message(f"Outage.\n\n{CALLERS}\n\nNumber\n", "en"), Parts()).text
        == "Outage.\n\nNumber\n"
    )


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    """The calls' file, with an outbox in it."""
    import desk.calls.schema
    import incidents.schema

    migrations = [
        incidents.schema.migrations,
        desk.calls.schema.migrations,
        notify.tables.schema.migrations,
    ]
    from datetime import UTC, datetime

    now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    store = open_store(tmp_path / "vahta.sqlite3", migrations, now=now, threads=False)
    yield store
    await store.close()


@pytest.fixture
async def told(line: Line) -> Any:
    """Plans and sends all there is; answers what the engineers' webhook got."""
    got: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    server = TestServer(app)
    await server.start_server()
    settings = WebhookSettings(id="duty", kind="webhook", url=SecretStr(str(server.make_url("/"))))
    channels = open_channels([settings], Tools(clock=line.clock))

    async def tell(said: Any = None) -> Sequence[dict[str, Any]]:
        notifier = Notifier(
            store=line.store,
            journal=line.journal,
            channels=channels,
            routes=[Route("all", ("duty",))],
            texts=line.reception.texts,
            portal=Portal({"ru": "Портал"}, line.reception.zone),
            clock=line.clock,
            components=line.reception.components(),
            said=said or line.reception.said,
        )
        await notifier.planner.plan_pending()
        await notifier.courier.drain()
        return got

    yield tell
    for channel in channels.values():
        await channel.sender.aclose()
    await server.close()


async def test_engineers_read_how_many_called_and_what_they_said_masked(
    line: Line, told: Any
) -> None:
    await line.rings(12, NO_CODE)
    (one,) = await told()
    text = one["text"]
    assert text.startswith("Сбой. Жалобы граждан: Коды по СМС")
    assert "за 15 минут об одном и том же позвонили 10 раз" in text
    assert text.count("— Код не приходит третий час") == 5
    assert "345-67" not in json.dumps(one, ensure_ascii=False)
    assert CALLERS not in text
    assert "\n\n\n" not in text


async def test_the_outbox_holds_nothing_that_was_said(line: Line, told: Any) -> None:
    await line.rings(12, NO_CODE)
    await told()
    rows = await line.store.read(lambda db: db.execute("SELECT message FROM delivery").fetchall())
    assert len(rows) == 1
    assert "третий час" not in rows[0][0]


async def test_news_does_not_wait_for_what_cannot_be_read(line: Line, told: Any) -> None:
    async def broken(_: str) -> Sequence[str]:
        raise OSError("the disk is gone")

    await line.rings(12, NO_CODE)
    (one,) = await told(broken)
    assert "позвонили 10 раз" in one["text"]
    assert CALLERS not in one["text"]


async def test_single_calls_are_told_to_nobody(line: Line, told: Any) -> None:
    await line.rings(4, NO_CODE)
    assert await told() == []


async def test_a_call_that_is_handed_on_reaches_the_engineers_with_what_was_collected(
    line: Line, told: Any
) -> None:
    said = "не грузит\nТочный код: 500\nтел. +7 912 345-67-89"
    draft = Draft(said, component="sms", article="sms-code", region="Тула", escalated=True)
    (call,) = await line.rings(1, draft)
    (one,) = await told()
    assert one["event"] == "escalated"
    assert (
        one["subject"]
        == f"Просят разобраться. Коды по СМС, обращение {call.number} [{call.number}]"
    )
    assert "— Точный код: 500" in one["text"]
    assert "Обратились: по телефону, Тула" in one["text"]
    assert "Уже советовали: статья sms-code" in one["text"]
    assert "345-67" not in one["text"]
    assert one["call"]["component"] == "sms"
    assert "\n\n\n" not in one["text"]


async def test_what_was_handed_on_is_no_answer_from_an_article(line: Line) -> None:
    await line.rings(1, Draft("x", article="sms-code", escalated=True))
    found = await line.reception.figures(
        line.clock.now - timedelta(days=1), line.clock.now + timedelta(days=1)
    )
    assert (found.by_article, found.unanswered, found.escalated) == (0, 1, 1)
