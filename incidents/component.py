"""A component and the languages its name is known in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Text = Mapping[str, str]
"""The same words by language code: ``{"ru": "Вход", "en": "Sign-in"}``."""

_ID = re.compile(r"[^\W_][\w.\-]{0,63}")


def is_id(text: str) -> bool:
    """Letters (any script), digits, ``.``, ``_``, ``-``; at most 64; first a letter or digit."""
    return _ID.fullmatch(text) is not None


def in_language(text: Text, lang: str) -> str:
    """The words in ``lang``, else in the first language there is, else nothing."""
    return text.get(lang) or next(iter(text.values()), "")


@dataclass(frozen=True, slots=True)
class Component:
    """A thing citizens depend on. Without probes it is not measured: people set its state."""

    id: str
    name: Text
    depends_on: tuple[str, ...] = ()
    probes: tuple[str, ...] = field(default=())

    @property
    def is_measured(self) -> bool:
        return bool(self.probes)
