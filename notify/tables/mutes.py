"""What people have asked not to be told of for a while: kept, and asked for when news is planned.

A mute holds news back and drops none: what is still going on when it ends is told then. It never
holds the end of what somebody has heard of. Functions on a Database.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from notify.delivery import Because
from notify.tables.rows import stamp


@dataclass(frozen=True, slots=True)
class Mute:
    """Of one ``incident`` or of one ``component``; the other is empty. ``by`` asked for it."""

    incident: str
    component: str
    until: datetime
    by: str
    why: str
    id: int = 0


def enter(db: Database, mute: Mute, *, now: datetime) -> int:
    """Keep a new one; answers its number."""
    return int(
        db.execute(
            "INSERT INTO notify_mute (incident, component, until, why, entered_at, entered_by)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            [mute.incident, mute.component, stamp(mute.until), mute.why, stamp(now), mute.by],
        ).fetchone()[0]
    )


def standing(db: Database, now: datetime) -> list[Mute]:
    """Those that count now, in the order in which they were entered."""
    rows = db.execute(
        "SELECT incident, component, until, entered_by, why, id FROM notify_mute"
        " WHERE until > ? AND lifted_at IS NULL ORDER BY id",
        [stamp(now)],
    ).fetchall()
    return [
        Mute(incident, component, datetime.fromisoformat(until), by, why, id_)
        for incident, component, until, by, why, id_ in rows
    ]


def lift(db: Database, id_: int, *, by: str, now: datetime) -> bool:
    """End one now, and let go what waits for nothing else; False when there is none such."""
    lifted = db.execute(
        "UPDATE notify_mute SET lifted_at = ?, lifted_by = ?"
        " WHERE id = ? AND lifted_at IS NULL AND until > ?",
        [stamp(now), by, id_, stamp(now)],
    ).rowcount
    mutes = standing(db, now)
    waiting = db.execute(
        "SELECT id, incident, message FROM delivery"
        " WHERE state = 'planned' AND state IN ('planned', 'sending') AND held = ?",
        [Because.MUTED.value],
    ).fetchall()
    for delivery, incident, message in waiting if lifted else ():
        facts = json.loads(message).get("facts") or {}
        until = until_of(mutes, incident, facts.get("components") or ()) or now
        db.execute(
            "UPDATE delivery SET next_at = ?, due_at = ? WHERE id = ? AND next_at > ?",
            [stamp(until), stamp(until), delivery, stamp(until)],
        )
    return bool(lifted)


def until_of(mutes: Iterable[Mute], incident: str, components: Collection[str]) -> datetime | None:
    """When its mute ends: of the incident, or of all its components; None where it has none."""
    by_component: dict[str, datetime] = {}
    own: list[datetime] = []
    for mute in mutes:
        if mute.component:
            known = by_component.get(mute.component, mute.until)
            by_component[mute.component] = max(known, mute.until)
        elif mute.incident == incident:
            own.append(mute.until)
    if components and by_component.keys() >= set(components):
        own.append(min(by_component[one] for one in components))
    return max(own, default=None)
