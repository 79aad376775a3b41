"""By which rules a component's incidents open and close, and how bad an outage is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from types import MappingProxyType

from incidents.component import Criticality
from incidents.events import Impact
from probes.observation import Outcome


@dataclass(frozen=True, slots=True)
class Rules:
    """DESIGN 5.6. How many failures open is a probe's own affair: see House.

    ``publish_after`` None: only a person publishes; ``remind_after`` None: nobody is reminded;
    ``flap_after`` or ``storm_components`` 0: that rule is off. ``locations`` is from how many
    places the component is asked at all.
    """

    close_after: int = 2
    monitor_for: timedelta = timedelta(minutes=5)
    publish_after: timedelta | None = timedelta(minutes=3)
    reopen_within: timedelta = timedelta(minutes=30)
    explained_within: timedelta = timedelta(minutes=5)
    flap_after: int = 4
    flap_within: timedelta = timedelta(minutes=60)
    calm_for: timedelta = timedelta(minutes=30)
    storm_components: int = 5
    storm_share: float = 0.3
    storm_within: timedelta = timedelta(minutes=2)
    remind_after: timedelta | None = timedelta(hours=1)
    locations: int = 1

    @property
    def fewest_fresh(self) -> int:
        """From how many places something must have been seen lately, or there is no data."""
        return ceil(self.locations / 2)


def quorum(fresh: int) -> int:
    """How many of ``fresh`` places must see a failure before it is one.

    One bad network must not open an incident: alone its word counts, of two both must agree,
    of more at least half, and never fewer than two.
    """
    return fresh if fresh <= 2 else max(2, ceil(fresh / 2))  # noqa: PLR2004 - as the docstring says


def storm_needs(rules: Rules, components: int) -> int:
    """How many of ``components`` failing at once are one matter."""
    return max(rules.storm_components, ceil(rules.storm_share * components))


_WHOLE = MappingProxyType(
    {
        (Criticality.LOW, Outcome.DOWN): Impact.MINOR,
        (Criticality.LOW, Outcome.DEGRADED): Impact.NONE,
        (Criticality.NORMAL, Outcome.DOWN): Impact.MAJOR,
        (Criticality.NORMAL, Outcome.DEGRADED): Impact.MINOR,
        (Criticality.HIGH, Outcome.DOWN): Impact.CRITICAL,
        (Criticality.HIGH, Outcome.DEGRADED): Impact.MAJOR,
    }
)
_PARTIAL = MappingProxyType(
    {
        Criticality.LOW: Impact.NONE,
        Criticality.NORMAL: Impact.MINOR,
        Criticality.HIGH: Impact.MINOR,
    }
)


def impact_of(
    outcome: Outcome, criticality: Criticality = Criticality.NORMAL, *, partial: bool = False
) -> Impact:
    """What probes alone can claim. ``partial``: seen in fewer places than a quorum."""
    if not outcome.is_bad:
        return Impact.NONE
    whole = _WHOLE[criticality, outcome]
    return min(whole, _PARTIAL[criticality], key=lambda i: i.rank) if partial else whole
