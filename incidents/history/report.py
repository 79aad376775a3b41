"""What was promised and what was kept: one line for each component and month. Pure.

Downtime is counted in the month in which it fell; an incident, and the times it took, in the
month in which it began, so that nothing is counted twice. Blips count. One that was merged into
another doesn't, since the other one has its time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import floor
from typing import Any

from incidents.history.measures import Measures, Summary, summary
from incidents.history.uptime import Period, Record, Seconds, days, ratio_of
from incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Terms:
    """How a month is judged. ``target`` is a share such as 0.999; None promises nothing."""

    target: float | None = None
    degraded_is_up: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One component in one month. Times are seconds; what there is none of is None, never zero.

    ``uptime`` is the share, 0 to 1, of the time that was known and not announced work.
    """

    month: str
    component: str
    name: str
    uptime: float | None
    seconds: Seconds
    downtime: int
    incidents: int
    detect: Summary | None
    acknowledge: Summary | None
    resolve: Summary | None
    target: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the promise was kept; None without one, or where nothing was known."""
        if self.target is None or self.uptime is None:
            return None
        return self.uptime >= self.target


@dataclass(frozen=True, slots=True)
class Report:
    """A month of all components. ``until`` is where counting stopped in a month not yet over."""

    month: str
    zone: str
    until: datetime
    is_whole: bool
    lines: tuple[Line, ...]


def sla(
    records: Iterable[Record],
    measures: Mapping[str, Measures],
    month: date,
    *,
    zone: tzinfo,
    now: datetime,
    terms: Terms,
) -> Report:
    """The month that ``month`` lies in, a line for each of ``records``, in their order.

    ``measures`` are by an incident's id; one that isn't there has no times.
    """
    period = Period.month(month, zone)
    end = datetime.fromtimestamp(period.borders[-1], UTC)
    return Report(
        month=f"{month:%Y-%m}",
        zone=str(zone),
        until=min(now, end),
        is_whole=now >= end,
        lines=tuple(_line(record, measures, period, now=now, terms=terms) for record in records),
    )


def _line(
    record: Record,
    measures: Mapping[str, Measures],
    period: Period,
    *,
    now: datetime,
    terms: Terms,
) -> Line:
    seconds = sum((day.seconds for day in days(record, period, now=now)), Seconds())
    begun = [i for i in record.incidents if _began_in(i, record.component, period)]
    times = [measures[i.id] for i in begun if i.id in measures]
    return Line(
        month=f"{period.dates[0]:%Y-%m}",
        component=record.component,
        name=record.name or record.component,
        # What nobody looked at has no share of time in which it worked, whatever people report.
        uptime=ratio_of(seconds, degraded_is_up=terms.degraded_is_up) if record.sights else None,
        seconds=seconds,
        downtime=seconds.down(degraded_is_up=terms.degraded_is_up),
        incidents=len(begun),
        detect=summary(one.detect for one in times),
        acknowledge=summary(one.acknowledge for one in times),
        resolve=summary(one.resolve for one in times),
        target=terms.target,
    )


def _began_in(incident: Incident, component: str, period: Period) -> bool:
    return (
        incident.touches(component)
        and incident.merged_into is None
        and period.holds(incident.started_at)
    )


# ── as files ──────────────────────────────────────────────────────────────────

_SECONDS = (
    "operational",
    "degraded",
    "partial_outage",
    "major_outage",
    "under_maintenance",
    "unknown",
)
_MILLION = 1_000_000
_TIMES = ("detect", "acknowledge", "resolve")
COLUMNS = (
    "month",
    "component",
    "name",
    "uptime",
    "downtime_seconds",
    *(f"{name}_seconds" for name in _SECONDS),
    "incidents",
    *(f"{name}_{which}_seconds" for name in _TIMES for which in ("median", "p90")),
    "target",
    "met",
)
"""The header of the CSV. Others read it: columns are only ever added, at the end."""

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def to_csv(report: Report) -> str:
    """A header and a line for each component; ``,`` between, ``.`` in numbers, empty for none.

    A name that a spreadsheet would take for a formula has a ``'`` put before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(line) for line in report.lines)
    return out.getvalue()


def _cells(line: Line) -> Sequence[str | int | None]:
    met = line.is_met
    return [
        line.month,
        line.component,
        harmless(line.name),
        None if line.uptime is None else f"{rounded_down(line.uptime, _MILLION):.6f}",
        line.downtime,
        *(getattr(line.seconds, name) for name in _SECONDS),
        line.incidents,
        *(seconds for name in _TIMES for seconds in _pair(getattr(line, name))),
        line.target,
        None if met is None else str(met).lower(),
    ]


def harmless(text: str) -> str:
    """One line that no spreadsheet computes."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA) else line


def rounded_down(share: float, parts: int) -> float:
    """To whole ``parts`` of one, down: what was down for a moment is never up all the time."""
    return floor(share * parts + _NOISE) / parts


_NOISE = 1e-6  # of floating point: a share of seconds is never that near to the next part


def _pair(found: Summary | None) -> tuple[int | None, int | None]:
    return (_whole(found.median), _whole(found.p90)) if found else (None, None)


def _whole(length: timedelta) -> int:
    return round(length.total_seconds())


def to_json(report: Report) -> dict[str, Any]:
    """The same as one JSON document; names are as they are."""
    return {
        "month": report.month,
        "timezone": report.zone,
        "until": report.until.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "whole": report.is_whole,
        "components": [_fields(line) for line in report.lines],
    }


def _fields(line: Line) -> dict[str, Any]:
    return {
        "component": line.component,
        "name": line.name,
        "uptime": None if line.uptime is None else rounded_down(line.uptime, _MILLION),
        "downtime_seconds": line.downtime,
        "seconds": {name: getattr(line.seconds, name) for name in _SECONDS},
        "incidents": line.incidents,
        **{name: _times(getattr(line, name)) for name in _TIMES},
        "target": line.target,
        "met": line.is_met,
    }


def _times(found: Summary | None) -> dict[str, int] | None:
    if found is None:
        return None
    median, p90 = _pair(found)
    return {"count": found.count, "median_seconds": median or 0, "p90_seconds": p90 or 0}
