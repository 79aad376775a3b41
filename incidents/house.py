"""What is watched, and by which rules: all that deciding needs of the config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo

from incidents.component import Component
from incidents.machine import Rules


@dataclass(frozen=True, slots=True)
class Pace:
    """What the recorder must know of a probe: when it opens, and how long its word is good."""

    open_after: int
    fresh_for: timedelta


@dataclass(frozen=True, slots=True)
class House:
    """What is watched, by which rules, and how incidents are numbered."""

    components: Mapping[str, Component]
    paces: Mapping[str, Pace]
    rules: Rules
    prefix: str = "INC"
    timezone: tzinfo = UTC

    def component(self, id_: str) -> Component:
        """A declared component, or the bare one that an import brought along."""
        return self.components.get(id_) or Component(id_, {})
