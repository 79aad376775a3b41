"""Takes what Alertmanager, Grafana and jobs say, on the word of their tokens."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from pydantic import SecretStr

from probes.kinds.alertmanager import AlertmanagerSettings, hear
from probes.kinds.heartbeat import HeartbeatSettings, beat
from probes.memory import Memory
from probes.notification import Alert, NotificationError, alerts_in
from vahta.hooks.body import BodyError, read_body, refused

MOST = 4 * 1024 * 1024
"""Bytes of a notification: some thousands of alerts."""

_MOST_NAMED = 100
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ear:
    """What hearing takes. ``keep`` writes notes down, and says whether it could."""

    memory: Memory
    clock: Callable[[], datetime]
    mask: Callable[[str], str]
    keep: Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class FromAlertmanager:
    """Alerts become notes of the probes that match them. What nobody matches is named once."""

    probes: Sequence[AlertmanagerSettings]
    ear: Ear
    _named: set[str] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        """200 only once it is on disk: what is answered otherwise is sent again."""
        given = request.match_info.get("token") or _bearer(request)
        mine = [probe for probe in self.probes if _is(probe.token, given)]
        if not mine:
            words = "a bearer token, or /hooks/alertmanager/TOKEN, of an alertmanager probe"
            headers = {"WWW-Authenticate": "Bearer"}
            return web.json_response({"error": f"expected {words}"}, status=401, headers=headers)
        try:
            alerts = alerts_in(await read_body(request, most=MOST))
        except BodyError as error:
            return refused(error)
        except NotificationError as error:
            return web.json_response({"error": str(error)}, status=400)
        known = sum(self._is_known(alert, mine) for alert in alerts)
        if not await self.ear.keep():
            return web.json_response({"error": "it cannot be written down just now"}, status=503)
        counts = {"alerts": len(alerts), "matched": known, "unknown": len(alerts) - known}
        return web.json_response({"status": "ok", **counts})

    def _is_known(self, alert: Alert, mine: Sequence[AlertmanagerSettings]) -> bool:
        ear, now = self.ear, self.ear.clock()
        heard = [hear(probe, ear.memory, alert, now, mask=ear.mask) for probe in mine]
        if any(heard):
            return True
        name = ear.mask(alert.name)
        if name not in self._named and len(self._named) < _MOST_NAMED:
            self._named.add(name)
            _log.warning("no alertmanager probe matches %r; this is said once", name)
        return False


@dataclass(frozen=True, slots=True)
class FromJobs:
    """Jobs call when they are done; how doesn't matter, since it says nothing but that."""

    probes: Sequence[HeartbeatSettings]
    ear: Ear

    async def take(self, request: web.Request) -> web.Response:
        mine = [p for p in self.probes if _is(p.token, request.match_info["token"])]
        for probe in mine:
            beat(probe, self.ear.memory, self.ear.clock())
        if not mine:
            return web.json_response({"error": "there is no such hook"}, status=404)
        return web.json_response({"status": "ok"})


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _is(token: SecretStr, given: str) -> bool:
    return hmac.compare_digest(token.get_secret_value().encode(), given.encode("utf-8", "replace"))
