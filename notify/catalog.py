"""Finds the channel kinds: one module in ``notify/channels/`` is one kind. Only it imports them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from notify import channels
from notify.kind import Channel, ChannelSettings, Kind, Tools
from probes.catalog import kinds_in


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name (the module's). Raises probes.catalog.CatalogError."""
    return MappingProxyType(kinds_in(channels, Kind))


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
