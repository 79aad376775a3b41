"""What stands before every endpoint: the faults that break any component in the same way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from vahta.demo.answers import Pages
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """Wraps the handlers of one component; its other faults are the handlers' own."""

    def __init__(self, memory: Memory, pace: Pace, pages: Pages) -> None:
        self._memory = memory
        self._pace = pace
        self._pages = pages

    def before(self, component: str, handler: Handler) -> Handler:
        """``handler`` behind the faults down, slow, error_500 and error_403 of ``component``."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            mode = self._memory.faults.of(component)
            if mode is Mode.DOWN:
                return _hang_up(request)
            if mode is Mode.ERROR_500:
                return self._pages.notice(
                    "Внутренняя ошибка", "Сервис сломался. Попробуйте позже.", status=500
                )
            if mode is Mode.ERROR_403:
                return self._pages.notice(
                    "Доступ запрещён", "Сервис отказался отвечать.", status=403
                )
            answer = await handler(request)
            if mode is Mode.SLOW:  # the work is done in time, the answer is not
                await self._pace.sleep(self._pace.slow)
            return answer

        return guarded


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # never sent: there is nobody to send it to


def is_from_this_site(request: web.Request) -> bool:
    """False when a browser says that another site's page sent this form.

    Scripts, which send neither header, may do what they like.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host
