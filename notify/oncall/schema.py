"""The table of overrides. Forward only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("oncall")


@migrations()
def m001_override(db: Database) -> None:
    """Who stands in for whom, who entered it, and who took it back."""
    for statement in _OVERRIDE:
        db.execute(statement)


# Instants are whole seconds since 1970, UTC. Rows stay: who was on call must be known later.
_OVERRIDE = (
    """
    CREATE TABLE oncall_override (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        rota       TEXT NOT NULL,
        engineer   TEXT NOT NULL,
        since      INTEGER NOT NULL,
        until      INTEGER NOT NULL CHECK (until > since),
        entered_at INTEGER NOT NULL,
        entered_by TEXT NOT NULL,
        removed_at INTEGER,
        removed_by TEXT
    ) STRICT
    """,
    "CREATE INDEX oncall_override_until ON oncall_override (until)",
)
