"""Finds the kinds: one module in probes/kinds/ is one kind, and nothing else lists them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TypeVar

import probes.kinds
from probes.kind import Kind

K = TypeVar("K")


class CatalogError(Exception):
    """A module in a folder of kinds does not hold exactly one kind."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name (the module's). Raises CatalogError."""
    return MappingProxyType(kinds_in(probes.kinds, Kind))


def kinds_in(package: ModuleType, kind: type[K]) -> dict[str, K]:
    """What each module of ``package`` holds of ``kind``, sorted by name. Raises CatalogError."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return {name: _only(kind, f"{package.__name__}.{name}") for name in names}


def _only(kind: type[K], module_name: str) -> K:
    module = importlib.import_module(module_name)
    found = [value for value in vars(module).values() if isinstance(value, kind)]
    if len(found) != 1:
        raise CatalogError(f"{module_name} must hold exactly one kind, and holds {len(found)}")
    return found[0]
