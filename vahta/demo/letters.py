"""The letters the demo's mailbox has accepted: one file each, whole or absent, never deleted."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter

from vahta.demo.durable import write_whole
from vahta.demo.instant import spell

_log = logging.getLogger(__name__)
_CACHED = 2000
_CACHED_LENGTH = 16 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as a person reads it; the file beside also has every byte of it."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    received_at: AwareDatetime

    def entries(self) -> Iterator[dict[str, str]]:
        """The letter as ``letters.json`` tells it: once per recipient."""
        for place, recipient in enumerate(self.recipients, start=1):
            only = len(self.recipients) == 1
            yield {
                "id": f"{self.number:06d}" if only else f"{self.number:06d}-{place}",
                "to": recipient,
                "subject": self.subject,
                "text": self.text,
                "received_at": spell(self.received_at),
            }


_AS_LETTER = TypeAdapter(Letter)


def read_letter(
    raw: bytes, *, number: int, sender: str, recipients: Sequence[str], received_at: datetime
) -> Letter:
    """What a person would read in these bytes; never raises, whatever they are."""
    message = _parsed(raw)
    return Letter(
        number=number,
        sender=_clean(_header(message, "From") or sender),
        recipients=tuple(_clean(r) for r in recipients),
        subject=_clean(_header(message, "Subject")),
        text=_clean(_text(message)),
        received_at=received_at,
    )


class Letters:
    """The folder of letters. Every method blocks: call them off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cache: OrderedDict[int, Letter] = OrderedDict()

    def open(self) -> int:
        """Make the folder, clear away what a crash left half-written; the highest number so far."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for half in self._folder.glob(".[0-9]*.json.tmp"):
            half.unlink()  # its sender was never told that it was accepted
        return max(self._numbers(), default=0)

    def keep(
        self,
        raw: bytes,
        *,
        number: int,
        sender: str,
        recipients: Sequence[str],
        received_at: datetime,
    ) -> None:
        """Have a letter on disk, readable and byte for byte. Raises OSError."""
        letter = read_letter(
            raw, number=number, sender=sender, recipients=recipients, received_at=received_at
        )
        content = {
            "number": number,
            "sender": letter.sender,
            "recipients": letter.recipients,
            "subject": letter.subject,
            "text": letter.text,
            "received_at": spell(received_at),
            "raw": raw.decode("ascii", "surrogateescape"),
        }
        write_whole(self._path(number), json.dumps(content, indent=1).encode())

    def count(self) -> int:
        """How many there are."""
        return len(self._numbers())

    def all(self) -> list[Letter]:
        """Every letter, in the order of arrival."""
        return [letter for n in self._numbers() if (letter := self.find(n))]

    def latest(self, limit: int) -> list[Letter]:
        """The last ``limit`` letters, newest first."""
        return [letter for n in self._numbers()[: -limit - 1 : -1] if (letter := self.find(n))]

    def find(self, number: int) -> Letter | None:
        """One letter; None where there is none, or (with a warning) an unreadable file."""
        if (letter := self._cache.get(number)) is not None:
            return letter
        path = self._path(number)
        try:
            letter = _AS_LETTER.validate_python(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("%s: is not a letter of the demo's: %s", path, type(error).__name__)
            return None
        if len(letter.text) <= _CACHED_LENGTH:
            self._cache[number] = letter
        while len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return letter

    def _numbers(self) -> list[int]:
        names = (path.stem for path in self._folder.glob("[0-9]*.json"))
        return sorted(int(name) for name in names if name.isascii() and name.isdecimal())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.json"


def _parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=modern)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the policy's own promise, for mypy
    return message


def _header(message: EmailMessage, name: str) -> str:
    """A decoded header. The parser of the standard library trips over some hostile ones."""
    try:
        return str(message.get(name, ""))
    except (ArithmeticError, AttributeError, LookupError, MessageError, TypeError, ValueError):
        return ""


def _text(message: EmailMessage) -> str:
    """The text/plain part, with plain line ends; nothing where there is none."""
    try:
        part = message.get_body(preferencelist=("plain",))
        if part is None:
            return ""
        content = part.get_payload(decode=True)
        charset = part.get_content_charset("utf-8")
    except (ArithmeticError, AttributeError, LookupError, MessageError, TypeError, ValueError):
        return ""
    data = content if isinstance(content, bytes) else b""
    try:
        text = data.decode(charset, "replace")
    except (LookupError, ValueError):  # a charset nobody knows
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _clean(text: str) -> str:
    """``text`` without lone surrogates and without the NULs that no page or terminal likes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
