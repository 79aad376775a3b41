"""Applications: the back office writes their status, the citizen's account follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from aiohttp import web

from vahta.demo.answers import BadJsonError, json_answer, json_error, json_text
from vahta.demo.instant import spell
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.gate import Gate
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace
from vahta.demo.portal.registry import Told

_COMPONENT = "status_sync"
_ID = re.compile(r"[^\W_][\w.\-]{0,63}")


class Applications:
    """The endpoints ``/registry/applications/<id>`` and ``/api/applications/<id>``."""

    def __init__(self, memory: Memory, pace: Pace, *, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._pace = pace
        self._clock = clock

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """The component's routes, behind its gate."""
        yield web.put("/registry/applications/{id}", gate.before(_COMPONENT, self.write))
        yield web.get("/api/applications/{id}", gate.before(_COMPONENT, self.read))

    async def write(self, request: web.Request) -> web.Response:
        """The back office changes a status."""
        name = request.match_info["id"]
        if not _ID.fullmatch(name):
            return json_error("an id is letters, digits, '.', '_', '-', at most 64", status=400)
        try:
            status = await json_text(request, "status")
        except BadJsonError as error:
            return json_error(str(error), status=400)
        mode = self._memory.faults.of(_COMPONENT)
        delay = self._pace.sync_late if mode is Mode.LATE else self._pace.sync
        told = Told(status, self._clock())
        lands_at = self._pace.time() + delay
        self._memory.registry.write(name, told, mode=mode, lands_at=lands_at)
        self._memory.save_soon()
        return json_answer(_spelled(name, told))

    async def read(self, request: web.Request) -> web.Response:
        """What the citizen's account shows."""
        name = request.match_info["id"]
        mode = self._memory.faults.of(_COMPONENT)
        told = self._memory.registry.account(name, mode=mode, at=self._pace.time())
        if told is None:
            return json_error("the account has no such application", status=404)
        return json_answer(_spelled(name, told))


def _spelled(name: str, told: Told) -> dict[str, str]:
    return {"id": name, "status": told.status, "updated_at": spell(told.updated_at)}
