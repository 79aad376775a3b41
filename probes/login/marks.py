"""Reads what a portal makes of somebody who signs in: let in, passed on, refused, and why."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from probes.answer import Answer
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.flow.jsonpath import values_at
from probes.form import Page
from probes.login import signs
from probes.observation import Reason

_MOST_HAND_OVERS = 5


class Seen:
    """One answer, and the page that a person sees of it."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.page = Page(_readable(answer), answer.url)

    @property
    def host(self) -> str:
        return urlsplit(self.answer.url).hostname or ""


def _readable(answer: Answer) -> str:
    """JSON may hide Cyrillic behind escapes."""
    if "json" not in answer.header("content-type"):
        return answer.text()
    try:
        return html.escape(json.dumps(answer.json(), ensure_ascii=False))
    except UnwellError:
        return answer.text()


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells one page from another: ``success`` is a CSS selector or a JSONPath.

    Phrases and selectors that are empty have general ones in their place; these are looked for
    only where signing in got no further, since an innocent page may hold them too.
    """

    success: str
    rejected: tuple[str, ...]
    locked: tuple[str, ...]
    expired: tuple[str, ...]
    captcha: tuple[str, ...]

    def are_met(self, seen: Seen) -> bool:
        """Whether this is what only a signed-in person sees."""
        if not self.success.startswith("$"):
            return seen.page.shows(self.success)
        try:
            found = values_at(self.success, seen.answer.json())
        except UnwellError:
            return False
        return bool(found) and found[0] not in (None, False, "")

    def refuse_captcha(self, seen: Seen) -> None:
        """Raise UnwellError where a captcha is shown."""
        if any(seen.page.shows(selector) for selector in self.captcha or signs.CAPTCHA):
            raise UnwellError(Reason.CAPTCHA_SHOWN, f"{seen.answer.step}: a captcha is shown")

    def refuse_told(self, seen: Seen) -> None:
        """Raise UnwellError where a configured phrase says that nobody gets in."""
        self._refuse(seen, self.expired, self.locked, self.rejected)

    def refuse_at_last(self, seen: Seen) -> None:
        """The same with general phrases, for a page from which there is no way on."""
        self._refuse(
            seen,
            self.expired or signs.EXPIRED,
            self.locked or signs.LOCKED,
            self.rejected or signs.REJECTED,
        )
        self.refuse_captcha(seen)

    def _refuse(
        self, seen: Seen, expired: Iterable[str], locked: Iterable[str], rejected: Iterable[str]
    ) -> None:
        step, page = seen.answer.step, seen.page
        if page.says(expired):
            words = f"{step}: the password has expired, set a new one"
            raise UnwellError(Reason.LOGIN_REJECTED, words)
        if page.says(locked):
            raise UnwellError(Reason.LOGIN_LOCKED, f"{step}: the account is locked")
        if page.says(rejected):
            words = f"{step}: name, password or code was refused"
            raise UnwellError(Reason.LOGIN_REJECTED, words)


async def passed_on(visit: Visit, seen: Seen, trusted: frozenset[str]) -> Seen:
    """The page where a browser with scripts would be: single sign-on sends forms by itself.

    An answer to a sign-in goes only to ``trusted`` hosts. Raises UnwellError.
    """
    for _ in range(_MOST_HAND_OVERS):
        form = seen.page.hand_over(signs.HANDED_OVER)
        if form is None:
            return seen
        host = urlsplit(form.action).hostname or ""
        asks = any(name == "SAMLRequest" for name, _ in form.hidden)
        if not asks and host not in trusted:
            words = f"{seen.answer.step}: the sign-in wants to be passed on to {host}"
            raise UnwellError(Reason.UNEXPECTED_CONTENT, words)
        step = seen.answer.step.removesuffix(" (passed on)")
        answer = await visit.fetch(f"{step} (passed on)", form.request(form.hidden))
        seen = Seen(answer)
    raise UnwellError(Reason.REDIRECT_LOOP, f"{seen.answer.step}: passed on again and again")
