"""Where one-time codes come from: reckoned from a secret, or read in the inbox of a test number."""

from __future__ import annotations

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.flow.pattern import find
from probes.inbox import Polled
from probes.memory import Message
from probes.observation import Reason
from probes.totp import code_at


class Codes:
    """One sign-in's codes: by ``secret`` (base32), or by the first new message in ``inbox``.

    ``pattern`` finds the code in a message, ``wait`` is how many seconds one may take.
    """

    def __init__(
        self,
        visit: Visit,
        secret: str | None,
        inbox: Polled | None = None,
        *,
        pattern: str = "",
        wait: float = 0.0,
    ) -> None:
        self._visit = visit
        self._secret = secret
        self._inbox = inbox
        self._pattern = pattern
        self._wait = wait
        self._before: list[Message] = []

    async def begin(self) -> None:
        """Remember what is in the inbox already; before the portal is made to send a code."""
        if self._inbox is not None:
            self._before = await self._inbox.look(self._visit)

    async def code(self) -> str:
        """The code of this moment. Raises UnwellError where none arrives."""
        if self._inbox is not None:
            code = await self._arrived(self._inbox)
        else:
            code = code_at(self._secret or "", self._visit.clock())
        self._visit.hide(code)
        return code

    async def _arrived(self, inbox: Polled) -> str:
        async def look() -> str | None:
            new = (m for m in await inbox.look(self._visit) if m not in self._before)
            codes = (find(self._pattern, message.text) for message in new)
            return next((code for code in codes if code is not None), None)

        found, _ = await self._visit.until("code by SMS", look, within=self._wait)
        if found is None:
            words = f"code by SMS: no message with a code within {self._wait:g} s"
            raise UnwellError(Reason.CODE_NOT_ARRIVED, words)
        return found
