"""Who is on call, for desk, command line and metrics: the rotas of notify in the desk's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from desk.duty import Person, Roster, StandIn, Turn
from incidents.store import Store
from notify.oncall.calendar import AHEAD, BEHIND, calendar
from notify.oncall.duty import Duty
from notify.oncall.rota import HORIZON, Override, Rota, Shift, gaps, next_shift, on_call, shifts
from notify.oncall.wall import instant, wall
from vahta.config import Config
from vahta.routing import directory_of

_AHEAD = timedelta(weeks=4)


def duty_of(config: Config, store: Store, clock: Callable[[], datetime]) -> Duty:
    """The rotas and engineers of ``config``, with the overrides in ``store``."""
    return Duty(directory_of(config), store, clock)


def doubts(config: Config, now: datetime) -> Iterator[str]:
    """What may be meant, and should be known: stretches of nobody, engineers out of reach."""
    for rota in config.rotas:
        empty = gaps(rota, (), now, now + _AHEAD)
        if empty:
            ends_of_first = (empty[0].since, empty[0].until)
            begins, ends = (f"{at.astimezone(rota.zone):%a %Y-%m-%d %H:%M}" for at in ends_of_first)
            more = f", and {len(empty) - 1} more within four weeks" if empty[1:] else ""
            yield (
                f"oncall {rota.id}: nobody is on call from {begins} to {ends}{more}:"
                " add a layer below the others, or leave it so"
            )
    serving = {id_ for rota in config.rotas for layer in rota.layers for id_ in layer.engineers}
    for engineer in config.engineers:
        if engineer.id in serving and not engineer.reach:
            yield f"engineer {engineer.id}: is on call and cannot be told: add reach = [ … ]"


@dataclass(frozen=True, slots=True)
class Watchkeepers:
    """Meets desk.duty.OnCall."""

    duty: Duty

    @property
    def people(self) -> Sequence[Person]:
        return [self._person(id_) for id_ in self.duty.engineers]

    async def rosters(self, at: datetime, *, days: int) -> Sequence[Roster]:
        ahead = max(HORIZON, timedelta(days=days + 1))
        entered = await self.duty.overrides(at - HORIZON, at + ahead)
        return [self._roster(rota, entered, at, days) for rota in self.duty.rotas.values()]

    async def stand_in(
        self, rota: str, engineer: str, actor: str, *, since: datetime, until: datetime
    ) -> StandIn:
        return self._stand_in(
            await self.duty.enter(Override(rota, engineer, since, until, by=actor))
        )

    async def remove(self, id_: int, actor: str) -> None:
        await self.duty.remove(id_, by=actor)

    async def calendar(self, rota: str, lang: str) -> str | None:
        found, now = self.duty.rotas.get(rota), self.duty.clock()
        if found is None:
            return None
        entered = await self.duty.overrides(now - BEHIND - HORIZON, now + AHEAD)
        return calendar(found, entered, self.duty.engineers, now=now, lang=lang)

    def _roster(self, rota: Rota, entered: Sequence[Override], at: datetime, days: int) -> Roster:
        midnight = datetime.combine(wall(at, rota.zone).date(), time())
        since, until = (instant(midnight + timedelta(days=n), rota.zone) for n in (0, days))
        current, following = on_call(rota, entered, at), next_shift(rota, entered, at)
        return Roster(
            rota.id,
            rota.name,
            rota.zone,
            self._person(current.engineer) if current.engineer else None,
            current.until if current.until < at + HORIZON else None,
            self._turn(following) if following else None,
            [self._turn(shift) for shift in shifts(rota, entered, since, until)],
            [
                self._stand_in(one)
                for one in entered
                if one.rota == rota.id and one.until > at and one.since < until
            ],
        )

    def _turn(self, shift: Shift) -> Turn:
        engineer = self._person(shift.engineer) if shift.engineer else None
        return Turn(engineer, shift.since, shift.until)

    def _stand_in(self, one: Override) -> StandIn:
        return StandIn(one.id, self._person(one.engineer), one.since, one.until, one.by)

    def _person(self, id_: str) -> Person:
        return Person(id_, self.duty.engineers[id_].name)
