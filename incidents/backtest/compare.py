"""What was opened, beside what would have been: which is which, and how they differ. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.backtest.replay import Stretch
from incidents.backtest.world import Happened, Known
from incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Course:
    """One incident of one of the two pasts. ``public`` is how long citizens saw it there."""

    incident: Incident
    public: timedelta = timedelta()

    def lasted(self, until: datetime) -> timedelta:
        """From its opening to its end, or to ``until`` where it was still open."""
        return (self.incident.resolved_at or until) - self.incident.opened_at

    @property
    def is_blip(self) -> bool:
        """Over before anybody but the staff saw it."""
        return not self.incident.is_open and not self.incident.is_public


@dataclass(frozen=True, slots=True)
class Row:
    """The same trouble in both pasts, or one that only one of them knows.

    ``part_of`` is the component with which the other past's incident began that took this one's
    component in, where there is one.
    """

    component: str
    was: Course | None
    would: Course | None
    part_of: str | None = None


def courses(known: Known, happened: Iterable[Happened], stretch: Stretch) -> Sequence[Course]:
    """Every incident that was open at some time in the stretch, by when it was opened."""
    last = {i.id: i for i in known.incidents if i.is_open}
    shown_since = {i.id: stretch.since for i in last.values() if i.is_public}
    public: dict[str, timedelta] = {}
    for one in happened:
        after = one.after
        if not isinstance(after, Incident):
            continue
        last[after.id] = after
        is_shown = after.is_public and after.is_open
        if is_shown:
            shown_since.setdefault(after.id, one.entry.at)
        elif after.id in shown_since:
            shown = one.entry.at - shown_since.pop(after.id)
            public[after.id] = public.get(after.id, timedelta()) + shown
    for id_, since in shown_since.items():
        public[id_] = public.get(id_, timedelta()) + stretch.until - since
    found = [Course(i, public.get(i.id, timedelta())) for i in last.values()]
    return sorted(found, key=lambda c: (c.incident.opened_at, c.incident.id))


def beside(was: Sequence[Course], would: Sequence[Course], until: datetime) -> Sequence[Row]:
    """Each with its counterpart: of the same component, overlapping, opened at the nearest time."""
    left = list(would)
    rows = []
    for one in was:
        there = [c for c in left if _is_same(one.incident, c.incident, until)]
        found = min(there, key=lambda c: _apart(one.incident, c.incident), default=None)
        if found is not None:
            left.remove(found)
        rows.append(_row(one, found, would, until))
    rows += [_row(None, one, was, until) for one in left]
    return sorted(rows, key=lambda row: (_opened_at(row), row.component))


def _row(
    was: Course | None, would: Course | None, others: Sequence[Course], until: datetime
) -> Row:
    incident = (was or would or others[0]).incident
    around = [] if was and would else [c for c in others if _took_in(c.incident, incident, until)]
    part_of = around[0].incident.component if around else None
    return Row(incident.component, was, would, part_of)


def _is_same(one: Incident, other: Incident, until: datetime) -> bool:
    return (
        one.component == other.component
        and one.is_automatic is other.is_automatic
        and _overlap(one, other, until)
    )


def _overlap(one: Incident, other: Incident, until: datetime) -> bool:
    begin = max(one.started_at, other.started_at)
    return begin <= min(one.resolved_at or until, other.resolved_at or until)


def _took_in(larger: Incident, one: Incident, until: datetime) -> bool:
    return (
        larger.component != one.component
        and larger.touches(one.component)
        and _overlap(larger, one, until)
    )


def _apart(one: Incident, other: Incident) -> tuple[timedelta, str]:
    return abs(one.opened_at - other.opened_at), other.id


def _opened_at(row: Row) -> datetime:
    return min(c.incident.opened_at for c in (row.was, row.would) if c)


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of one past. ``messages`` are to people, one for each recipient."""

    incidents: int
    blips: int
    public: timedelta
    messages: int


def total(found: Sequence[Course], messages: Mapping[str, int]) -> Total:
    """``messages`` are by the incident's number."""
    return Total(
        incidents=len(found),
        blips=sum(c.is_blip for c in found),
        public=sum((c.public for c in found), timedelta()),
        messages=sum(messages.get(c.incident.id, 0) for c in found),
    )
