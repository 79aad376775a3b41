"""The SMS gateway: it takes a number, and after a while a code lies in that number's inbox."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from vahta.demo.answers import BadJsonError, json_answer, json_error, json_text
from vahta.demo.instant import spell
from vahta.demo.portal.faults import Mode
from vahta.demo.portal.gate import Gate
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace

MAX_PHONES = 100
KEPT_PER_PHONE = 20
_DIGITS = range(5, 16)
_COMPONENT = "sms"
_UNREADABLE = "РљРѕРґ РґР»СЏ РІС…РѕРґР°: ��������"


@dataclass(frozen=True, slots=True)
class Message:
    """One text message; ``due`` is when it arrives, in monotonic seconds."""

    id: str
    phone: str
    text: str
    received_at: datetime
    due: float


@dataclass(slots=True)
class _Inbox:
    messages: list[Message] = field(default_factory=list)
    last: tuple[str, str] | None = None  # id and text of the newest message of our own


class Gateway:
    """The endpoints ``/sms/send`` and ``/sms/inbox``."""

    def __init__(self, memory: Memory, pace: Pace, *, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._pace = pace
        self._clock = clock
        self._inboxes: OrderedDict[str, _Inbox] = OrderedDict()

    def routes(self, gate: Gate) -> Iterable[web.RouteDef]:
        """The component's routes, behind its gate."""
        yield web.post("/sms/send", gate.before(_COMPONENT, self.send))
        yield web.get("/sms/inbox", gate.before(_COMPONENT, self.inbox))

    async def send(self, request: web.Request) -> web.Response:
        """Accept a message; what becomes of it is seen in the inbox only."""
        try:
            phone = await json_text(request, "phone", limit=32)
        except BadJsonError as error:
            return json_error(str(error), status=400)
        digits = _digits(phone)
        if len(digits) not in _DIGITS:
            return json_error("this is not a phone number", status=400)
        name = secrets.token_hex(8)
        self._deliver(self._inbox(digits), name, phone)
        return json_answer({"id": name}, status=202)

    async def inbox(self, request: web.Request) -> web.Response:
        """What has arrived by now, oldest first."""
        inbox = self._inboxes.get(_digits(request.query.get("phone", "")))
        at = self._pace.time()
        arrived = [m for m in inbox.messages if m.due <= at] if inbox else []
        return json_answer(
            [
                {
                    "id": m.id,
                    "phone": m.phone,
                    "text": m.text,
                    "received_at": spell(m.received_at),
                }
                for m in arrived
            ]
        )

    def _inbox(self, digits: str) -> _Inbox:
        inbox = self._inboxes.setdefault(digits, _Inbox())
        self._inboxes.move_to_end(digits)
        while len(self._inboxes) > MAX_PHONES:
            self._inboxes.popitem(last=False)
        return inbox

    def _deliver(self, inbox: _Inbox, name: str, phone: str) -> None:
        mode = self._memory.faults.of(_COMPONENT)
        if mode is Mode.LOST:
            return
        delay = self._pace.sms_late if mode is Mode.LATE else self._pace.sms
        text = _code_text()
        if mode is Mode.CORRUPT:
            text = _UNREADABLE
        elif mode is Mode.STALE:
            # After a restart nothing was sent before: then an older code is made up.
            name, text = inbox.last = inbox.last or (secrets.token_hex(8), text)
        else:
            inbox.last = (name, text)
        received_at = self._clock() + timedelta(seconds=delay)
        inbox.messages.append(Message(name, phone, text, received_at, self._pace.time() + delay))
        inbox.messages.sort(key=lambda message: message.due)
        del inbox.messages[:-KEPT_PER_PHONE]


def _code_text() -> str:
    return f"Код для входа: {secrets.randbelow(10**6):06d}. Никому его не сообщайте."


def _digits(phone: str) -> str:
    """A number as its digits: however it was spelled, and even if its + arrived as a space."""
    return "".join(c for c in phone if c in "0123456789")
