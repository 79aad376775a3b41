"""Does a one-time code, once asked for, arrive; the right one, and soon enough."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from probes.access import prepare
from probes.answer import Answer
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.flow.jsonpath import JsonPath, as_text, values_at
from probes.flow.pattern import OneGroup, find
from probes.inbox import Bound, Brought, Polled, posted
from probes.kind import probe_kind
from probes.memory import Message
from probes.observation import Outcome, Reading, Reason
from probes.reported import reported
from probes.request import Request
from probes.settings import Duration, LateSettings, Url
from probes.shape import with_values
from probes.smpp.gateway import Gateway, Number
from probes.smpp.pdu import Command

_OF_A_TEXT = ("match", "code", "text", "message_id", "enter_url", "enter")
"""Settings without a meaning where a message is only reported of."""


class Receiving(Gateway):
    """An SMS gateway that delivers the test number's messages to us. Probes share a bind."""

    number: Number = Field(description="The test number, as the gateway has it.")
    bind: Literal["receiver", "transceiver"] = Field(
        "receiver", description="What we are to the gateway; some know transceivers only."
    )
    proof: Literal["message", "receipt"] = Field(
        "message",
        description="What shows that a code came: the message, or a delivery receipt for it.",
    )


class SmsSettings(LateSettings):
    r"""Asks the portal to send a code and waits for it in the inbox of a test number.

    The message is known by the id that the request was answered with, so yesterday's code is
    never taken for today's; where a gateway has no such ids (``match = "new"``), by not having
    been there before. Every run costs a message: keep ``every`` long, and set ``daily_cap``.

    ```toml
    [[probe]]
    id = "sms-code"
    kind = "sms"
    component = "sms"
    request_url = "https://portal.example/sms/send"
    request = { phone = "+7 900 000-00-00" }
    inbox_url = "https://gateway.example/inbox?phone=%2B79000000000"
    inbox_headers = { Authorization = "Bearer ${SMS_INBOX_TOKEN:-none}" }
    code = '\b(\d{6})\b'
    late_after = "30s"
    wait = "90s"
    daily_cap = 300
    ```

    Where the gateway can post what comes in (JSON or a form), no inbox is needed:
    ``hook = "${SMS_HOOK}"`` instead of ``inbox_url``, and at the gateway the address
    ``/hooks/sms/`` and that token. ``message_id`` and ``text`` name its fields, ``messages`` where
    they are, if they come as a list or deeper down; see docs/hooks.md.

    Where it speaks SMPP 3.4: ``smpp`` with its ``host``, our ``system_id`` and ``password`` there
    and the test ``number``. Vahta stays bound to it as a receiver, and says *unknown* while there
    is no bind, since that is no fault of the portal's. Let it have an account of its own: a second
    receiver on the portal's would take the portal's messages away.

    Where no messages to the test number can be had, but the gateway copies the delivery receipts
    of what the portal sends to another account, ``smpp`` with ``proof = "receipt"`` takes these:
    DELIVRD for the test number is up. UNDELIV, EXPIRED, DELETED, REJECTD or SKIPPED is down once
    ``wait`` is over, with the reason ``code_not_arrived``, since whatever has a receipt did leave
    the portal; so is a message that stays on its way (ENROUTE, ACCEPTD). UNKNOWN is *unknown*, and
    so is silence until a first receipt shows that copies come at all. An older message's receipt
    that comes late is told by its id or its dates, where it has them. A receipt has no text, so no
    code is read or entered. **Never bind to the portal's own account for this**: a gateway gives
    each receipt to one receiver, and the portal would miss those that we get. And a receipt is the
    word of the operator's network: use it where nothing better is to be had.
    """

    kind: Literal["sms"]
    every: Duration = Field(300.0, gt=0, description="How often to ask; each time costs money.")
    timeout: Duration = Field(120.0, gt=0, description="Hard limit for the whole run.")
    wait: Duration = Field(90.0, gt=0, description="Give up waiting after this long.")
    request_url: Url = Field(description="Where the code is asked for.")
    request: Mapping[str, Any] = Field(default_factory=dict, description="Sent as JSON.")
    inbox_url: Url | None = Field(None, description="Where messages are read, as JSON.")
    inbox_headers: Mapping[str, SecretStr] = Field(
        default_factory=dict, description="Sent to inbox_url alone; values are kept secret."
    )
    messages: JsonPath = Field(
        "$", description="Where in that answer, or in what is posted, the messages are."
    )
    hook: SecretStr | None = Field(
        None,
        min_length=16,
        description="Instead of inbox_url: the gateway posts to /hooks/sms/ and this token.",
    )
    smpp: Receiving | None = Field(
        None, description="Instead of inbox_url: the gateway delivers by SMPP."
    )
    match: Literal["id", "new"] | None = Field(
        None, description="How the right message is told: id by default, by SMPP new."
    )
    code: OneGroup = Field(
        r"(?<!\d)(\d{4,8})(?!\d)", description="Regular expression with one group: the code."
    )
    message_id: JsonPath = Field("id", description="Key of the id, in the answer and in a message.")
    text: JsonPath = Field("text", description="Key of a message's text.")
    enter_url: Url | None = Field(None, description="Where the code is entered, if it is.")
    enter: Mapping[str, Any] = Field(
        default_factory=lambda: {"code": "{code}"}, description="Sent there as JSON."
    )
    daily_cap: int | None = Field(None, ge=1, description="At most so many messages a day (UTC).")

    @model_validator(mode="after")
    def _one_inbox(self) -> Self:
        if [self.inbox_url, self.hook, self.smpp].count(None) != 2:  # noqa: PLR2004 - of three
            raise ValueError("where do messages arrive? give inbox_url, hook or smpp, one of them")
        if self.smpp is not None and self.match == "id":
            raise ValueError('by SMPP no message has an id of the portal\'s: give match = "new"')
        meaningless = [key for key in _OF_A_TEXT if key in self.model_fields_set]
        if self.is_by_receipt and meaningless:
            raise ValueError(
                "receipts have no text and no id of the portal's: leave out "
                f"{', '.join(meaningless)}, or smpp.proof, to wait for messages themselves"
            )
        return self

    @property
    def is_by_receipt(self) -> bool:
        return self.smpp is not None and self.smpp.proof == "receipt"

    @property
    def is_known_by_id(self) -> bool:
        return self.smpp is None and self.match != "new"

    def posted(self, body: Any) -> list[Message]:
        """The messages in what a gateway posted to the hook."""
        return posted(body, messages=self.messages, id_key=self.message_id, text_key=self.text)

    def bound(self, smpp: Receiving) -> Bound:
        bind = Command[f"BIND_{smpp.bind.upper()}"]
        return Bound(smpp, bind, smpp.number, (self.timeout - self.wait) / 4)

    def inbox(self) -> Polled | Brought | Bound:
        if self.smpp is not None:
            return self.bound(self.smpp)
        if self.inbox_url is None:
            return Brought("" if self.hook is None else self.hook.get_secret_value())
        secret = self.inbox_headers.items()
        headers = {name: value.get_secret_value() for name, value in secret}
        return Polled(self.inbox_url, headers, self.messages, self.message_id, self.text)


@probe_kind(SmsSettings, recheck="every", open_after=2)
async def sms(settings: SmsSettings, visit: Visit) -> Reading:
    if settings.smpp is not None and settings.is_by_receipt:
        return await _by_receipt(settings, settings.bound(settings.smpp), visit)
    inbox = settings.inbox()
    if settings.smpp is not None:  # before a message is asked for that could not be seen
        await inbox.look(visit)
    _spend(settings, visit.memory.notes(settings.id), visit.clock())
    await prepare(settings, visit, settings.request_url)
    before = await inbox.look(visit) if not settings.is_known_by_id or settings.hook else []
    request = Request("POST", settings.request_url, json=dict(settings.request))
    wanted = _sent_id(settings, await visit.fetch("request", request))
    seen: list[list[Message]] = []

    async def look() -> Message | None:
        seen.append(await inbox.look(visit))
        return _right_one(seen[-1], wanted, before)

    message, seconds = await visit.until("arrival", look, within=settings.wait)
    if message is None:
        await inbox.assure(visit)
        raise UnwellError(Reason.CODE_NOT_ARRIVED, _what_came_instead(seen, settings.wait))
    code = find(settings.code, message.text)
    if code is None:
        raise UnwellError(Reason.CODE_NOT_ARRIVED, "arrival: a message came without a code in it")
    visit.hide(code)
    if settings.enter_url is not None:
        enter = Request("POST", settings.enter_url, json=with_values(settings.enter, code=code))
        _accepted(await visit.fetch("enter", enter))
    return _judged(settings, visit, seconds)


async def _by_receipt(settings: SmsSettings, bound: Bound, visit: Visit) -> Reading:
    await bound.receipts(visit)  # before a message is asked for, as above
    _spend(settings, visit.memory.notes(settings.id), visit.clock())
    await prepare(settings, visit, settings.request_url)

    async def ask() -> None:
        request = Request("POST", settings.request_url, json=dict(settings.request))
        (await visit.fetch("request", request)).expect_ok()

    seconds = await reported(visit, bound, ask, wait=settings.wait, probe=settings.id)
    return _judged(settings, visit, seconds)


def _judged(settings: SmsSettings, visit: Visit, seconds: float) -> Reading:
    if seconds > settings.late:
        words = f"arrival: the code came after {seconds:.1f} s, the limit is {settings.late:g} s"
        return Reading(Outcome.DEGRADED, Reason.CODE_LATE, words)
    return visit.verdict(settings.slow_after)


def _spend(settings: SmsSettings, notes: dict[str, Any], now: datetime) -> None:
    """Count one message. Raises UnwellError (unknown: nothing was asked) over the cap."""
    today = now.date().isoformat()
    spent = notes.get("spent", 0) if notes.get("day") == today else 0
    if settings.daily_cap is not None and spent >= settings.daily_cap:
        tomorrow = now.date() + timedelta(days=1)
        words = f"not asked until {tomorrow}: the daily cap of {spent} messages is reached"
        raise UnwellError(Reason.CODE_NOT_SENT, words, Outcome.UNKNOWN)
    notes.update(day=today, spent=spent + 1)


def _sent_id(settings: SmsSettings, answer: Answer) -> str | None:
    """The id of the message that was sent, or None where it will be known by being new."""
    answer.expect_ok()
    if not settings.is_known_by_id:
        return None
    found = values_at(settings.message_id, answer.json())
    number = as_text(found[0]) if found and found[0] is not None else ""
    if not number:
        raise UnwellError(Reason.CODE_NOT_SENT, "request: accepted, but without an id of a message")
    return number


def _right_one(
    messages: list[Message], wanted: str | None, before: list[Message]
) -> Message | None:
    if wanted is not None:
        return next((message for message in messages if message.id == wanted), None)
    return next((message for message in messages if message not in before), None)


def _accepted(answer: Answer) -> None:
    if answer.status in (401, 403, 422):
        words = f"enter: the code that had just come was refused (HTTP {answer.status})"
        raise UnwellError(Reason.LOGIN_REJECTED, words)
    answer.expect_ok()


def _what_came_instead(seen: list[list[Message]], wait: float) -> str:
    """Tells a lost message from an old one sent again, and from a foreign one."""
    first, last = ([m.id for m in messages] for messages in (seen[0], seen[-1]))
    nothing = f"arrival: no message within {wait:g} s"
    if len(set(last)) < len(last):
        return f"{nothing}, an older one was delivered again"
    if last != first:
        return f"{nothing}, another one came instead"
    return nothing
