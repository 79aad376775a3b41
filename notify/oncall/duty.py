"""Who is on call, as the rest of the house asks it: the rotas of the config, and the overrides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from incidents.commands import IllegalCommandError
from incidents.store import Store
from notify.engineer import Engineer
from notify.oncall import overrides
from notify.oncall.rota import Override, Rota, who

LONGEST = timedelta(days=366)
"""No override lasts longer."""

_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """``rotas`` and ``engineers`` by id, in the config's order."""

    rotas: Mapping[str, Rota]
    engineers: Mapping[str, Engineer]
    store: Store
    clock: Callable[[], datetime]

    async def overrides(self, since: datetime, until: datetime) -> Sequence[Override]:
        """Those that count within ``[since, until)``."""
        return await self.store.read(lambda db: self.overrides_in(db, since, until))

    async def on_call(self, rota: str, at: datetime) -> Engineer | None:
        """The engineer on call at ``at``; None: nobody, or there is no such rota."""
        return await self.store.read(lambda db: self.on_call_in(db, rota, at))

    async def everywhere(self) -> Mapping[str, str | None]:
        """Who is on call now, by rota: ids of engineers, None for nobody."""
        now = self.clock()
        found = await self.overrides(now, now + _INSTANT)
        return {id_: who(rota, found, now) for id_, rota in self.rotas.items()}

    def overrides_in(self, db: Database, since: datetime, until: datetime) -> Sequence[Override]:
        """As ``overrides``, within a transaction.

        One for an engineer whom the config has lost does not count: nobody could reach them.
        """
        found = overrides.between(db, since, until)
        return [one for one in found if one.engineer in self.engineers and one.rota in self.rotas]

    def on_call_in(self, db: Database, rota: str, at: datetime) -> Engineer | None:
        """As ``on_call``, within a transaction."""
        if rota not in self.rotas:
            return None
        engineer = who(self.rotas[rota], self.overrides_in(db, at, at + _INSTANT), at)
        return self.engineers.get(engineer or "")

    async def enter(self, override: Override) -> Override:
        """Keep an override, by whoever its ``by`` says. Raises IllegalCommandError with why not."""
        now = self.clock()
        if override.rota not in self.rotas:
            raise IllegalCommandError(_no("rota", override.rota, self.rotas))
        if override.engineer not in self.engineers:
            raise IllegalCommandError(_no("engineer", override.engineer, self.engineers))
        if override.until <= max(override.since, now):
            raise IllegalCommandError("it must end after it begins, and after now")
        if override.until - override.since > LONGEST:
            raise IllegalCommandError(f"it may last {LONGEST.days} days at most")
        whole = replace(
            override,
            since=override.since.replace(microsecond=0),
            until=override.until.replace(microsecond=0),
        )
        id_ = await self.store.write(lambda db: overrides.enter(db, whole, now=now))
        return replace(whole, id=id_)

    async def remove(self, id_: int, *, by: str) -> None:
        """Take an override back; one under way ends now. Raises IllegalCommandError."""
        now = self.clock()
        if not await self.store.write(lambda db: overrides.remove(db, id_, by=by, now=now)):
            raise IllegalCommandError(f"there is no override {id_}, or it is over")


def _no(what: str, id_: str, known: Mapping[str, object]) -> str:
    return f"there is no {what} {id_!r}; known: {', '.join(known) or 'none'}"
