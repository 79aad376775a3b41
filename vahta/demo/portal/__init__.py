"""The portal to break: a small citizens' portal whose every part can be made to fail on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web

from vahta.demo.answers import Pages
from vahta.demo.portal.accounts import PASSWORD, TOTP_SECRET, USERNAME, Accounts
from vahta.demo.portal.api_login import ApiLogin
from vahta.demo.portal.applications import Applications
from vahta.demo.portal.control import Control
from vahta.demo.portal.documents import Documents
from vahta.demo.portal.faults import NAMES
from vahta.demo.portal.gate import Gate
from vahta.demo.portal.login import Login
from vahta.demo.portal.memory import Memory, PortalStateError, open_memory
from vahta.demo.portal.pace import Pace
from vahta.demo.portal.services import Services
from vahta.demo.portal.sessions import Sessions
from vahta.demo.portal.sign_in_page import SignInPage
from vahta.demo.portal.sms import Gateway
from vahta.demo.portal.sso import SingleSignOn

__all__ = [
    "NAMES",
    "PASSWORD",
    "TOTP_SECRET",
    "USERNAME",
    "Pace",
    "PortalStateError",
    "make_portal",
]


def _ways_in(
    memory: Memory, pace: Pace, pages: Pages, clock: Callable[[], datetime]
) -> tuple[Login, SingleSignOn, ApiLogin]:
    """One account, three doors: whoever breaks one breaks all."""
    accounts = Accounts(memory, pace, clock=clock)
    page = SignInPage(memory, pace, pages, accounts)
    login = Login(page, Sessions(pace.session))
    return login, SingleSignOn(page, login), ApiLogin(accounts, Sessions(pace.session), pace)


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
    for way_in in _ways_in(memory, pace, pages, clock):
        app.add_routes(way_in.routes(gate))
    app.add_routes(Gateway(memory, pace, clock=clock).routes(gate))
    app.add_routes(Documents(memory, pace).routes(gate))
    app.add_routes(Applications(memory, pace, clock=clock).routes(gate))
    app.add_routes(Services(memory, pace, pages).routes(gate))

    async def save(_: web.Application) -> None:
        await memory.close()

    app.on_cleanup.append(save)
    return app
