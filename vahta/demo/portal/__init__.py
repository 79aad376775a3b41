"""The portal to break: a small citizens' portal whose every part can be made to fail on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web

from vahta.demo.answers import Pages
from vahta.demo.portal.applications import Applications
from vahta.demo.portal.control import Control
from vahta.demo.portal.documents import Documents
from vahta.demo.portal.faults import NAMES
from vahta.demo.portal.gate import Gate
from vahta.demo.portal.login import PASSWORD, TOTP_SECRET, USERNAME, Login
from vahta.demo.portal.memory import PortalStateError, open_memory
from vahta.demo.portal.pace import Pace
from vahta.demo.portal.services import Services
from vahta.demo.portal.sms import Gateway

__all__ = [
    "NAMES",
    "PASSWORD",
    "TOTP_SECRET",
    "USERNAME",
    "Pace",
    "PortalStateError",
    "make_portal",
]


async def make_portal(
    state_file: Path, *, clock: Callable[[], datetime], pace: Pace | None = None
) -> web.Application:
    """The portal, to be mounted anywhere by ``app.add_subapp``, with its faults as last left.

    ``clock`` gives aware UTC instants. Raises PortalStateError where ``state_file`` is damaged.
    """
    pace = pace or Pace()
    memory = await open_memory(state_file, pace)
    memory.registry.admit_canary(clock())
    pages = await asyncio.to_thread(Pages)
    gate = Gate(memory, pace, pages)
    app = web.Application()
    app.add_routes(Control(memory, pages, clock=clock).routes())
    app.add_routes(Login(memory, pace, pages, clock=clock).routes(gate))
    app.add_routes(Gateway(memory, pace, clock=clock).routes(gate))
    app.add_routes(Documents(memory, pace).routes(gate))
    app.add_routes(Applications(memory, pace, clock=clock).routes(gate))
    app.add_routes(Services(memory, pace, pages).routes(gate))

    async def save(_: web.Application) -> None:
        await memory.close()

    app.on_cleanup.append(save)
    return app
