"""Plans the past of a demo that has none: what past.toml tells, and plausible timings.

The same start and the same components make the same past, to the millisecond.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from importlib.resources import files
from typing import Any

import tomli

from incidents.component import Component
from incidents.events import Because, Impact, Imported, Said, Status
from incidents.history import sketch
from incidents.history.instants import to_ms
from incidents.history.made_up import Past
from incidents.history.rollups import HOUR_MS, Batch, Sight, Timings
from probes.settings import parse_duration

_NOTE = {
    "ru": "Выдумано командой vahta demo --past: этого не было.",
    "en": "Made up by vahta demo --past: it never happened.",
}
_RUNS = 100
"""How many checks a day stand for all of it."""

_SPREAD = 0.25
_BAD_DAY = 2.2
"""Times as slow as usual on the day of a fault."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Whose past it is, and how long: ``probes`` is the id of each probe to its component's."""

    components: Sequence[Component]
    probes: Mapping[str, str]
    zone: tzinfo
    prefix: str
    now: datetime
    lasts: timedelta

    @property
    def since(self) -> datetime:
        return self.now - self.lasts

    def at(self, ago: int, clock: str) -> datetime:
        """A time of day so many days ago, where the portal is; in UTC."""
        day = self.now.astimezone(self.zone).date() - timedelta(days=ago)
        return datetime.combine(day, time.fromisoformat(clock), self.zone).astimezone(UTC)


def made_up(stage: Stage) -> Past:
    """The past of ``stage``: nothing of it before its beginning, nothing after its now.

    Reads past.toml.
    """
    story = tomli.loads((files("vahta.demo") / "past.toml").read_text(encoding="utf-8"))
    incidents = _numbered(stage, list(_incidents(stage, story["incident"])))
    gaps = list(_gaps(stage, story["gap"]))
    sights = tuple(sight for one in stage.components for sight in _sights(stage, one.id, gaps))
    return Past(
        stage.now, Batch(sights=sights, timings=_timings(stage, sights, incidents)), incidents
    )


# ── what was wrong ────────────────────────────────────────────────────────────


def _incidents(stage: Stage, told: Sequence[Mapping[str, Any]]) -> Iterator[Imported]:
    known = {one.id: one for one in stage.components}
    for one in told:
        start = stage.at(one["ago"], one["at"])
        end = start + timedelta(seconds=parse_duration(one["lasts"]))
        if one["component"] not in known or start < stage.since or end > stage.now:
            continue
        yield Imported(
            incident="",
            component=one["component"],
            component_name=known[one["component"]].name,
            status=Status.RESOLVED,
            title=one["title"],
            public_text=one["text"],
            operator_note=_NOTE,
            started_at=start,
            published_at=start + timedelta(minutes=3),
            resolved_at=end,
            because=Because("import"),
            impact=Impact(one["impact"]),
            updates=tuple(_updates(start, one.get("updates", ()))),
        )


def _updates(start: datetime, told: Sequence[Mapping[str, str]]) -> Iterator[Said]:
    for one in told:
        at = start + timedelta(seconds=parse_duration(one["after"]))
        yield Said(at, {"ru": one["ru"], "en": one["en"]}, Status(one["status"]))


def _numbered(stage: Stage, incidents: Sequence[Imported]) -> Sequence[Imported]:
    """Each with the number it would have got, in the order in which they began."""
    numbers: Counter[int] = Counter()
    found = []
    for one in sorted(incidents, key=lambda each: each.started_at):
        year = one.started_at.astimezone(stage.zone).year
        numbers[year] += 1
        found.append(replace(one, incident=f"{stage.prefix}-{year}-{numbers[year]:04}"))
    return found


# ── what was seen ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Gap:
    """A stretch in which ``component`` could not be seen, or nothing could where it is empty."""

    component: str
    began: datetime
    ended: datetime


def _gaps(stage: Stage, told: Sequence[Mapping[str, Any]]) -> Iterator[_Gap]:
    for one in told:
        began = stage.at(one["ago"], one["at"])
        ended = began + timedelta(seconds=parse_duration(one["lasts"]))
        yield _Gap(one.get("component", ""), began, ended)


def _sights(stage: Stage, component: str, gaps: Sequence[_Gap]) -> Iterator[Sight]:
    """From the beginning to now, but for the gaps."""
    began = stage.since
    for gap in sorted(gaps, key=lambda each: each.began):
        if gap.component in ("", component) and began < gap.ended:
            if began < min(gap.began, stage.now):
                yield Sight(component, to_ms(began), to_ms(min(gap.began, stage.now)))
            began = max(began, gap.ended)
    if began < stage.now:
        yield Sight(component, to_ms(began), to_ms(stage.now))


def _timings(
    stage: Stage, sights: Sequence[Sight], incidents: Sequence[Imported]
) -> tuple[Timings, ...]:
    """How long the checks of each day took, where there were checks at noon."""
    bad = {(one.component, one.started_at.astimezone(stage.zone).date()) for one in incidents}
    return tuple(
        Timings(probe, at // HOUR_MS, day.toordinal(), _bins(probe, day, is_bad=is_bad))
        for probe, component in stage.probes.items()
        for day, at in _noons(stage)
        for is_bad in [(component, day) in bad]
        if any(s.component == component and s.began_ms <= at < s.ended_ms for s in sights)
    )


def _noons(stage: Stage) -> Iterator[tuple[date, int]]:
    ago = stage.lasts.days
    for days in range(ago, -1, -1):
        noon = stage.at(days, "12:00")
        if stage.since <= noon < stage.now:
            yield noon.astimezone(stage.zone).date(), to_ms(noon)


def _bins(probe: str, day: date, *, is_bad: bool) -> dict[int, int]:
    usual = random.Random(probe).uniform(90, 480)
    chance = random.Random(f"{probe} {day}")
    usual *= chance.uniform(0.9, 1.15) * (_BAD_DAY if is_bad else 1)
    bins: Counter[int] = Counter()
    for _ in range(_RUNS):
        bins[sketch.bin_of(usual * chance.lognormvariate(0, _SPREAD))] += 1
    return bins
