"""Can a person sign in, with password and one-time code, and stay signed in."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from probes.access import prepare
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import probe_kind
from probes.login import signs
from probes.login.by_form import ByForm
from probes.login.by_json import ByJson
from probes.login.caution import Caution
from probes.login.marks import Seen, refuse_status
from probes.login.settings import LoginSettings
from probes.observation import Reading, Reason
from probes.request import Request

_ACCOUNT = "account"


@probe_kind(LoginSettings, recheck=10.0, open_after=2)
async def login(settings: LoginSettings, visit: Visit) -> Reading:
    caution = Caution(visit.memory.notes(settings.id), settings.back_off)
    caution.check(visit.clock())
    await prepare(settings, visit, settings.url)
    sign_in = ByJson(settings, visit) if settings.style == "json" else ByForm(settings, visit)
    try:
        pages = [await sign_in.last_page()]
        if settings.account_url is not None:
            account = await visit.fetch(_ACCOUNT, Request("GET", settings.account_url))
            pages.append(Seen(account))
        _judge(settings, pages)
    except UnwellError as unwell:
        caution.note(unwell.reason, visit.clock())
        raise
    caution.forget()
    return visit.verdict(settings.slow_after)


def _judge(settings: LoginSettings, pages: Sequence[Seen]) -> None:
    """Raise UnwellError unless the last page is a signed-in person's; say why, if a page does."""
    last = pages[-1]
    if settings.marks.are_met(last) and last.answer.is_ok:
        return
    for seen in pages:
        _refuse(settings, seen)
    words = f"{last.answer.step}: the page after signing in is not the expected one"
    raise UnwellError(Reason.UNEXPECTED_CONTENT, words)


def _refuse(settings: LoginSettings, seen: Seen) -> None:
    """Raise UnwellError where ``seen`` says why somebody did not get in."""
    answer, names = seen.answer, settings.fields
    settings.marks.refuse_told(seen)
    settings.marks.refuse_at_last(seen)
    was_accepted = answer.redirects > 0 or answer.step == _ACCOUNT
    if was_accepted and answer.status == HTTPStatus.UNAUTHORIZED:
        words = f"{answer.step}: accepted, but then the portal did not know who it was (HTTP 401)"
        raise UnwellError(Reason.SESSION_LOST, words)
    refuse_status(answer)
    answer.expect_ok()
    if seen.page.form_with({names.username}) is not None:
        if was_accepted:
            words = f"{answer.step}: accepted, but the portal led back to the sign-in page"
            raise UnwellError(Reason.SESSION_LOST, words)
        raise UnwellError(Reason.LOGIN_REJECTED, f"{answer.step}: the sign-in form came back")
    if seen.page.shows(signs.DEMANDED):
        words = f"{answer.step}: a new password is demanded"
        raise UnwellError(Reason.PASSWORD_EXPIRED, words)
