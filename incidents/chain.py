"""The chain of hashes: each entry names the one before it, so that history can't change unseen.

Pure: it walks rows, wherever they come from. A chain cannot notice that its own end was cut
off; a head that was written down elsewhere can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as _
from typing import TypeAlias

Row: TypeAlias = tuple[int, str, str, str, str, str, str]
"""An entry as it is kept: seq, stream, at, actor, event, prev, hash."""

COLUMNS = ("seq", "stream", "at", "actor", "event", "prev", "hash")

GENESIS = "0" * 64
"""What the first entry names as its predecessor's hash."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a journal at some moment; ``SEQ:HASH`` as text."""

    seq: int = 0
    hash: str = GENESIS

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """The head in a text that ``str`` made. Raises ValueError for any other."""
        seq, colon, found = text.strip().partition(":")
        if not (colon and seq.isdecimal() and len(found) == len(GENESIS)):
            raise ValueError(f"{text.strip()[:80]!r} is not a head: one is SEQ:HASH")
        return cls(int(seq), found.lower())


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first place where the chain doesn't hold, and how."""

    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``walk`` found: how many entries, the last one's number and hash, the first flaw."""

    entries: int
    head: str
    flaw: Flaw | None = None
    seq: int = 0

    def __str__(self) -> str:
        if self.flaw:
            return f"entry {self.flaw.seq} {self.flaw.problem}; the {self.entries} before it hold"
        return f"{self.entries} entries, the chain holds; head {Head(self.seq, self.head)}"


def chain_hash(row: tuple[int, str, str, str, str, str]) -> str:
    """SHA-256 of the canonical JSON of every other column: seq, stream, at, actor, event, prev.

    Written out by hand, since a million of them are to be checked in seconds.
    """
    seq, stream, at, actor, event, prev = row
    text = f"[{seq},{_(stream)},{_(at)},{_(actor)},{_(event)},{_(prev)}]"
    return hashlib.sha256(text.encode()).hexdigest()


def walk(rows: Iterable[Row], heads: Sequence[Head] = ()) -> Verdict:
    """Check rows in the order of their numbers, from the first, against each other and ``heads``.

    An entry's event is looked at no closer than to see that it is one: folding does the rest.
    """
    known = {head.seq: head.hash for head in heads}
    entries, last, tip = 0, 0, GENESIS
    for row in rows:
        seq, problem = row[0], _problem(row, last, tip)
        if problem is None and known.get(seq, row[6]) != row[6]:
            problem = "is not the one whose head was exported: the journal was written anew"
        if problem:
            return Verdict(entries, tip, Flaw(seq, problem), last)
        entries, last, tip = entries + 1, seq, row[6]
    lost = [head for head in heads if head.seq > last]
    if lost:
        gone = f"is missing: the journal ends with entry {last}, its tail was cut off"
        return Verdict(entries, tip, Flaw(max(head.seq for head in lost), gone), last)
    return Verdict(entries, tip, None, last)


def _problem(row: Row, last: int, tip: str) -> str | None:
    if row[5] != tip:
        return f"does not follow entry {last}: one was removed, moved or changed"
    if chain_hash(row[:6]) != row[6]:
        return "was changed after it was written"
    if '"kind":"' not in row[4]:
        return "is not an event that any version wrote"
    return None
