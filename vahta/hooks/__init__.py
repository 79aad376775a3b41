"""The addresses that other systems post to, each with a token of its own."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from probes.kinds.sms import SmsSettings
from probes.memory import Memory
from probes.settings import ProbeSettings
from vahta.hooks.sms import FromGateway


def make_hooks(probes: Sequence[ProbeSettings], memory: Memory) -> web.Application:
    """To be mounted at ``/hooks``. ``memory`` is where the probes look."""
    waiting = [p for p in probes if isinstance(p, SmsSettings) and p.hook is not None]
    gateway = FromGateway(waiting, memory)
    gateway.expect()
    app = web.Application()
    app.router.add_post("/sms/{token}", gateway.take)
    return app
