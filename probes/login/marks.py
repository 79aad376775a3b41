"""Reads what a portal makes of somebody who signs in: let in, passed on, refused, and why."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from probes.answer import Answer
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.flow.jsonpath import values_at
from probes.form import Page
from probes.login import signs
from probes.observation import Reason

_MOST_HAND_OVERS = 5
_NOTHING: tuple[Any, ...] = (None, False, 0, "", [], {})


class Seen:
    """One answer, and the page that a person sees of it."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.is_json = "json" in answer.header("content-type")
        self.page = Page(_readable(answer) if self.is_json else answer.text(), answer.url)

    @property
    def host(self) -> str:
        return urlsplit(self.answer.url).hostname or ""

    def shows(self, sign: str) -> bool:
        """Whether ``sign``, a CSS selector or a JSONPath, finds something that isn't empty."""
        if not sign.startswith("$"):
            return self.page.shows(sign)
        try:
            found = values_at(sign, self.answer.json())
        except UnwellError:
            return False
        return bool(found) and found[0] not in _NOTHING


def _readable(answer: Answer) -> str:
    """What JSON says, spelled out: its texts, and the names of what is so.

    Of ``{"locked": false, "error": "…"}`` only ``error`` and its text are said; what is written
    with ``_``, as codes are, is said with spaces too.
    """
    try:
        left = [answer.json()]
    except UnwellError:
        return answer.text()
    said: list[str] = []
    while left:
        value = left.pop()
        if isinstance(value, dict):
            named = {name: inner for name, inner in value.items() if inner not in _NOTHING}
            said += named
            left += named.values()
        elif isinstance(value, list):
            left += value
        else:
            said.append(str(value))
    words = " | ".join(said)
    return html.escape(f"{words} | {words.replace('_', ' ')}")


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
        return seen.shows(self.success)

    def refuse_captcha(self, seen: Seen) -> None:
        """Raise UnwellError where a captcha is shown."""
        is_said = seen.is_json and not self.captcha and seen.page.says(signs.CAPTCHA_SAID)
        if is_said or any(seen.shows(sign) for sign in self.captcha or signs.CAPTCHA):
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
        step, page = seen.answer.step, seen.page
        if page.says(signs.FORM_STALE):
            words = f"{step}: the token that protects the form is missing or stale"
            raise UnwellError(Reason.CSRF_MISSING, words)
        if page.says(signs.FORGOTTEN):
            raise UnwellError(Reason.SESSION_LOST, f"{step}: the portal knows no such session")

    def _refuse(
        self, seen: Seen, expired: Iterable[str], locked: Iterable[str], rejected: Iterable[str]
    ) -> None:
        step, page = seen.answer.step, seen.page
        if page.says(expired):
            words = f"{step}: the password has expired, set a new one"
            raise UnwellError(Reason.PASSWORD_EXPIRED, words)
        if page.says(locked):
            raise UnwellError(Reason.LOGIN_LOCKED, f"{step}: the account is locked")
        if page.says(rejected):
            words = f"{step}: name, password or code was refused"
            raise UnwellError(Reason.LOGIN_REJECTED, words)


def refuse_status(answer: Answer) -> None:
    """Raise UnwellError where the status alone says that nobody gets in."""
    told = signs.BY_STATUS.get(answer.status)
    if told is not None:
        raise UnwellError(told[0], f"{answer.step}: {told[1]} (HTTP {answer.status})")


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
