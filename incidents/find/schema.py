"""The tables of the past: every resolved incident by its words. Forward only, raw DDL.

What stands in them is derived: they may be emptied at any time and fill again from the register.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("find")


@migrations()
def m001_past(db: Database) -> None:
    """The words of resolved incidents, and an index over them that holds no text of its own."""
    for statement in _PAST:
        db.execute(statement)


_PAST = (
    """
    CREATE TABLE past_incident (
        id       INTEGER PRIMARY KEY,
        incident TEXT NOT NULL UNIQUE,
        words    TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE VIRTUAL TABLE past_words USING fts5(
        words, content='past_incident', content_rowid='id', detail=none, columnsize=0,
        tokenize="ascii tokenchars '@%:_-'"
    )
    """,
    """
    CREATE TRIGGER past_added AFTER INSERT ON past_incident
        BEGIN INSERT INTO past_words (rowid, words) VALUES (NEW.id, NEW.words); END
    """,
    """
    CREATE TRIGGER past_removed AFTER DELETE ON past_incident
        BEGIN
            INSERT INTO past_words (past_words, rowid, words) VALUES ('delete', OLD.id, OLD.words);
        END
    """,
)
