"""An engineer, and where to reach them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from incidents.component import Text, in_language
from notify.oncall.hours import Hours


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to reach somebody. ``to`` is personal: it is in no log, error, metric or page."""

    channel: str
    to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Engineer:
    """Whoever may be on call. ``reach`` is in the order in which they want to be reached.

    ``quiet_hours`` are in their ``zone``; None: those of everybody.
    """

    id: str
    name: Text
    lang: str
    zone: ZoneInfo
    reach: tuple[Reach, ...] = ()
    quiet_hours: tuple[Hours, ...] | None = None

    def called(self, lang: str) -> str:
        """Their name in ``lang``, or their id where nobody has named them."""
        return in_language(self.name, lang) or self.id
