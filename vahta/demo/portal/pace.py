"""How long the portal takes over things, healthy or broken: every delay, in one place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Delays in seconds, and the two ways in which they pass; tests hand in their own.

    ``sleep`` holds an answer back. ``time`` (monotonic) says what is due: a text message or a
    finished document appears by being asked for, so that nothing has to run in between.
    """

    slow: float = 1.2
    login_late: float = 2.0
    sms: float = 0.2
    sms_late: float = 1.6
    processing: float = 0.2
    processing_late: float = 10.0
    sync: float = 0.2
    sync_late: float = 1.6
    save: float = 5.0
    session: float = 1800.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    time: Callable[[], float] = time.monotonic
