"""The calls on disk: noted, found again, counted, erased when their time is over."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlite_utils import Database

from desk.calls.call import Call, Draft
from desk.calls.cipher import Cipher, CipherError
from incidents.bursts import WINDOW, Count, Past
from incidents.events import Medium
from incidents.mask import mask
from incidents.store import Store

_COLUMNS = (
    "number, at, operator, symptom, component, incident, article, region, medium, text,"
    " promised, escalated, looked_up_at, repeat_of, called_back_at"
)


class Ledger:
    """One per state. Numbers are PREFIX-YEAR-0001; texts are masked, then encrypted."""

    def __init__(
        self,
        store: Store,
        cipher: Cipher,
        *,
        prefix: str,
        zone: tzinfo,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._cipher = cipher
        self._prefix = prefix
        self._zone = zone
        self._clock = clock

    async def note(self, draft: Draft, *, operator: str) -> Call:
        """Write a call down; it is kept once this returns. Raises sqlite3.Error if it isn't."""
        at = self._clock()
        text = mask(draft.text.strip())
        draft = replace(draft, text="", region=mask(draft.region) if draft.region else None)

        def work(db: Database) -> str:
            number = self._next(db, at)
            db.execute(
                f"INSERT INTO call ({_COLUMNS})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    number,
                    _ms(at),
                    operator,
                    draft.symptom,
                    draft.component,
                    draft.incident,
                    draft.article,
                    draft.region,
                    draft.medium.value,
                    self._cipher.seal(text, number=number),
                    int(draft.promised),
                    int(draft.escalated),
                    _ms(draft.looked_up_at) if draft.looked_up_at else None,
                    draft.repeat_of,
                    None,
                ],
            )
            return number

        number = await self._store.write(work)
        return Call(number, at, operator, draft, text)

    async def find(self, number: str) -> Call | None:
        """One call by its number."""
        found = await self._select("number = ?", [number])
        return found[0] if found else None

    async def about(self, incident: str, *, limit: int = 50) -> Sequence[Call]:
        """The latest calls noted against an incident."""
        return await self._select("incident = ? ORDER BY at DESC LIMIT ?", [incident, limit])

    async def lately(self, symptom: str, since: datetime, until: datetime) -> Sequence[Call]:
        """Calls with one symptom after ``since`` and up to ``until``, oldest first."""
        return await self._select(
            "symptom = ? AND at > ? AND at <= ? ORDER BY at", [symptom, _ms(since), _ms(until)]
        )

    async def between(self, since: datetime, until: datetime) -> Sequence[Call]:
        """All calls from ``since`` up to ``until``, oldest first, for the figures."""
        return await self._select("at >= ? AND at < ? ORDER BY at", [_ms(since), _ms(until)])

    async def promised(self) -> Sequence[Call]:
        """Calls whose promise has not been kept yet, the most urgent first."""
        return await self._select("promised AND called_back_at IS NULL ORDER BY at", [])

    async def called_back(self, number: str) -> bool:
        """The promise was kept; False when there was none to keep."""
        at = _ms(self._clock())

        def work(db: Database) -> bool:
            cursor = db.execute(
                "UPDATE call SET called_back_at = ?"
                " WHERE number = ? AND promised AND called_back_at IS NULL",
                [at, number],
            )
            return cursor.rowcount > 0

        return await self._store.write(work)

    async def counts(self, symptom: str, now: datetime, past: Past) -> tuple[Count, Count]:
        """Calls that nothing known explains, of one symptom and of the others.

        Who rings again is not counted again.
        """
        window = (now - WINDOW, now)

        def work(db: Database) -> tuple[Count, Count]:
            lately, all_lately = _count(db, symptom, window)
            earlier = [_count(db, symptom, stretch) for stretch in past.stretches]
            own = Count(lately, sum(mine for mine, _ in earlier))
            every = Count(all_lately, sum(all_ for _, all_ in earlier))
            return own, Count(every.now - own.now, every.past - own.past)

        return await self._store.read(work)

    async def attach(self, symptom: str, since: datetime, incident: str) -> int:
        """What made ``incident`` is counted on it: calls with its symptom after ``since``."""

        def work(db: Database) -> int:
            return db.execute(
                "UPDATE call SET incident = ? WHERE symptom = ? AND at > ? AND incident IS NULL",
                [incident, symptom, _ms(since)],
            ).rowcount

        return await self._store.write(work)

    async def began(self) -> datetime | None:
        """When the first call of all was noted."""
        ((first,),) = await self._rows("SELECT min(at) FROM call", [])
        return _at(first) if first is not None else None

    async def callers(self, incidents: Sequence[str]) -> Mapping[str, int]:
        """How many people have called about each; who rings again is one of them."""
        rows = await self._rows(
            "SELECT incident, count(*) FROM call"
            " WHERE incident IN (SELECT value FROM json_each(?)) AND repeat_of IS NULL"
            " GROUP BY incident",
            [json.dumps(incidents)],
        )
        return dict(rows)

    async def blamed(self, symptom: str) -> Sequence[str]:
        """Incidents that calls with one symptom are counted on, the latest call's first."""
        rows = await self._rows(
            "SELECT incident FROM call WHERE symptom = ? AND incident IS NOT NULL"
            " GROUP BY incident ORDER BY max(at) DESC LIMIT 20",
            [symptom],
        )
        return [incident for (incident,) in rows]

    async def erase(self, *, older_than: timedelta) -> int:
        """Forget what was said so long ago; numbers and counts stay. How many were erased."""
        before = _ms(self._clock() - older_than)

        def work(db: Database) -> int:
            return db.execute(
                "UPDATE call SET text = NULL, region = NULL WHERE at < ? AND text IS NOT NULL",
                [before],
            ).rowcount

        return await self._store.write(work)

    def _next(self, db: Database, at: datetime) -> str:
        stem = f"{self._prefix}-{at.astimezone(self._zone).year}-"
        # The plus keeps SQLite from collecting the whole year to find its last one.
        row = db.execute(
            "SELECT substr(number, ?) FROM call WHERE +number GLOB ? ORDER BY rowid DESC LIMIT 1",
            [len(stem) + 1, f"{stem}[0-9]*"],
        ).fetchone()
        return f"{stem}{int(row[0]) + 1 if row else 1:04d}"

    async def _select(self, where: str, values: Sequence[Any]) -> Sequence[Call]:
        rows = await self._rows(f"SELECT {_COLUMNS} FROM call WHERE {where}", values)
        return [self._call(row) for row in rows]

    async def _rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        return await self._store.read(lambda db: db.execute(sql, values).fetchall())

    def _call(self, row: sqlite3.Row) -> Call:
        (number, at, operator, _, component, incident, article, region, medium) = row[:9]
        text, promised, escalated, looked_up_at, repeat_of, called_back_at = row[9:]
        draft = Draft(
            "",
            Medium(medium),
            incident,
            article,
            component,
            region,
            promised=bool(promised),
            escalated=bool(escalated),
            looked_up_at=_at(looked_up_at) if looked_up_at is not None else None,
            repeat_of=repeat_of,
        )
        back = _at(called_back_at) if called_back_at is not None else None
        return Call(number, _at(at), operator, draft, self._said(text, number), back)

    def _said(self, sealed: bytes | None, number: str) -> str:
        """Without the key the numbers and the counts are still good."""
        try:
            return self._cipher.open(sealed, number=number) if sealed is not None else ""
        except CipherError:
            return ""


def _count(db: Database, symptom: str, stretch: tuple[datetime, datetime]) -> tuple[int, int]:
    """Of one symptom, and of all."""
    row = db.execute(
        "SELECT count(*) FILTER (WHERE symptom = ?), count(*) FROM call"
        " WHERE at > ? AND at <= ? AND incident IS NULL AND repeat_of IS NULL",
        [symptom, *map(_ms, stretch)],
    ).fetchone()
    return row[0], row[1]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
