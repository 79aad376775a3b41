"""The service's own decisions over a recorded past, under whatever rules. Pure.

Time jumps from one instant to the next at which there may be something to decide: a bad look,
any look while something is the matter with the component, what a person did, what is due. In
between nothing can follow: a good or blind look makes no finding where no probe has failed
often enough, and touches no incident where none is open. The agenda, shared with the recorder,
says whose turn it is.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from incidents.agenda import Agenda, concerns
from incidents.backtest.looks import Looks, Track, number_after
from incidents.backtest.people import NotThereError, People, is_by_hand
from incidents.backtest.world import Happened, Known, World
from incidents.commands import IllegalCommandError
from incidents.events import Event, Imported, Opened
from incidents.history.instants import from_ms, to_ms
from incidents.history.span import Span
from incidents.house import House
from incidents.journal import PROBES, Entry
from incidents.situation import Situation

LOOKS_BACK = timedelta(hours=6)
"""How long before the beginning spans are read, so that evidence is there when it begins."""

_TURNS_AT_ONCE = 50
_ALMOST_A_MS = timedelta(microseconds=999)
_AGAIN_MS = 1000  # what is due and yet says nothing is asked again; the service does so sooner


@dataclass(frozen=True, slots=True)
class Stretch:
    """``[since, until]`` is told again, and so are the entries after number ``after``.

    ``boots`` says when each run of the service was last heard. Instants between two runs belong
    to nobody: what fell due then is decided after the start.
    """

    since: datetime
    until: datetime
    boots: Mapping[str, int] = field(default_factory=dict)
    after: int = 0


@dataclass(slots=True)
class Left:
    """What could not be told again: probes that the rules don't have, and deeds of people."""

    observations: int = 0
    probes: set[str] = field(default_factory=set)
    again: int = 0
    dropped: list[tuple[Entry, str]] = field(default_factory=list)


class Replay:
    """``run`` it once; ``world`` and ``left`` then say what came of it.

    ``spans`` come in the order of their first instants, from ``LOOKS_BACK`` before the
    beginning; ``journal`` are the entries of the stretch, of which only people's are used.
    """

    def __init__(
        self,
        house: House,
        known: Known,
        *,
        spans: Iterable[Span],
        journal: Iterable[Entry] = (),
        stretch: Stretch,
    ) -> None:
        entries = list(journal)
        self.world = World(known)
        self.left = Left()
        self._house = house
        self._stretch = stretch
        self._looks = Looks(house)
        self._agenda = Agenda()
        self._people = People(house, self.world, _components(known, entries))
        self._deeds = deque(e for e in entries if is_by_hand(e))
        self._spans = iter(spans)
        self._next_span = next(self._spans, None)
        self._asked: list[tuple[int, tuple[str, str]]] = []
        self._touched: frozenset[str] = frozenset()
        self._due: int | None = None
        self._boot = ""
        self._boots_seen: set[str] = set()
        self._seq = stretch.after
        self._now = stretch.since

    def run(self, told: Callable[[datetime], None] = lambda _: None) -> Iterator[Happened]:
        """What would have happened, in order. ``told`` hears now and then how far it is."""
        self._begin()
        self._due = self._looks.now_ms
        yield from self._settle()
        while (at := self._next()) is not None:
            self._move_to(at)
            yield from self._load()
            self._look()
            yield from self._do_deeds()
            yield from self._settle()
            told(self._now)

    # ── time ──

    def _begin(self) -> None:
        """Know what had been seen by the beginning."""
        self._move_to(to_ms(self._stretch.since))
        for _ in self._load(quietly=True):
            pass  # what was decided by then is known
        self._find_touched()
        for component in self._looks.fold():
            self._wake(component)

    def _next(self) -> int | None:
        """The next instant at which there may be something to decide, as far as is known."""
        ahead = []
        if self._asked:
            ahead.append(self._asked[0][0])
        if self._next_span is not None:
            ahead.append(max(self._next_span.first_ms, self._looks.now_ms))
        if self._deeds:
            ahead.append(max(to_ms(self._deeds[0].at), self._looks.now_ms))
        if self._due is not None and self._is_on(self._due):
            ahead.append(self._due)
        at = min(ahead, default=None)
        return None if at is None or at > to_ms(self._stretch.until) else at

    def _is_on(self, at_ms: int) -> bool:
        """Whether the service ran then; after its last word nobody decides anything."""
        return at_ms <= self._stretch.boots.get(self._boot, at_ms)

    def _move_to(self, at_ms: int) -> None:
        self._now = from_ms(at_ms)
        self._looks.now_ms = at_ms

    def _load(self, *, quietly: bool = False) -> Iterator[Happened]:
        """Take up every span that has begun by now; before the first of a new run, start anew."""
        now_ms = self._looks.now_ms
        while self._next_span is not None and self._next_span.first_ms <= now_ms:
            span = self._next_span
            self._next_span = next(self._spans, None)
            if span.boot not in self._boots_seen:
                yield from self._restart(span.boot, quietly=quietly)
            track = self._looks.load(span)
            if track is None:
                self.left.probes.add(span.probe)
                continue
            self._count(span)
            self._ask(track, now_ms - 1)

    def _restart(self, boot: str, *, quietly: bool) -> Iterator[Happened]:
        """Evidence dies with a process; the next begins with what was written down."""
        self._boots_seen.add(boot)
        self._boot = boot
        self._looks.forget()
        self._asked.clear()
        self._agenda = Agenda()
        if not quietly and len(self._boots_seen) > 1:
            self.world.restart()
            self._due = self._looks.now_ms
            yield from self._settle()

    def _count(self, span: Span) -> None:
        first = number_after(span, to_ms(self._stretch.since) - 1)
        self.left.observations += number_after(span, to_ms(self._stretch.until)) - first

    # ── looking ──

    def _look(self) -> None:
        """Look at all that was seen at this instant, where something may follow from it."""
        while self._asked and self._asked[0][0] <= self._looks.now_ms:
            at_ms, key = heapq.heappop(self._asked)
            track = self._looks.track(key)
            if track.asked != at_ms:
                continue  # somebody wanted to look at another instant since
            track.asked = None
            component = track.component
            evidence = self._looks[component]
            if concerns(evidence, self.world.incidents.values(), component, self._now):
                self._agenda.look_at(component)
            if self._is_awake(component):
                self._wake(component)
            else:
                self._ask(track, at_ms)

    def _is_awake(self, component: str) -> bool:
        """Whether every look at it counts, be it good or bad."""
        return component in self._touched or component in self._looks.ailing

    def _wake(self, component: str) -> None:
        for track in self._looks.tracks(component):
            self._ask(track, self._looks.now_ms)

    def _ask(self, track: Track, after_ms: int) -> None:
        """Come back when it next sees something that may count."""
        only_bad = not self._is_awake(track.component)
        at_ms = track.next_ms(after_ms, only_bad=only_bad)
        if at_ms is not None and track.asked != at_ms:
            heapq.heappush(self._asked, (at_ms, track.key))
        track.asked = at_ms

    def _find_touched(self) -> None:
        """Whom open incidents are about: those who were not are looked at from now on."""
        before = self._touched
        self._touched = frozenset(
            component
            for i in self.world.incidents.values()
            if i.is_open
            for component in (i.component, *(a.component for a in i.affected))
        )
        for component in sorted(self._touched - before):
            self._wake(component)

    # ── deciding ──

    def _do_deeds(self) -> Iterator[Happened]:
        while self._deeds and to_ms(self._deeds[0].at) <= self._looks.now_ms:
            entry = self._deeds.popleft()
            try:
                event = self._people.again(entry)
            except (NotThereError, IllegalCommandError) as error:
                self.left.dropped.append((entry, str(error)))
                continue
            self.left.again += 1
            self._due = self._looks.now_ms
            if event is not None:
                yield from self._take(event, entry.actor)

    def _settle(self) -> Iterator[Happened]:
        """Turn until nobody has anything more to say, and see when somebody will."""
        now_ms = self._looks.now_ms
        is_due = self._due is not None and self._due <= now_ms
        if not self._is_on(now_ms) or not (self._agenda or is_due):
            return
        due: datetime | None = None
        for _ in range(_TURNS_AT_ONCE):
            was_said, due = yield from self._turn()
            if not was_said and not self._agenda:
                break
        self._find_touched()
        self._due = None if due is None else to_ms(due + _ALMOST_A_MS)
        if self._due is not None and self._due <= now_ms:
            self._due = now_ms + _AGAIN_MS

    def _turn(self) -> Generator[Happened, None, tuple[bool, datetime | None]]:
        """Whether anything was said, and when there will be something if it wasn't."""
        steps = self._agenda.turn(self._situation)
        was_said = False
        try:
            question = next(steps)
            while True:
                event = question(self._situation())
                if event is not None:
                    was_said = True
                    yield from self._take(event, PROBES)
                question = steps.send(event is not None)
        except StopIteration as end:
            return was_said, end.value

    def _take(self, event: Event, actor: str) -> Iterator[Happened]:
        if isinstance(event, Opened) and not event.incident:
            year = self._now.astimezone(self._house.timezone).year
            event = replace(event, incident=self.world.number(self._house.prefix, year))
        self._seq += 1
        happened = self.world.take(Entry(self._seq, "", self._now, actor, event))
        self._agenda.heard(event, self._situation())
        if happened is not None:
            yield happened

    def _situation(self) -> Situation:
        return Situation(
            self._house, self.world.at_hand(), self.world.maintenance(), self._looks, self._now
        )


def _components(known: Known, entries: Iterable[Entry]) -> dict[str, str]:
    """With which component each incident began."""
    found = {i.id: i.component for i in known.incidents}
    for entry in entries:
        if isinstance(entry.event, Opened | Imported):
            found[entry.event.incident] = entry.event.component
    return found
