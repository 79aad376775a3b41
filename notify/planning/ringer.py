"""Rings what is due: the step and its deliveries are one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlite_utils import Database

from incidents.events import IncidentEvent
from incidents.journal import Journal
from incidents.store import Store
from notify.hooks import Hooks
from notify.message import Message
from notify.oncall.overrides import Overrides
from notify.planning import ringing
from notify.planning.decided import Decided, make_known
from notify.planning.escalation import Escalation, Stand
from notify.planning.folding import incident_after
from notify.planning.notice import Notice
from notify.planning.plan import plan_ring
from notify.planning.ringing import Due, Matter
from notify.tables import escalations, plans, reaching
from notify.writing.mailing import Mailing

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """A ring before it is certain whom it reaches; ``messages`` are by language.

    ``then``: what ``it`` rings before its time, if it does.
    """

    it: Escalation
    then: Escalation | None
    matter: Matter
    notice: Notice
    messages: Mapping[str, Message]


@dataclass(kw_only=True)
class Ringer:
    """The planner's: it rings between one look at the journal and the next."""

    store: Store
    journal: Journal
    mailing: Mailing
    clock: Callable[[], datetime]
    overrides: Overrides
    hooks: Hooks = field(default_factory=Hooks)
    planned: Callable[[], None] = lambda: None

    async def ring_due(self) -> int:
        """Ring every step whose time has come, or before whom nobody could be reached.

        Answers how many there were.

        What the journal says of an incident beyond the planner's cursor comes first: somebody
        may have taken it.
        """
        now = self.clock()
        if await self.store.read(lambda db: escalations.waits_past(db, now)):
            await self.store.write(lambda db: escalations.after_clock(db, now))
        found = await self.store.read(lambda db: self._found(db, now))
        rung = 0
        for it, then in found:
            matter = await self._matter(it)
            if matter is None:
                continue
            call = await self._call(it, then, matter, now)
            if call is None:
                continue
            decided = await self.store.write(partial(self._ring, call=call))
            self.hooks.checkpoint("after_ring")
            make_known(decided, self.hooks)
            self.planned()
            rung += 1
        return rung

    async def pause(self) -> float:
        """How many seconds nothing will be due."""
        due = await self.store.read(escalations.next_due)
        return max((due - self.clock()).total_seconds(), 0.0) if due else float("inf")

    async def _matter(self, it: Escalation) -> Matter | None:
        """What is rung about, as it stands; None where there is news to be planned first."""
        cursor = await self.store.read(plans.cursor)
        entries = [
            one
            for one in (await self.journal.load(it.stream))[0]
            if one.event.incident == it.incident
        ]
        event = next((one.event for one in entries if one.seq == it.seq), None)
        incident = incident_after(entries)
        if incident is None or not isinstance(event, IncidentEvent):
            _log.error("the journal has no entry %d, for which route %s rings", it.seq, it.route)
            over = it.but(Stand.OVER)
            await self.store.write(lambda db: escalations.save(db, [over]))
            return None
        if entries[-1].seq > cursor:
            return None
        return Matter(event, incident, entries[-1].seq)

    async def _call(
        self, it: Escalation, then: Escalation | None, matter: Matter, now: datetime
    ) -> _Call | None:
        """All that can be done without the writer, which others wait for; None: nothing is."""
        found = await self.store.read(lambda db: self._due(db, it, then, matter, now))
        if found is None:
            return None
        notice = ringing.notice_of(it, matter, found, now)
        return _Call(it, then, matter, notice, self.mailing.composed(notice) if found.whom else {})

    # ── inside the transaction ──

    def _found(self, db: Database, now: datetime) -> list[tuple[Escalation, Escalation | None]]:
        """What is due; and what, before its time, follows on those who cannot be reached."""
        due = [(it, None) for it in escalations.due(db, now)]
        return [*due, *reaching.hurried(db, now)]

    def _due(
        self, db: Database, it: Escalation, then: Escalation | None, matter: Matter, now: datetime
    ) -> Due | None:
        people = self.mailing.people(self.overrides(db, now), now)
        if then is not None:
            return ringing.early(then, it, matter.incident, people, now)
        return ringing.due(it, matter.incident, people, now)

    def _ring(self, db: Database, call: _Call) -> Decided:
        it, matter, notice = call.it, call.matter, call.notice
        found = self._due(db, it, call.then, matter, notice.at)
        if found is None:
            return Decided(notice.seq)
        composed = call.messages
        if (now := ringing.notice_of(it, matter, found, notice.at)) != notice or not composed:
            # Somebody stood in for somebody this very moment.
            notice, composed = now, self.mailing.composed(now) if found.whom else {}
        planned = plan_ring(it, found, notice, past=plans.past(db, it.incident))
        messages = self.mailing.messages(notice, planned, composed)
        decided = plans.store_plan(db, notice, planned, messages, now=notice.at)
        if found.escalation.stand is Stand.UNANSWERED:
            _log.warning("%s: nobody is left to ring on route %s", it.incident, it.route)
        self.hooks.checkpoint("before_ring")
        return decided
