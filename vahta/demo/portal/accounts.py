"""The one account that there is, and what becomes of whoever wants in: whatever the way."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyotp

from vahta.demo.portal.faults import Mode
from vahta.demo.portal.lockout import Lockout
from vahta.demo.portal.memory import Memory
from vahta.demo.portal.pace import Pace

# A toy's credentials: they open nothing but this portal, and the control page shows them.
USERNAME = "vahta-demo"
PASSWORD = "demo-password"  # noqa: S105 - see above
TOTP_SECRET = "JBSWY3DPEHPK3PXP"  # noqa: S105 - see above

COMPONENT = "login"


class OneTimeCode(pyotp.TOTP):
    """RFC 6238 for the demo's secret of 80 bits, a length pyotp refuses since 2.12."""

    def byte_secret(self) -> bytes:
        """The key itself."""
        return base64.b32decode(self.secret)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody does not get in: in words, and as an API says it."""

    words: str
    code: str
    status: int


REJECTED = Refusal("Неверный логин, пароль или код", "invalid_credentials", 401)
LOCKED = Refusal("Вход временно заблокирован", "account_locked", 423)
EXPIRED = Refusal("Срок действия пароля истёк", "password_expired", 403)
CAPTCHA = Refusal("Введите символы с картинки", "captcha_required", 403)

_WHATEVER_IS_TYPED = {
    Mode.CAPTCHA: CAPTCHA,
    Mode.LOCKED: LOCKED,
    Mode.REJECTED: REJECTED,
}


class Accounts:
    """Judges a name, a password and a code. No fault counts towards the lock-out."""

    def __init__(self, memory: Memory, pace: Pace, *, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._pace = pace
        self._clock = clock

    @property
    def mode(self) -> Mode:
        """How signing in is broken just now."""
        return self._memory.faults.of(COMPONENT)

    async def refusal(self, typed: Mapping[str, str]) -> Refusal | None:
        """None for whoever may come in."""
        if self.mode is Mode.LATE:
            await self._pace.sleep(self._pace.login_late)
        if self.mode in _WHATEVER_IS_TYPED:
            return _WHATEVER_IS_TYPED[self.mode]
        now = self._clock()
        if self._memory.lockout.is_locked(now):
            return LOCKED
        if not _is_right(typed, now):
            await self._reject(now)
            return REJECTED
        if self.mode is Mode.EXPIRED:
            return EXPIRED
        if self._memory.lockout != Lockout():
            self._memory.lockout = Lockout()
            self._memory.save_soon()
        return None

    async def _reject(self, now: datetime) -> None:
        self._memory.lockout = self._memory.lockout.after_rejection(now)
        if self._memory.lockout.is_locked(now):
            await self._memory.save()
        else:
            self._memory.save_soon()


def _is_right(typed: Mapping[str, str], now: datetime) -> bool:
    """All three are looked at, so that the time taken doesn't tell which was wrong."""
    code = "".join(typed.get("code", "").split())
    name = hmac.compare_digest(typed.get("username", "").encode(), USERNAME.encode())
    word = hmac.compare_digest(typed.get("password", "").encode(), PASSWORD.encode())
    once = OneTimeCode(TOTP_SECRET).verify(code, for_time=now, valid_window=1)
    return name and word and once
