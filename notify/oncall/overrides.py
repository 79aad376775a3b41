"""Keeps overrides. Functions on a Database, for whoever plans inside a transaction too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from sqlite_utils import Database

from notify.oncall.rota import Override

_SECOND = timedelta(seconds=1)

# One that was taken back while it was under way counted until then; before it began, never.
_ENDS = "min(until, coalesce(removed_at, until))"

Overrides: TypeAlias = Callable[[Database, datetime], Sequence[Override]]
"""Reads those that count at an instant."""


def nobody_stands_in(_db: Database, _at: datetime) -> Sequence[Override]:
    """Where nothing is kept."""
    return ()


def at(db: Database, now: datetime) -> list[Override]:
    """Those that count at ``now``."""
    return between(db, now, now + _SECOND)


def between(db: Database, since: datetime, until: datetime) -> list[Override]:
    """Those that count within ``[since, until)``, in the order in which they were entered."""
    rows = db.execute(
        f"SELECT id, rota, engineer, since, {_ENDS}, entered_by FROM oncall_override"
        f" WHERE until > ? AND since < ? AND {_ENDS} > max(since, ?) ORDER BY id",
        [_seconds(since), _seconds(until), _seconds(since)],
    ).fetchall()
    return [
        Override(rota, engineer, _at(begins), _at(ends), id=id_, by=by)
        for id_, rota, engineer, begins, ends, by in rows
    ]


def enter(db: Database, override: Override, *, now: datetime) -> int:
    """Keep a new one; answers its id."""
    return int(
        db.execute(
            "INSERT INTO oncall_override (rota, engineer, since, until, entered_at, entered_by)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            [
                *(override.rota, override.engineer),
                *(_seconds(override.since), _seconds(override.until)),
                *(_seconds(now), override.by),
            ],
        ).fetchone()[0]
    )


def remove(db: Database, id_: int, *, by: str, now: datetime) -> bool:
    """Take one back from now on; False when there is none, or when it is over."""
    cursor = db.execute(
        "UPDATE oncall_override SET removed_at = ?, removed_by = ?"
        " WHERE id = ? AND removed_at IS NULL AND until > ?",
        [_seconds(now), by, id_, _seconds(now)],
    )
    return cursor.rowcount > 0


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
