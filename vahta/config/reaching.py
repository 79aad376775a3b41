"""Whether engineers can be reached the way they want to be: addresses that fit their channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from notify.oncall.engineer import Engineer, Reach
from vahta.config.document import Document
from vahta.config.problems import Path
from vahta.config.references import tables_at
from vahta.config.tables import paths_of

Addresses: TypeAlias = "Mapping[str, Callable[[str], str] | None]"
"""How each kind of channel checks an address; None: it has one fixed target, and takes none."""


def check_reaching(document: Document, addresses: Addresses) -> None:
    """Note every address that is missing, too much or none; an address itself is never shown."""
    kinds = _kinds(document)
    for path in paths_of(document, "engineer"):
        for way in tables_at(document, (*path, "reach")):
            kind = kinds.get(str(document.at((*way, "channel"))), "")
            if kind in addresses:
                _check(document, (*way, "to"), kind, addresses[kind])


def reachable(engineer: Engineer, channels: Mapping[str, str], addresses: Addresses) -> Engineer:
    """``engineer`` with addresses as the senders want them; ``channels`` are kinds by id."""

    def tidy(way: Reach) -> Reach:
        check = addresses.get(channels.get(way.channel, ""))
        return replace(way, to=check(way.to)) if check else way

    return replace(engineer, reach=tuple(map(tidy, engineer.reach)))


def _check(document: Document, path: Path, kind: str, check: Callable[[str], str] | None) -> None:
    to = document.at(path)
    if check is None and to is not None:
        document.report(path, f"a channel of kind {kind} has one target already: leave it out")
    elif check is not None and to is None:
        document.report(path, f"missing; a channel of kind {kind} needs an address: add to = …")
    elif check is not None and isinstance(to, str):
        try:
            check(to)
        except ValueError as error:
            document.report(path, str(error))


def _kinds(document: Document) -> dict[str, str]:
    tables = (document.at(path) for path in paths_of(document, "channel"))
    return {str(t.get("id")): str(t.get("kind")) for t in tables if isinstance(t, dict)}
