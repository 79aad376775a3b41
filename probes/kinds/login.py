"""Can a person sign in, with password and one-time code, and stay signed in."""

from __future__ import annotations

from probes.access import prepare
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import probe_kind
from probes.login.by_form import ByForm
from probes.login.by_json import ByJson
from probes.login.caution import Caution
from probes.login.marks import Seen
from probes.login.settings import LoginSettings
from probes.observation import Reading, Reason
from probes.request import Request


@probe_kind(LoginSettings, recheck=10.0, open_after=2)
async def login(settings: LoginSettings, visit: Visit) -> Reading:
    caution = Caution(visit.memory.notes(settings.id), settings.back_off)
    caution.check(visit.clock())
    await prepare(settings, visit, settings.url)
    sign_in = ByJson(settings, visit) if settings.style == "json" else ByForm(settings, visit)
    try:
        seen = await sign_in.last_page()
        if settings.account_url is not None:
            seen = Seen(await visit.fetch("account", Request("GET", settings.account_url)))
        _judge(settings, seen)
    except UnwellError as unwell:
        caution.note(unwell.reason, visit.clock())
        raise
    caution.forget()
    return visit.verdict(settings.slow_after)


def _judge(settings: LoginSettings, seen: Seen) -> None:
    """Raise UnwellError unless the last page is a signed-in person's."""
    answer, names = seen.answer, settings.fields
    if settings.marks.are_met(seen) and answer.is_ok:
        return
    settings.marks.refuse_told(seen)
    settings.marks.refuse_at_last(seen)
    answer.expect_ok()
    if seen.page.form_with({names.username}) is None:
        words = f"{answer.step}: the page after signing in is not the expected one"
        raise UnwellError(Reason.UNEXPECTED_CONTENT, words)
    if answer.redirects or answer.step == "account":
        words = f"{answer.step}: accepted, but the portal led back to the sign-in page"
        raise UnwellError(Reason.SESSION_LOST, words)
    raise UnwellError(Reason.LOGIN_REJECTED, f"{answer.step}: the sign-in form came back")
