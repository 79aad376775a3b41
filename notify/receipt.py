"""What became of one attempt to send. Values, not exceptions: the courier must handle each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from incidents.mask import mask

_CUT = 300
_READ = 2000
"""How much is looked at: what the other side says may be long, and made to be slow to read."""

_URL = re.compile(r"(?<!\w)(\w{2,20}://)(?:[^\s/@]{1,200}@)?([^\s/?#'\"]*)[^\s'\")]*")
_PATH = re.compile(r"(?<![\w.:/])/[^\s'\")…]+")


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side took it. ``ref`` is what it calls the message, where that can be amended."""

    ref: str = ""


@dataclass(frozen=True, slots=True)
class TryLater:
    """It failed, and trying again can help.

    ``reason`` is one short word for metrics; ``after`` the seconds the other side asked for;
    ``ambiguous`` when it may have been taken all the same.
    """

    reason: str
    after: float | None = None
    ambiguous: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It failed, and trying again cannot help."""

    reason: str
    detail: str = ""


Receipt: TypeAlias = Sent | TryLater | Refused


class NotSentError(Exception):
    """The attempt failed before the first byte of the message left: repeating it is safe."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def redact(text: str) -> str:
    """``text`` fit for a table or a log: one short line that names nobody and opens nothing."""
    # Of a URL the host is left: its path, query and user may be secrets. Cut last to what is
    # kept: a half of something personal would no longer be recognised.
    line = _PATH.sub("/…", _URL.sub(r"\1\2/…", " ".join(text[:_READ].split())))
    return mask(line)[:_CUT]
