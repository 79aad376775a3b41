"""The words of this package: what is told, why or why not, and where a delivery stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Telling(StrEnum):
    """What a message tells: the words of ``[[route]] event``."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    JOINED = "joined"
    SPREAD = "spread"
    UPDATED = "updated"
    UNSTABLE = "unstable"
    REMINDED = "reminded"
    RESOLVED = "resolved"
    MAINTENANCE_PLANNED = "maintenance_planned"
    MAINTENANCE_STARTED = "maintenance_started"
    MAINTENANCE_ENDED = "maintenance_ended"
    MAINTENANCE_CANCELLED = "maintenance_cancelled"
    ESCALATED = "escalated"
    UNANSWERED = "unanswered"
    TAKEN = "taken"
    MISSED = "missed"

    @property
    def is_end(self) -> bool:
        """Whether it says that something is over."""
        return self in (
            Telling.RESOLVED,
            Telling.MISSED,
            Telling.MAINTENANCE_ENDED,
            Telling.MAINTENANCE_CANCELLED,
        )


class Because(StrEnum):
    """Why somebody is told, or is not. A closed list."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    JOINED = "joined"
    SPREAD = "spread"
    UPDATED = "updated"
    UNSTABLE = "unstable"
    REMINDED = "reminded"
    RESOLVED = "resolved"
    MAINTENANCE_PLANNED = "maintenance_planned"
    MAINTENANCE_STARTED = "maintenance_started"
    MAINTENANCE_ENDED = "maintenance_ended"
    MAINTENANCE_CANCELLED = "maintenance_cancelled"
    ESCALATED = "escalated"
    UNANSWERED = "unanswered"  # nobody has taken it so far
    UNREACHED = "unreached"  # those rung before cannot be reached: rung before the time
    LAST_RESORT = "last_resort"  # nobody at all has taken it
    TAKEN = "taken"  # told: to the others who were rung; not rung: somebody has taken it
    MISSED = "missed"  # it began and ended while they could not be reached
    # why not
    NOT_TOLD_KIND = "not_told_kind"
    NO_WORSE = "no_worse"
    EXPLAINED = "explained"  # what it depends on fails, and that is told already
    ALREADY_SPREAD = "already_spread"  # one more of the many that failed at once
    TAKEN_IN = "taken_in"  # merged by a person: told as the end of the other incident
    FLAPPING = "flapping"  # it comes and goes, and that has been said
    MAINTENANCE = "maintenance"  # announced work is going on
    UNDER_WAY = "under_way"  # announced when it was starting: the start says it all
    NOTHING_SAID = "nothing_said"
    NO_ROUTE = "no_route"
    # why one route has nothing to do with it: its first condition that isn't met
    OTHER_EVENT = "other_event"
    OTHER_COMPONENT = "other_component"
    OTHER_IMPACT = "other_impact"
    OTHER_REASON = "other_reason"
    OTHER_REGION = "other_region"
    OTHER_TIME = "other_time"
    # why somebody whom a route names hears nothing, or nothing any more
    NOBODY_ON_CALL = "nobody_on_call"
    NO_REACH = "no_reach"  # an engineer without a channel, a channel without recipients
    LATER = "later"  # the first step of the escalation has yet to come
    RECOVERING = "recovering"  # nobody is rung while it gets well
    NOBODY_LEFT = "nobody_left"  # the whole escalation came to nobody
    NOT_RUNG = "not_rung"  # nobody was rung, so nobody needs to know who takes it
    NOT_HEARD_OPENED = "not_heard_opened"
    DUPLICATE_RECIPIENT = "duplicate_recipient"
    STALE = "stale"
    SUPERSEDED = "superseded"
    POISON = "poison"
    ACKNOWLEDGED = "acknowledged"  # somebody is at work on it: no reminder
    # why it waits
    GATHERING = "gathering"  # something like it was told a moment ago: these go together
    LIMIT = "limit"  # so much in one hour is enough
    QUIET_HOURS = "quiet_hours"
    DIGEST = "digest"
    MUTED = "muted"  # people asked not to be told for a while
    PART_OF = "part_of"  # told with the next word on what it has become part of

    @property
    def is_miss(self) -> bool:
        """Whether it says that a whole route has nothing to do with the news."""
        return self.value.startswith("other_")


KEPT = (Because.LIMIT, Because.QUIET_HOURS, Because.DIGEST)
"""What waits for one of these is told even if it is over by then."""


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
    """An earlier delivery about the same incident or work, as much of it as planning needs.

    ``tried``: it has been on its way at least once. ``merged``: it says that the incident goes on
    as a part of another. From that other one's side the same delivery is ``inherited``: whoever
    got it waits for the end of the other.
    """

    id: str
    seq: int
    telling: Telling
    route: str
    channel: str
    recipient: str
    state: State
    ambiguous: bool = False
    tried: bool = field(default=False, kw_only=True)
    step: int = field(default=0, kw_only=True)
    engineer: str = field(default="", kw_only=True)
    rota: str = field(default="", kw_only=True)
    merged: bool = field(default=False, kw_only=True)
    inherited: bool = field(default=False, kw_only=True)
    held: Because | None = field(default=None, kw_only=True)

    @property
    def order(self) -> tuple[int, int]:
        """In which its recipient hears of the incident."""
        return self.seq, self.step

    @property
    def is_end(self) -> bool:
        """It says that the incident or work is over."""
        return self.telling.is_end and not self.inherited

    @property
    def may_be_known(self) -> bool:
        """The recipient has it, is getting it, or may have got it."""
        return self.state in (State.SENT, State.SENDING) or self.ambiguous

    @property
    def is_waiting(self) -> bool:
        """Not a byte of it can have reached anybody yet."""
        return self.state is State.PLANNED and not self.ambiguous

    @property
    def is_kept(self) -> bool:
        """It waits for its time, and is told then, whatever happens until then."""
        is_news = self.telling not in (Telling.REMINDED, Telling.MAINTENANCE_PLANNED)
        return self.is_waiting and self.held in KEPT and is_news


@dataclass(frozen=True, slots=True)
class Untold:
    """A recipient whom a route names, and why there is nothing for them.

    No channel: a whole route that has nothing to say; no route either: nobody at all.
    ``who`` stands for the recipient as in delivery ids: it is kept, and an address should not be.
    """

    because: Because
    route: str = ""
    channel: str = ""
    who: str = ""
    detail: str = ""
