"""A made-up week of which everything is known: what broke when, what was only noise.

100 probes of 20 components, 26 known troubles, and single runs that fail for no reason. A real
Recorder and Keeper live through it on a real file and a clock that is set by hand; so a replay
can be held against what was opened, and what was opened against what was broken.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import quantiles

from incidents.agenda import next_due
from incidents.commands import BY_HAND, UNNUMBERED, Acknowledge, Update
from incidents.component import Component
from incidents.events import MaintenancePlanned, Status
from incidents.history.keeper import Keeper
from incidents.house import House, Pace
from incidents.incident import Incident
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.rules import Rules
from incidents.situation import Situation
from incidents.sqlite import SqliteJournal
from incidents.store import Store
from probes import schedule
from probes.observation import Observation, Outcome, Reason

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
LENGTH = timedelta(days=7)
PREFIXES = ("ИНЦ", "РАБ")
RESTART = BEGIN + timedelta(days=3, hours=12, minutes=7)
_COMPONENTS = 20
_PROBES_EACH = 5
_BELOW_LOGIN = tuple(f"service-{n:02}" for n in range(1, 5))
_STORM = tuple(f"service-{n:02}" for n in range(8, 16))
_TOOK = {Outcome.UP: 0.2, Outcome.DEGRADED: 0.8, Outcome.DOWN: 0.5}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What really happened. ``kind`` says what a good watch makes of it; see ``judge``."""

    kind: str
    components: tuple[str, ...]
    begin: datetime
    end: datetime
    probes: tuple[str, ...] = ()  # only these see it; nothing: all
    outcome: Outcome = Outcome.DOWN
    on: float = 1.0  # seconds that it fails, out of ``on`` + ``off``
    off: float = 0.0
    lag: float = 0.0  # seconds by which all but the first component follow

    def hits(self, probe: str, component: str, at: datetime) -> bool:
        begin = self.begin + timedelta(seconds=self.lag) * (component != self.components[0])
        if component not in self.components or not begin <= at < self.end:
            return False
        if self.probes and probe not in self.probes:
            return False
        return (at - begin).total_seconds() % (self.on + self.off) < self.on or not self.off


@dataclass(frozen=True, slots=True)
class Week:
    """``every``: seconds between two runs of a probe. ``noise``: share of runs that just fail."""

    every: float = 60.0
    noise: float = 0.0002
    again: float = 0.25  # how likely a run right after a noisy one fails too
    seed: int = 7
    troubles: tuple[Trouble, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "troubles", tuple(_troubles(random.Random(self.seed))))

    def house(self, *, open_after: int = 3, rules: Rules | None = None) -> House:
        components = [_component(n) for n in range(_COMPONENTS)]
        fresh_for = timedelta(seconds=3 * self.every + 20)
        return House(
            components={c.id: c for c in components},
            paces={p: Pace(open_after, fresh_for) for c in components for p in c.probes},
            rules=rules or Rules(),
            prefix=PREFIXES[0],
            maintenance_prefix=PREFIXES[1],
        )

    def observations(self, *, open_after: int = 3) -> Iterator[tuple[datetime, Observation]]:
        """When each became known, and what it was, in that order."""
        dice = random.Random(self.seed + 1)
        heap: list[tuple[float, str, float, int, bool]] = []
        homes = {p: c.id for c in self.house().components.values() for p in c.probes}
        paces = {
            p: schedule.Pace(self.every, 1.0, open_after, schedule.offset_of(p, self.every))
            for p in homes
        }
        for probe, pace in paces.items():
            heapq.heappush(heap, (schedule.first(pace), probe, 0.0, 0, False))
        limit = LENGTH.total_seconds()
        ready: list[tuple[float, str, Observation]] = []
        while heap:
            due, probe, _, failures, was_noisy = heapq.heappop(heap)
            while ready and ready[0][0] <= due:
                known, _, seen = heapq.heappop(ready)
                yield BEGIN + timedelta(seconds=known), seen
            at = BEGIN + timedelta(seconds=round(due, 3))
            outcome = self._outcome(probe, homes[probe], at)
            noisy = False
            if outcome is Outcome.UP:
                noisy = dice.random() < (self.again if was_noisy else self.noise)
                outcome = Outcome.DOWN if noisy else outcome
            seen = _seen(probe, homes[probe], at, outcome)
            ended = due + seen.seconds
            heapq.heappush(ready, (ended, probe, seen))
            failures = schedule.failures_after(failures, outcome)
            following = schedule.following(paces[probe], due=due, ended=ended, failures=failures)
            if following < limit:
                heapq.heappush(heap, (following, probe, ended, failures, noisy))
        for known, _, seen in sorted(ready):
            yield BEGIN + timedelta(seconds=known), seen

    def _outcome(self, probe: str, component: str, at: datetime) -> Outcome:
        for trouble in self.troubles:
            if trouble.begin <= at < trouble.end and trouble.hits(probe, component, at):
                return trouble.outcome
        return Outcome.UP


def _component(number: int) -> Component:
    id_ = f"service-{number:02}" if number else "login"
    return Component(
        id_,
        {"ru": f"Сервис {number}" if number else "Вход", "en": id_},
        depends_on=("login",) if id_ in _BELOW_LOGIN else (),
        probes=tuple(f"{id_}-{n}" for n in range(_PROBES_EACH)),
    )


def _seen(probe: str, component: str, at: datetime, outcome: Outcome) -> Observation:
    reasons = {Outcome.UP: None, Outcome.DEGRADED: Reason.SLOW}
    return Observation(
        probe=probe,
        component=component,
        kind="http",
        location="local",
        at=at,
        outcome=outcome,
        reason=reasons.get(outcome, Reason.HTTP_5XX),
        detail="",
        seconds=_TOOK[outcome],
    )


def _troubles(dice: random.Random) -> Iterator[Trouble]:
    """One every six and a half hours or so, so that each can be told from the next."""
    kinds = ["outage"] * 11 + ["partial"] * 3 + ["blip"] * 4 + ["flapping"] * 2
    kinds += ["storm"] + ["dependency"] * 2 + ["slow"] + ["maintenance"] * 2
    dice.shuffle(kinds)
    for number, kind in enumerate(kinds):
        begin = BEGIN + timedelta(hours=1 + 6.4 * number, seconds=dice.randrange(1800))
        component = f"service-{dice.randrange(5, _COMPONENTS):02}"
        plain = Trouble("outage", (component,), begin, begin + _minutes(dice.randrange(12, 90)))
        match kind:
            case "partial":
                one = f"{component}-{dice.randrange(_PROBES_EACH)}"
                yield replace(plain, probes=(one,))
            case "blip":
                yield replace(plain, kind=kind, end=begin + _minutes(dice.uniform(0.2, 0.8)))
            case "flapping":
                yield replace(plain, end=begin + _minutes(70), on=240.0, off=300.0)
            case "storm":
                yield replace(plain, components=_STORM, end=begin + _minutes(25), lag=5)
            case "dependency":
                both = ("login", *_BELOW_LOGIN)
                yield replace(plain, components=both, end=begin + _minutes(30), lag=20)
            case "slow":
                yield replace(plain, outcome=Outcome.DEGRADED)
            case "maintenance":
                yield replace(plain, kind=kind, end=begin + _minutes(40))
            case _:
                yield plain


def _minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


# ── living through it ──


@dataclass
class Living:
    """A service on a clock set by hand; ``house`` has the rules that it goes by."""

    store: Store
    house: House
    now: datetime = BEGIN
    recorder: Recorder = field(init=False)
    register: Register = field(init=False)
    keeper: Keeper = field(init=False)

    async def begin(self, boot: str) -> None:
        journal = SqliteJournal(self.store)
        self.register = Register(self.store, journal)
        self.recorder = Recorder(journal, self.register, self.house, clock=self.clock)
        self.keeper = keeper(self.store, boot, self.clock)
        await self.settle()

    def clock(self) -> datetime:
        return self.now

    def concerns(self, component: str) -> bool:
        """Whether an open incident is about it."""
        return any(i.touches(component) for i in self.register.open_incidents())

    async def settle(self) -> datetime | None:
        """Decide whatever there is to decide; when there will be more."""
        while await self.recorder.turn():
            pass
        evidence = {id_: self.recorder.evidence(id_) for id_ in self.house.components}
        works = self.register.maintenance()
        return next_due(Situation(self.house, self.register.at_hand(), works, evidence, self.now))


async def live_through(store: Store, week: Week, *, open_after: int = 3) -> None:
    """Record the week: spans by a Keeper, incidents by a Recorder, what people did included."""
    life = Living(store, week.house(open_after=open_after))
    await life.begin("boot-1")
    deeds = sorted(_deeds(life, week), key=lambda deed: deed[0])
    due: datetime | None = None
    flush_at, restarted = BEGIN, False
    for known, seen in week.observations(open_after=open_after):
        if not restarted and known > RESTART:
            restarted = True
            await life.keeper.flush()
            life.now = known
            await life.begin("boot-2")
            due = None
        while (
            at := min([d for d in (due, deeds[0][0] if deeds else None) if d], default=known)
        ) < known:
            life.now = at
            if deeds and at == deeds[0][0]:
                await deeds.pop(0)[1]()
            due = await life.settle()
            due = max(due, at + timedelta(milliseconds=20)) if due else None
        life.now = known
        life.keeper.observe(seen)
        life.recorder.observe(seen)
        if seen.outcome.is_bad or life.concerns(seen.component):
            due = await life.settle()
        if known >= flush_at:
            await life.keeper.flush()
            flush_at = known + timedelta(hours=1)
    await life.keeper.flush()


Deed = tuple[datetime, Callable[[], Awaitable[None]]]


def _deeds(life: Living, week: Week) -> Iterator[Deed]:
    """Work is announced a day ahead; an engineer answers the outages that last."""
    for trouble in week.troubles:
        if trouble.kind == "maintenance":
            yield max(BEGIN, trouble.begin - timedelta(days=1)), _announcing(life, trouble)
        elif trouble.end - trouble.begin > _minutes(40):
            yield trouble.begin + _minutes(15), _answering(life, trouble)


def _announcing(life: Living, trouble: Trouble) -> Callable[[], Awaitable[None]]:
    work = MaintenancePlanned(
        UNNUMBERED,
        trouble.components[0],
        BY_HAND,
        trouble.components,
        trouble.begin - _minutes(5),
        trouble.end + _minutes(20),
        "Europe/Moscow",
    )

    async def announce() -> None:
        await life.recorder.announce(work, actor="anna")

    return announce


def _answering(life: Living, trouble: Trouble) -> Callable[[], Awaitable[None]]:
    async def answer() -> None:
        for incident in life.register.open_incidents():
            if incident.component in trouble.components and incident.is_automatic:
                await life.recorder.do(incident.id, Acknowledge(), actor="boris")
                if incident.is_public:
                    say = Update(status=Status.IDENTIFIED, text={"ru": "Чиним."})
                    await life.recorder.do(incident.id, say, actor="boris")

    return answer


def keeper(store: Store, boot: str, clock: Callable[[], datetime]) -> Keeper:
    return Keeper(store, boot=boot, zone=UTC, clock=clock, in_sight=lambda _: ())


# ── how well it was watched ──


@dataclass(frozen=True, slots=True)
class Judged:
    """``delays`` of the outages that were found; blips and announced work may go either way."""

    incidents: int
    delays: tuple[timedelta, ...]
    missed: int
    false: int

    def delay(self, tenths: int) -> float | None:
        """Seconds within which so many tenths of them were found; None where none was."""
        if len(self.delays) < 2:
            return None
        seconds = [delay.total_seconds() for delay in self.delays]
        return quantiles(seconds, n=10, method="inclusive")[tenths - 1]


def judge(week: Week, incidents: Iterable[Incident]) -> Judged:
    """False is what nothing really broken accounts for, or what opened during announced work."""
    there = list(incidents)
    outages = [t for t in week.troubles if t.kind == "outage"]
    firsts = [min((at for i in there for at in _told_at(i, t)), default=None) for t in outages]
    real = [t for t in week.troubles if t.kind != "maintenance"]
    return Judged(
        incidents=len(there),
        delays=tuple(at - t.begin for t, at in zip(outages, firsts, strict=True) if at),
        missed=firsts.count(None),
        false=sum(not any(_told_at(i, t) for t in real) for i in there),
    )


def _told_at(incident: Incident, trouble: Trouble) -> Sequence[datetime]:
    """When the incident was opened, or turned for worse again, because of ``trouble``."""
    touched = {incident.component, *(a.component for a in incident.affected)}
    if touched.isdisjoint(trouble.components):
        return ()
    ends = trouble.end + timedelta(minutes=11)  # the last look that failed may be confirmed later
    return [at for at in (incident.opened_at, *incident.turns) if trouble.begin <= at <= ends]
