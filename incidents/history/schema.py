"""The tables of the history: compact, lossy, bounded. Raw DDL, forward only.

Instants are unix milliseconds; every text is a number in ``label``. Tables are clustered by
time (spans by their end), so that a flush writes to the last few pages and old rows leave from
the first. Runs that still go on have a small table of their own, which each flush rewrites.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("history")


@migrations()
def m001_rollups(db: Database) -> None:
    """Spans, what could be seen, and latencies as packed sketches (incidents.history.sketch)."""
    for statement in _ROLLUPS:
        db.execute(statement)


@migrations()
def m002_captures(db: Database) -> None:
    """Records of failed runs, and of each probe's latest success; compressed text."""
    for statement in _CAPTURES:
        db.execute(statement)


@migrations()
def m003_made_up(db: Database) -> None:
    """Up to when what is here was made up for show; empty in every honest file."""
    db.execute("CREATE TABLE made_up (until_ms INTEGER NOT NULL) STRICT")


_ROLLUPS = (
    "CREATE TABLE label (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT",
    """
    CREATE TABLE span (
        last_ms   INTEGER NOT NULL,
        probe     INTEGER NOT NULL,
        location  INTEGER NOT NULL,
        boot      INTEGER NOT NULL,
        kind      INTEGER NOT NULL,
        component INTEGER NOT NULL,
        outcome   INTEGER NOT NULL,
        reason    INTEGER,
        lasted_ms INTEGER NOT NULL,
        count     INTEGER NOT NULL,
        marks     BLOB NOT NULL,
        PRIMARY KEY (last_ms, probe, location, boot)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE running_span (
        last_ms   INTEGER NOT NULL,
        probe     INTEGER NOT NULL,
        location  INTEGER NOT NULL,
        boot      INTEGER NOT NULL,
        kind      INTEGER NOT NULL,
        component INTEGER NOT NULL,
        outcome   INTEGER NOT NULL,
        reason    INTEGER,
        lasted_ms INTEGER NOT NULL,
        count     INTEGER NOT NULL,
        marks     BLOB NOT NULL,
        PRIMARY KEY (boot, probe, location)
    ) STRICT
    """,
    """
    CREATE TABLE sight (
        component INTEGER NOT NULL,
        began_ms  INTEGER NOT NULL,
        ended_ms  INTEGER NOT NULL,
        PRIMARY KEY (component, began_ms)
    ) STRICT, WITHOUT ROWID
    """,
    # hour: whole hours since 1970, UTC.
    """
    CREATE TABLE latency_hour (
        hour   INTEGER NOT NULL,
        probe  INTEGER NOT NULL,
        sketch BLOB NOT NULL,
        PRIMARY KEY (hour, probe)
    ) STRICT, WITHOUT ROWID
    """,
    # day: the proleptic ordinal of the date in the portal's time zone (1 is 0001-01-01).
    """
    CREATE TABLE latency_day (
        day    INTEGER NOT NULL,
        probe  INTEGER NOT NULL,
        sketch BLOB NOT NULL,
        PRIMARY KEY (day, probe)
    ) STRICT, WITHOUT ROWID
    """,
)

_CAPTURES = (
    """
    CREATE TABLE capture (
        id       TEXT PRIMARY KEY,
        probe    TEXT NOT NULL,
        location TEXT NOT NULL,
        at_ms    INTEGER NOT NULL,
        is_good  INTEGER NOT NULL,
        document BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX capture_by_time ON capture (at_ms)",
    "CREATE INDEX capture_by_probe ON capture (probe, at_ms)",
)
