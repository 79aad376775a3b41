"""Finds the channel kinds: one module in ``notify/channels/`` is one kind. Only it imports them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from notify import channels
from notify.kind import Channel, ChannelSettings, Kind, Tools


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by name. Raises LookupError for a module that doesn't hold exactly one."""
    found: dict[str, Kind] = {}
    for module in sorted(iter_modules(channels.__path__), key=lambda m: m.name):
        here = vars(import_module(f"{channels.__name__}.{module.name}")).values()
        mine = [value for value in here if isinstance(value, Kind)]
        if [kind.name for kind in mine] != [module.name]:
            raise LookupError(f"notify/channels/{module.name}.py must hold one channel kind")
        found[module.name] = mine[0]
    return MappingProxyType(found)


def open_channels(settings: Iterable[ChannelSettings], tools: Tools) -> dict[str, Channel]:
    """The configured channels by id. Nothing is connected yet; whoever opens closes them."""
    return {
        one.id: Channel(
            one.id,
            one.lang,
            tuple(dict.fromkeys(kinds()[one.kind].recipients(one))),
            kinds()[one.kind].make(one, tools),
        )
        for one in settings
    }
