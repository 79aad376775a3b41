"""The table of calls. Forward only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("calls")


@migrations()
def m001_call(db: Database) -> None:
    """What operators noted; ``text`` is encrypted, and NULL once erased."""
    for statement in _CALL:
        db.execute(statement)


# Instants are whole milliseconds since 1970, UTC.
_CALL = (
    """
    CREATE TABLE call (
        number          TEXT PRIMARY KEY,
        at              INTEGER NOT NULL,
        operator        TEXT NOT NULL,
        symptom         TEXT NOT NULL,
        component       TEXT,
        incident        TEXT,
        article         TEXT,
        region          TEXT,
        medium          TEXT NOT NULL,
        text            BLOB,
        promised        INTEGER NOT NULL,
        escalated       INTEGER NOT NULL,
        looked_up_at    INTEGER,
        repeat_of       TEXT,
        called_back_at  INTEGER
    ) STRICT
    """,
    "CREATE INDEX call_at ON call (at)",
    "CREATE INDEX call_symptom ON call (symptom, at)",
    "CREATE INDEX call_incident ON call (incident, at) WHERE incident IS NOT NULL",
    "CREATE INDEX call_promised ON call (at) WHERE promised AND called_back_at IS NULL",
)
