"""Engineers and rotas by id: whom names stand for at an instant, and what they are called. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notify.oncall.engineer import Engineer
from notify.oncall.people import People
from notify.oncall.rota import Override, Rota, who


@dataclass(frozen=True, slots=True)
class Directory:
    """As the config has them."""

    engineers: Mapping[str, Engineer] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)

    def people(
        self, channels: Mapping[str, Sequence[str]], overrides: Sequence[Override], at: datetime
    ) -> People:
        """Who can be reached how at ``at``. ``channels`` are their own recipients.

        Where an engineer's channel has one fixed target, that is the channel's own.
        """
        return People(
            channels,
            {
                one.id: [(way.channel, way.to or way.channel) for way in one.reach]
                for one in self.engineers.values()
            },
            self.on_call(overrides, at),
        )

    def on_call(self, overrides: Sequence[Override], at: datetime) -> Mapping[str, str | None]:
        """The engineer on call at ``at`` by rota; None: nobody."""
        counting = self.counting(overrides)
        return {rota.id: who(rota, counting, at) for rota in self.rotas.values()}

    def counting(self, overrides: Sequence[Override]) -> Sequence[Override]:
        """Without those for an engineer whom the config has lost: nobody could reach them."""
        return [o for o in overrides if o.engineer in self.engineers and o.rota in self.rotas]

    def lang(self, engineer: str) -> str | None:
        """The language that an engineer is written to in, if it is known."""
        return found.lang if (found := self.engineers.get(engineer)) else None

    def engineer(self, id_: str, lang: str) -> str:
        """What somebody is called; whoever is no engineer, by what they go by."""
        return found.called(lang) if (found := self.engineers.get(id_)) else id_

    def rota(self, id_: str, lang: str) -> str:
        return found.called(lang) if (found := self.rotas.get(id_)) else id_
