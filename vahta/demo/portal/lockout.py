"""When repeated refusals lock an account: the rule, without the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Lockout:
    """Refusals in a row, and until when the account is locked (aware UTC)."""

    rejected: int = 0
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        """Whether even the right password is refused."""
        return self.locked_until is not None and now < self.locked_until

    def after_rejection(self, now: datetime) -> Lockout:
        """One more refusal; the fifth in a row locks. A lock that ran out starts a new count."""
        rejected = 1 if self.locked_until is not None else self.rejected + 1
        return Lockout(rejected, now + LOCK_FOR if rejected >= LOCK_AFTER else None)
