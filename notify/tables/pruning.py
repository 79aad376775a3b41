"""Forgets what was settled long ago: the tables must not grow for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from notify.tables.rows import stamp

KEEP = timedelta(days=90)
"""A quarter: long enough to look into who was told of an incident and when, as calls are kept."""

EVERY = timedelta(days=1)
"""A day is nothing against a quarter, and the search reads more than a turn should."""

_BATCH = 1000
"""Rows a transaction, so that nobody waits for the writer."""

KEEP_PLANS = timedelta(days=400)
"""Whoever was told of work far ahead is to hear if it is called off; also a bound for the rest."""

# An incident is over when nothing about it is unfinished and whoever heard of it had an end
# planned: as long as it is open, its old deliveries say who is to hear that it is over. So do
# those that said that it goes on as part of another.
_DELIVERIES = """
    WITH old AS MATERIALIZED (SELECT DISTINCT incident FROM delivery WHERE finished_at < :before),
    done AS MATERIALIZED (
        SELECT incident FROM old WHERE NOT EXISTS (
            SELECT 1 FROM delivery d WHERE d.incident = old.incident AND (
                d.state IN ('planned', 'sending')
                OR d.event NOT IN (
                        'resolved', 'missed', 'maintenance_ended', 'maintenance_cancelled')
                    AND NOT (d.event = 'maintenance_planned' AND d.finished_at < :long_ago)
                    AND (d.state = 'sent' OR d.ambiguous) AND NOT EXISTS (
                    SELECT 1 FROM delivery e
                    WHERE e.incident = d.incident AND e.channel = d.channel
                        AND e.recipient = d.recipient AND e.seq > d.seq
                        AND e.event IN (
                            'resolved', 'missed', 'maintenance_ended', 'maintenance_cancelled'))
                OR d.into_incident <> '' AND d.finished_at >= :long_ago
                    AND (d.state = 'sent' OR d.ambiguous) AND NOT EXISTS (
                    SELECT 1 FROM delivery e
                    WHERE e.incident = d.into_incident AND e.channel = d.channel
                        AND e.recipient = d.recipient AND e.seq > d.seq
                        AND e.event = 'resolved'))))
    SELECT id FROM delivery WHERE finished_at < :before AND incident IN (SELECT incident FROM done)
    -- Beginnings before ends: half an incident must not look open.
    ORDER BY seq LIMIT :most
"""
_UNTOLD = """
    SELECT rowid FROM notify_untold u WHERE at < :before
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.incident = u.incident)
    LIMIT :most
"""
_ESCALATIONS = """
    SELECT rowid FROM escalation e WHERE stand = 'over' AND since < :before
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.incident = e.incident)
    LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Old:
    """What can be forgotten, a batch of it: delivery ids, and rows of the two other tables."""

    deliveries: list[str]
    untold: list[int]
    escalations: list[int]

    def __bool__(self) -> bool:
        return bool(self.deliveries or self.untold or self.escalations)


def find(db: Database, now: datetime) -> Old:
    """A batch of what is old. Only reads; what is settled stays so until ``forget``."""
    limits = {"before": stamp(now - KEEP), "long_ago": stamp(now - KEEP_PLANS), "most": _BATCH}
    return Old(
        [row[0] for row in db.execute(_DELIVERIES, limits).fetchall()],
        [row[0] for row in db.execute(_UNTOLD, limits).fetchall()],
        [row[0] for row in db.execute(_ESCALATIONS, limits).fetchall()],
    )


def forget(db: Database, old: Old) -> None:
    db.conn.executemany("DELETE FROM delivery WHERE id = ?", [(id_,) for id_ in old.deliveries])
    db.conn.executemany("DELETE FROM notify_untold WHERE rowid = ?", [(n,) for n in old.untold])
    db.conn.executemany("DELETE FROM escalation WHERE rowid = ?", [(n,) for n in old.escalations])
