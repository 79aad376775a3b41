"""Fills an empty state with a past that never was, for show, and marks it so for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from incidents.codec import encode
from incidents.events import Imported
from incidents.history.instants import from_ms, to_ms
from incidents.history.rollups import Batch
from incidents.history.writing import write
from incidents.register import own_stream
from incidents.sqlite import extend, head
from incidents.store import Store

ACTOR = "made-up"
"""Who stands in the journal for incidents that never were."""


class NotEmptyError(Exception):
    """There is something true in the state, and nothing made up may stand beside it."""


@dataclass(frozen=True, slots=True)
class Past:
    """What to say was seen and what to say was wrong, all of it before ``until``."""

    until: datetime
    seen: Batch
    incidents: Sequence[Imported]


async def fill(store: Store, past: Past) -> bool:
    """Write ``past`` down, all of it or nothing; False where one was made up before.

    Raises NotEmptyError where anything else was ever kept.
    """
    items = [(own_stream(one.incident), one) for one in past.incidents]
    texts = [encode(one) for one in past.incidents]

    def work(db: Database) -> bool:
        if _until(db) is not None:
            return False
        kept = db.execute("SELECT 1 FROM sight UNION ALL SELECT 1 FROM running_span LIMIT 1")
        if head(db).seq or kept.fetchone():
            raise NotEmptyError
        write(db, past.seen, {})
        extend(db, items, texts, at=past.until, actor=ACTOR)
        db.execute("INSERT INTO made_up VALUES (?)", [to_ms(past.until)])
        return True

    return await store.write(work)


async def made_up_until(store: Store) -> datetime | None:
    """Up to when what the state tells was made up; None where all of it is true."""
    until = await store.read(_until)
    return None if until is None else from_ms(until)


def _until(db: Database) -> int | None:
    row = db.execute("SELECT max(until_ms) FROM made_up").fetchone()
    return None if row is None or row[0] is None else int(row[0])
