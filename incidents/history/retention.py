"""How long the history keeps what, and how each table finds and deletes what is older."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from incidents.history.instants import to_ms
from incidents.history.rollups import HOUR_MS

KEEP_SPANS = timedelta(days=14)
KEEP_HOURS = timedelta(days=14)
KEEP_DAYS = timedelta(days=90)
KEEP_SIGHTS = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One table's rule. ``find`` answers keys of rows before a bound, ``delete`` takes one.

    ``bound`` turns now and the portal's zone into what ``find`` compares with; ``find``'s second
    parameter is how many keys it may answer.
    """

    find: str
    delete: str
    bound: Callable[[datetime, tzinfo], int]


def _ms(keep: timedelta) -> Callable[[datetime, tzinfo], int]:
    return lambda now, _: to_ms(now - keep)


SHELVES = (
    Shelf(
        "SELECT last_ms, probe, location, boot FROM span WHERE last_ms < ? LIMIT ?",
        "DELETE FROM span WHERE last_ms = ? AND probe = ? AND location = ? AND boot = ?",
        _ms(KEEP_SPANS),
    ),
    Shelf(
        "SELECT boot, probe, location FROM running_span WHERE last_ms < ? LIMIT ?",
        "DELETE FROM running_span WHERE boot = ? AND probe = ? AND location = ?",
        _ms(KEEP_SPANS),
    ),
    Shelf(
        "SELECT component, began_ms FROM sight WHERE ended_ms < ? LIMIT ?",
        "DELETE FROM sight WHERE component = ? AND began_ms = ?",
        _ms(KEEP_SIGHTS),
    ),
    Shelf(
        "SELECT hour, probe FROM latency_hour WHERE hour < ? LIMIT ?",
        "DELETE FROM latency_hour WHERE hour = ? AND probe = ?",
        lambda now, _: to_ms(now - KEEP_HOURS) // HOUR_MS,
    ),
    Shelf(
        "SELECT day, probe FROM latency_day WHERE day < ? LIMIT ?",
        "DELETE FROM latency_day WHERE day = ? AND probe = ?",
        lambda now, zone: (now - KEEP_DAYS).astimezone(zone).toordinal(),
    ),
)
