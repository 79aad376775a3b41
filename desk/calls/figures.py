"""Figures for the shift lead: what people called about, and how well they were answered. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from statistics import median
from typing import Any

from desk.calls.call import Answer, Call

_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class Hour:
    """Calls with one symptom in one hour, which began at ``at``."""

    at: datetime
    symptom: str
    calls: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One stretch of time. Shares are of all calls; None where nothing can be said.

    ``to_note`` is the median time from the operator's first key to the noted call,
    ``to_public_word`` the median time from an incident's first call to its publication.
    """

    calls: int
    by_hour: tuple[Hour, ...]
    by_incident: int
    by_article: int
    unanswered: int
    repeats: int
    escalated: int
    promised: int
    kept: int
    to_note: timedelta | None
    to_public_word: timedelta | None

    def share(self, part: int) -> float | None:
        """``part`` of all calls, from 0 to 1."""
        return part / self.calls if self.calls else None


def figures(calls: Sequence[Call], published: Mapping[str, datetime], zone: tzinfo) -> Figures:
    """The figures of ``calls``; ``published`` says when each incident became public."""
    answers = Counter(call.draft.answer for call in calls)
    hours = Counter((_hour(call.at, zone), call.draft.symptom) for call in calls)
    return Figures(
        calls=len(calls),
        by_hour=tuple(Hour(at, symptom, n) for (at, symptom), n in sorted(hours.items())),
        by_incident=answers[Answer.INCIDENT],
        by_article=answers[Answer.ARTICLE],
        unanswered=answers[Answer.NOTHING],
        repeats=sum(call.draft.repeat_of is not None for call in calls),
        escalated=sum(call.draft.escalated for call in calls),
        promised=sum(call.draft.promised for call in calls),
        kept=sum(call.called_back_at is not None for call in calls),
        to_note=_median(
            call.at - call.draft.looked_up_at for call in calls if call.draft.looked_up_at
        ),
        to_public_word=_median(_waits(calls, published)),
    )


def to_csv(found: Figures, names: Mapping[str, str]) -> str:
    """Calls by hour and symptom; ``names`` are what the symptoms are called.

    A name that a spreadsheet would take for a formula is put in as text.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["hour", "symptom", "name", "calls"])
    for hour in found.by_hour:
        name = names.get(hour.symptom, hour.symptom)
        writer.writerow([hour.at.isoformat(), _text(hour.symptom), _text(name), hour.calls])
    return out.getvalue()


def as_json(found: Figures, names: Mapping[str, str]) -> dict[str, Any]:
    """The figures for machines; lengths of time in seconds."""
    return {
        "calls": found.calls,
        "by_incident": found.by_incident,
        "by_article": found.by_article,
        "unanswered": found.unanswered,
        "answered_share": found.share(found.by_incident + found.by_article),
        "repeats": found.repeats,
        "escalated": found.escalated,
        "promised": found.promised,
        "kept": found.kept,
        "median_seconds_to_note": (
            found.to_note.total_seconds() if found.to_note is not None else None
        ),
        "median_seconds_to_public_word": (
            found.to_public_word.total_seconds() if found.to_public_word is not None else None
        ),
        "by_hour": [
            {
                "hour": hour.at.isoformat(),
                "symptom": hour.symptom,
                "name": names.get(hour.symptom, hour.symptom),
                "calls": hour.calls,
            }
            for hour in found.by_hour
        ],
    }


def _waits(calls: Sequence[Call], published: Mapping[str, datetime]) -> Iterable[timedelta]:
    first: dict[str, datetime] = {}
    for call in calls:
        if call.draft.incident:
            first[call.draft.incident] = min(call.at, first.get(call.draft.incident, call.at))
    for incident, at in first.items():
        if incident in published:
            yield max(published[incident] - at, timedelta())


def _hour(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0)


def _median(times: Iterable[timedelta]) -> timedelta | None:
    seconds = [time.total_seconds() for time in times]
    return timedelta(seconds=median(seconds)) if seconds else None


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
