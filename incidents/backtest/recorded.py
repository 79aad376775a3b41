"""The recorded past, read for a replay: spans as they come, and the journal's entries.

Functions on a Database, on one consistent view: whoever replays does so inside the same read,
since a week of ten thousand probes is not to be held in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from incidents.backtest.replay import LOOKS_BACK, Stretch
from incidents.backtest.world import Known, World
from incidents.events import Imported, MaintenancePlanned, Opened
from incidents.history.instants import from_ms, to_ms
from incidents.history.reading import span_of
from incidents.history.span import Span
from incidents.journal import Entry
from incidents.register import entries_about
from incidents.sqlite import read_entries

_BACK = timedelta(days=31)
"""Incidents that ended this long before are still asked for, besides each component's latest."""

_LATELY = timedelta(days=1)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Past:
    """What a replay begins with, and what was really written from then on.

    ``spans`` are read as they are asked for: use them inside the read. ``probes`` are those
    that any observation is kept of.
    """

    known: Known
    spans: Iterator[Span]
    entries: Sequence[Entry]
    stretch: Stretch
    probes: frozenset[str]


def recorded(db: Database, *, since: datetime, until: datetime, prefixes: Sequence[str]) -> Past:
    """The past from ``since`` up to ``until``, as much of it as anything was seen in.

    ``prefixes`` are what incidents and works of ours are numbered with.
    """
    runs = db.conn.execute(_BOOTS, {"until": to_ms(until)}).fetchall()
    since = max([since, *([from_ms(min(first for _, first, _ in runs))] if runs else [])])
    until = max(since, min(until, from_ms(max(last for *_, last in runs)))) if runs else since
    first = _first_entry(db, since)
    entries = [e for e in _entries_from(db, first) if e.at <= until]
    bounds = {"since": to_ms(since), "until": to_ms(until)}
    return Past(
        known=_known(db, since, first, entries, prefixes),
        spans=_spans(db, since - LOOKS_BACK, until),
        entries=entries,
        stretch=Stretch(since, until, {boot: last for boot, _, last in runs}, first - 1),
        probes=frozenset(text for (text,) in db.conn.execute(_PROBES, bounds)),
    )


# ── what was seen ──


def _spans(db: Database, since: datetime, until: datetime) -> Iterator[Span]:
    """Every span that reaches into the stretch, whole, by its first instant."""
    texts = dict(db.conn.execute("SELECT id, text FROM label").fetchall())
    bounds = {"since": to_ms(since), "until": to_ms(until)}
    return (span_of(row, texts) for row in db.conn.execute(_SPANS, bounds))


_SPANS = """
    SELECT probe, kind, component, location, boot, outcome, reason,
        last_ms - lasted_ms AS first_ms, last_ms, count, marks
    FROM (SELECT * FROM span UNION ALL SELECT * FROM running_span)
    WHERE last_ms >= :since AND last_ms - lasted_ms <= :until
    ORDER BY first_ms, probe, location, boot
"""
_BOOTS = """
    SELECT label.text, min(last_ms - lasted_ms), min(max(last_ms), :until)
    FROM (SELECT * FROM span UNION ALL SELECT * FROM running_span) AS s
    JOIN label ON label.id = s.boot
    WHERE last_ms - lasted_ms <= :until GROUP BY s.boot
"""
_PROBES = """
    SELECT DISTINCT label.text
    FROM (SELECT * FROM span UNION ALL SELECT * FROM running_span) AS s
    JOIN label ON label.id = s.probe
    WHERE last_ms >= :since AND last_ms - lasted_ms <= :until
"""


# ── what was written ──


def _first_entry(db: Database, since: datetime) -> int:
    """The number of the first entry that isn't older than ``since``."""
    sql = "SELECT coalesce(min(seq), -1) FROM journal WHERE at >= ?"
    (seq,) = db.execute(sql, [since.isoformat()]).fetchone()
    if seq >= 0:
        return int(seq)
    return int(db.execute("SELECT coalesce(max(seq), 0) + 1 FROM journal").fetchone()[0])


def _entries_from(db: Database, seq: int) -> Iterator[Entry]:
    after = seq - 1
    while entries := read_entries(db, after, _BATCH):
        yield from entries
        after = entries[-1].seq


def _known(
    db: Database, since: datetime, first: int, entries: Sequence[Entry], prefixes: Sequence[str]
) -> Known:
    """What the register held just before entry ``first``."""
    before = World(Known())
    born = {e.event.incident for e in entries if isinstance(e.event, _BIRTHS)}
    for id_ in _ids_before(db, since):
        if id_ in born:
            continue
        for entry in entries_about(db, id_):
            if entry.seq < first:
                before.take(entry)
    lately = since - _LATELY
    works = [w for w in before.maintenance() if not w.is_over or w.changed_at > lately]
    return Known(before.at_hand(), tuple(works), _numbers(db, prefixes, born))


_BIRTHS = (Opened, Imported, MaintenancePlanned)


def _numbers(db: Database, prefixes: Sequence[str], born: Collection[str]) -> Mapping[str, int]:
    """The highest numbers given to any but those in ``born``."""
    found: dict[str, int] = {}
    for prefix in prefixes:
        bounds = {"first": f"{prefix}-", "end": f"{prefix}."}  # "." follows "-"
        for (id_,) in db.conn.execute(_NUMBERED, bounds):
            stem, dash, number = id_.rpartition("-")
            if number.isdecimal() and id_ not in born:
                found[stem + dash] = max(found.get(stem + dash, 0), int(number))
    return found


_NUMBERED = """
    SELECT id FROM incident WHERE id >= :first AND id < :end
    UNION ALL SELECT id FROM maintenance WHERE id >= :first AND id < :end
"""


def _ids_before(db: Database, since: datetime) -> Sequence[str]:
    """Incidents and works that may have mattered at ``since``, in the order of their birth."""
    at, back = since.isoformat(), (since - _BACK).isoformat()
    return [id_ for (id_,) in db.execute(_BEFORE, [at, back, at, back]).fetchall()]


_BEFORE = """
    SELECT id FROM (
        SELECT id, opened_at FROM incident
        WHERE opened_at < ? AND (is_open OR resolved_at >= ?)
        UNION
        SELECT incident, max(opened_at) FROM touched WHERE opened_at < ? GROUP BY component
        UNION
        SELECT id, changed_at FROM maintenance WHERE NOT is_over OR changed_at >= ?
    ) GROUP BY id ORDER BY min(opened_at), id
"""
