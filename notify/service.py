"""The notifier: planner and courier together, the way the rest of the house sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidents.component import Component
from incidents.journal import Journal
from incidents.store import Store
from notify.ack.grant import Grants
from notify.courier import Courier, Limits
from notify.hooks import Hooks, Outcome
from notify.kind import Channel
from notify.message import Portal, Texts
from notify.oncall.directory import Directory
from notify.oncall.overrides import Overrides, nobody_stands_in
from notify.planning.planner import Planner
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from notify.repeater import Repeater
from notify.tables import outbox
from notify.tables.outbox import Stats
from notify.writing.composer import Composer
from notify.writing.filling import Said, nobody
from notify.writing.mailing import Mailing


@dataclass(kw_only=True)
class Notifier:
    """Tells people what the journal says. ``lang`` is used where a channel is gone.

    ``components`` by id give names where the journal has none, and say what citizens cannot do.
    ``checkpoint`` gets the names that Hooks lists; ``on_settled`` a channel and an outcome,
    for every attempt and for everything settled without one, ``on_decided`` why somebody is told
    or not. ``said`` is what callers said.
    ``grants`` makes the links by which people acknowledge; ``overrides`` reads who stands in for
    whom on call. ``quiet`` says how much one person is told at once and at which hours.
    """

    store: Store
    journal: Journal
    channels: Mapping[str, Channel]
    routes: Sequence[Route]
    texts: Texts
    portal: Portal
    clock: Callable[[], datetime]
    checkpoint: Callable[[str], None] = lambda _name: None
    on_settled: Callable[[str, Outcome], None] = lambda _channel, _outcome: None
    on_decided: Callable[[str], None] = lambda _because: None
    said: Said = nobody
    grants: Grants = field(default_factory=lambda: Grants(b""))
    limits: Limits = field(default_factory=Limits)
    quiet: Quiet = field(default_factory=Quiet)
    lang: str = "ru"
    components: Mapping[str, Component] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)
    overrides: Overrides = nobody_stands_in
    planner: Planner = field(init=False)
    courier: Courier = field(init=False)
    began_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        hooks = Hooks(self.checkpoint, self.on_settled, self.on_decided)
        composer = Composer(self.texts, self.portal, self.components, directory=self.directory)
        self.courier = Courier(
            store=self.store,
            channels=self.channels,
            clock=self.clock,
            hooks=hooks,
            said=self.said,
            grants=self.grants,
            limits=self.limits,
            quiet=self.quiet,
            gather=composer.gather,
        )
        self.planner = Planner(
            store=self.store,
            journal=self.journal,
            mailing=Mailing(
                composer=composer,
                channels=self.channels,
                directory=self.directory,
                lang=self.lang,
            ),
            routes=self.routes,
            clock=self.clock,
            overrides=self.overrides,
            quiet=self.quiet,
            hooks=hooks,
            planned=self.courier.wake,
            rest=self.limits.rest,
        )

    async def run(self) -> None:
        """Until cancelled. The channels stay open: whoever opened them closes them."""
        self.began_at = self.clock()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.planner.run(), name="planner")
            tasks.create_task(self.courier.run(), name="courier")
            tasks.create_task(Repeater(self.store, self.channels).run(), name="repeater")

    def stuck(self, now: datetime, *, after: timedelta) -> Sequence[str]:
        """What has not got on for longer than ``after``, in words; nothing before it runs."""
        turned = {
            "deliveries are not being planned": self.planner.turned_at,
            "deliveries are not being sent": self.courier.turned_at,
        }
        return [
            words
            for words, turned_at in turned.items()
            if (last := turned_at or self.began_at) is not None and now - last > after
        ]

    async def stats(self) -> Stats:
        """How much is waiting; for metrics."""
        now = self.clock()
        return await self.store.read(lambda db: outbox.stats(db, now))

    async def aclose(self) -> None:
        """Close every channel."""
        for channel in self.channels.values():
            await channel.sender.aclose()
