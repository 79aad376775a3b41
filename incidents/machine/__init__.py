"""The rules of incidents: what happens next, and why. Pure; time enters inside the commands."""

from incidents.causes import Known, Root
from incidents.facts import Facts, facts_of, speaks_for
from incidents.machine.decide import decide, wake_at
from incidents.rules import Rules, impact_of

__all__ = [
    "Facts",
    "Known",
    "Root",
    "Rules",
    "decide",
    "facts_of",
    "impact_of",
    "speaks_for",
    "wake_at",
]
