"""How long it took to notice an incident, to take it on, to tell citizens, and to end it. Pure.

What is measured, and from when:

- *detect*: from when it began to when it was opened. Probes know the first failed look, not the
  fault itself, so up to one interval of theirs is missing. When people open one and don't say
  since when, nobody knows.
- *acknowledge* and *publish*: from when it was opened, the first time that was done. Taking it
  on anew after a re-opening is not another first time, and doesn't count.
- *resolve*: from when it began to when it was last resolved, without the stretches in which it
  was closed; nothing while it is open.

What has not happened, or what an import doesn't tell, is None and never zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from incidents.events import Origin, Status
from incidents.incident import Incident

_NOT_SAID = timedelta(seconds=1)
"""A person who opens one without saying since when has it begin at that moment, or just before."""


@dataclass(frozen=True, slots=True)
class Measures:
    """How long each took; None for what did not happen."""

    detect: timedelta | None
    acknowledge: timedelta | None
    publish: timedelta | None
    resolve: timedelta | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Of ``count`` times, the one in the middle, and the one that nine of ten don't exceed."""

    count: int
    median: timedelta
    p90: timedelta


def measure(incident: Incident) -> Measures:
    """The times of one incident."""
    if incident.origin is Origin.IMPORT:
        return Measures(None, None, None, _resolved(incident))
    return Measures(
        detect=_detected(incident),
        acknowledge=_since(incident.opened_at, incident.first_acknowledged_at),
        publish=_since(incident.opened_at, incident.published_at),
        resolve=_resolved(incident),
    )


def summary(times: Iterable[timedelta | None]) -> Summary | None:
    """What is usual, of those that there are; None without any."""
    known = sorted(one for one in times if one is not None)
    if not known:
        return None
    middle = timedelta(seconds=median(one.total_seconds() for one in known))
    return Summary(len(known), middle, known[ceil(len(known) * 0.9) - 1])


def _detected(incident: Incident) -> timedelta | None:
    took = _since(incident.started_at, incident.opened_at)
    by_hand = incident.origin is Origin.PERSON
    return None if by_hand and took is not None and took < _NOT_SAID else took


def _resolved(incident: Incident) -> timedelta | None:
    if incident.resolved_at is None or incident.is_open:
        return None
    if incident.origin is Origin.IMPORT and incident.resolved_at == incident.started_at:
        return None  # the file didn't say when
    whole = _since(incident.started_at, incident.resolved_at) or timedelta()
    return max(whole - closed_between(incident), timedelta())


def closed_between(incident: Incident) -> timedelta:
    """How long it had been closed before it was re-opened, all such stretches together."""
    closed, since = timedelta(), None
    for said in incident.updates:
        if said.status is Status.RESOLVED:
            since = since or said.at
        elif since and said.status is not None and said.status.is_open:
            closed += max(said.at - since, timedelta())
            since = None
    return closed


def _since(start: datetime, end: datetime | None) -> timedelta | None:
    """A clock that was set back between the two makes it nothing."""
    return None if end is None else max(end - start, timedelta())
