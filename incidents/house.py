"""What is watched, and by which rules: all that deciding needs of the config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo

from incidents.component import Component
from incidents.rules import Rules


@dataclass(frozen=True, slots=True)
class Pace:
    """What the recorder must know of a probe: when it opens, and how long its word is good."""

    open_after: int
    fresh_for: timedelta


@dataclass(frozen=True, slots=True)
class House:
    """What is watched, by which rules, and how incidents and works are numbered.

    ``exceptions`` are the rules of the components that have their own.
    """

    components: Mapping[str, Component]
    paces: Mapping[str, Pace]
    rules: Rules
    prefix: str = "INC"
    timezone: tzinfo = UTC
    exceptions: Mapping[str, Rules] = field(default_factory=dict)
    maintenance_prefix: str = "WORK"
    measured: int = field(init=False)
    """How many components are asked at all."""

    def __post_init__(self) -> None:
        asked = sum(component.is_measured for component in self.components.values())
        object.__setattr__(self, "measured", asked)

    def component(self, id_: str) -> Component:
        """A declared component, or the bare one that an import brought along."""
        return self.components.get(id_) or Component(id_, {})

    def rules_of(self, component: str) -> Rules:
        """The rules for one component."""
        return self.exceptions.get(component, self.rules)

    def ancestors(self, component: str) -> Iterator[str]:
        """What ``component`` cannot do without, nearest first, each once, itself never."""
        seen, layer = {component}, [component]
        while layer:
            found = [up for id_ in layer for up in self.component(id_).depends_on]
            layer = [up for up in dict.fromkeys(found) if up not in seen]
            seen.update(layer)
            yield from layer
