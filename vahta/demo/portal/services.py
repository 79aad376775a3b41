"""The eight plain services: one page each, so that the demo has a portal's worth of components."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from vahta.demo.answers import Pages, json_error
from vahta.demo.portal.faults import NAMES, SERVICES, Mode
from vahta.demo.portal.gate import Gate, Handler
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace


class Services:
    """The endpoints ``/services/<name>``."""

    def __init__(self, memory: Memory, pace: Pace, pages: Pages) -> None:
        self._memory = memory
        self._pace = pace
        self._pages = pages

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """One route per service, each behind its own gate."""
        for name in SERVICES:
            yield web.get(f"/services/{name}", gate.before(name, self._page_of(name)))

    def _page_of(self, name: str) -> Handler:
        async def show(request: web.Request) -> web.StreamResponse:
            mode = self._memory.faults.of(name)
            if mode is Mode.LOST:
                return json_error(f"no such page: {request.path}", status=404)
            if mode is Mode.LATE:
                await self._pace.sleep(self._pace.slow)
            return self._pages.answer("service.html.j2", _values(name, mode))

        return show


def _values(name: str, mode: Mode) -> dict[str, str]:
    marker = {Mode.CORRUPT: "", Mode.STALE: f"{name}-old"}.get(mode, name)
    text = {
        Mode.CORRUPT: "Р“РѕС‚РѕРІРѕ",
        Mode.STALE: "Страница из вчерашней сборки.",
    }.get(mode, "Готово")
    return {"title": NAMES[name]["ru"], "marker": marker, "text": text}
