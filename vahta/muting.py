"""The mutes that notify keeps, in the desk's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.silence import Silence
from incidents.store import Store
from notify import mutes
from notify.mutes import Mute


@dataclass(frozen=True, slots=True)
class Muting:
    """Meets desk.silence.Silences."""

    store: Store
    clock: Callable[[], datetime]

    async def standing(self) -> Sequence[Silence]:
        found = await self.store.read(lambda db: mutes.standing(db, self.clock()))
        return [
            Silence(one.id, one.incident or one.component, one.until, one.by, one.why)
            for one in found
        ]

    async def mute(self, incident: str, actor: str, *, until: datetime, why: str) -> None:
        asked = Mute(incident, "", until, actor, why)
        await self.store.write(lambda db: mutes.enter(db, asked, now=self.clock()))

    async def lift(self, id_: int, actor: str) -> bool:
        return await self.store.write(lambda db: mutes.lift(db, id_, by=actor, now=self.clock()))
