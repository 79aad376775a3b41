"""How a delivery stands in its row: what those who plan, send and clear up share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from notify.delivery import Because, Past, State, Telling

PAST = (
    "id, seq, event, route, channel, recipient, state, ambiguous, into_incident, step, engineer,"
    " rota, held, attempts"
)
"""The columns that ``past_of`` takes."""


def stamp(at: datetime) -> str:
    """UTC with microseconds, always: so that times compare as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def past_of(row: Sequence[Any]) -> Past:
    id_, seq, event, route, channel, recipient, state, ambiguous, into, *who = row
    step, engineer, rota, held, attempts = who
    return Past(
        *(id_, seq, Telling(event), route, channel, recipient, State(state), bool(ambiguous)),
        tried=attempts > 0,
        step=step,
        engineer=engineer,
        rota=rota,
        merged=bool(into),
        held=Because(held) if held else None,
    )


def cancel(db: Database, ids: Iterable[str], because: Because, now: datetime) -> list[str]:
    """Cancel what still waits; answers the channels of what was."""
    channels = []
    for id_ in ids:
        row = db.execute(
            "UPDATE delivery SET state = 'cancelled', finished_at = ?, error_class = ?"
            " WHERE id = ? AND state = 'planned' RETURNING channel",
            [stamp(now), because.value, id_],
        ).fetchone()
        channels += [row[0]] if row else []
    return channels
