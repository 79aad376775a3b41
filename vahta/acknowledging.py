"""Opens the way by which a message is acknowledged: the links in it, and the page behind them."""

from __future__ import annotations

from aiohttp import web

from notify.ack.grant import Grants
from notify.ack.page import AckPage, Incidents, make_ack
from notify.message import Portal, Texts
from vahta import clock
from vahta.config import Config
from vahta.keys import key_in
from vahta.state import StateError

KEY_FILE = "ack.key"
"""In the state directory, and in no backup: a stolen backup acknowledges nothing."""


def open_grants(config: Config) -> Grants:
    """Raises StateError when the key of the links is no good, or cannot be read."""
    try:
        key = key_in(config.state_dir / KEY_FILE, lose="the links that were sent so far")
    except OSError as error:
        raise StateError(str(error)) from error
    engineers = {
        (way.channel, way.to): one for one in config.engineers for way in one.reach if way.to
    }
    return Grants(key, config.http.url or "", engineers)


def ack_room(
    config: Config, *, incidents: Incidents, grants: Grants, texts: Texts, portal: Portal
) -> web.Application:
    """What is mounted at ``/ack``."""
    spoken = [*config.portal.languages, *(channel.lang for channel in config.channels)]
    page = AckPage(
        incidents=incidents,
        grants=grants,
        texts=texts,
        portal=portal,
        langs=tuple(dict.fromkeys(spoken)),
        clock=clock.now,
    )
    return make_ack(page)
