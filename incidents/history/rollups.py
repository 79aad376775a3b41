"""Gathers observations into spans, latencies and stretches of sight, until they are taken. Pure.

What is taken can be given back when it could not be written, so nothing is kept twice and a
disk that fails for hours costs the oldest of it, not the memory.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from incidents.history import sketch
from incidents.history.instants import to_ms
from incidents.history.sketch import Bins
from incidents.history.span import KEPT, Span
from probes.observation import Observation, Outcome, Reason

MOST = 50_000
"""How many rows of each sort wait at most; past that the oldest are dropped."""

HOUR_MS = 3_600_000
_BLINK_MS = 60_000
"""Looks further apart than this say nothing about the time between them."""

_LONGEST = 1e6
"""Seconds; no run takes days, and no number at all may make ``observe`` raise."""

_TIMED = frozenset({Outcome.UP, Outcome.DEGRADED})


@dataclass(frozen=True, slots=True)
class Sight:
    """A stretch during which a component could be seen; unix milliseconds."""

    component: str
    began_ms: int
    ended_ms: int


@dataclass(frozen=True, slots=True)
class Timings:
    """How long runs of a probe took since they were last taken: to be added to hour and day.

    ``hour`` is hours since 1970, ``day`` the ordinal of the date in the portal's time zone.
    """

    probe: str
    hour: int
    day: int
    bins: Bins


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to be written in one transaction; false when there are none."""

    ended: tuple[Span, ...] = ()
    running: tuple[Span, ...] = ()
    sights: tuple[Sight, ...] = ()
    timings: tuple[Timings, ...] = ()

    def __len__(self) -> int:
        """How many rows it writes; timings go to the hour and to the day."""
        return len(self.ended) + len(self.running) + len(self.sights) + 2 * len(self.timings)


@dataclass(slots=True)
class _Run:
    """A span that still grows."""

    kind: str
    component: str
    outcome: Outcome
    reason: Reason | None
    first: int
    last: int
    count: int = 1
    marks: list[int] = field(default_factory=list)

    def goes_on_with(self, seen: Observation, at: int) -> bool:
        return (
            seen.outcome is self.outcome
            and seen.reason is self.reason
            and at >= self.last  # the clock may have been set back
            and seen.component == self.component
            and seen.kind == self.kind
        )

    def add(self, at: int) -> None:
        if self.count < KEPT:
            self.marks.append(at - self.first)
        self.last = at
        self.count += 1


class Rollups:
    """What was observed since it was last taken. ``dropped`` counts rows lost for want of room.

    ``boot`` names this run of the process; ``zone`` is the portal's, in which its days begin.
    """

    def __init__(self, *, boot: str, zone: tzinfo) -> None:
        self._boot = boot
        self._zone = zone
        self._runs: dict[tuple[str, str], _Run] = {}
        self._grown: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._ended: deque[Span] = deque()
        self._stretches: dict[str, tuple[int, int]] = {}
        self._sights: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._timings: OrderedDict[tuple[str, int, int], Bins] = OrderedDict()
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many rows would be written now."""
        once = len(self._ended) + len(self._grown) + len(self._sights)
        return once + 2 * len(self._timings)

    def observe(self, seen: Observation) -> None:
        """Take one observation in."""
        at = to_ms(seen.at)
        key = (seen.probe, seen.location)
        run = self._runs.get(key)
        if run is not None and run.goes_on_with(seen, at):
            run.add(at)
        else:
            if run is not None:
                self._ended.append(self._span(key, run))
            self._runs[key] = _Run(seen.kind, seen.component, seen.outcome, seen.reason, at, at)
        self._grown[key] = None
        if seen.outcome in _TIMED and 0 <= seen.seconds <= _LONGEST:
            day = seen.at.astimezone(self._zone).toordinal()
            bins = self._timings.setdefault((seen.probe, at // HOUR_MS, day), {})
            number = sketch.bin_of(seen.seconds * 1000)
            bins[number] = bins.get(number, 0) + 1
        self._make_room()

    def look(self, now: datetime, in_sight: Collection[str]) -> None:
        """Note which components can be seen at ``now``; the others can't."""
        at = to_ms(now)
        before, self._stretches = self._stretches, {}
        for component in in_sight:
            began, ended = before.get(component, (at, at))
            if not 0 <= at - ended <= _BLINK_MS:
                began = at
            self._stretches[component] = (began, at)
            self._sights[component, began] = at
        self._make_room()

    def take(self, most: int) -> Batch:
        """Up to ``most`` of the rows that wait, no longer waiting; what ended comes first."""
        ended = [self._ended.popleft() for _ in range(min(most, len(self._ended)))]
        most -= len(ended)
        keys = [self._grown.popitem(last=False)[0] for _ in range(min(most, len(self._grown)))]
        most -= len(keys)
        sights = [self._sights.popitem(last=False) for _ in range(min(most, len(self._sights)))]
        most -= len(sights)
        timings = [
            self._timings.popitem(last=False) for _ in range(min(most // 2, len(self._timings)))
        ]
        return Batch(
            ended=tuple(ended),
            running=tuple(self._span(key, self._runs[key]) for key in keys),
            sights=tuple(Sight(*key, ended_ms) for key, ended_ms in sights),
            timings=tuple(Timings(*key, bins) for key, bins in timings),
        )

    def give_back(self, batch: Batch) -> None:
        """Let what was taken but not written wait again, before what came since."""
        self._ended.extendleft(reversed(batch.ended))
        for span in batch.running:
            self._grown[span.probe, span.location] = None
        for sight in reversed(batch.sights):
            key = (sight.component, sight.began_ms)
            self._sights.setdefault(key, sight.ended_ms)
            self._sights.move_to_end(key, last=False)
        for timings in reversed(batch.timings):
            key_ = (timings.probe, timings.hour, timings.day)
            sketch.merge(self._timings.setdefault(key_, {}), timings.bins)
            self._timings.move_to_end(key_, last=False)
        self._make_room()

    def _span(self, key: tuple[str, str], run: _Run) -> Span:
        return Span(
            probe=key[0],
            kind=run.kind,
            component=run.component,
            location=key[1],
            boot=self._boot,
            outcome=run.outcome,
            reason=run.reason,
            first_ms=run.first,
            last_ms=run.last,
            count=run.count,
            marks=tuple(run.marks),
        )

    def _make_room(self) -> None:
        """Drop the oldest of what is too much. Runs that go on are as many as there are probes."""
        while len(self._ended) > MOST:
            self._ended.popleft()
            self.dropped += 1
        while len(self._sights) > MOST:
            self._sights.popitem(last=False)
            self.dropped += 1
        while len(self._timings) > MOST:
            self._timings.popitem(last=False)
            self.dropped += 1
