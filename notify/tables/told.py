"""Who was told of an incident and who was not, as the tables have it, to be shown to people.

Only reads. Addresses are masked as they are in logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from notify.delivery import Because, State, Telling
from notify.receipt import redact
from notify.tables.plans import cursor


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient. ``recipient`` is empty where the channel has no addresses.

    ``at`` is when it arrived or was given up, else when it was planned; ``again`` when it is
    tried next. ``why`` is one short word of whoever refused it, or a Because that ended it or
    for which it waits.
    """

    seq: int
    telling: Telling
    at: datetime
    route: str
    channel: str
    recipient: str
    state: State
    attempts: int
    may_have_arrived: bool = False
    again: datetime | None = None
    why: str = ""
    because: Because = field(default=Because.OPENED, compare=False)
    engineer: str = field(default="", compare=False)
    rota: str = field(default="", compare=False)
    who: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody, or with no route everybody, whom one entry left untold.

    ``who`` stands for a recipient; with no channel it is the rota or the engineer that came to
    nobody.
    """

    seq: int
    at: datetime
    because: Because
    route: str = ""
    channel: str = ""
    who: str = ""

    @property
    def name(self) -> str:
        return "" if self.channel else self.who


@dataclass(frozen=True, slots=True)
class Told:
    """All that is known of one incident. ``planned_to`` is the last entry planned from."""

    deliveries: Sequence[Delivery]
    silences: Sequence[Silence]
    planned_to: int


def told(db: Database, incident: str) -> Told:
    """In the order of the journal."""
    return Told(_deliveries(db, incident), _silences(db, incident), cursor(db))


def _deliveries(db: Database, incident: str) -> list[Delivery]:
    rows = db.execute(
        "SELECT seq, event, coalesce(finished_at, created_at), route, channel, recipient, state,"
        " attempts, ambiguous, next_at,"
        " coalesce(error_class, iif(state = 'expired', because, iif(state = 'planned', held, ''))),"
        " held, because, engineer, rota, id FROM delivery"
        " WHERE incident = ? ORDER BY seq, channel, recipient",
        [incident],
    ).fetchall()
    return [_delivery(row) for row in rows]


def _delivery(row: Sequence[Any]) -> Delivery:
    seq, event, at, route, channel, recipient, state, attempts, ambiguous, again, *rest = row
    why, held, because, engineer, rota, id_ = rest
    return Delivery(
        *(seq, Telling(event), datetime.fromisoformat(at), route, channel),
        "" if recipient == channel else redact(recipient),
        State(state),
        attempts,
        bool(ambiguous) and state != State.SENT,
        datetime.fromisoformat(again) if state == State.PLANNED and (attempts or held) else None,
        why,
        because=Because(because),
        engineer=engineer,
        rota=rota,
        who=id_.rpartition("/")[2],
    )


def _silences(db: Database, incident: str) -> list[Silence]:
    rows = db.execute(
        "SELECT seq, at, because, route, channel, who FROM notify_untold WHERE incident = ?"
        " ORDER BY seq, route, channel, who",
        [incident],
    ).fetchall()
    return [
        Silence(seq, datetime.fromisoformat(at), Because(because), route, channel, who)
        for seq, at, because, route, channel, who in rows
    ]
