"""The portal's switches: a page for people and a small API for scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from aiohttp import web

from vahta.demo.answers import (
    BadJsonError,
    Pages,
    beside,
    form_fields,
    json_answer,
    json_error,
    json_text,
    lang_of,
    see_other,
    to_folder,
)
from vahta.demo.portal.accounts import PASSWORD, TOTP_SECRET, USERNAME, OneTimeCode
from vahta.demo.portal.faults import (
    HEALTHY,
    NAMES,
    SERVICES,
    Faults,
    Mode,
    UnknownComponentError,
    UnknownModeError,
    known_component,
    known_mode,
    modes_of,
)
from vahta.demo.portal.gate import is_from_this_site
from vahta.demo.portal.meanings import TITLES, meaning, usual_break
from vahta.demo.portal.memory import Memory

_DISK = "the change cannot be written down, so it was not made: is the disk full?"


class Control:
    """The endpoints ``/``, ``/control`` and ``/faults``: never broken by any fault."""

    def __init__(self, memory: Memory, pages: Pages, *, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._pages = pages
        self._clock = clock

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes, in front of every gate."""
        yield web.get("", to_folder)
        yield web.get("/", self.show)
        yield web.post("/control", self.press)
        yield web.get("/faults", self.tell)
        yield web.put("/faults/{name}", self.put)
        yield web.delete("/faults", self.heal)

    async def show(self, request: web.Request) -> web.Response:
        """The page with twelve switches."""
        lang = lang_of(request)
        faults = self._memory.faults
        components = [_described(name, faults.of(name), lang) for name in NAMES]
        values = {
            "components": components,
            "broken": [c for c in components if c["is_broken"]],
            "services": [(name, NAMES[name][lang]) for name in SERVICES],
            "username": USERNAME,
            "password": PASSWORD,
            "code": OneTimeCode(TOTP_SECRET).at(self._clock()),
        }
        return self._pages.answer("control.html.j2", values, lang=lang)

    async def press(self, request: web.Request) -> web.Response:
        """A button on the page: ``component`` and ``mode``, or ``heal`` for everything."""
        if not is_from_this_site(request):
            return self._pages.notice("Нельзя", "Форма отправлена с другого сайта.", status=403)
        form = await form_fields(request)
        try:
            await self._memory.change_faults(_change(form))
        except (UnknownComponentError, UnknownModeError) as error:
            return self._pages.notice("Не понял", str(error), status=400)
        except OSError:
            return self._pages.notice("Не вышло", _DISK, status=500)
        here = "?lang=en" if form.get("lang") == "en" else ""
        name = form.get("component", "")
        return see_other(beside(request, f"{here}#{name}" if name in NAMES else here))

    async def tell(self, _: web.Request) -> web.Response:
        """All twelve modes."""
        return json_answer(self._memory.faults.as_dict())

    async def put(self, request: web.Request) -> web.Response:
        """Set one mode; it is on disk before the answer."""
        try:
            component = known_component(request.match_info["name"])
        except UnknownComponentError as error:
            return json_error(str(error), status=404)
        try:
            mode = known_mode(await json_text(request, "mode"), component)
            await self._memory.change_faults(lambda faults: faults.changed(component, mode))
        except BadJsonError as error:
            modes = ", ".join(modes_of(component))
            return json_error(f"{error}; the modes are: {modes}", status=400)
        except UnknownModeError as error:
            return json_error(str(error), status=400)
        except OSError:
            return json_error(_DISK, status=500)
        return json_answer({"component": component, "mode": mode.value})

    async def heal(self, _: web.Request) -> web.Response:
        """Everything works again."""
        try:
            await self._memory.change_faults(lambda _: HEALTHY)
        except OSError:
            return json_error(_DISK, status=500)
        return json_answer(self._memory.faults.as_dict())


def _change(form: dict[str, str]) -> Callable[[Faults], Faults]:
    """What a pressed button asks for. Raises UnknownComponentError, UnknownModeError."""
    if "heal" in form:
        return lambda _: HEALTHY
    component = known_component(form.get("component", ""))
    mode = known_mode(form.get("mode", ""), component)
    return lambda faults: faults.changed(component, mode)


def _described(name: str, mode: Mode, lang: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": NAMES[name][lang],
        "mode": mode.value,
        "is_broken": mode is not Mode.OK,
        "title": TITLES[mode][lang],
        "meaning": meaning(name, mode)[lang],
        "usual": usual_break(name).value,
        "ways": [
            {
                "mode": way.value,
                "title": TITLES[way][lang],
                "meaning": meaning(name, way)[lang],
                "is_now": way is mode,
            }
            for way in modes_of(name)
            if way is not Mode.OK
        ],
    }
