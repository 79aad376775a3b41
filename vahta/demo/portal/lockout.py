"""When repeated refusals lock an account: the rule, without the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=5)
WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Lockout:
    """Refusals in a row, since when, and until when the account is locked (aware UTC)."""

    rejected: int = 0
    since: datetime | None = None
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        """Whether even the right password is refused."""
        return self.locked_until is not None and now < self.locked_until

    def after_rejection(self, now: datetime) -> Lockout:
        """One more refusal; the fifth in a row within half an hour locks.

        A lock that ran out, and half an hour, start a new count.
        """
        if self.locked_until is not None or self.since is None or now - self.since >= WITHIN:
            return Lockout(1, now)
        rejected = self.rejected + 1
        return Lockout(rejected, self.since, now + LOCK_FOR if rejected >= LOCK_AFTER else None)
