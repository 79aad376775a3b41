"""The mutes that notify keeps, in the desk's words; the commands ask for them here as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.silence import Silence
from incidents.commands import IllegalCommandError
from incidents.mask import mask
from incidents.store import Store
from notify.tables import mutes
from notify.tables.mutes import Mute

_LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Muting:
    """Meets desk.silence.Silences."""

    store: Store
    clock: Callable[[], datetime]

    async def standing(self) -> Sequence[Silence]:
        found = await self.store.read(lambda db: mutes.standing(db, self.clock()))
        return [
            Silence(one.id, one.incident, one.component, one.until, one.by, one.why)
            for one in found
        ]

    async def mute(
        self, actor: str, *, incident: str = "", component: str = "", until: datetime, why: str
    ) -> Silence:
        now, why = self.clock(), mask(why.strip())
        if not now < until <= now + _LONGEST:
            raise IllegalCommandError("a mute ends within 31 days from now: give another end")
        if not why:
            raise IllegalCommandError("say why it is muted")
        asked = Mute(incident, component, until, actor, why)
        id_ = await self.store.write(lambda db: mutes.enter(db, asked, now=now))
        return Silence(id_, incident, component, until, actor, why)

    async def lift(self, id_: int, actor: str) -> bool:
        return await self.store.write(lambda db: mutes.lift(db, id_, by=actor, now=self.clock()))
