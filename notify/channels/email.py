"""Letters over SMTP: one recipient each, a stable Message-ID, one thread per incident."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Annotated, Literal
from urllib.parse import quote

import aiosmtplib
from pydantic import AfterValidator, Field, SecretStr

from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import Message
from notify.receipt import NotSentError, Receipt, Refused, Sent, TryLater
from notify.writing.letter import html_of

_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_GREYLISTED = 60.0
"""A server that says "later" means a minute at least (greylisting)."""

_QUIT_SECONDS = 1.0


class _LetterPolicy(EmailPolicy):
    """Folds a Russian subject so that it arrives whole.

    The standard library's own folding loses blanks between encoded words ("Кодыпо СМС").
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() != "subject" or value.isascii():
            folded: str = super().fold(name, value)
            return folded
        words = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {words}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


# 7bit: no server on the way needs 8BITMIME to carry Russian.
_POLICY = _LetterPolicy(linesep="\r\n", cte_type="7bit")


def _mailbox(value: str) -> str:
    """``a@b`` or ``Name <a@b>``; a national domain becomes its ASCII form."""
    name, address = parseaddr(value)
    local, at, domain = address.rpartition("@")
    problem = "expected an address such as duty@example.org"
    if not (at and local and domain and local.isascii() and value.isprintable()):
        raise ValueError(problem)
    try:
        mailbox = Address(name, local, domain.encode("idna").decode())
    except ValueError:
        raise ValueError(problem) from None
    return str(mailbox) if name else mailbox.addr_spec


def _bare(value: str) -> str:
    """As ``_mailbox``, and without a name."""
    mailbox = _mailbox(value)
    if parseaddr(mailbox)[1] != mailbox:
        raise ValueError("expected an address without a name, such as duty@example.org")
    return mailbox


class EmailSettings(ChannelSettings):
    """Letters through your mail server; each recipient gets a letter of their own.

    ```toml
    [[channel]]
    id = "duty-mail"
    kind = "email"
    host = "mail.example.org"
    tls = "starttls"
    username = "vahta"
    password = "${MAIL_PASSWORD:-}"
    from = "Вахта <vahta@example.org>"
    to = ["duty@example.org"]
    ```
    """

    host: str = Field(min_length=1, description="The mail server.")
    port: int | None = Field(
        None, ge=1, le=65535, description="25 without TLS, 587 with STARTTLS, 465 with TLS."
    )
    tls: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="Required, not tried: a server without it gets no letter."
    )
    username: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, AfterValidator(_mailbox)] = Field(
        alias="from", description="Whom the letters are from."
    )
    to: tuple[Annotated[str, AfterValidator(_bare)], ...] = Field(
        (), description="Who gets them, beside the engineers who are reached through it."
    )


class Email:
    def __init__(self, settings: EmailSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._id = quote(settings.id)
        self._clock = clock
        self._from = parseaddr(settings.sender)[1]

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:
        letter = self._letter(recipient, message, delivery_id).as_bytes()
        client = self._client()
        try:
            failure = await _connect(client) or await _address(client, self._from, recipient)
            return failure or await _hand_over(client, letter)
        finally:
            client.close()

    async def aclose(self) -> None:
        """Nothing stays open between letters."""

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port or _PORTS[settings.tls],
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            username=settings.username or None,
            password=settings.password.get_secret_value() if settings.password else None,
            local_hostname=platform.node() or "localhost",
            timeout=10,
        )

    def _letter(self, recipient: str, message: Message, delivery_id: str) -> EmailMessage:
        domain = self._from.rpartition("@")[2]
        letter = EmailMessage(policy=_POLICY)
        letter["From"] = self._settings.sender
        letter["To"] = recipient
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(self._clock())
        letter["Message-ID"] = _reference(delivery_id, domain)
        if message.thread:
            letter["In-Reply-To"] = letter["References"] = _reference(message.thread, domain)
        letter["Auto-Submitted"] = "auto-generated"
        letter["List-Id"] = f"<{self._id}.vahta.{domain}>"
        letter["X-Vahta-Delivery"] = delivery_id
        letter.set_content(message.text)
        letter.add_alternative(html_of(message), subtype="html")
        return letter


@channel_kind(EmailSettings, recipients=lambda settings: settings.to, address=_bare)
def email(settings: EmailSettings, tools: Tools) -> Sender:
    return Email(settings, tools.clock)


async def _connect(client: aiosmtplib.SMTP) -> Receipt | None:
    """Up to and including the log-in. None when it worked; nothing of the letter has left yet."""
    try:
        await client.connect()
    except aiosmtplib.SMTPConnectTimeoutError:
        return TryLater("connect_timeout")
    except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPConnectResponseError) as error:
        return TryLater(f"smtp_{error.code}", after=_GREYLISTED, detail=error.message)
    except aiosmtplib.SMTPConnectError as error:
        raise NotSentError("connect", str(error)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        # No STARTTLS, a certificate that doesn't hold, a log-in that isn't offered: ours or the
        # server's set-up, and never a reason to send without.
        return TryLater("smtp_setup", after=_GREYLISTED, detail=str(error))
    return None


async def _address(client: aiosmtplib.SMTP, sender: str, recipient: str) -> Receipt | None:
    """The envelope. None when the server takes it."""
    try:
        await client.mail(sender)
        await client.rcpt(recipient)
    except aiosmtplib.SMTPResponseException as error:
        return _by_code(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        return TryLater("connection_lost", detail=type(error).__name__)
    return None


async def _hand_over(client: aiosmtplib.SMTP, letter: bytes) -> Receipt:
    """The letter. Whoever hangs up now may have taken it."""
    try:
        await client.data(letter)
    except aiosmtplib.SMTPResponseException as error:
        return _by_code(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        return TryLater("lost_after_data", ambiguous=True, detail=type(error).__name__)
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_QUIT_SECONDS)
    return Sent()


def _by_code(error: aiosmtplib.SMTPResponseException) -> Receipt:
    reason = f"smtp_{error.code}"
    if error.code >= 500:  # noqa: PLR2004 - any 5xx is for good
        return Refused(reason, detail=error.message)
    return TryLater(reason, after=_GREYLISTED, detail=error.message)


def _reference(cause: str, domain: str) -> str:
    """A message id that the same cause gives again."""
    return f"<{hashlib.sha256(cause.encode()).hexdigest()[:32]}@{domain}>"
