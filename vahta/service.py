"""Wires the rooms together: from probes to the journal, and from there to everybody."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version

from desk.calls.reception import Reception
from incidents.codec import tag
from incidents.events import Called
from incidents.find.lookup import Lookup
from incidents.history.keeper import Keeper
from incidents.house import House, Pace
from incidents.journal import Entry
from incidents.recorder import Recorder
from incidents.texts import Texts
from notify.catalog import open_channels
from notify.kind import Tools
from notify.message import Portal as Sender
from notify.oncall import overrides
from notify.oncall.duty import Duty
from notify.service import Notifier
from notify.tables.reaching import unreached
from notify.writing.filling import Said
from probes.catalog import kinds
from probes.network import Network
from probes.observation import Observation
from probes.runner import Probe, make_probe
from vahta import clock
from vahta.acknowledging import open_grants
from vahta.calls import forget, incident_of_call, open_reception
from vahta.config import Config
from vahta.console import Console
from vahta.duty import Watchkeepers, duty_of
from vahta.metrics import Metrics, Now
from vahta.muting import Muting
from vahta.routing import directory_of, quiet_of, routes_of
from vahta.sites import Sites, open_sites
from vahta.state import Opened, opened
from vahta.verdicts import verdicts_of
from vahta.watching import Watch, captured, in_sight, watch

_log = logging.getLogger(__name__)

_STUCK_AFTER = timedelta(seconds=60)
_LATE_AFTER = 60.0
_INDEX_REST = 0.5

Checkpoint = Callable[[str], None]


def no_checkpoint(_: str) -> None:
    """Nothing stops the process here but a test that says so."""


@dataclass(kw_only=True)
class Service:
    """Everything that runs. Made by ``built``; ``run`` it once."""

    config: Config
    state: Opened
    probes: Sequence[Probe]
    recorder: Recorder
    keeper: Keeper
    watch: Watch
    notifier: Notifier
    sites: Sites
    console: Console
    reception: Reception
    duty: Duty
    lookup: Lookup
    metrics: Metrics
    learnt: asyncio.Event
    began_at: datetime

    async def run(self) -> None:
        """Until cancelled. A loop that dies takes the service down: half a watch is none."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.recorder.run(), name="recorder")
            tasks.create_task(self.watch.run(self.probes), name="watch")
            tasks.create_task(self.notifier.run(), name="notifier")
            tasks.create_task(self.sites.run(), name="page")
            tasks.create_task(self._keep_index(), name="lookup")
            tasks.create_task(self.keeper.run(), name="history")
            keep = timedelta(seconds=self.config.desk.keep_calls)
            tasks.create_task(forget(self.reception.ledger, older_than=keep), name="calls")
            tasks.create_task(self.state.store.lost(), name="disk")

    def unhealthy(self) -> Sequence[str]:
        """What is stuck, in words; nothing when every loop turns."""
        now = clock.now()
        found = []
        if self.state.store.damage is not None:
            found.append(self.state.store.damage)
        elif self.recorder.failing_since is not None:
            found.append("the journal cannot be written: is the disk full?")
        if now - (self.recorder.turned_at or self.began_at) > _STUCK_AFTER:
            found.append("the recorder is stuck")
        if self.watch.runner.overdue() > _LATE_AFTER:
            found.append("probes are more than a minute late")
        found += self.sites.stuck(now, since=self.began_at)
        return [*found, *self.notifier.stuck(now, after=_STUCK_AFTER)]

    def unready(self) -> Sequence[str]:
        """What is missing before the service can be relied on."""
        found = []
        if self.recorder.turned_at is None:
            found.append("the state is being opened")
        if not self.sites.is_complete:
            found.append("the site is not published yet")
        return found

    async def metrics_text(self) -> bytes:
        """The answer to a scrape."""
        waiting = await self.notifier.stats()
        now = Now(
            health=self.console.health(),
            open_incidents=self.console.open_incidents(),
            journal_seq=self.state.register.seq,
            deliveries_pending=waiting.pending,
            oldest_delivery_seconds=waiting.oldest_pending_seconds,
            deliveries_held={because.value: n for because, n in waiting.held.items()},
            page_published_at=self.metrics.page_made_at,
            is_blind=self.recorder.blind_since is not None,
            on_call=await self.duty.on_call(clock.now()),
        )
        return await asyncio.to_thread(self.metrics.render, now)

    async def _keep_index(self) -> None:
        """Found soon after it is written; many entries at once cost one new index."""
        while True:
            await self.learnt.wait()
            self.learnt.clear()
            try:
                await self.lookup.refresh()
            except Exception:  # noqa: BLE001 - an index that fails must not end the watch
                _log.exception("the lookup answers from what it knew before")
                self.learnt.set()
            await asyncio.sleep(_INDEX_REST)


@asynccontextmanager
async def built(config: Config, *, checkpoint: Checkpoint) -> AsyncIterator[Service]:
    """The service of ``config``, ready to run. Raises StoreError when the state is no good."""
    async with (
        opened(config.state_dir, now=clock.now(), threads=True) as state,
        Network() as network,
    ):
        service = await _assemble(config, state, network, checkpoint)
        try:
            yield service
        finally:
            await service.notifier.aclose()


async def _assemble(
    config: Config, state: Opened, network: Network, checkpoint: Checkpoint
) -> Service:
    spoken = [*config.portal.languages, *(channel.lang for channel in config.channels)]
    texts = Texts.load(
        list(dict.fromkeys(spoken)), own=config.texts_dir, components=config.components
    )
    metrics = Metrics(version=version("vahta"))
    learnt = asyncio.Event()

    def heard(entry: Entry) -> None:
        metrics.recorded(tag(entry.event))
        if isinstance(entry.event, Called):
            metrics.called(entry.event)
        learnt.set()

    probes = made_probes(config)
    metrics.expect((p.id, p.component, p.kind.name) for p in probes)
    watched = house(config, probes)
    recorder = Recorder(state.journal, state.register, watched, clock=clock.now, heard=heard)
    await state.register.refresh()
    reception = open_reception(config, state, recorder, texts)
    lookup = Lookup(
        state.register,
        texts,
        config.portal.languages[0],
        store=state.store,
        calls=incident_of_call(reception.ledger, config.desk.call_prefix, config.portal.zone),
    )
    await lookup.refresh()
    duty = duty_of(config, state.store, clock.now)
    console = Console(
        portal=config.portal,
        components=config.components,
        recorder=recorder,
        register=state.register,
        lookup=lookup,
        texts=texts,
        contacts=config.contacts,
        calls=reception,
        rules=watched.rules_of,
        captured=partial(captured, state.store),
        captures_kept=timedelta(seconds=config.state.keep_captures),
        told=partial(verdicts_of, state, config.portal.zone),
        unreached=partial(state.store.read, unreached),
        oncall=Watchkeepers(duty),
        silences=Muting(state.store, clock.now),
        clock=clock.now,
    )

    began_at = clock.now()
    keeper = Keeper(
        state.store,
        boot=f"{began_at:%Y%m%dT%H%M%S}-{os.getpid()}",
        zone=config.portal.zone,
        clock=clock.now,
        in_sight=partial(in_sight, recorder, [c.id for c in config.components]),
    )

    def emit(seen: Observation) -> None:
        metrics.observed(seen)
        keeper.observe(seen)
        recorder.observe(seen)

    return Service(
        config=config,
        state=state,
        probes=probes,
        recorder=recorder,
        keeper=keeper,
        watch=watch(
            config,
            state.store,
            network,
            emit=emit,
            on_start=lambda _, late: metrics.started_late(late),
            tell=partial(setattr, recorder, "blind_since"),
        ),
        notifier=_notifier(config, state, texts, metrics, checkpoint, said=reception.said),
        sites=open_sites(config, state, recorder.evidence, texts, metrics, checkpoint),
        console=console,
        reception=reception,
        duty=duty,
        lookup=lookup,
        metrics=metrics,
        learnt=learnt,
        began_at=began_at,
    )


def made_probes(config: Config) -> Sequence[Probe]:
    """The configured probes, with the rules' defaults in place."""
    return [
        make_probe(
            settings,
            kinds(),
            default_recheck=config.rules.recheck,
            default_open_after=config.rules.open_after,
        )
        for settings in config.probes
    ]


def house(config: Config, probes: Sequence[Probe]) -> House:
    """What the recorder must know. A look is good for three intervals, and a time-out more."""
    return config.house(
        {
            p.id: Pace(
                p.open_after,
                timedelta(seconds=3 * p.settings.every + p.settings.timeout + 10),
            )
            for p in probes
        }
    )


def _notifier(
    config: Config,
    state: Opened,
    texts: Texts,
    metrics: Metrics,
    checkpoint: Checkpoint,
    *,
    said: Said,
) -> Notifier:
    listen = config.http.listen
    desk = f"http://{listen.host}:{listen.port}/desk" if listen.is_loopback else ""
    page = config.page.url.rstrip("/") if config.page.url else ""
    name = {str(lang): said for lang, said in config.portal.name.items()}
    return Notifier(
        store=state.store,
        journal=state.journal,
        channels=open_channels(config.channels, Tools(clock=clock.now)),
        routes=routes_of(config),
        quiet=quiet_of(config),
        directory=directory_of(config),
        overrides=overrides.at,
        texts=texts,
        components={c.id: c for c in config.components},
        portal=Sender(
            name,
            config.portal.zone,
            desk_link=f"{desk}/incidents/{{id}}" if desk else "",
            page_link=f"{page}/incidents/{{id}}.html" if page else "",
            capture_link=f"{desk}/captures/{{id}}" if desk else "",
            work_link=f"{desk}/works#{{id}}" if desk else "",
            work_page_link=f"{page}/works/{{id}}.html" if page else "",
        ),
        clock=clock.now,
        checkpoint=checkpoint,
        on_settled=metrics.settled,
        on_decided=metrics.decided,
        said=said,
        grants=open_grants(config),
        lang=config.portal.languages[0],
    )
