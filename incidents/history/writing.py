"""Puts a batch of rollups into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from incidents.history import sketch
from incidents.history.packing import pack_rising
from incidents.history.rollups import Batch
from incidents.history.span import Span


def write(db: Database, batch: Batch, known: Mapping[str, int]) -> Mapping[str, int]:
    """Write a batch inside the caller's transaction; the numbers of labels it found out.

    ``known`` are the numbers found out before. Every row but the latencies may be written
    again; these are added to what is there.
    """
    found = _labels(db, _texts(batch) - known.keys())
    labels = {**known, **found}
    conn = db.conn
    conn.executemany(
        "INSERT OR REPLACE INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_row(span, labels) for span in batch.ended],
    )
    conn.executemany(  # the run that follows is perhaps in the next batch
        "DELETE FROM running_span WHERE boot = ? AND probe = ? AND location = ?",
        [(labels[s.boot], labels[s.probe], labels[s.location]) for s in batch.ended],
    )
    conn.executemany(
        "INSERT OR REPLACE INTO running_span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_row(span, labels) for span in batch.running],
    )
    conn.executemany(
        "INSERT OR REPLACE INTO sight VALUES (?, ?, ?)",
        [(labels[s.component], s.began_ms, s.ended_ms) for s in batch.sights],
    )
    for timings in batch.timings:
        probe = labels[timings.probe]
        _add(db, _HOUR, (timings.hour, probe), timings.bins)
        _add(db, _DAY, (timings.day, probe), timings.bins)
    return found


_HOUR = (
    "SELECT sketch FROM latency_hour WHERE hour = ? AND probe = ?",
    "INSERT OR REPLACE INTO latency_hour VALUES (?, ?, ?)",
)
_DAY = (
    "SELECT sketch FROM latency_day WHERE day = ? AND probe = ?",
    "INSERT OR REPLACE INTO latency_day VALUES (?, ?, ?)",
)


def _add(db: Database, sql: tuple[str, str], key: tuple[int, int], bins: Mapping[int, int]) -> None:
    row = db.conn.execute(sql[0], key).fetchone()
    if row is not None:
        total = sketch.unpack_bins(row[0])
        sketch.merge(total, bins)
        bins = total
    db.conn.execute(sql[1], (*key, sketch.pack_bins(bins)))


def _row(span: Span, labels: Mapping[str, int]) -> Sequence[Any]:
    return (
        span.last_ms,
        labels[span.probe],
        labels[span.location],
        labels[span.boot],
        labels[span.kind],
        labels[span.component],
        labels[span.outcome],
        labels[span.reason] if span.reason else None,
        span.last_ms - span.first_ms,
        span.count,
        pack_rising(span.marks),
    )


def _texts(batch: Batch) -> set[str]:
    texts = {sight.component for sight in batch.sights}
    texts.update(timings.probe for timings in batch.timings)
    for span in (*batch.ended, *batch.running):
        texts.update((span.probe, span.kind, span.component, span.location, span.boot))
        texts.update(filter(None, (span.outcome, span.reason)))
    return texts


def _labels(db: Database, texts: Iterable[str]) -> Mapping[str, int]:
    """The numbers of texts, new ones given where there were none."""
    rows = [(text,) for text in sorted(texts)]
    db.conn.executemany("INSERT OR IGNORE INTO label (text) VALUES (?)", rows)
    find = "SELECT id FROM label WHERE text = ?"
    return {row[0]: db.conn.execute(find, row).fetchone()[0] for row in rows}
