"""Finds the escalations whose people cannot be reached. Functions on a Database; they only read."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from notify.delivery import Because
from notify.planning.escalation import Escalation
from notify.planning.unreached import early, is_unreached
from notify.tables import escalations
from notify.tables.plans import past


def hurried(db: Database, now: datetime) -> list[tuple[Escalation, Escalation]]:
    """Each that need not wait for its time, and what it rings instead; see ``unreached.early``."""
    found = [
        (it, early(it, past(db, it.incident), _shared(db, it)))
        for it in escalations.stalled(db)
        if not it.is_due(now)
    ]
    return [(it, then) for it, then in found if then is not None]


def unreached(db: Database) -> list[str]:
    """Incidents for which people are rung, none of whom can have heard of it by being rung."""
    found = []
    for incident in dict.fromkeys(it.incident for it in escalations.stalled(db)):
        known = past(db, incident)
        up = [it for it in escalations.about(db, incident) if it.is_up]
        if all(is_unreached(it, known, _shared(db, it)) for it in up):
            found.append(incident)
    return found


def _shared(db: Database, it: Escalation) -> set[tuple[int, str]]:
    """Entry and channel of what another route told to those whom this one names as well."""
    rows = db.execute(
        "SELECT seq, channel FROM notify_untold"
        " WHERE seq IN (SELECT seq FROM delivery WHERE incident = ? AND seq >= ?)"
        " AND incident = ? AND route = ? AND because = ?",
        [it.incident, it.seq, it.incident, it.route, Because.DUPLICATE_RECIPIENT.value],
    ).fetchall()
    return {(seq, channel) for seq, channel in rows}
