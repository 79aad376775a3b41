"""What an answer must be like: each expectation is hard (else down) or soft (else degraded)."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from probes.answer import Answer
from probes.classify import UnwellError, reason_of_status
from probes.flow.pattern import Pattern, find
from probes.flow.pick import Cookies, Source, value_at
from probes.flow.template import Scope, Template
from probes.observation import Outcome, Reason
from probes.settings import Duration, Size

_STATUS = re.compile(r"([1-5])xx|([1-5]\d\d)(?:-([1-5]\d\d))?")


def statuses(text: str) -> range:
    """The range in "200", "200-299" or "2xx". Raises ValueError with the remedy."""
    found = _STATUS.fullmatch(text)
    if found is None:
        raise ValueError(f'expected a status such as 200, "200-204" or "2xx", not "{text}"')
    if found[1]:
        return range(int(found[1]) * 100, int(found[1]) * 100 + 100)
    return range(int(found[2]), int(found[3] or found[2]) + 1)


def _status(value: int | str) -> int | str:
    statuses(str(value))
    return value


Status = Annotated[int | str, AfterValidator(_status)]


class Expect(Source):
    """One expectation: of status, size or latency, or of what stands somewhere in the answer.

    Say where to look (css, json, header, cookie, final_url; else the body) and what must be there.
    """

    status: tuple[Status, ...] | None = Field(None, description='Such as [200, "301-302", "4xx"].')
    equals: Template | None = Field(None, description="The value is exactly this.")
    contains: Template | None = Field(None, description="This text is in it.")
    lacks: Template | None = Field(None, description="This text is not in it.")
    matches: Pattern | None = Field(None, description="This regular expression finds something.")
    at_least: float | None = Field(None, description="The value is a number, and no less.")
    at_most: float | None = Field(None, description="The value is a number, and no more.")
    absent: bool = Field(default=False, description="There must be no such value at all.")
    sha256: Template | None = Field(None, description="The hash of the body, in hexadecimal.")
    larger_than: Size | None = Field(None, description="The body is larger.")
    smaller_than: Size | None = Field(None, description="The body is smaller.")
    within: Duration | None = Field(None, gt=0, description="The answer took no longer.")
    soft: bool = Field(default=False, description="A miss is degraded, not down.")
    at_once: bool = Field(default=False, description="A miss is not waited out by await.")
    reason: Reason | None = Field(None, description="What a miss means; has a fitting default.")

    @property
    def compares(self) -> bool:
        """Whether a value is compared with something."""
        tests = (self.equals, self.contains, self.lacks, self.matches, self.at_least, self.at_most)
        return any(test is not None for test in tests)

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        limits = (self.status, self.sha256, self.larger_than, self.smaller_than, self.within)
        limited = any(limit is not None and limit != () for limit in limits)
        if self.absent and self.compares:
            raise ValueError("absent goes with nothing else: what isn't there can't be compared")
        if self.place == "body" and (self.absent or not (self.compares or limited)):
            raise ValueError("expects nothing: say where to look (css, json, …) or what must be so")
        if self.reason is Reason.PROBE_ERROR:
            raise ValueError("probe_error is Vahta's own: choose another reason")
        return self


def missed(
    expect: Expect, answer: Answer, *, seconds: float, cookies: Cookies, scope: Scope
) -> UnwellError | None:
    """None where the expectation holds, else what to say of it. ``seconds`` is the latency.

    Words come from the config, never from the answer, which may hold personal data. What a
    pattern or a broken JSON raises passes through.
    """
    found = _limit_miss(expect, answer, seconds) or _value_miss(expect, answer, cookies, scope)
    if found is None:
        return None
    reason, words = found
    outcome = Outcome.DEGRADED if expect.soft else Outcome.DOWN
    return UnwellError(expect.reason or reason, f"{answer.step}: {words}", outcome)


def _value_miss(
    expect: Expect, answer: Answer, cookies: Cookies, scope: Scope
) -> tuple[Reason, str] | None:
    if expect.sha256 is not None:
        digest = hashlib.sha256(answer.body).hexdigest()
        if digest != scope.fill(expect.sha256).lower():
            return Reason.UPLOAD_CORRUPTED, "what came back is not what was expected"
    if expect.place != "body" or expect.compares:
        try:
            value = value_at(expect, answer, cookies)
        except UnwellError:
            return Reason.UNEXPECTED_CONTENT, "the answer is not JSON"
        words = _text_miss(expect, value, scope)
        if words:
            return Reason.UNEXPECTED_CONTENT, words
    return None


def _limit_miss(expect: Expect, answer: Answer, seconds: float) -> tuple[Reason, str] | None:
    size = len(answer.body)
    if expect.status and not any(answer.status in statuses(str(s)) for s in expect.status):
        reason = reason_of_status(answer.status) or Reason.UNEXPECTED_CONTENT
        return reason, f"HTTP {answer.status}"
    if expect.within is not None and seconds > expect.within:
        words = f"answered after {seconds:.2f} s, the limit is {expect.within:g} s"
        return Reason.SLOW, words
    if expect.larger_than is not None and size <= expect.larger_than:
        words = f"the body has {size} bytes, more than {expect.larger_than} were expected"
        return Reason.UNEXPECTED_CONTENT, words
    if expect.smaller_than is not None and size >= expect.smaller_than:
        words = f"the body has {size} bytes, fewer than {expect.smaller_than} were expected"
        return Reason.BODY_TOO_LARGE, words
    return None


def _text_miss(expect: Expect, value: str | None, scope: Scope) -> str | None:
    """What is wrong with the value, or None."""
    where = expect.place
    if expect.absent:
        return None if value is None else f"there is a {where}, and there should be none"
    if value is None:
        return None if expect.lacks is not None else f"no {where}"
    if expect.equals is not None and value != scope.fill(expect.equals):
        return f"the {where} is not {expect.equals[:60]!r}"
    if expect.contains is not None and scope.fill(expect.contains) not in value:
        return f"the text {expect.contains[:60]!r} is missing in the {where}"
    if expect.lacks is not None and scope.fill(expect.lacks) in value:
        return f"the text {expect.lacks[:60]!r} is in the {where}"
    if expect.matches is not None and find(expect.matches, value) is None:
        return f"nothing in the {where} matches {expect.matches[:60]!r}"
    return _number_miss(expect, value)


def _number_miss(expect: Expect, value: str) -> str | None:
    low, high = expect.at_least, expect.at_most
    if low is None and high is None:
        return None
    try:
        number = float(value)
    except ValueError:
        return f"the {expect.place} is no number"
    if low is not None and not number >= low:
        return f"the {expect.place} is less than {low:g}"
    if high is not None and not number <= high:
        return f"the {expect.place} is more than {high:g}"
    return None
