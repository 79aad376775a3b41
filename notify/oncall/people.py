"""Whom a name stands for: channels, whoever is on call, engineers; as of one instant. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from notify.delivery import Because, Untold


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom a route or a step is for, by id: everybody whom a channel reaches, rotas, engineers."""

    channels: tuple[str, ...] = ()
    oncall: tuple[str, ...] = ()
    engineers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.channels or self.oncall or self.engineers)


NOBODY = Targets()


@dataclass(frozen=True, slots=True)
class Whom:
    """One recipient on one channel, and how the route came to them.

    ``engineer`` is empty for an address that is a channel's own; ``rota`` where nobody is on
    call; ``step`` is of the route's escalation.
    """

    route: str
    channel: str
    recipient: str
    engineer: str = ""
    rota: str = ""
    step: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom targets come to, and which of them come to nobody."""

    whom: tuple[Whom, ...] = ()
    untold: tuple[Untold, ...] = ()

    def at_step(self, step: int) -> Reached:
        return Reached(tuple(replace(one, step=step) for one in self.whom), self.untold)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, by id; an id that is not there any more reaches nobody.

    ``channels``: their own recipients; ``engineers``: channel and address of each way to reach
    one; ``on_call``: by rota, an engineer or None.
    """

    channels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    engineers: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    on_call: Mapping[str, str | None] = field(default_factory=dict)

    def reach(self, route: str, targets: Targets) -> Reached:
        """Everybody whom ``targets`` name; whoever is named twice is there twice."""
        whom, untold = [], []
        for channel in targets.channels:
            whom += [Whom(route, channel, one) for one in self.channels.get(channel, ())]
            if not self.channels.get(channel):
                untold.append(Untold(Because.NO_REACH, route, channel))
        for rota in targets.oncall:
            engineer = self.on_call.get(rota)
            if engineer is None:
                untold.append(Untold(Because.NOBODY_ON_CALL, route, who=rota))
            else:
                self._engineer(Whom(route, "", "", engineer, rota), whom, untold)
        for engineer in targets.engineers:
            self._engineer(Whom(route, "", "", engineer), whom, untold)
        return Reached(tuple(whom), tuple(untold))

    def _engineer(self, one: Whom, whom: list[Whom], untold: list[Untold]) -> None:
        ways = self.engineers.get(one.engineer, ())
        whom += [replace(one, channel=channel, recipient=to) for channel, to in ways]
        if not ways:
            untold.append(Untold(Because.NO_REACH, one.route, who=one.engineer))
