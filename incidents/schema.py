"""The tables of this package. Forward only; raw DDL, since ``transform()`` drops triggers."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("incidents")


@migrations()
def m001_journal(db: Database) -> None:
    """Append-only, chained by hash; one open automatic incident per component, by trigger."""
    for statement in _JOURNAL:
        db.execute(statement)


@migrations()
def m002_register(db: Database) -> None:
    """The fold of the journal, and how far it has got."""
    for statement in _REGISTER:
        db.execute(statement)


@migrations()
def m003_affected_and_maintenance(db: Database) -> None:
    """Incidents of several components, announced work; the fold begins anew to fill them."""
    for statement in _AFFECTED:
        db.execute(statement)


@migrations()
def m004_remarks(db: Database) -> None:
    """The fold begins anew: it now remembers what a re-opening used to undo."""
    for statement in _ANEW:
        db.execute(statement)


@migrations()
def m005_acknowledged_anew(db: Database) -> None:
    """The fold begins anew: what gets worse is to be acknowledged again."""
    for statement in _ANEW:
        db.execute(statement)


_ANEW = ("DELETE FROM incident", "DELETE FROM cursor WHERE consumer = 'register'")

_JOURNAL = (
    """
    CREATE TABLE journal (
        seq    INTEGER PRIMARY KEY,
        stream TEXT NOT NULL,
        at     TEXT NOT NULL,
        actor  TEXT NOT NULL,
        event  TEXT NOT NULL CHECK (json_valid(event)),
        prev   TEXT NOT NULL UNIQUE,
        hash   TEXT NOT NULL UNIQUE
    ) STRICT
    """,
    "CREATE INDEX journal_stream ON journal (stream, seq)",
    """
    CREATE UNIQUE INDEX journal_one_opening ON journal (json_extract(event, '$.incident'))
        WHERE json_extract(event, '$.kind') = 'opened'
    """,
    # Also against INSERT OR REPLACE, which a connection of somebody else's lets past the next two.
    """
    CREATE TRIGGER journal_grows BEFORE INSERT ON journal
        WHEN NEW.seq <= (SELECT coalesce(max(seq), 0) FROM journal)
            OR NEW.prev <> (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1)
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
    """,
    """
    CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
    """,
    """
    CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
    """,
    # A component's own stream has at most one open incident: the primary key refuses a second.
    "CREATE TABLE journal_open (stream TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT",
    """
    CREATE TRIGGER journal_opens AFTER INSERT ON journal
        WHEN NEW.stream LIKE 'component/%'
            AND json_extract(NEW.event, '$.kind') IN ('opened', 'reopened')
        BEGIN INSERT INTO journal_open VALUES (NEW.stream, NEW.seq); END
    """,
    """
    CREATE TRIGGER journal_closes AFTER INSERT ON journal
        WHEN NEW.stream LIKE 'component/%' AND json_extract(NEW.event, '$.kind') = 'resolved'
        BEGIN DELETE FROM journal_open WHERE stream = NEW.stream; END
    """,
)

_REGISTER = (
    """
    CREATE TABLE incident (
        id           TEXT PRIMARY KEY,
        component    TEXT NOT NULL,
        is_open      INTEGER NOT NULL,
        opened_at    TEXT NOT NULL,
        resolved_at  TEXT,
        published_at TEXT,
        doc          TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX incident_open ON incident (opened_at) WHERE is_open",
    "CREATE INDEX incident_closed ON incident (resolved_at) WHERE NOT is_open",
    "CREATE INDEX incident_component ON incident (component, opened_at)",
    "CREATE TABLE cursor (consumer TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT",
)

_AFFECTED = (
    *_ANEW,
    # Which automatic incident was the last to be about a component, its own or another's.
    """
    CREATE TABLE touched (
        component TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        incident  TEXT NOT NULL,
        PRIMARY KEY (component, opened_at, incident)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE maintenance (
        id         TEXT PRIMARY KEY,
        is_over    INTEGER NOT NULL,
        changed_at TEXT NOT NULL,
        doc        TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX journal_incident ON journal (json_extract(event, '$.incident'), seq)",
    # A merged incident is closed too.
    "DROP TRIGGER journal_closes",
    """
    CREATE TRIGGER journal_closes AFTER INSERT ON journal
        WHEN NEW.stream LIKE 'component/%'
            AND json_extract(NEW.event, '$.kind') IN ('resolved', 'merged')
        BEGIN DELETE FROM journal_open WHERE stream = NEW.stream; END
    """,
)
