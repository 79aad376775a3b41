"""The whole of an incident in one sentence, for who has no time for the story. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from incidents.duration_words import exact_duration
from incidents.events import Origin, Reopened
from incidents.history.measures import Measures, measure
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.sentences import Sentences

_SOON = timedelta(seconds=1)


def brief(
    incident: Incident, entries: Sequence[Entry], sentences: Sentences, *, now: datetime
) -> str:
    """How it was noticed, taken on, published, and how long it lasted. No full stop."""
    took = measure(incident)
    reopened = sum(isinstance(entry.event, Reopened) for entry in entries)
    parts = (
        _began(incident, took),
        *(() if incident.origin is Origin.IMPORT else _later(incident, took)),
        ("reopened" if reopened else "", None),
        _ended(incident, took, now),
    )
    return ", ".join(
        sentences.say(
            f"explain.brief_{key}",
            span=exact_duration(span or timedelta(), sentences.lang),
            into=incident.merged_into,
            number=reopened,
        )
        for key, span in parts
        if key
    )


_Part = tuple[str, timedelta | None]


def _began(incident: Incident, took: Measures) -> _Part:
    match incident.origin:
        case Origin.IMPORT:
            return "import", None
        case Origin.PERSON if took.detect is None:
            return "at_once", None
        case Origin.PROBE if took.detect is not None and took.detect < _SOON:
            return "probe_at_once", None
        case _:
            return incident.origin.value, took.detect


def _later(incident: Incident, took: Measures) -> Iterator[_Part]:
    yield "acknowledged" if took.acknowledge is not None else "unclaimed", took.acknowledge
    if took.publish is not None:
        yield "published" if took.publish >= _SOON else "published_at_once", took.publish
    elif not incident.merged_into:
        yield "not_yet" if incident.is_open else "secret", None


def _ended(incident: Incident, took: Measures, now: datetime) -> _Part:
    if incident.merged_into:
        return "merged", None
    if incident.is_open:
        since = incident.reopened_at or incident.started_at
        return "goes_on", max(now - since, timedelta())
    return "lasted" if took.resolve is not None else "", took.resolve
