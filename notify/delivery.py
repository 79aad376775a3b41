"""The words of this package: what is told, why or why not, and where a delivery stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Telling(StrEnum):
    """What a message tells: the words of ``[[route]] event``."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    JOINED = "joined"
    UPDATED = "updated"
    RESOLVED = "resolved"


class Because(StrEnum):
    """Why somebody is told, or is not. A closed list."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    JOINED = "joined"
    UPDATED = "updated"
    RESOLVED = "resolved"
    # why not
    NOT_TOLD_KIND = "not_told_kind"
    NO_WORSE = "no_worse"
    NOTHING_SAID = "nothing_said"
    NO_ROUTE = "no_route"
    NOT_HEARD_OPENED = "not_heard_opened"
    DUPLICATE_RECIPIENT = "duplicate_recipient"
    STALE = "stale"
    SUPERSEDED = "superseded"
    POISON = "poison"


class State(StrEnum):
    """Where a delivery stands. PLANNED and SENDING are unfinished."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier delivery about the same incident, as much of it as planning needs."""

    id: str
    seq: int
    telling: Telling
    route: str
    channel: str
    recipient: str
    state: State
    ambiguous: bool = False

    @property
    def may_be_known(self) -> bool:
        """The recipient has it, is getting it, or may have got it."""
        return self.state in (State.SENT, State.SENDING) or self.ambiguous

    @property
    def is_waiting(self) -> bool:
        """Not a byte of it can have reached anybody yet."""
        return self.state is State.PLANNED and not self.ambiguous


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to one recipient, to be stored."""

    id: str
    route: str
    channel: str
    recipient: str
    because: Because
    state: State
    step: int = 0
    """Which of a route's steps, for routes that go on telling until somebody answers."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A recipient whom a route names, and why there is nothing for them; no route: nobody at all.

    ``who`` stands for the recipient as in delivery ids: it is kept, and an address should not be.
    """

    because: Because
    route: str = ""
    channel: str = ""
    who: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to store and what to cancel; ``because`` says why nobody is told, if so."""

    deliveries: tuple[Planned, ...] = ()
    cancel: tuple[str, ...] = ()
    untold: tuple[Untold, ...] = ()
    because: Because | None = None
