"""Who is on call, as the rest of the house asks it: the rotas of the config, and the overrides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.commands import IllegalCommandError
from incidents.store import Store
from notify.oncall import overrides
from notify.oncall.directory import Directory
from notify.oncall.engineer import Engineer
from notify.oncall.rota import Override, Rota

LONGEST = timedelta(days=366)
"""No override lasts longer."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One per state."""

    directory: Directory
    store: Store
    clock: Callable[[], datetime]

    @property
    def rotas(self) -> Mapping[str, Rota]:
        return self.directory.rotas

    @property
    def engineers(self) -> Mapping[str, Engineer]:
        return self.directory.engineers

    async def overrides(self, since: datetime, until: datetime) -> Sequence[Override]:
        """Those that count within ``[since, until)``."""
        found = await self.store.read(lambda db: overrides.between(db, since, until))
        return self.directory.counting(found)

    async def on_call(self, at: datetime) -> Mapping[str, str | None]:
        """The id of the engineer on call at ``at`` by rota; None: nobody."""
        return self.directory.on_call(await self.store.read(lambda db: overrides.at(db, at)), at)

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
