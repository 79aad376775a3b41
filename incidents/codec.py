"""Events to canonical JSON and back. A tag, once written, keeps its meaning for ever."""

from __future__ import annotations

import json
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json

from incidents.events import (
    Acknowledged,
    Attached,
    Because,
    Called,
    Detached,
    Event,
    Imported,
    Joined,
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenancePlanned,
    MaintenanceStarted,
    Merged,
    Opened,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reminded,
    Reopened,
    Resolved,
    Unrecognised,
    Unstable,
    Updated,
)
from incidents.incident import Incident
from incidents.maintenance import Maintenance

TAGS: MappingProxyType[str, type[Any]] = MappingProxyType(
    {
        "opened": Opened,
        "published": Published,
        "updated": Updated,
        "reassessed": Reassessed,
        "joined": Joined,
        "acknowledged": Acknowledged,
        "recovering": Recovering,
        "relapsed": Relapsed,
        "resolved": Resolved,
        "reopened": Reopened,
        "attached": Attached,
        "detached": Detached,
        "merged": Merged,
        "unstable": Unstable,
        "reminded": Reminded,
        "imported": Imported,
        "called": Called,
        "maintenance_planned": MaintenancePlanned,
        "maintenance_started": MaintenanceStarted,
        "maintenance_ended": MaintenanceEnded,
        "maintenance_cancelled": MaintenanceCancelled,
    }
)
_TAG_OF = {event: tag for tag, event in TAGS.items()}


def tag(event: Event) -> str:
    """The name of the event's kind in the journal."""
    if isinstance(event, Unrecognised):
        return event.kind
    return _TAG_OF[type(event)]


def encode(event: Event) -> str:
    """Canonical JSON text: sorted keys, no spaces, UTF-8 as it is."""
    return canonical({"kind": tag(event), **_adapter(tag(event)).dump_python(event, mode="json")})


def decode(text: str) -> Event:
    """The event in a text that ``encode`` made, in this version or another.

    A kind that only a newer version knows becomes Unrecognised, so that one such entry stops
    nobody. Raises ValueError for what no version wrote.
    """
    fields = from_json(text)
    kind = fields.pop("kind", None)
    if not isinstance(kind, str):
        raise ValueError("an event names its kind")  # noqa: TRY004 - of the text, not of an argument
    if kind not in TAGS:
        incident, component = str(fields.get("incident", "")), str(fields.get("component", ""))
        return Unrecognised(incident, component, Because("newer_version"), kind)
    event: Event = _adapter(kind).validate_python(fields)
    return event


def dump_incident(incident: Incident) -> str:
    """An incident as JSON text, for the register's rows."""
    return canonical(_incidents().dump_python(incident, mode="json"))


def load_incident(text: str) -> Incident:
    """The incident in a text that ``dump_incident`` made."""
    return _incidents().validate_json(text)


def dump_maintenance(work: Maintenance) -> str:
    """Announced work as JSON text, for the register's rows."""
    return canonical(_works().dump_python(work, mode="json"))


def load_maintenance(text: str) -> Maintenance:
    """The work in a text that ``dump_maintenance`` made."""
    return _works().validate_json(text)


def canonical(value: Any) -> str:
    """One value, one text: what is hashed must not depend on who wrote it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(TAGS[kind])


@cache
def _incidents() -> TypeAdapter[Incident]:
    return TypeAdapter(Incident)


@cache
def _works() -> TypeAdapter[Maintenance]:
    return TypeAdapter(Maintenance)
