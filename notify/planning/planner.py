"""Reads the journal after its cursor and plans deliveries; both move in one transaction."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeAlias

from sqlite_utils import Database

from incidents.events import Called, MaintenanceEvent
from incidents.journal import Entry, Journal
from incidents.store import Store
from notify.delivery import Because, Untold
from notify.hooks import Hooks
from notify.message import Message
from notify.oncall.overrides import Overrides, nobody_stands_in
from notify.planning.decided import Decided, make_known
from notify.planning.folding import Folds, work_at
from notify.planning.notice import News, call_notice_of, notice_of, telling_of, work_notice_of
from notify.planning.pacing import pace
from notify.planning.plan import Known, Plan, missed_of, plan, plan_missed
from notify.planning.quiet import Quiet
from notify.planning.ringer import Ringer
from notify.planning.routing import Route
from notify.tables import escalations, plans
from notify.tables.mutes import standing, until_of
from notify.writing.mailing import Mailing

_log = logging.getLogger(__name__)

Composed: TypeAlias = Mapping[str, Message]
"""By language."""

_BATCH = 100
_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class _Draft:
    """What an entry comes to before the database is asked; ``messages`` are by language."""

    entry: Entry
    news: News | None = None
    messages: Composed = field(default_factory=dict)
    missed: News | None = None
    missed_messages: Composed = field(default_factory=dict)
    because: Because | None = None
    error: Exception | None = None


@dataclass(kw_only=True)
class Planner:
    """One per state.

    ``planned`` is called after each commit that may have stored deliveries; ``overrides`` reads
    who stands in for whom on call. ``turned_at`` is when it last got on; ``rest`` the most
    seconds that it waits for news, so that ``turned_at`` stays fresh when there is none.
    """

    store: Store
    journal: Journal
    mailing: Mailing
    routes: Sequence[Route]
    clock: Callable[[], datetime]
    overrides: Overrides = nobody_stands_in
    quiet: Quiet = field(default_factory=Quiet)
    hooks: Hooks = field(default_factory=Hooks)
    planned: Callable[[], None] = lambda: None
    rest: float = 5.0
    turned_at: datetime | None = field(default=None, init=False)
    ringer: Ringer = field(init=False)
    _folds: Folds = field(init=False)

    def __post_init__(self) -> None:
        self._folds = Folds(self.journal)
        self.ringer = Ringer(
            store=self.store,
            journal=self.journal,
            mailing=self.mailing,
            clock=self.clock,
            overrides=self.overrides,
            hooks=self.hooks,
            planned=self.planned,
        )

    async def run(self) -> None:
        """Plan for ever. What fails is waited out, and nothing is skipped for it."""
        while True:
            try:
                await self.plan_pending()
                await self.ringer.ring_due()
                await self._wait()
            except Exception:  # noqa: BLE001 - whatever it is, news must not be lost for it
                _log.exception("cannot plan what the journal says; trying again")
                await asyncio.sleep(_PAUSE)

    async def plan_pending(self) -> int:
        """Plan all that the journal holds beyond the cursor; answers how many entries it read."""
        total = 0
        seq = await self.store.read(plans.cursor)
        while entries := await self.journal.read(seq, _BATCH):
            drafts = [await self._draft(entry) for entry in entries]
            decided = await self.store.write(partial(self._store, drafts=drafts))
            self.turned_at = self.clock()
            self.hooks.checkpoint("after_commit")
            for one in decided:
                make_known(one, self.hooks)
            self.planned()
            seq = entries[-1].seq
            total += len(entries)
        self.turned_at = self.clock()
        return total

    async def _wait(self) -> None:
        seq = await self.store.read(plans.cursor)
        pause = min(self.rest, await self.ringer.pause())
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self.journal.changed(seq)

    async def _draft(self, entry: Entry) -> _Draft:
        """All that can be done without the writer, which others wait for."""
        await asyncio.sleep(0)  # a hundred entries take a while to compose: let others in between
        try:
            if telling_of(entry.event, None) is Because.NOT_TOLD_KIND:
                self._folds.pass_by(entry)
                return _Draft(entry)
            news = await self._news(entry)
            if isinstance(news, Because):
                return _Draft(entry, because=news)
            missed = missed_of(news)
            late = self.mailing.composed(missed) if missed else {}
            return _Draft(entry, news, self.mailing.composed(news), missed, late)
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - one bad entry must not silence the rest
            return _Draft(entry, error=error)

    async def _news(self, entry: Entry) -> News | Because:
        if isinstance(entry.event, MaintenanceEvent):
            return work_notice_of(entry, *await work_at(self.journal, entry))
        if isinstance(entry.event, Called):
            return call_notice_of(entry)
        return notice_of(entry, *await self._folds.at(entry))

    # ── inside the transaction ──

    def _store(self, db: Database, drafts: Sequence[_Draft]) -> list[Decided]:
        decided: list[Decided] = []
        for draft in drafts:
            try:
                if draft.error is not None:
                    raise draft.error
                with db.atomic():
                    decided += self._store_one(db, draft)
            except sqlite3.Error:
                raise
            except Exception as error:  # noqa: BLE001 - as above
                self._skip(db, draft.entry, error)
        plans.move_cursor(db, drafts[-1].entry.seq)
        self.hooks.checkpoint("before_commit")
        return decided

    def _store_one(self, db: Database, draft: _Draft) -> list[Decided]:
        entry, news, now = draft.entry, draft.news, self.clock()
        if draft.because is not None:
            untold = Untold(draft.because)
            plans.note_untold(db, entry.seq, entry.event.incident, untold, now=now)
            return [Decided(entry.seq, untold=[untold])]
        if news is None:
            return []
        known = Known(
            plans.past(db, news.about),
            plans.past(db, news.into) if news.into else (),
            escalations.about(db, news.about),
        )
        people = self.mailing.people(self.overrides(db, now), now)
        planned = plan(news, self.routes, people=people, known=known, now=now)
        plans_of = [(news, planned, draft.messages)]
        if draft.missed is not None:
            late = plan_missed(draft.missed, known=known, now=now)
            if late.deliveries:
                plans_of = [(news, replace(planned, because=None), draft.messages)]
                plans_of.append((draft.missed, late, draft.missed_messages))
        return [self._keep(db, *one, now=now) for one in plans_of]

    def _keep(
        self,
        db: Database,
        news: News,
        planned: Plan,
        composed: Composed,
        *,
        now: datetime,
    ) -> Decided:
        muted = until_of(standing(db, now), news.about, news.components)
        planned = pace(planned, news, self.quiet, now=now, muted=muted)
        messages = self.mailing.messages(news, planned, composed)
        return plans.store_plan(db, news, planned, messages, now=now)

    def _skip(self, db: Database, entry: Entry, error: Exception) -> None:
        _log.error("entry %d cannot be told and is skipped", entry.seq, exc_info=error)
        untold = Untold(Because.POISON, detail=f"{type(error).__name__}: {error}")
        plans.note_untold(db, entry.seq, entry.event.incident, untold, now=self.clock())
