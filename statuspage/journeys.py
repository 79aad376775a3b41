"""What citizens came to do, and whether it can be done now: components seen from the other side.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from incidents.component import in_language
from incidents.health import ComponentStatus, Health

_GRAVEST_FIRST = (
    ComponentStatus.MAJOR,
    ComponentStatus.MAINTENANCE,
    ComponentStatus.PARTIAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Journey:
    """``status`` is that of its gravest component; ``because`` are those that hold it up.

    A component that nobody measures tells nothing, and ``status`` is None where all are so.
    """

    name: str
    status: ComponentStatus | None
    because: tuple[Health, ...]


def journeys(components: Sequence[Health], lang: str) -> list[Journey]:
    """Every journey in the order in which the components name them."""
    carriers: dict[str, list[Health]] = {}
    for health in components:
        for name in health.component.journeys:
            carriers.setdefault(in_language(name, lang), []).append(health)
    return [_journey(name, them) for name, them in carriers.items()]


def _journey(name: str, carriers: Iterable[Health]) -> Journey:
    telling = [
        health
        for health in carriers
        if health.component.is_measured or health.status is not ComponentStatus.UNKNOWN
    ]
    found = {health.status for health in telling}
    for status in _GRAVEST_FIRST:
        if status in found:
            return Journey(name, status, tuple(h for h in telling if h.status is status))
    return Journey(name, ComponentStatus.OPERATIONAL if found else None, ())
