"""Evidence out of recorded spans, folded when somebody asks for it. Pure.

Nobody looks at a probe that is well while nothing is the matter with its component, and most
of what is recorded is that. So spans are kept as they are until evidence is asked for, and
then a run of equal observations is taken in at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

from incidents.evidence import KEPT, Evidence, Streak, add
from incidents.history.instants import from_ms
from incidents.history.span import Span
from incidents.house import House, Pace
from probes.observation import Observation, Outcome

_MS = timedelta(milliseconds=1)


def ms_of(span: Span, number: int) -> int:
    """When observation ``number`` of a span was made, from 0 on: as ``instants_of`` says."""
    if number == 0:
        return span.first_ms
    if number <= len(span.marks):
        return span.first_ms + span.marks[number - 1]
    begun = span.marks[-1] if span.marks else 0
    rest = span.count - 1 - len(span.marks)
    length = span.last_ms - span.first_ms - begun
    return span.first_ms + begun + length * (number - len(span.marks)) // rest


def number_after(span: Span, at_ms: int, first: int = 0) -> int:
    """The number of the first observation after ``at_ms``, none before ``first``."""
    if span.last_ms <= at_ms:
        return span.count
    return bisect_right(range(span.count), at_ms, lo=first, key=lambda n: ms_of(span, n))


def longer(streak: Streak, span: Span, first: int, end: int, pace: Pace) -> Streak:
    """The streak after observations ``first`` to ``end`` - 1 of a span.

    Of a long run only the first matters, since it may turn the streak, and as many of the last
    as are remembered; those in between are counted.
    """
    if span.outcome is Outcome.UNKNOWN:
        return _after(streak, span, end - 1, pace)
    most = max(KEPT, pace.open_after)
    counted = end - first - most - 1
    if counted <= 0 or _longest_gap(span, first) > pace.fresh_for // _MS:
        for number in range(first, end):
            streak = _after(streak, span, number, pace)
        return streak
    streak = _after(streak, span, first, pace)
    streak = replace(
        streak,
        bad=streak.bad and streak.bad + counted,
        good=streak.good and streak.good + counted,
        last_known_at=from_ms(ms_of(span, first + counted)),
    )
    for number in range(end - most, end):
        streak = _after(streak, span, number, pace)
    return streak


def _after(streak: Streak, span: Span, number: int, pace: Pace) -> Streak:
    seen = Observation(
        probe=span.probe,
        component=span.component,
        kind=span.kind,
        location=span.location,
        at=from_ms(ms_of(span, number)),
        outcome=span.outcome,
        reason=span.reason,
        detail="",
        seconds=0.0,
    )
    before = Evidence((((span.probe, span.location), streak),))
    after = add(before, seen, open_after=pace.open_after, fresh_for=pace.fresh_for)
    return after.streaks[0][1]


def _longest_gap(span: Span, first: int) -> int:
    """Milliseconds between two observations of a span, from number ``first`` on, at the most."""
    known = [0, *span.marks][first:]
    gaps = [after - before for before, after in pairwise(known)]
    rest = span.count - 1 - len(span.marks)
    spread = span.last_ms - span.first_ms - (span.marks[-1] if span.marks else 0)
    return max([*gaps, -(-spread // rest) if rest else 0])


@dataclass(slots=True)
class Track:
    """One probe at one location: what was made of its spans, and what is still to come.

    ``asked`` is when somebody wants to look at it next.
    """

    key: tuple[str, str]
    component: str
    pace: Pace
    streak: Streak = field(default_factory=Streak)
    ahead: deque[Span] = field(default_factory=deque)
    taken: int = 0  # so many observations of the first span ahead
    last_ms: int = -1
    asked: int | None = None

    def fold(self, until_ms: int) -> bool:
        """Take in what was seen up to then; whether there was anything."""
        changed = False
        while self.ahead and ms_of(self.ahead[0], self.taken) <= until_ms:
            span = self.ahead[0]
            end = number_after(span, until_ms, self.taken)
            self.streak = longer(self.streak, span, self.taken, end, self.pace)
            self.last_ms = ms_of(span, end - 1)
            self.taken, changed = end, True
            if end == span.count:
                self.ahead.popleft()
                self.taken = 0
        return changed

    def next_ms(self, after_ms: int, *, only_bad: bool) -> int | None:
        """When it next saw something, or something bad, as far as its spans are loaded."""
        for n, span in enumerate(self.ahead):
            if only_bad and not span.outcome.is_bad:
                continue
            number = number_after(span, after_ms, 0 if n else self.taken)
            if number < span.count:
                return ms_of(span, number)
        return None

    @property
    def ails(self) -> bool:
        """Whether it has failed often enough for somebody to look."""
        return self.streak.bad >= self.streak.open_after


class Looks(Mapping[str, Evidence]):
    """What the probes of each component had seen by ``now_ms``, and nothing later.

    Evidence is as if every observation had been taken in by itself, in the order of their
    instants. Spans must have been loaded as far as ``now_ms``. ``ailing`` are the components of
    which a probe had failed often enough for whatever is seen to be looked at, when last asked.

    It answers for every component, but goes through the ailing ones only: that is asked at
    every decision, to find who is about to be part of a storm, and nobody else can be.
    """

    def __init__(self, house: House) -> None:
        self.now_ms = 0
        self.ailing: set[str] = set()
        self._house = house
        self._homes = {p: c.id for c in house.components.values() for p in c.probes}
        self._tracks: dict[tuple[str, str], Track] = {}
        self._of: dict[str, list[Track]] = {}
        self._evidence: dict[str, Evidence] = {}

    def load(self, span: Span) -> Track | None:
        """The track it goes to; None for a probe that these rules don't have."""
        key = (span.probe, span.location)
        track = self._tracks.get(key)
        if track is None:
            pace = self._house.paces.get(span.probe)
            if pace is None:
                return None
            track = Track(key, self._homes.get(span.probe, span.component), pace)
            self._tracks[key] = track
            self._of.setdefault(track.component, []).append(track)
        if len(track.ahead) > 1:
            self._fold(track.component)
        track.ahead.append(span)
        return track

    def tracks(self, component: str) -> list[Track]:
        return self._of.get(component, [])

    def track(self, key: tuple[str, str]) -> Track:
        return self._tracks[key]

    def fold(self) -> Sequence[str]:
        """Take in whatever had been seen by now; of which components that is anything."""
        components = list(self._of)
        for component in components:
            self._fold(component)
        return components

    def forget(self) -> None:
        """A new process begins with nothing."""
        self._tracks.clear()
        self._of.clear()
        self._evidence.clear()
        self.ailing.clear()

    def __getitem__(self, component: str) -> Evidence:
        if component not in self._of:
            raise KeyError(component)
        self._fold(component)
        return self._evidence[component]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.ailing))

    def __len__(self) -> int:
        return len(self.ailing)

    def _fold(self, component: str) -> None:
        tracks = self.tracks(component)
        changed = [track.fold(self.now_ms) for track in tracks]
        if any(changed) or component not in self._evidence:
            seen = sorted((t for t in tracks if t.last_ms >= 0), key=lambda t: (t.last_ms, t.key))
            self._evidence[component] = Evidence(tuple((t.key, t.streak) for t in seen))
            if any(track.ails for track in tracks):
                self.ailing.add(component)
            else:
                self.ailing.discard(component)
