"""Who is on call, as the desk shows it and the API answers it: values, and what they are got by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from incidents.component import Text, in_language


@dataclass(frozen=True, slots=True)
class Person:
    """An engineer; how to reach them is nobody's business here."""

    id: str
    name: Text

    def called(self, lang: str) -> str:
        return in_language(self.name, lang) or self.id


@dataclass(frozen=True, slots=True)
class Turn:
    """One engineer from an instant to another, or, with None, nobody."""

    engineer: Person | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StandIn:
    """An override: somebody stands in, whatever the rotation says. ``by`` entered it."""

    id: int
    engineer: Person
    since: datetime
    until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Roster:
    """A rota over a stretch of time.

    ``now`` is who is on call, None: nobody; ``until`` when, None: no end is in sight. ``turns``
    are cut off at the ends of the stretch.
    """

    id: str
    name: Text
    zone: ZoneInfo
    now: Person | None
    until: datetime | None
    next: Turn | None
    turns: Sequence[Turn]
    stand_ins: Sequence[StandIn]

    def called(self, lang: str) -> str:
        return in_language(self.name, lang) or self.id


class OnCall(Protocol):
    """The rotas there are. Commands raise IllegalCommandError when they don't fit."""

    @property
    def people(self) -> Sequence[Person]:
        """Every engineer who may be on call."""
        ...

    async def rosters(self, at: datetime, *, days: int) -> Sequence[Roster]:
        """Every rota: who is on call at ``at``, who is next, and the turns of some days.

        They begin with the midnight before ``at``, on each rota's own clock.
        """
        ...

    async def stand_in(
        self, rota: str, engineer: str, actor: str, *, since: datetime, until: datetime
    ) -> StandIn: ...

    async def remove(self, id_: int, actor: str) -> None:
        """Take a stand-in back; one under way ends now."""
        ...

    async def calendar(self, rota: str, lang: str) -> str | None:
        """The rota for calendar programs (RFC 5545); None when there is none such."""
        ...


def as_json(roster: Roster) -> dict[str, Any]:
    """A rota as the API and ``vahta oncall --json`` give it."""
    return {
        "id": roster.id,
        "name": dict(roster.name),
        "timezone": roster.zone.key,
        "now": {
            **_named(roster.now),
            "until": _stamp(roster.until) if roster.until else None,
        },
        "next": _turn(roster.next) if roster.next else None,
        "shifts": [_turn(turn) for turn in roster.turns],
        "overrides": [stand_in_json(one) for one in roster.stand_ins],
    }


def stand_in_json(one: StandIn) -> dict[str, Any]:
    """One override with its number, to take it back by."""
    return {
        "id": one.id,
        **_named(one.engineer),
        "since": _stamp(one.since),
        "until": _stamp(one.until),
        "by": one.by,
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        **_named(turn.engineer),
        "since": _stamp(turn.since),
        "until": _stamp(turn.until),
    }


def _named(person: Person | None) -> dict[str, Any]:
    """Null where nobody is on call."""
    return {
        "engineer": person.id if person else None,
        "name": dict(person.name) if person else None,
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
