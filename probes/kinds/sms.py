"""Does a one-time code, once asked for, arrive; the right one, and soon enough."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from probes.answer import Answer
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import probe_kind
from probes.observation import Outcome, Reading, Reason
from probes.request import Request
from probes.settings import Duration, LateSettings, Url


def _one_group(value: str) -> str:
    try:
        groups = re.compile(value).groups
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if groups != 1:
        raise ValueError("expected exactly one group, around the code itself")
    return value


class SmsSettings(LateSettings):
    r"""Asks the portal to send a code and waits for it in the inbox of a test number.

    The message is known by the id that the request was answered with, so yesterday's code is
    never taken for today's. Every run costs a message: keep ``every`` long.

    ```toml
    [[probe]]
    id = "sms-code"
    kind = "sms"
    component = "sms"
    request_url = "https://portal.example/sms/send"
    request = { phone = "+7 900 000-00-00" }
    inbox_url = "https://gateway.example/inbox?phone=%2B79000000000"
    code = '\b(\d{6})\b'
    late_after = "30s"
    wait = "90s"
    ```
    """

    kind: Literal["sms"]
    every: Duration = Field(300.0, gt=0, description="How often to ask; each time costs money.")
    timeout: Duration = Field(120.0, gt=0, description="Hard limit for the whole run.")
    wait: Duration = Field(90.0, gt=0, description="Give up waiting after this long.")
    request_url: Url
    request: Mapping[str, Any] = Field(default_factory=dict, description="Sent as JSON.")
    inbox_url: Url
    code: Annotated[str, AfterValidator(_one_group)] = Field(
        r"(?<!\d)(\d{4,8})(?!\d)", description="Regular expression with one group: the code."
    )
    message_id: str = Field("id", description="Key of the id, in the answer and in a message.")
    text: str = Field("text", description="Key of a message's text.")


@probe_kind(SmsSettings, recheck="every", open_after=2)
async def sms(settings: SmsSettings, visit: Visit) -> Reading:
    request = Request(
        "POST",
        settings.request_url,
        headers=settings.plain_headers(),
        json=dict(settings.request),
    )
    wanted = _sent_id(settings, await visit.fetch("request", request))
    seen: list[list[str]] = []

    async def look() -> str | None:
        inbox = await _inbox(settings, visit)
        seen.append([number for number, _ in inbox])
        return next((text for number, text in inbox if number == wanted), None)

    text, seconds = await visit.until("arrival", look, within=settings.wait)
    if text is None:
        raise UnwellError(Reason.CODE_NOT_ARRIVED, _what_came_instead(seen, settings.wait))
    if re.search(settings.code, text) is None:
        raise UnwellError(Reason.CODE_NOT_ARRIVED, "arrival: a message came without a code in it")
    if seconds > settings.late:
        words = f"arrival: the code came after {seconds:.1f} s, the limit is {settings.late:g} s"
        return Reading(Outcome.DEGRADED, Reason.CODE_LATE, words)
    return visit.verdict(settings.slow_after)


def _sent_id(settings: SmsSettings, answer: Answer) -> str:
    body = answer.expect_ok().json()
    number = body.get(settings.message_id) if isinstance(body, dict) else None
    if number is None or number == "":
        raise UnwellError(Reason.CODE_NOT_SENT, "request: accepted, but without an id of a message")
    return str(number)


async def _inbox(settings: SmsSettings, visit: Visit) -> list[tuple[str, str]]:
    """The (id, text) of every message."""
    request = Request("GET", settings.inbox_url, headers=settings.plain_headers())
    body = (await visit.fetch("inbox", request)).expect_ok().json()
    if not isinstance(body, list):
        raise UnwellError(Reason.UNEXPECTED_CONTENT, "inbox: the answer is not a list of messages")
    messages = [message for message in body if isinstance(message, dict)]
    return [(str(m.get(settings.message_id)), str(m.get(settings.text, ""))) for m in messages]


def _what_came_instead(seen: list[list[str]], wait: float) -> str:
    """Tells a lost message from an old one sent again, and from a foreign one."""
    first, last = (seen[0], seen[-1]) if seen else ([], [])
    nothing = f"arrival: no message within {wait:g} s"
    if len(set(last)) < len(last):
        return f"{nothing}, an older one was delivered again"
    if last != first:
        return f"{nothing}, another one came instead"
    return nothing
