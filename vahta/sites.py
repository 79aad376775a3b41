"""Wires what citizens may know to the files they read, and these to where else they go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from incidents.evidence import Evidence
from incidents.health import health
from incidents.history.chronicler import Chronicler
from incidents.register import Register
from incidents.texts import Texts
from statuspage.board import Portal, Snapshot
from statuspage.mirror import Command, Mirror
from statuspage.publisher import Publisher
from statuspage.release import Checkpoint
from statuspage.theme import Theme
from vahta import clock
from vahta.config import Config
from vahta.metrics import Metrics
from vahta.state import Opened

HISTORY = timedelta(days=365)
_MOST_PAST = 500
_PAGE_OLD_AFTER = timedelta(minutes=3)
_MIRROR_OLD_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Sites:
    """What publishes. ``run`` it once."""

    publisher: Publisher
    mirrors: Sequence[Mirror]
    metrics: Metrics

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.publisher.run(), name="page")
            for mirror in self.mirrors:
                tasks.create_task(mirror.run(), name=f"publisher {mirror.id}")

    @property
    def is_complete(self) -> bool:
        """Whether this process has published everything once."""
        return self.publisher.is_complete

    def stuck(self, now: datetime, *, since: datetime) -> Sequence[str]:
        """What could not be published for too long, in words; ``since`` is when we began."""
        found = []
        if now - (self.metrics.page_made_at or since) > _PAGE_OLD_AFTER:
            found.append("the page could not be published for three minutes")
        found += [
            f"publisher {mirror.id} has failed for ten minutes"
            for mirror in self.mirrors
            if mirror.failing_since and now - mirror.failing_since > _MIRROR_OLD_AFTER
        ]
        return found


def open_sites(
    config: Config,
    state: Opened,
    evidence: Callable[[str], Evidence],
    texts: Texts,
    metrics: Metrics,
    checkpoint: Checkpoint,
) -> Sites:
    """Everything that publishes what ``config`` says, ready to run."""
    mirrors = [
        Mirror(
            Command(one.id, one.run, one.timeout),
            config.page_dir,
            clock=clock.now,
            settled=metrics.mirrored,
        )
        for one in config.publishers
    ]

    def published(seconds: float, at: datetime) -> None:
        metrics.published(seconds, at)
        for mirror in mirrors:
            mirror.wake()

    history = chronicler(config, state)
    publisher = Publisher(
        snapshot=partial(snapshot, config, state.register, evidence, history),
        changed=lambda: state.journal.changed(state.register.seq),
        texts=texts,
        directory=config.page_dir,
        theme=config.theme or Theme(),
        published=published,
        checkpoint=checkpoint,
    )
    return Sites(publisher, mirrors, metrics)


def chronicler(config: Config, state: Opened) -> Chronicler:
    """Who knows the last ninety days of the components, as citizens may."""
    return Chronicler(
        store=state.store,
        journal=state.journal,
        register=state.register,
        components=config.components,
        zone=config.portal.zone,
    )


async def snapshot(
    config: Config,
    register: Register,
    evidence: Callable[[str], Evidence],
    history: Chronicler,
) -> Snapshot:
    """What the public may know, as of now."""
    now = clock.now()
    public = [i for i in register.open_incidents() if i.is_public]
    past = await register.closed_public(_MOST_PAST, since=now - HISTORY)
    works = register.maintenance()
    return Snapshot(
        portal=Portal(
            {str(lang): said for lang, said in config.portal.name.items()},
            config.portal.url or "",
            config.portal.timezone,
            tuple(config.portal.languages),
        ),
        page_url=config.page.url or "",
        components=[health(c, public, evidence(c.id), now, works=works) for c in config.components],
        incidents=[*public, *past],
        contacts=config.contacts,
        works=await register.past_maintenance(now - HISTORY),
        now=now,
        seq=register.seq,
        history=await history.chronicles(now),
    )
