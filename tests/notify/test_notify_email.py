"""The e-mail channel against a real SMTP server that accepts, defers, refuses and hangs up."""

import asyncio
import email
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from notify.channels.email import _POLICY, Email, EmailSettings
from notify.message import Message
from notify.receipt import NotSentError, Refused, Sent, TryLater

ID = "7/all/mail/0123456789abcdef"
MESSAGE = Message(
    subject="Сбой. Коды из СМС: код не приходит, с 14:03 МСК [ИНЦ-2026-0001]",
    text="Сбой. Коды из СМС\n\nКоды не приходят.\n",
    lang="ru",
    first_line="Сбой. Коды из СМС",
    incident="ИНЦ-2026-0001",
    event="opened",
    at="2026-11-22T11:03:00+00:00",
    facts={"id": "ИНЦ-2026-0001", "started_at": "2026-11-22T11:03:00+00:00"},
)


def clock():
    return datetime(2026, 11, 22, 11, 4, tzinfo=UTC)


@dataclass
class PostOffice:
    """What aiosmtpd asks at each step; ``rcpt`` and ``data`` are replies, or "drop"."""

    rcpt: str = "250 OK"
    data: str = "250 OK"
    letters: list[tuple[list[str], email.message.EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd calls it so
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 - aiosmtpd calls it so
        letter = email.message_from_bytes(envelope.content, policy=default)
        self.letters.append((envelope.rcpt_tos, letter))
        if self.data == "drop":
            server.transport.abort()
        return self.data


@pytest.fixture
def office():
    return PostOffice()


@pytest.fixture
async def port(office):
    loop = asyncio.get_running_loop()
    sessions = []

    def session():
        sessions.append(SMTP(office, hostname="mail.test", loop=loop, timeout=5))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for one in sessions:
        if one.transport is not None:
            one.transport.abort()
    await server.wait_closed()


def settings(port=None, **changes):
    values = {
        "id": "mail",
        "kind": "email",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "Вахта <vahta@example.org>",
        "to": ["ann@example.org"],
    }
    return EmailSettings(**{**values, **changes})


def mail(port, **changes):
    return Email(settings(port, **changes), clock)


async def test_a_letter_arrives_whole_and_in_russian(office, port):
    assert await mail(port).send("ann@example.org", MESSAGE, ID) == Sent()
    [(recipients, letter)] = office.letters
    assert recipients == ["ann@example.org"]
    assert letter["Subject"] == MESSAGE.subject
    assert letter["From"] == "Вахта <vahta@example.org>"
    assert letter["To"] == "ann@example.org"
    assert letter["Date"].datetime == clock()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Vahta-Delivery"] == ID
    assert letter["List-Id"] == "<mail.vahta.example.org>"
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert letter.get_content_type() == "multipart/alternative"
    assert plain.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert "Коды не приходят." in html.get_content()


async def test_a_repeat_has_the_same_message_id_and_another_delivery_another(office, port):
    for id_ in (ID, ID, "8/all/mail/0123456789abcdef"):
        await mail(port).send("ann@example.org", MESSAGE, id_)
    first, second, third = (letter["Message-ID"] for _, letter in office.letters)
    assert first == second != third
    assert first.endswith("@example.org>")


async def test_letters_about_one_incident_form_a_thread(office, port):
    for number, thread in enumerate(("", ID, ID)):
        message = replace(MESSAGE, thread=thread)
        await mail(port).send("ann@example.org", message, ID if not thread else f"{number}/x")
    opening, *rest = (letter for _, letter in office.letters)
    assert opening["References"] is None
    for letter in rest:
        assert letter["References"] == letter["In-Reply-To"] == opening["Message-ID"]


async def test_greylisting_is_tried_again_in_a_minute(office, port):
    office.rcpt = "450 4.2.0 Greylisted"
    receipt = await mail(port).send("ann@example.org", MESSAGE, ID)
    assert receipt == TryLater("smtp_450", after=60.0, detail="4.2.0 Greylisted")
    assert office.letters == []


async def test_an_unknown_mailbox_is_refused(office, port):
    office.rcpt = "550 5.1.1 No such user"
    receipt = await mail(port).send("ann@example.org", MESSAGE, ID)
    assert isinstance(receipt, Refused)
    assert receipt.reason == "smtp_550"


@pytest.mark.parametrize(("reply", "kind"), [("451 Busy", TryLater), ("554 Spam", Refused)])
async def test_the_answer_to_the_letter_itself_counts(office, port, reply, kind):
    office.data = reply
    receipt = await mail(port).send("ann@example.org", MESSAGE, ID)
    assert isinstance(receipt, kind)
    assert not getattr(receipt, "ambiguous", False)


async def test_a_hang_up_after_the_letter_is_ambiguous(office, port):
    office.data = "drop"
    receipt = await mail(port).send("ann@example.org", MESSAGE, ID)
    assert isinstance(receipt, TryLater)
    assert (receipt.reason, receipt.ambiguous) == ("lost_after_data", True)


async def test_a_refused_connection_has_sent_nothing(unused_port):
    with pytest.raises(NotSentError):
        await mail(unused_port).send("ann@example.org", MESSAGE, ID)


async def test_a_server_that_hangs_up_at_once_has_got_nothing():
    async def hang_up(_reader, writer):
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    with pytest.raises(NotSentError):
        await mail(server.sockets[0].getsockname()[1]).send("ann@example.org", MESSAGE, ID)
    server.close()


async def test_a_server_that_is_closed_today_is_tried_later():
    async def closed(_reader, writer):
        writer.write(b"421 4.3.2 Come back later\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(closed, "127.0.0.1", 0)
    receipt = await mail(server.sockets[0].getsockname()[1]).send("ann@example.org", MESSAGE, ID)
    assert isinstance(receipt, TryLater)
    assert (receipt.reason, receipt.after, receipt.ambiguous) == ("smtp_421", 60.0, False)
    server.close()


async def test_without_the_encryption_asked_for_no_letter_leaves(office, port):
    receipt = await mail(port, tls="starttls").send("ann@example.org", MESSAGE, ID)
    assert isinstance(receipt, TryLater)
    assert (receipt.reason, receipt.ambiguous) == ("smtp_setup", False)
    assert office.letters == []


async def test_a_login_the_server_does_not_offer_loses_no_letter(office, port):
    sender = mail(port, username="vahta", password="s3cret")
    receipt = await sender.send("ann@example.org", MESSAGE, ID)
    assert isinstance(receipt, TryLater)
    assert "s3cret" not in receipt.detail
    assert office.letters == []


@pytest.mark.parametrize(
    "changes",
    [
        {"to": ["ann"]},
        {"to": ["Ann <ann@example.org>"]},
        {"to": ["ann@example.org\r\nBcc: all@example.org"]},
        {"from": "nobody"},
        {"tls": "maybe"},
        {"port": 0},
        {"host": ""},
    ],
)
def test_a_wrong_setting_is_refused(changes):
    with pytest.raises(ValidationError):
        settings(**changes)


def test_a_national_domain_is_written_in_ascii():
    assert settings(to=["ann@пример.рф"]).to == ("ann@xn--e1afmkfd.xn--p1ai",)


def test_the_password_is_never_printed():
    assert "s3cret" not in repr(settings(password="s3cret"))


@pytest.mark.parametrize(("tls", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_the_port_follows_from_the_encryption(tls, port):
    client = Email(settings(tls=tls), clock)._client()
    assert client.port == port


_WORDS = [
    "Сбой.",
    "Коды",
    "по",
    "СМС:",
    "сервис",
    "работает",
    "медленно,",
    "с",
    "15:56",
    "МСК",
    "[ИНЦ-2026-0003]",
    "Slow,",
    "21",
]


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=25).map(" ".join))
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    letter = EmailMessage(policy=_POLICY)
    letter["Subject"] = subject
    letter.set_content("x")
    data = letter.as_bytes()
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert email.message_from_bytes(data, policy=default)["Subject"] == subject
