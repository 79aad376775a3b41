"""One decision to tell somebody of an incident, or not to, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incidents.story import Mark


@dataclass(frozen=True, slots=True)
class Verdict:
    """``whom`` names an engineer or a rota, or a channel with what stands for an address there.

    ``seq`` is the journal entry's number; ``because`` one word of the closed list of reasons.
    """

    seq: int
    at: datetime
    event: str
    route: str
    whom: str
    mark: Mark
    because: str
    words: str
