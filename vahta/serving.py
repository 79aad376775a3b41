"""The two ways of being a service: ``run`` on a real portal, ``demo`` on one to break."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from desk.app import make_api, make_desk
from incidents.history.made_up import NotEmptyError, fill, made_up_until
from incidents.mask import mask
from incidents.store import StoreError
from vahta import clock
from vahta.acknowledging import ack_room
from vahta.allocation import be_frugal
from vahta.config import Config
from vahta.hooks import Ear, make_hooks
from vahta.listening import bind, serving
from vahta.service import Checkpoint, Service, built, no_checkpoint
from vahta.state import StateError, held, opened
from vahta.web import Surface, make_app

if TYPE_CHECKING:
    from vahta.demo.mailbox import Mailbox

_log = logging.getLogger(__name__)

_FILES = 65_536

LoadConfig = Callable[[Mapping[str, str]], Config]
Say = Callable[[str], None]


async def run(config: Config, *, say: Say, checkpoint: Checkpoint = no_checkpoint) -> None:
    """Serve ``config`` until told to stop.

    Raises StateError, StoreError or OSError when it cannot begin.
    """
    be_frugal()
    _allow_many_files()
    listen = config.http.listen
    with held(config.state_dir):
        listener = bind(listen.host, listen.port)
        host, port = listener.getsockname()[:2]
        say(f"vahta serves {len(config.probes)} probes at http://{_in_url(host)}:{port}/")
        async with AsyncExitStack() as up:
            service = await up.enter_async_context(built(config, checkpoint=checkpoint))
            await _refuse_made_up(service)
            surface = surface_of(service, {})
            await up.enter_async_context(serving(make_app(surface), listener))
            await _until_told(service.run)


async def demo(
    load: LoadConfig,
    state: Path,
    *,
    port: int,
    lookup: str,
    say: Say,
    past: timedelta | None = None,
) -> None:
    """Watch a portal to break with a real service, both on one port of this machine.

    ``lookup`` is the command that the first screen suggests; ``past`` the length of what is to be
    made up, which an empty state alone takes. The port answers once portal and mailbox do.
    Raises StateError, StoreError or OSError.
    """
    try:
        from vahta.demo.mailbox import Mailbox, MissingExtraError
        from vahta.demo.portal import PortalStateError
    except ModuleNotFoundError as error:
        raise StateError(f"the demo needs {error.name}: pip install vahta[demo]") from error

    be_frugal()
    _allow_many_files()
    listener = bind("127.0.0.1", port)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with held(state):
        if past is not None:
            await _make_up(load(os.environ), past)
        say(_welcome(base, lookup))
        try:
            async with AsyncExitStack() as up:
                mailbox = Mailbox(state / "mailbox", clock=clock.now)
                smtp_port = await mailbox.start("127.0.0.1", 0)
                up.push_async_callback(mailbox.stop)
                config = load({**os.environ, **_demo_environment(base, smtp_port)})
                service = await up.enter_async_context(built(config, checkpoint=no_checkpoint))
                surface = surface_of(service, await _demo_rooms(state, mailbox, config))
                await up.enter_async_context(serving(make_app(surface), listener))
                await _until_told(service.run)
        except (PortalStateError, MissingExtraError) as error:
            raise StateError(str(error)) from error


async def _make_up(config: Config, lasts: timedelta) -> None:
    """Give an empty state a past that never was. Raises StateError for one with a past."""
    from vahta.demo.past import Stage, made_up

    now = clock.now()
    async with opened(config.state_dir, now=now, threads=False) as state:
        probes = {probe.id: probe.component for probe in config.probes}
        portal = config.portal
        stage = Stage(config.components, probes, portal.zone, portal.incident_prefix, now, lasts)
        try:
            is_new = await fill(state.store, await asyncio.to_thread(made_up, stage))
        except NotEmptyError as error:
            raise StateError(
                f"{config.state_dir}: there are true days here, and --past mixes nothing with"
                " them: give it a directory of its own with --state"
            ) from error
    if not is_new:
        _log.warning("%s: the made-up days are there already", config.state_dir)


async def _refuse_made_up(service: Service) -> None:
    """A page of a real portal shows nothing that never was. Raises StateError."""
    until = await made_up_until(service.state.store)
    if until is not None:
        raise StateError(
            f"{service.config.state_dir}: the days up to {until:%Y-%m-%d %H:%M} UTC are made up"
            " (vahta demo --past): give run a directory of its own with --state"
        )


def _demo_environment(base: str, smtp_port: int) -> Mapping[str, str]:
    """What the root config leaves to be filled in."""
    return {
        "PORTAL_URL": f"{base}/portal",
        "PAGE_URL": base,
        "LISTEN": base.removeprefix("http://"),
        "SMTP_PORT": str(smtp_port),
    }


async def _demo_rooms(
    state: Path, mailbox: Mailbox, config: Config
) -> Mapping[str, web.Application]:
    from vahta.demo.portal import make_portal

    return {
        "/portal": await make_portal(state / "portal.json", clock=clock.now),
        "/mailbox": mailbox.app(zone=config.portal.zone),
    }


def surface_of(service: Service, rooms: Mapping[str, web.Application]) -> Surface:
    """All that ``service`` serves, and ``rooms`` beside it."""
    loopback = service.config.http.listen.is_loopback
    return Surface(
        site=service.config.page_dir,
        metrics=service.metrics_text,
        unhealthy=service.unhealthy,
        unready=service.unready,
        rooms={
            "/desk": make_desk(service.console, allowed=loopback),
            "/api/v1": make_api(service.console, allowed=loopback),
            "/hooks": make_hooks(service.config.probes, _ear(service)),
            "/ack": ack_room(
                service.config,
                incidents=service.console,
                grants=service.notifier.grants,
                texts=service.notifier.texts,
                portal=service.notifier.portal,
            ),
            **rooms,
        },
        is_loopback=loopback,
    )


def _ear(service: Service) -> Ear:
    watch = service.watch
    return Ear(watch.runner.memory, clock.now, mask, watch.notebook.flush)


async def _until_told(work: Callable[[], Awaitable[None]]) -> None:
    """Run ``work`` until it fails or somebody sends SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work())
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, task.cancel)
    loop.add_signal_handler(signal.SIGHUP, _no_reload_yet)
    try:
        with suppress(asyncio.CancelledError):
            await task
    except* StoreError as failed:  # the disk is lost: one sentence, not a tree of tasks
        raise failed.exceptions[0] from None


def _allow_many_files() -> None:
    """Every probe and every reader is a file to the system, whose first offer is often small."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(most, _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _no_reload_yet() -> None:
    _log.warning("SIGHUP: reloading comes with a later version; restart to use a new config")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _welcome(base: str, lookup: str) -> str:
    return f"""\
  Status page   {base}/           in English: {base}/en/
  Desk          {base}/desk/      in English: {base}/desk/?lang=en
  Portal        {base}/portal/    in English: {base}/portal/?lang=en
  Mailbox       {base}/mailbox/   in English: {base}/mailbox/?lang=en
  Metrics       {base}/metrics

A toy portal with twelve services, and a real Vahta watching it. Try this:
  1. On the portal's page, press «Сломать» ("Break") beside «Коды по СМС» ("SMS codes").
  2. Within a quarter of a minute the incident is at the desk, on the status page and in
     the mailbox. In a second terminal: {lookup}
  3. Heal it there, and everybody who was told is told again.
Stop with Ctrl-C; started again, it is as broken as you left it.
"""


def say_on_stdout(text: str) -> None:
    """Print at once: the addresses are wanted before anything else is ready."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()
