"""Signs in as an app does: by an API that takes name and password as JSON."""

from __future__ import annotations

from probes.answer import Answer
from probes.exchange import Visit
from probes.flow.jsonpath import as_text, values_at
from probes.login.marks import Seen, refuse_status
from probes.login.settings import LoginSettings
from probes.request import Request


class ByJson:
    """Posts name and password to an API; a token, or the cookies, say who one is from then on."""

    def __init__(self, settings: LoginSettings, visit: Visit) -> None:
        self._settings = settings
        self._visit = visit
        self._codes = settings.codes(visit)

    async def last_page(self) -> Seen:
        settings, names = self._settings, self._settings.fields
        await self._codes.begin()
        known = {
            names.username: settings.username,
            names.password: settings.password.get_secret_value(),
        }
        if settings.code_url is None and settings.totp_secret is not None:
            known[names.code] = await self._codes.code()
        seen = await self._post("password", settings.url, known)
        if settings.code_url is not None:
            code = {names.code: await self._codes.code()}
            seen = await self._post("code", settings.code_url, code)
        if settings.logout_url is not None:
            out = Request("POST", settings.logout_url)
            self._visit.afterwards(lambda: self._visit.fetch("log-out", out))
        return seen

    async def _post(self, step: str, url: str, body: dict[str, str]) -> Seen:
        seen = Seen(await self._visit.fetch(step, Request("POST", url, json=body)))
        self._settings.marks.refuse_told(seen)
        if not seen.answer.is_ok:
            self._settings.marks.refuse_at_last(seen)
            refuse_status(seen.answer)
        seen.answer.expect_ok()
        if self._settings.token is not None:
            self._carry(seen.answer, self._settings.token)
        return seen

    def _carry(self, answer: Answer, path: str) -> None:
        found = values_at(path, answer.json())
        if found and found[0]:
            token = as_text(found[0])
            self._visit.hide(token)
            for url in self._settings.addresses:
                self._visit.introduce(url, {"Authorization": f"Bearer {token}"})
