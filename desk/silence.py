"""What people have asked not to be told of for a while: the values, and what they are got by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Silence:
    """One mute, of an ``incident`` or a ``component``; the other is empty. ``by`` asked for it."""

    id: int
    incident: str
    component: str
    until: datetime
    by: str
    why: str


class Silences(Protocol):
    """The mutes that stand. They hold messages back, and never an end."""

    async def standing(self) -> Sequence[Silence]: ...

    async def mute(
        self, actor: str, *, incident: str = "", component: str = "", until: datetime, why: str
    ) -> Silence:
        """Hold news of one incident or of one component back; ``why`` is masked.

        Raises IllegalCommandError for no end within 31 days from now, and where nobody says why.
        """
        ...

    async def lift(self, id_: int, actor: str) -> bool:
        """End one now; False when it has ended already."""
        ...


def silence_json(one: Silence) -> dict[str, Any]:
    """A mute as the API and ``vahta mute list --json`` give it."""
    return {
        "id": one.id,
        "incident": one.incident or None,
        "component": one.component or None,
        "until": one.until.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "by": one.by,
        "why": one.why,
    }
