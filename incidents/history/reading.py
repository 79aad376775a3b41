"""What the history says, read beside the service that writes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from incidents.history import sketch
from incidents.history.instants import from_ms, to_ms
from incidents.history.packing import unpack_rising
from incidents.history.rollups import HOUR_MS
from incidents.history.sketch import Latency
from incidents.history.span import Span
from incidents.store import Store
from probes.observation import Outcome, Reason


async def spans(store: Store, since: datetime, until: datetime) -> Sequence[Span]:
    """Every span that reaches into [since, until), oldest first.

    A span that reaches over either end is answered whole: cut its observations, not the span.
    """
    bounds = {"since": to_ms(since), "until": to_ms(until)}

    def work(db: Database) -> Sequence[Span]:
        with db.atomic():
            texts = dict(db.conn.execute("SELECT id, text FROM label").fetchall())
            rows = db.conn.execute(_SPANS, bounds)
            return [span_of(row, texts) for row in rows]

    return await store.read(work)


_SPANS = """
    SELECT probe, kind, component, location, boot, outcome, reason,
        last_ms - lasted_ms AS first_ms, last_ms, count, marks
    FROM (SELECT * FROM span UNION ALL SELECT * FROM running_span)
    WHERE last_ms >= :since AND last_ms - lasted_ms < :until
    ORDER BY first_ms, probe, location, boot
"""


def span_of(row: Sequence[Any], texts: Mapping[int, str]) -> Span:
    """The span in a row of the columns above; ``texts`` are the labels by their number."""
    *labels, first_ms, last_ms, count, marks = row
    probe, kind, component, location, boot, outcome, reason = (texts.get(n, "") for n in labels)
    return Span(
        probe=probe,
        kind=kind,
        component=component,
        location=location,
        boot=boot,
        outcome=Outcome(outcome),
        reason=Reason(reason) if reason else None,
        first_ms=first_ms,
        last_ms=last_ms,
        count=count,
        marks=tuple(unpack_rising(marks)),
    )


async def sights(
    store: Store, since: datetime, *, component: str | None = None
) -> Mapping[str, Sequence[tuple[datetime, datetime]]]:
    """By component, when it could be seen: stretches that end at ``since`` or later.

    Oldest first and apart from each other; between them nobody knows.
    """
    values = {"since": to_ms(since), "component": component}
    rows = await store.read(lambda db: db.conn.execute(_SIGHTS, values).fetchall())
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for text, began_ms, ended_ms in rows:
        stretches = found.setdefault(text, [])
        began, ended = from_ms(began_ms), from_ms(ended_ms)
        if stretches and began <= stretches[-1][1]:  # the clock was set back
            began, last = stretches.pop()
            ended = max(ended, last)
        stretches.append((began, ended))
    return found


_SIGHTS = """
    SELECT text, began_ms, ended_ms FROM sight JOIN label ON label.id = sight.component
    WHERE ended_ms >= :since AND (:component IS NULL OR text = :component)
    ORDER BY text, began_ms
"""


async def latency_by_hour(store: Store, probe: str, since: datetime) -> Mapping[datetime, Latency]:
    """By the hour's beginning, UTC, from the hour of ``since`` on; hours without any are absent."""
    found = await store.read(lambda db: _sketches(db, _HOURS, probe, to_ms(since) // HOUR_MS))
    return {from_ms(hour * HOUR_MS): latency for hour, latency in found.items()}


async def latency_by_day(store: Store, probe: str, since: date) -> Mapping[date, Latency]:
    """By the date in the portal's time zone; days without any are absent."""
    found = await store.read(lambda db: _sketches(db, _DAYS, probe, since.toordinal()))
    return {date.fromordinal(day): latency for day, latency in found.items()}


async def latency_of_days(
    store: Store, owners: Mapping[str, str], *, since: date, until: date
) -> Mapping[str, Mapping[date, Latency]]:
    """Of all probes of an owner together, by owner and date; days without any are absent.

    ``owners`` gives the owner of each probe; probes without one are left out. ``until`` is not
    included.
    """
    bounds = (since.toordinal(), until.toordinal())
    rows = await store.read(lambda db: db.conn.execute(_ALL_DAYS, bounds).fetchall())

    def added_up() -> Mapping[str, Mapping[date, Latency]]:
        totals: dict[tuple[str, int], sketch.Bins] = {}
        for day, probe, packed in rows:
            if probe in owners:
                total = totals.setdefault((owners[probe], day), {})
                sketch.merge(total, sketch.unpack_bins(packed))
        found: dict[str, dict[date, Latency]] = {}
        for (owner, day), bins in totals.items():
            found.setdefault(owner, {})[date.fromordinal(day)] = Latency.of(bins)
        return found

    return await asyncio.to_thread(added_up)


_ALL_DAYS = """
    SELECT day, text, sketch FROM latency_day JOIN label ON label.id = latency_day.probe
    WHERE day >= ? AND day < ? ORDER BY day, text
"""


_HOURS = (
    "SELECT (SELECT min(hour) FROM latency_hour), (SELECT max(hour) FROM latency_hour)",
    "SELECT sketch FROM latency_hour WHERE hour = ? AND probe = ?",
)
_DAYS = (
    "SELECT (SELECT min(day) FROM latency_day), (SELECT max(day) FROM latency_day)",
    "SELECT sketch FROM latency_day WHERE day = ? AND probe = ?",
)


def _sketches(db: Database, sql: tuple[str, str], probe: str, since: int) -> Mapping[int, Latency]:
    """One look-up for each hour or day: the tables are in the order of time, not of probes."""
    number = db.conn.execute("SELECT id FROM label WHERE text = ?", [probe]).fetchone()
    first, last = db.conn.execute(sql[0]).fetchone()
    if number is None or last is None:
        return {}
    rows = (
        (bucket, db.conn.execute(sql[1], (bucket, *number)).fetchone())
        for bucket in range(max(first, since), last + 1)
    )
    return {bucket: Latency.of(sketch.unpack_bins(row[0])) for bucket, row in rows if row}
