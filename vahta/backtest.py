"""The recorded past under another config: what would have opened, and who would have been told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from incidents.backtest.compare import Row, Total, beside, courses, total
from incidents.backtest.recorded import Past, recorded
from incidents.backtest.replay import Left, Replay, Stretch
from incidents.backtest.world import Happened, World
from incidents.events import MaintenanceEvent
from incidents.house import House
from incidents.incident import Incident
from notify.delivery import Because, State
from notify.delivery import Past as Told
from notify.oncall.people import People
from notify.planning.notice import Notice, notice_of
from notify.planning.plan import Known, plan
from notify.planning.routing import Route
from notify.tables.plans import past as deliveries_about

Reached = Mapping[str, Counter[str]]
"""By incident, how many messages went out by which channel."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom a config tells of what: ``people`` are as of an instant."""

    routes: Sequence[Route]
    people: Callable[[datetime], People]


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer. ``not_replayed`` are probes of which only the past or only the config knows."""

    stretch: Stretch
    rows: Sequence[Row]
    was: Total
    would: Total
    told: Reached
    would_tell: Reached
    left: Left
    not_configured: Sequence[str]
    not_recorded: Sequence[str]


def compared(
    db: Database,
    house: House,
    telling: Telling,
    *,
    since: datetime,
    until: datetime,
    heard: Callable[[datetime], None] = lambda _: None,
) -> Compared:
    """Tell the past again under ``house``; ``heard`` hears now and then how far it has come."""
    past = recorded(db, since=since, until=until, prefixes=(house.prefix, house.maintenance_prefix))
    replay = Replay(house, past.known, spans=past.spans, journal=past.entries, stretch=past.stretch)
    happened = list(replay.run(heard))
    would = courses(past.known, happened, past.stretch)
    was = courses(past.known, _as_it_was(past), past.stretch)
    told, would_tell = _told(db, past), _would_tell(happened, telling, _told_before(db, past))
    return Compared(
        stretch=past.stretch,
        rows=beside(was, would, past.stretch.until),
        was=total(was, _counts(told)),
        would=total(would, _counts(would_tell)),
        told=told,
        would_tell=would_tell,
        left=replay.left,
        not_configured=sorted(past.probes - house.paces.keys()),
        not_recorded=sorted(house.paces.keys() - past.probes),
    )


def _as_it_was(past: Past) -> Iterable[Happened]:
    world = World(past.known)
    return [one for entry in past.entries if (one := world.take(entry))]


def _counts(reached: Reached) -> Mapping[str, int]:
    return {incident: channels.total() for incident, channels in reached.items()}


def _told(db: Database, past: Past) -> Reached:
    """What was really sent, as far as it is still known."""
    reached: dict[str, Counter[str]] = defaultdict(Counter)
    last = past.entries[-1].seq if past.entries else 0
    for incident, channel, number in db.conn.execute(_SENT, (past.stretch.after, last)):
        reached[incident][channel] = number
    return reached


def _told_before(db: Database, past: Past) -> dict[str, list[Told]]:
    """Who had heard of what was open when it began."""
    return {
        i.id: [one for one in deliveries_about(db, i.id) if one.seq <= past.stretch.after]
        for i in past.known.incidents
        if i.is_open
    }


_SENT = """
    SELECT incident, channel, count(*) FROM delivery
    WHERE seq > ? AND seq <= ? AND (state = 'sent' OR ambiguous)
    GROUP BY incident, channel ORDER BY channel
"""


def _would_tell(
    happened: Iterable[Happened], telling: Telling, before: Mapping[str, list[Told]]
) -> Reached:
    """What the planner would have planned, had every message arrived at once."""
    reached: dict[str, Counter[str]] = defaultdict(Counter)
    past = defaultdict(list, before)
    for one in happened:
        notice = _notice(one)
        if isinstance(notice, Because):
            continue
        planned = plan(
            notice,
            telling.routes,
            people=telling.people(notice.at),
            known=Known(past[notice.about], past[notice.into] if notice.into else ()),
            now=notice.at,
        )
        for d in planned.deliveries:
            who = (d.route, d.channel, d.recipient, State.SENT)
            told = Told(d.id, notice.seq, notice.telling, *who, merged=bool(notice.into))
            past[notice.about].append(told)
            if notice.into:  # whoever heard that waits for the other's end
                past[notice.into].append(replace(told, merged=False, inherited=True))
            reached[notice.about][d.channel] += 1
    return reached


def _notice(one: Happened) -> Notice | Because:
    """The news there is in it for engineers; work is announced alike under all rules."""
    if isinstance(one.entry.event, MaintenanceEvent) or not isinstance(one.after, Incident):
        return Because.NOT_TOLD_KIND
    before = one.before if isinstance(one.before, Incident) else None
    return notice_of(one.entry, before, one.after)
