"""The mailbox: an accepted letter is on disk, in order, readable, and shown without harm."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.text import MIMEText
from zoneinfo import ZoneInfo

import aiosmtplib
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from vahta.demo.letters import read_letter
from vahta.demo.mailbox import MAX_LETTER_BYTES, Mailbox
from vahta.demo.portal import NAMES


class Post:
    """One running mailbox, and a sender."""

    def __init__(self, mailbox: Mailbox, port: int, client: TestClient) -> None:
        self.mailbox = mailbox
        self.port = port
        self.client = client

    async def send(self, subject="Сбой", text="Коды не приходят.\n", to="duty@demo.example"):
        message = EmailMessage()
        message["From"] = "Вахта <vahta@demo.example>"
        message["To"] = to
        message["Subject"] = subject
        message.set_content(text)
        recipients = to.split(", ")
        return await self.send_raw(message.as_bytes(), recipients)

    async def send_raw(self, raw, recipients=("duty@demo.example",)):
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False) as smtp:
            return await smtp.sendmail("vahta@demo.example", recipients, raw)

    async def letters(self):
        return await (await self.client.get("/mailbox/letters.json")).json()

    async def page(self, path="/mailbox/"):
        answer = await self.client.get(path)
        assert answer.status == 200
        return LexborHTMLParser(await answer.text())


@pytest.fixture
async def open_post(tmp_path, time):
    async with AsyncExitStack() as up:

        async def open_():
            mailbox = Mailbox(tmp_path / "mailbox", clock=lambda: time.now)
            port = await mailbox.start("127.0.0.1", 0)
            up.push_async_callback(mailbox.stop)
            app = web.Application()
            app.add_subapp("/mailbox", mailbox.app(zone=ZoneInfo("Europe/Moscow")))
            client = await up.enter_async_context(TestClient(TestServer(app)))
            return Post(mailbox, port, client)

        yield open_


@pytest.fixture
async def post(open_post):
    return await open_post()


async def test_an_empty_mailbox_is_an_empty_array(post):
    answer = await post.client.get("/mailbox/letters.json")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert await answer.text() == "[]"


async def test_a_letter_has_exactly_these_fields(post):
    await post.send()
    assert await post.letters() == [
        {
            "id": "000001",
            "to": "duty@demo.example",
            "subject": "Сбой",
            "text": "Коды не приходят.\n",
            "received_at": "2026-11-22T09:30:00.000Z",
        }
    ]


async def test_letters_are_told_oldest_first(post):
    for n in range(12):
        await post.send(subject=f"Письмо {n}")
    assert [letter["subject"] for letter in await post.letters()] == [
        f"Письмо {n}" for n in range(12)
    ]


async def test_several_recipients_are_several_entries(post):
    await post.send(to="a@demo.example, b@demo.example")
    letters = await post.letters()
    assert [letter["to"] for letter in letters] == ["a@demo.example", "b@demo.example"]
    assert len({letter["id"] for letter in letters}) == 2


async def test_letters_sent_at_once_are_all_there(post):
    await asyncio.gather(*(post.send(subject=str(n)) for n in range(20)))
    letters = await post.letters()
    assert {letter["subject"] for letter in letters} == {str(n) for n in range(20)}
    assert [letter["id"] for letter in letters] == [f"{n:06d}" for n in range(1, 21)]


async def test_letters_and_their_numbers_outlive_a_restart(open_post):
    post = await open_post()
    await post.send(subject="До")
    before = await post.letters()
    again = await open_post()
    await again.send(subject="После")
    letters = await again.letters()
    assert letters[:1] == before
    assert [(letter["id"], letter["subject"]) for letter in letters] == [
        ("000001", "До"),
        ("000002", "После"),
    ]


async def test_a_letter_that_cannot_be_kept_is_not_accepted(post, tmp_path):
    (tmp_path / "mailbox").rmdir()
    (tmp_path / "mailbox").write_text("no folder any more")
    with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
        await post.send()
    assert refusal.value.code == 451


async def test_an_accepted_letter_is_a_whole_file(post, tmp_path, read_json):
    await post.send()
    files = list((tmp_path / "mailbox").iterdir())
    assert [file.name for file in files] == ["000001.json"]
    kept = read_json(files[0])
    raw = kept["raw"].encode("ascii", "surrogateescape")
    assert kept["sender"] == "Вахта <vahta@demo.example>"
    assert raw.startswith(b"From: ")


async def test_what_a_crash_left_half_written_is_cleared_away(open_post, tmp_path):
    (tmp_path / "mailbox").mkdir()
    (tmp_path / "mailbox" / ".000001.json.tmp").write_text('{"num')
    post = await open_post()
    await post.send()
    assert [file.name for file in (tmp_path / "mailbox").iterdir()] == ["000001.json"]


@pytest.mark.parametrize(
    "damaged", ["", "{", "[]", "{}", '{"raw": ""}', '{"raw": "", "number": "x"}']
)
async def test_a_damaged_letter_is_named_in_the_log_and_hides_no_other(
    open_post, tmp_path, caplog, damaged
):
    (tmp_path / "mailbox").mkdir()
    (tmp_path / "mailbox" / "000007.json").write_text(damaged)
    post = await open_post()
    await post.send()
    assert [letter["id"] for letter in await post.letters()] == ["000008"]
    assert "000007.json" in caplog.text


async def test_a_letter_of_over_a_mebibyte_is_refused(post):
    with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
        await post.send(text="x" * 70 + "\n" + ("y" * 70 + "\n") * (MAX_LETTER_BYTES // 71))
    assert refusal.value.code == 552
    assert await post.letters() == []


async def test_russian_in_another_charset_is_decoded(post):
    letter = MIMEText("Сбой", "plain", "koi8-r")
    letter["Subject"] = "=?windows-1251?B?0eHu6Q==?="
    await post.send_raw(letter.as_bytes())
    (told,) = await post.letters()
    assert (told["subject"], told["text"].strip()) == ("Сбой", "Сбой")


async def test_raw_utf8_in_the_headers_is_decoded(post):
    await post.send_raw("Subject: Сбой входа\r\n\r\nтекст\r\n".encode())
    (told,) = await post.letters()
    assert (told["subject"], told["text"]) == ("Сбой входа", "текст\n")


async def test_the_plain_part_of_several_is_the_text(post):
    message = EmailMessage()
    message["Subject"] = "two ways"
    message.set_content("plain\n")
    message.add_alternative("<p>html</p>", subtype="html")
    await post.send_raw(message.as_bytes())
    assert (await post.letters())[0]["text"] == "plain\n"


async def test_people_see_the_newest_letter_first_and_can_open_it(post):
    await post.send(subject="Первое")
    await post.send(subject="Второе", text="Строка\nещё одна\n")
    page = await post.page()
    links = page.css(".letters a")
    assert [link.text() for link in links] == ["Второе", "Первое"]
    letter = await post.page(f"/mailbox/{links[0].attributes['href']}")
    assert letter.css_first("h1").text() == "Второе"
    shown = letter.css_first("main").text()
    assert all(
        word in shown
        for word in (
            "duty@demo.example",
            "vahta@demo.example",
            "ещё одна",
            "22.11.2026 12:30:00 MSK",
        )
    )


async def test_the_mailbox_speaks_english_too(post):
    await post.send(subject="x")
    page = await post.page("/mailbox/?lang=en")
    assert page.css_first("h1").text() == "Mailbox"
    assert page.css_first(".letters a").attributes["href"].endswith("?lang=en")


async def test_a_hostile_letter_is_shown_as_text(post):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    message = EmailMessage()
    message["From"] = '"<b>x</b>" <x@demo.example>'
    message["Subject"] = evil
    message.set_content(evil)
    await post.send_raw(message.as_bytes(), ['"<i>"@demo.example'])
    for path in ("/mailbox/", "/mailbox/letters/1"):
        answer = await post.client.get(path)
        html = await answer.text()
        assert not any(tag in html for tag in ("<script", "<img", "<b>", "<i>"))
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_there_is_no_letter_where_there_is_none(post):
    for path in ("letters/1", "letters/x", "letters/..%2f..%2fportal.json"):
        assert (await post.client.get(f"/mailbox/{path}")).status == 404


async def test_the_address_without_a_slash_leads_to_the_list(post):
    answer = await post.client.get("/mailbox?lang=en")
    assert (answer.url.path, answer.url.query_string) == ("/mailbox/", "lang=en")


async def test_stopping_hangs_up_on_whoever_is_there(post):
    reader, writer = await asyncio.open_connection("127.0.0.1", post.port)
    await reader.readline()
    await post.mailbox.stop()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", post.port)


async def test_a_sender_who_leaves_in_the_middle_leaves_no_letter(post):
    reader, writer = await asyncio.open_connection("127.0.0.1", post.port)
    for line in ("EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA"):
        await reader.readline()
        writer.write(f"{line}\r\n".encode())
    writer.write(b"Subject: half\r\n\r\nhal")
    writer.close()
    await writer.wait_closed()
    await post.send(subject="whole")
    assert [letter["subject"] for letter in await post.letters()] == ["whole"]


async def test_no_address_reaches_the_log(post, caplog):
    with caplog.at_level(logging.DEBUG):
        await post.send(to="secret.person@demo.example")
    assert "secret.person" not in "".join(
        record.getMessage() for record in caplog.records if record.name != "aiosmtplib"
    )


def test_without_the_extra_the_error_says_what_to_install():
    code = """
import asyncio, sys, datetime, pathlib, tempfile
sys.modules["aiosmtpd.smtp"] = None
from vahta.demo.mailbox import Mailbox, MissingExtraError
box = Mailbox(pathlib.Path(tempfile.mkdtemp()), clock=lambda: None)
try:
    asyncio.run(box.start("127.0.0.1", 0))
except MissingExtraError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "install vahta[demo]" in said.stdout


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADERS = st.sampled_from(
    [b"From", b"Subject", b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version", b"To"]
)
VALUES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"=?utf-8?b?0KHQsdC+0Lk=?=",
            b"=?nope?q?x?=",
            b"=?utf-8?b?!!!?=",
            b'multipart/mixed; boundary="b"',
            b"text/plain; charset=nope",
            b'text/plain; charset="\0"',
            b"text/plain; charset*=nope''%FF",
            b"base64",
            b'"',
            b"<",
            b"@",
            b"a: b, c;",
        ]
    ),
)


@given(st.lists(st.tuples(HEADERS, VALUES), max_size=6), st.binary(max_size=200))
def test_no_letter_whatever_its_bytes_stops_the_mailbox(headers, body):
    raw = b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n" + body
    letter = read_letter(raw, number=1, sender="a", recipients=("b",), received_at=NOON)
    for entry in letter.entries():
        for value in entry.values():
            value.encode()


def test_the_names_of_the_components_are_in_both_languages():
    assert all(set(name) == {"ru", "en"} for name in NAMES.values())
