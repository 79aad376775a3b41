"""The journal as JSON Lines, out and in again, byte for byte.

A line is an entry's row: the event stays the text that the hash covers, so that whoever holds
the file can check it without knowing how we write JSON.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from incidents.audit import illegal
from incidents.chain import COLUMNS, Head, Row, chain_hash
from incidents.codec import decode
from incidents.sqlite import RefusedError, insert, rows

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MOST = 2**63 - 1
_LINE_ENDS = "\x85\u2028\u2029"  # to some who read lines


class ArchiveError(Exception):
    """The file cannot be taken in; ``problems`` name each line and what is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def line_of(row: Row) -> bytes:
    """One entry as one line."""
    text = _encoder.encode(dict(zip(COLUMNS, row, strict=True)))
    for one in _LINE_ENDS:
        if one in text:
            text = text.replace(one, f"\\u{ord(one):04x}")
    return text.encode() + b"\n"


def row_of(line: bytes) -> Row:
    """The entry in a line that ``line_of`` made, whole in itself. Raises ValueError if it isn't."""
    try:
        fields: Any = json.loads(line)
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from error
    if not isinstance(fields, dict) or set(fields) != set(COLUMNS):
        raise ValueError(f"is not an entry: one has {', '.join(COLUMNS)} and no more")
    for name in COLUMNS:
        kind = int if name == "seq" else str
        if type(fields[name]) is not kind:
            raise ValueError(f"{name} is not {'a number' if kind is int else 'a text'}")
    seq, stream, at, actor, event, prev, found = (fields[name] for name in COLUMNS)
    if not 0 < seq <= _MOST:
        raise ValueError(f"{seq} is no entry's number")
    if chain_hash((seq, stream, at, actor, event, prev)) != found:
        raise ValueError(f"entry {seq} was changed after it was written: its hash is another")
    if datetime.fromisoformat(at).tzinfo is None:
        raise ValueError(f"entry {seq} has a time without a zone: {at}")
    try:
        decode(event)
    except ValueError as error:
        raise ValueError(f"entry {seq} is not an event that any version wrote") from error
    return seq, stream, at, actor, event, prev, found


def export(db: Database, write: Callable[[bytes], object]) -> Head:
    """Write every entry as a line, as of one moment; answers the last one's head."""
    last = Head()
    for row in rows(db):
        write(line_of(row))
        last = Head(row[0], row[6])
    return last


def take_in(db: Database, lines: Iterable[bytes]) -> int:
    """Append what ``lines`` hold beyond the journal; how many entries that was.

    For one transaction, which is to be rolled back when this raises. What is there already
    must be what the file begins with, or all of it. Raises ArchiveError with every problem.
    """
    return _Import(db).all(lines)


class _Import:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._present = rows(db)  # read to its end before anything is added
        self._last: Head | None = Head()
        self._seqs = array("q")
        self._problems: list[str] = []
        self._added = 0

    def all(self, lines: Iterable[bytes]) -> int:
        for number, line in enumerate(lines, 1):
            try:
                self._one(line)
            except (ValueError, RecursionError, RefusedError) as error:
                self._problems.append(f"line {number}: {error}")
        if not self._problems and self._added:
            self._problems += [f"line {self._line(f.seq)}: {f.problem}" for f in illegal(self._db)]
        if self._problems:
            raise ArchiveError(self._problems)
        return self._added

    def _one(self, line: bytes) -> None:
        before, self._last = self._last, None  # after a bad line, what follows it is not judged
        known = next(self._present, None)
        row = row_of(line)
        self._last = Head(row[0], row[6])
        self._seqs.append(row[0])
        if before is not None and row[5] != before.hash:
            raise ValueError(f"entry {row[0]} does not follow entry {before.seq}")
        if before is not None and row[0] <= before.seq:
            raise ValueError(f"entry {row[0]} comes after entry {before.seq}")
        if known is not None:
            if known != row:
                self._present = iter(())
                raise ValueError(
                    f"entry {row[0]} is not the one that is here: import into an empty state"
                )
        elif not self._problems:
            insert(self._db, row)
            self._added += 1

    def _line(self, seq: int) -> int:
        return bisect_left(self._seqs, seq) + 1
