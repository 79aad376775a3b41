"""The Telegram channel against a Bot API of our own, which writes down all that it is told."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from notify.channels.telegram import Telegram, TelegramSettings, _marked
from notify.message import Message
from notify.receipt import NotSentError, Refused, Sent, TryLater

TOKEN = "123456789:not-a-real-token"
CHAT = "4242"
ID = "7/all/tg/0123456789abcdef"
MESSAGE = Message(
    subject="Сбой [ИНЦ-2026-0001]",
    text="Сбой <b>\n\nКоды & не приходят.\n\nВзять в работу: https://v.example/ack/x.0\nПортал\n",
    lang="ru",
    first_line="Сбой <b>",
    incident="ИНЦ-2026-0001",
    event="opened",
    at="2026-11-22T11:03:00+00:00",
    ack="https://v.example/ack/x.0",
)


class BotApi:
    """Numbers the messages it takes; ``answer`` is what it says instead, once."""

    def __init__(self):
        self.ledger = []
        self.answers = []
        self.url = ""

    async def handle(self, request):
        call = request.path.rpartition("/")[2]
        self.ledger.append((call, await request.json()))
        assert request.path == f"/bot{TOKEN}/{call}"
        if self.answers:
            status, document = self.answers.pop(0)
            return web.json_response(document, status=status)
        body = self.ledger[-1][1]
        number = body.get("message_id", 100 + len(self.ledger))
        return web.json_response({"ok": True, "result": {"message_id": number}})

    def refuses(self, code, words, *, status=None, **parameters):
        document = {"ok": False, "error_code": code, "description": words}
        self.answers.append((status or code, {**document, "parameters": parameters}))

    @property
    def last(self):
        return self.ledger[-1]


@pytest.fixture
async def api():
    api = BotApi()
    app = web.Application()
    app.router.add_post("/{tail:.*}", api.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield api
    await runner.cleanup()


@pytest.fixture
async def bot(api):
    bot = Telegram(settings(base_url=api.url), lambda: datetime(2026, 11, 22, tzinfo=UTC))
    yield bot
    await bot.aclose()


def settings(**changes):
    return TelegramSettings(**{"id": "tg", "kind": "telegram", "token": TOKEN, **changes})


async def test_a_message_is_sent_escaped_and_its_number_remembered(bot, api):
    assert await bot.send(CHAT, MESSAGE, ID) == Sent("101")
    call, body = api.last
    assert (call, body["chat_id"], body["parse_mode"]) == ("sendMessage", CHAT, "HTML")
    assert body["text"].startswith("<b>Сбой &lt;b&gt;</b>\n\nКоды &amp; не приходят.")
    assert '<a href="https://v.example/ack/x.0"><b>Взять в работу</b></a>' in body["text"]
    assert body["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize("event", ["updated", "joined", "spread", "taken"])
async def test_news_of_no_urgency_edits_what_was_sent(bot, api, event):
    receipt = await bot.amend(CHAT, replace(MESSAGE, event=event), ID, "77")
    assert receipt == Sent("77")
    assert (api.last[0], api.last[1]["message_id"]) == ("editMessageText", 77)


@pytest.mark.parametrize(
    "event", ["opened", "reopened", "worsened", "reminded", "unanswered", "resolved"]
)
async def test_what_should_ring_is_a_new_message_in_reply(bot, api, event):
    assert await bot.amend(CHAT, replace(MESSAGE, event=event), ID, "77") == Sent("101")
    assert api.last[0] == "sendMessage"
    assert api.last[1]["reply_parameters"]["message_id"] == 77


async def test_an_edit_that_changes_nothing_is_good(bot, api):
    api.refuses(400, "Bad Request: message is not modified: specified new message content")
    assert await bot.amend(CHAT, replace(MESSAGE, event="updated"), ID, "77") == Sent("77")


async def test_what_cannot_be_edited_any_more_is_sent(bot, api):
    api.refuses(400, "Bad Request: message to edit not found")
    assert await bot.amend(CHAT, replace(MESSAGE, event="updated"), ID, "77") == Sent("102")


async def test_too_many_is_tried_when_telegram_says(bot, api):
    api.refuses(429, "Too Many Requests: retry after 7", retry_after=7)
    receipt = await bot.send(CHAT, MESSAGE, ID)
    assert receipt == TryLater("http_429", after=7, detail="Too Many Requests: retry after 7")


async def test_whoever_blocked_the_bot_is_not_tried_again(bot, api):
    api.refuses(403, "Forbidden: bot was blocked by the user")
    assert await bot.send(CHAT, MESSAGE, ID) == Refused(
        "blocked", "Forbidden: bot was blocked by the user"
    )


@pytest.mark.parametrize(
    ("code", "status", "kind", "reason"),
    [
        (400, 400, Refused, "http_400"),
        (401, 401, Refused, "http_401"),
        (502, 502, TryLater, "http_502"),
        (400, 200, Refused, "http_400"),  # a 200 that says no
    ],
)
async def test_what_it_says_counts_for_more_than_the_status(bot, api, code, status, kind, reason):
    api.refuses(code, "no", status=status)
    receipt = await bot.send(CHAT, MESSAGE, ID)
    assert (type(receipt), receipt.reason) == (kind, reason)


async def test_a_group_that_has_moved_is_said_so(bot, api):
    api.refuses(400, "group chat was upgraded", migrate_to_chat_id=-1001)
    assert (await bot.send(CHAT, MESSAGE, ID)).reason == "moved"


async def test_a_page_instead_of_json_is_judged_by_its_status(bot, api):
    api.answers.append((503, "down for maintenance"))
    assert (await bot.send(CHAT, MESSAGE, ID)).reason == "http_503"


async def test_where_nobody_listens_nothing_has_left(unused_port):
    bot = Telegram(settings(base_url=f"http://127.0.0.1:{unused_port}"), lambda: None)
    with pytest.raises(NotSentError) as caught:
        await bot.send(CHAT, MESSAGE, ID)
    assert TOKEN not in f"{caught.value!r} {caught.value.detail}"
    await bot.aclose()


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.tags = "", []

    def handle_data(self, data):
        self.words += data

    def handle_starttag(self, tag, _attrs):
        self.tags.append(tag)


@given(
    said=st.text(
        alphabet=st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n😀<&"),
        max_size=200,
    ),
    times=st.integers(1, 60),
)
def test_a_long_text_is_cut_and_keeps_its_first_line_and_its_foot(said, times):
    text = f"Сбой\n\n{said * times}\n\nНомер: 1\n{MESSAGE.ack}\nПортал"
    reader = Reader()
    reader.feed(_marked(replace(MESSAGE, text=text)))
    reader.close()
    assert len(reader.words.encode("utf-16-le")) // 2 <= 4096
    assert reader.words.startswith("Сбой")
    assert reader.words.endswith("Портал")
    assert set(reader.tags) <= {"b", "a"}


@pytest.mark.parametrize(
    "changes", [{"token": "x"}, {"to": ["anna"]}, {"to": ["+79001234567"]}, {"base_url": "x"}]
)
def test_a_wrong_setting_is_refused_without_being_repeated(changes):
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert "79001234567" not in str(caught.value)


def test_the_token_is_never_printed():
    assert TOKEN not in f"{settings()!r} {json.dumps(settings().model_dump(mode='json'))}"
