"""The addresses that other systems post to, each with a token of its own."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from probes.kinds.alertmanager import AlertmanagerSettings
from probes.kinds.heartbeat import HeartbeatSettings
from probes.kinds.sms import SmsSettings
from probes.settings import ProbeSettings
from vahta.hooks.monitoring import Ear, FromAlertmanager, FromJobs
from vahta.hooks.sms import FromGateway

__all__ = ["Ear", "make_hooks"]


def make_hooks(probes: Sequence[ProbeSettings], ear: Ear) -> web.Application:
    """To be mounted at ``/hooks``. Probes look at the memory of ``ear``."""
    gateway = FromGateway(
        [p for p in probes if isinstance(p, SmsSettings) and p.hook is not None], ear.memory
    )
    gateway.expect()
    monitoring = FromAlertmanager([p for p in probes if isinstance(p, AlertmanagerSettings)], ear)
    jobs = FromJobs([p for p in probes if isinstance(p, HeartbeatSettings)], ear)
    app = web.Application()
    app.router.add_post("/sms/{token}", gateway.take)
    app.router.add_get("/sms/{token}", gateway.take, allow_head=False)
    app.router.add_post("/alertmanager", monitoring.take)
    app.router.add_post("/alertmanager/{token}", monitoring.take)
    for method in ("GET", "HEAD", "POST", "PUT"):
        app.router.add_route(method, "/heartbeat/{token}", jobs.take)
    return app
