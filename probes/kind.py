"""What a probe kind is: a settings model, a coroutine that asks, and the pace it can bear."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from probes.exchange import Visit
from probes.observation import Reading
from probes.settings import ProbeSettings

S = TypeVar("S", bound=ProbeSettings)
Ask = Callable[[Any, Visit], Awaitable[Reading]]

Recheck: TypeAlias = float | Literal["every"]
"""Seconds between a first failure and its confirmation; "every" means no faster than usual."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of asking. ``recheck`` and ``open_after`` override the rules' where set."""

    name: str
    settings: type[ProbeSettings]
    ask: Ask
    recheck: Recheck | None = None
    open_after: int | None = None


def probe_kind(
    settings: type[S], *, recheck: Recheck | None = None, open_after: int | None = None
) -> Callable[[Callable[[S, Visit], Awaitable[Reading]]], Kind]:
    """Make the decorated coroutine a kind, named after its module (``probes/kinds/NAME.py``)."""

    def wrap(ask: Callable[[S, Visit], Awaitable[Reading]]) -> Kind:
        name = ask.__module__.rpartition(".")[2]
        return Kind(name, settings, ask, recheck=recheck, open_after=open_after)

    return wrap
