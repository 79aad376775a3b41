"""What a component's probes say at one moment. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from incidents.evidence import Evidence, Finding, finding
from incidents.rules import Rules
from incidents.wellness import well_for


@dataclass(frozen=True, slots=True)
class Sight:
    """``found`` is a confirmed failure, ``well`` how many good looks in a row all have had."""

    evidence: Evidence
    found: Finding | None
    well: int
    at: datetime
    rules: Rules

    @property
    def is_well(self) -> bool:
        """Whether that is enough to call it a recovery."""
        return self.well >= self.rules.close_after


def sight(
    evidence: Evidence,
    probes: Collection[str],
    rules: Rules,
    *,
    at: datetime,
    spent: datetime | None = None,
) -> Sight:
    """What ``probes`` say at ``at``; of failures, what they say of the time after ``spent``."""
    seen = evidence.by(probes)
    fewest = rules.fewest_fresh
    found = finding(seen, now=at, spent=spent, fewest_fresh=fewest, close_after=rules.close_after)
    return Sight(seen, found, well_for(seen, probes, now=at, fewest_fresh=fewest), at, rules)
