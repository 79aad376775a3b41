"""What providers do wrong, and what an attempt that met it may have come to.

One table for all fake providers. ``takes``: the provider has the message, whatever it answers.
``final``: it will never take this one. What it takes without saying so is ambiguous.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    takes: bool = False
    final: bool = False
    status: int = 0
    retry_after: str = ""

    @property
    def is_ambiguous(self) -> bool:
        return self.takes and self.name not in ("ok", "huge")


OK = Fault("ok", takes=True)
_LATER = (
    Fault("500", status=500),
    Fault("502", status=502),
    Fault("503", status=503),
    Fault("429 for 7 s", status=429, retry_after="7"),
    Fault("429 until a date", status=429, retry_after="date"),
    Fault("429 for a year", status=429, retry_after="31536000"),
)
_FINAL = tuple(Fault(str(status), final=True, status=status) for status in (400, 401, 404, 410))
_DOUBT = (
    Fault("takes it, then drops the line", takes=True),
    Fault("takes it, then hangs", takes=True),
    Fault("takes it, then trickles", takes=True),
)
HTTP = (
    *(_LATER * 2),
    *_FINAL,
    *(_DOUBT * 3),
    Fault("huge", takes=True),
    Fault("302 to inside", final=True, status=302),
)
TELEGRAM = (
    Fault("429 in words", status=429),
    Fault("500", status=500),
    Fault("200 with ok: false", final=True, status=200),
    Fault("blocked", final=True, status=403),
    _DOUBT[0],
)
SMTP = (
    Fault("450 greylisted", status=450),
    Fault("451 after DATA", status=451),
    Fault("451 after DATA", status=451),
    Fault("550 no such mailbox", final=True, status=550),
    Fault("takes it, then drops the line", takes=True),
    Fault("takes it, then hangs", takes=True),
)
BY_NAME = {fault.name: fault for fault in (OK, *HTTP, *TELEGRAM, *SMTP)}


@dataclass
class Mood:
    """Which fault comes next: in ``share`` of all attempts some, and none while ``is_well``."""

    luck: random.Random
    is_well: bool = False
    share: float = 0.35

    def next(self, faults: tuple[Fault, ...]) -> Fault:
        if self.is_well or self.luck.random() >= self.share:
            return OK
        return self.luck.choice(faults)
