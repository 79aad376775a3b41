"""What probes keep in mind between runs, and the messages that others bring them meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Message:
    """A short message that reached us. ``id`` is the gateway's, empty where it has none."""

    id: str
    text: str


class Arrivals(Generic[T]):
    """What came, by the token of the address it was brought to; the last fifty of each.

    Whoever receives them (a web hook, an SMPP session) calls ``bring``; probes ``look``.
    """

    def __init__(self) -> None:
        self._by_token: dict[str, deque[T]] = {}

    def bring(self, token: str, what: T) -> bool:
        """Keep ``what``; False, and nothing kept, if no probe ever looked under ``token``."""
        kept = self._by_token.get(token)
        if kept is None:
            return False
        kept.append(what)
        return True

    def look(self, token: str) -> tuple[T, ...]:
        """What came under ``token`` so far, oldest first; from now on it may come."""
        return tuple(self._by_token.setdefault(token, deque(maxlen=_KEPT)))


class Memory:
    """One per process. ``notes`` hold plain JSON values, since they are kept on disk."""

    def __init__(self) -> None:
        self.arrivals: Arrivals[Message] = Arrivals()
        self._notes: dict[str, dict[str, Any]] = {}
        self._first_looks: dict[str, datetime] = {}

    def notes(self, probe: str) -> dict[str, Any]:
        """The probe's own notes, empty at first; what is written into them stays."""
        return self._notes.setdefault(probe, {})

    def first_look(self, probe: str, now: datetime) -> datetime:
        """Since when this process has looked on behalf of the probe."""
        return self._first_looks.setdefault(probe, now)

    def all_notes(self) -> Mapping[str, Mapping[str, Any]]:
        """Every probe's notes as they are now."""
        return self._notes
