"""Signs in as a person does: fills in what each page asks for until none asks for more."""

from __future__ import annotations

from probes.answer import Answer
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.form import Form
from probes.login.marks import Seen, passed_on
from probes.login.settings import LoginSettings
from probes.observation import Reason
from probes.request import Request


class ByForm:
    """Fills in what each page asks for until none asks for more."""

    def __init__(self, settings: LoginSettings, visit: Visit) -> None:
        self._settings = settings
        self._visit = visit
        self._codes = settings.codes(visit)
        self._seen: Seen | None = None

    async def last_page(self) -> Seen:
        settings, names = self._settings, self._settings.fields
        form = await self._open()
        if settings.logout_url is not None:
            self._visit.afterwards(self._leave)
        await self._codes.begin()
        left = {names.username, names.password}
        if settings.totp_secret is not None or settings.sms is not None:
            left.add(names.code)
        seen = await self._send(form, left)
        while left:
            left -= form.inputs
            wanted = names.password if names.password in left else names.code
            found = seen.page.form_with({wanted}) if left else None
            if found is None or settings.marks.are_met(seen):
                break
            seen.answer.expect_ok()
            settings.marks.refuse_captcha(seen)
            form = found
            seen = await self._send(form, left)
        return seen

    async def _open(self) -> Form:
        settings, names = self._settings, self._settings.fields
        answer = await self._visit.fetch("form", Request("GET", settings.url))
        seen = await passed_on(self._visit, Seen(answer.expect_ok()), settings.trusted)
        settings.marks.refuse_captcha(seen)
        both = seen.page.form_with({names.username, names.password})
        form = both or seen.page.form_with({names.username})
        if form is None:
            raise UnwellError(Reason.UNEXPECTED_CONTENT, "form: the page has no sign-in form")
        if settings.csrf is not None and not dict(form.hidden).get(settings.csrf):
            raise UnwellError(Reason.CSRF_MISSING, "form: the hidden token is missing")
        self._seen = seen
        return form

    async def _send(self, form: Form, left: set[str]) -> Seen:
        """Fill in what the form asks for and send it. Raises UnwellError when it is refused."""
        settings, names = self._settings, self._settings.fields
        self._must_be_known()
        wanted = left & form.inputs
        values: dict[str, str] = {}
        if names.username in wanted:
            values[names.username] = settings.username
        if names.password in wanted:
            values[names.password] = settings.password.get_secret_value()
        if names.code in wanted:
            values[names.code] = await self._codes.code()
        step = "password" if names.password in wanted else "name"
        step = "code" if wanted == {names.code} else step
        request = Request(
            "POST", form.action, headers=_from(self._seen), form=form.filled(values.items())
        )
        seen = Seen(await self._visit.fetch(step, request))
        settings.marks.refuse_told(seen)
        self._seen = await passed_on(self._visit, seen, settings.trusted)
        return self._seen

    def _must_be_known(self) -> None:
        """Raise UnwellError where a host asks that the config leaves out on purpose."""
        settings, seen = self._settings, self._seen
        if seen is not None and settings.hosts and seen.host not in settings.trusted:
            words = f"{seen.answer.step}: {seen.host} asks for what only known hosts may ask for"
            raise UnwellError(Reason.UNEXPECTED_CONTENT, words)

    async def _leave(self) -> Answer:
        """Log out as a person would: by the form for it, where the last page has one."""
        url = self._settings.logout_url or ""
        form = None if self._seen is None else self._seen.page.form_to(url)
        pairs = None if form is None else form.hidden
        request = Request("POST", url, headers=_from(self._seen), form=pairs)
        return await self._visit.fetch("log-out", request)


def _from(seen: Seen | None) -> dict[str, str]:
    """Says which page a form was on, as browsers do; some portals insist."""
    return {} if seen is None else {"Referer": seen.answer.url}
