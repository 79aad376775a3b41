"""What people have asked not to be told of for a while: the values, and what they are got by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Silence:
    """One mute. ``what`` is an incident's number or a component's id; ``by`` asked for it."""

    id: int
    what: str
    until: datetime
    by: str
    why: str


class Silences(Protocol):
    """The mutes that stand. They hold messages back, and never an end."""

    async def standing(self) -> Sequence[Silence]: ...

    async def mute(self, incident: str, actor: str, *, until: datetime, why: str) -> None: ...

    async def lift(self, id_: int, actor: str) -> bool:
        """End one now; False when it has ended already."""
        ...
