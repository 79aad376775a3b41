"""A component and the languages its name is known in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Text = Mapping[str, str]
"""The same words by language code: ``{"ru": "Вход", "en": "Sign-in"}``."""

_ID = re.compile(r"[^\W_][\w.\-]{0,63}")


def is_id(text: str) -> bool:
    """Letters (any script), digits, ``.``, ``_``, ``-``; at most 64; first a letter or digit."""
    return _ID.fullmatch(text) is not None


def in_language(text: Text, lang: str) -> str:
    """The words in ``lang``, else in the first language there is, else nothing."""
    return text.get(lang) or next(iter(text.values()), "")


class Criticality(StrEnum):
    """How much hangs on a component."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Component:
    """A thing citizens depend on. Without probes it is not measured: people set its state.

    ``journeys`` are what citizens come to do with it: «войти», «подать заявление»; ``safe`` says
    what no fault of it touches: «Поданные заявления не потеряны.»
    """

    id: str
    name: Text
    depends_on: tuple[str, ...] = ()
    probes: tuple[str, ...] = field(default=())
    criticality: Criticality = Criticality.NORMAL
    journeys: tuple[Text, ...] = ()
    safe: Text = field(default_factory=dict)

    def called(self, lang: str) -> str:
        """Its name in ``lang``, or its id where nobody has named it."""
        return in_language(self.name, lang) or self.id

    @property
    def is_measured(self) -> bool:
        return bool(self.probes)


def listed(configured: Iterable[Component], also: Iterable[str]) -> dict[str, Component]:
    """Every component by id: the configured ones in their order, then what only the state knows.

    An import may bring along incidents of components that no config names.
    """
    found = {component.id: component for component in configured}
    for id_ in sorted(also):
        found.setdefault(id_, Component(id_, {}))
    return found
