"""The tables of this package. Forward only; raw DDL, since ``transform()`` drops triggers."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("notify")


@migrations()
def m001_outbox(db: Database) -> None:
    """What is to be said to whom, how far we have read, and what was left unsaid and why."""
    for statement in _OUTBOX:
        db.execute(statement)


@migrations()
def m002_into_incident(db: Database) -> None:
    """Whoever heard that an incident has become part of another is to hear that one's end."""
    for statement in _INTO_INCIDENT:
        db.execute(statement)


@migrations()
def m003_provider_ref(db: Database) -> None:
    """What the provider calls a message that it took, so that it can be amended."""
    db.execute("ALTER TABLE delivery ADD COLUMN provider_ref TEXT NOT NULL DEFAULT ''")


@migrations()
def m004_escalation(db: Database) -> None:
    """Who is rung one after another until somebody takes it; and who a recipient is."""
    for statement in _ESCALATION:
        db.execute(statement)


@migrations()
def m005_provider_ref_index(db: Database) -> None:
    """What is told again and again is looked for every minute."""
    db.execute("CREATE INDEX delivery_ref ON delivery (channel) WHERE provider_ref <> ''")


@migrations()
def m006_together(db: Database) -> None:
    """What is told to one person within a short time goes as one message, and some of it waits."""
    for statement in _TOGETHER:
        db.execute(statement)


@migrations()
def m007_mute(db: Database) -> None:
    """What people asked not to be told of; rows stay: who was silent, and why, must be known."""
    for statement in _MUTE:
        db.execute(statement)


# Times are ISO 8601 in UTC with microseconds, so that they compare as text. The vocabularies
# (state, because) are Python's, notify.delivery: a CHECK could only be changed by a new table.
_OUTBOX = (
    """
    CREATE TABLE delivery (
        id               TEXT PRIMARY KEY,
        seq              INTEGER NOT NULL,
        step             INTEGER NOT NULL DEFAULT 0,
        incident         TEXT NOT NULL,
        event            TEXT NOT NULL,
        route            TEXT NOT NULL,
        channel          TEXT NOT NULL,
        recipient        TEXT NOT NULL,
        because          TEXT NOT NULL,
        message          TEXT NOT NULL CHECK (json_valid(message)),
        state            TEXT NOT NULL,
        attempts         INTEGER NOT NULL DEFAULT 0,
        next_at          TEXT NOT NULL,
        ambiguous        INTEGER NOT NULL DEFAULT 0 CHECK (ambiguous IN (0, 1)),
        created_at       TEXT NOT NULL,
        first_attempt_at TEXT,
        finished_at      TEXT,
        error_class      TEXT,
        error_text       TEXT,
        UNIQUE (seq, step, channel, recipient)
    ) STRICT
    """,
    "CREATE INDEX delivery_due ON delivery (channel, next_at) WHERE state = 'planned'",
    "CREATE INDEX delivery_about ON delivery (incident, channel, recipient, seq)",
    """
    CREATE INDEX delivery_unfinished ON delivery (created_at)
        WHERE state IN ('planned', 'sending')
    """,
    "CREATE TABLE notify_cursor (consumer TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT",
    # One recipient of a route who gets nothing, or, with the middle three empty, nobody at all.
    # ``who`` is the hash that ends a delivery's id, never an address. Entries of a kind that is
    # never told (not_told_kind) have no row: the journal's event says as much by itself.
    """
    CREATE TABLE notify_untold (
        seq      INTEGER NOT NULL,
        incident TEXT NOT NULL,
        route    TEXT NOT NULL,
        channel  TEXT NOT NULL,
        who      TEXT NOT NULL,
        because  TEXT NOT NULL,
        detail   TEXT NOT NULL,
        at       TEXT NOT NULL,
        PRIMARY KEY (seq, route, channel, who)
    ) STRICT
    """,
)

# Empty for all but the deliveries that say so.
_INTO_INCIDENT = (
    "ALTER TABLE delivery ADD COLUMN into_incident TEXT NOT NULL DEFAULT ''",
    """
    CREATE INDEX delivery_into ON delivery (into_incident, channel, recipient, seq)
        WHERE into_incident <> ''
    """,
)

# ``policy`` is JSON, frozen when the incident first came to the route. ``ring`` is the next one.
# Empty in a delivery: an address that is a channel's own; somebody who is not on call.
_ESCALATION = (
    """
    CREATE TABLE escalation (
        incident TEXT NOT NULL,
        route    TEXT NOT NULL,
        policy   TEXT NOT NULL CHECK (json_valid(policy)),
        stream   TEXT NOT NULL,
        seq      INTEGER NOT NULL,
        telling  TEXT NOT NULL,
        began_at TEXT NOT NULL,
        ring     INTEGER NOT NULL,
        since    TEXT NOT NULL,
        due      TEXT NOT NULL,
        stand    TEXT NOT NULL,
        PRIMARY KEY (incident, route)
    ) STRICT
    """,
    "CREATE INDEX escalation_due ON escalation (due) WHERE stand = 'ringing'",
    "ALTER TABLE delivery ADD COLUMN engineer TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE delivery ADD COLUMN rota TEXT NOT NULL DEFAULT ''",
)

# ``carrier`` is the id of the message that last carried the row, until it is known not to have
# arrived. ``due_at`` is when it may first go: when it was planned, or the end of what holds it.
_TOGETHER = (
    "ALTER TABLE delivery ADD COLUMN carrier TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE delivery ADD COLUMN held TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE delivery ADD COLUMN weight INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE delivery ADD COLUMN due_at TEXT NOT NULL DEFAULT ''",
    "UPDATE delivery SET due_at = created_at, carrier = iif(ambiguous, id, '')",
    "DROP INDEX delivery_unfinished",
    """
    CREATE INDEX delivery_unfinished ON delivery (due_at, held)
        WHERE state IN ('planned', 'sending')
    """,
    """
    CREATE INDEX delivery_queue ON delivery (channel, recipient, seq)
        WHERE state IN ('planned', 'sending')
    """,
    "CREATE INDEX delivery_carrier ON delivery (carrier) WHERE carrier <> ''",
    """
    CREATE INDEX delivery_heard
        ON delivery (channel, recipient, coalesce(finished_at, first_attempt_at))
        WHERE carrier <> ''
    """,
)

_MUTE = (
    """
    CREATE TABLE notify_mute (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        incident   TEXT NOT NULL,
        component  TEXT NOT NULL,
        until      TEXT NOT NULL,
        why        TEXT NOT NULL,
        entered_at TEXT NOT NULL,
        entered_by TEXT NOT NULL,
        lifted_at  TEXT,
        lifted_by  TEXT
    ) STRICT
    """,
    "CREATE INDEX notify_mute_until ON notify_mute (until)",
)
