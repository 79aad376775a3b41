"""Wires what citizens may know to the files they read, and these to where else they go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
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
from vahta.config.loaded import SiteSettings
from vahta.metrics import Metrics
from vahta.state import Opened

HISTORY = timedelta(days=365)
_MOST_PAST = 500
_PAGE_OLD_AFTER = timedelta(minutes=3)
_MIRROR_OLD_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Sites:
    """What publishes, by audience; the public's own is "". ``run`` it once."""

    publishers: Mapping[str, Publisher]
    mirrors: Sequence[Mirror]
    made_at: dict[str, datetime]

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for audience, publisher in self.publishers.items():
                tasks.create_task(publisher.run(), name=f"page {audience}".rstrip())
            for mirror in self.mirrors:
                tasks.create_task(mirror.run(), name=f"publisher {mirror.id}")

    @property
    def is_complete(self) -> bool:
        """Whether this process has published every site once."""
        return all(publisher.is_complete for publisher in self.publishers.values())

    def stuck(self, now: datetime, *, since: datetime) -> Sequence[str]:
        """What could not be published for too long, in words; ``since`` is when we began."""
        old = [
            f"the page {f'of {audience} ' if audience else ''}could not be published for"
            " three minutes"
            for audience in self.publishers
            if now - self.made_at.get(audience, since) > _PAGE_OLD_AFTER
        ]
        failing = [
            f"publisher {mirror.id} has failed for ten minutes"
            for mirror in self.mirrors
            if mirror.failing_since and now - mirror.failing_since > _MIRROR_OLD_AFTER
        ]
        return [*old, *failing]


def open_sites(
    config: Config,
    state: Opened,
    evidence: Callable[[str], Evidence],
    texts: Texts,
    metrics: Metrics,
    checkpoint: Checkpoint,
) -> Sites:
    """Everything that publishes what ``config`` says, ready to run."""
    made_at: dict[str, datetime] = {}
    mirrors = {
        one: Mirror(
            Command(one.id, one.run, one.timeout),
            config.site_of(one.audience).dir,
            clock=clock.now,
            settled=metrics.mirrored,
        )
        for one in config.publishers
    }

    def published(audience: str, seconds: float, at: datetime) -> None:
        made_at[audience] = at
        if not audience:
            metrics.published(seconds, at)
        for one, mirror in mirrors.items():
            if (one.audience or "") == audience:
                mirror.wake()

    history = chronicler(config, state)
    publishers = {
        site.audience.id: Publisher(
            snapshot=partial(snapshot, config, state.register, evidence, history, site),
            changed=state.register.changed,
            texts=texts,
            directory=site.dir,
            theme=config.theme or Theme(),
            published=partial(published, site.audience.id),
            checkpoint=checkpoint,
        )
        for site in config.sites
    }
    return Sites(publishers, list(mirrors.values()), made_at)


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
    site: SiteSettings,
) -> Snapshot:
    """What the readers of ``site`` may know, as of now."""
    # Asked before everything else: what is newer than that is looked at again.
    now, seq, audience = clock.now(), register.seq, site.audience
    current = list(audience.told(register.open_incidents()))
    past = await register.closed_public(_MOST_PAST, since=now - HISTORY)
    works = register.maintenance()
    chronicles = await history.chronicles(now)
    return Snapshot(
        portal=Portal(
            {str(lang): said for lang, said in config.portal.name.items()},
            config.portal.url or "",
            config.portal.timezone,
            tuple(config.portal.languages),
        ),
        page_url=site.url,
        components=[
            health(one, current, evidence(one.id), now, works=works)
            for one in audience.listed(config.components)
        ],
        incidents=[*current, *audience.told(past)],
        contacts=config.contacts,
        works=list(audience.works(await register.past_maintenance(now - HISTORY))),
        now=now,
        seq=seq,
        history=chronicles,
        made_up_until=history.made_up_until,
    )
