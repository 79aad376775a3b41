"""Keeps a probe from locking the account it signs in with: after refusals it waits. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from probes.classify import UnwellError
from probes.observation import Outcome, Reason

REFUSALS = frozenset({Reason.LOGIN_REJECTED, Reason.LOGIN_LOCKED, Reason.PASSWORD_EXPIRED})
_FREE = 2
"""So many refusals in a row may come at the ordinary pace: one, and its confirmation."""

_LONGEST = 12
"""So many times its pause is the longest wait."""


class Caution:
    """Counts refusals in ``notes``, which outlive the run.

    After the second in a row the probe waits for ``pause`` seconds, then twice as long after
    each further one, up to twelve times ``pause``.
    """

    def __init__(self, notes: dict[str, Any], pause: float) -> None:
        self._notes = notes
        self._pause = pause

    def check(self, now: datetime) -> None:
        """Raise UnwellError (unknown: nothing was asked) while it is too soon to try again."""
        until = self._notes.get("not_before")
        if until is None or now >= datetime.fromisoformat(until):
            return
        many = self._notes["refused"]
        words = (
            f"not asked until {datetime.fromisoformat(until):%H:%M:%S} UTC: {many} sign-ins in a"
            " row were refused, and more could lock the account"
        )
        raise UnwellError(Reason(self._notes["reason"]), words, Outcome.UNKNOWN)

    def note(self, reason: Reason, now: datetime) -> None:
        """A run ended with ``reason``; what is no refusal counts for nothing."""
        if reason not in REFUSALS:
            return
        many = int(self._notes.get("refused", 0)) + 1
        self._notes.update(refused=many, reason=reason.value)
        if many >= _FREE:
            wait = self._pause * min(2 ** min(many - _FREE, 20), _LONGEST)
            self._notes["not_before"] = (now + timedelta(seconds=wait)).isoformat()

    def forget(self) -> None:
        """A sign-in went well."""
        self._notes.clear()
