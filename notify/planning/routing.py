"""Which news is a route's, and whom it reaches. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from incidents.events import Impact
from notify.delivery import Because, Telling
from notify.oncall.hours import Hours
from notify.oncall.people import Targets
from notify.planning.escalation import Policy
from notify.planning.notice import News
from probes.observation import Reason

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Route:
    """Which news goes to whom; an empty condition lets everything through.

    ``component`` is any of those that it is about, ``region`` the one that it is confined to,
    ``time`` when it happened, in ``zone``.
    """

    id: str
    channels: tuple[str, ...] = ()
    component: tuple[str, ...] = ()
    impact: tuple[Impact, ...] = ()
    event: tuple[Telling, ...] = ()
    reason: tuple[Reason, ...] = ()
    region: tuple[str, ...] = ()
    time: tuple[Hours, ...] = ()
    zone: ZoneInfo = _UTC
    oncall: tuple[str, ...] = ()
    engineers: tuple[str, ...] = ()
    escalation: Policy | None = None

    @property
    def targets(self) -> Targets:
        """Whom it tells at once, whatever its escalation does."""
        return Targets(self.channels, self.oncall, self.engineers)

    def misses(self, news: News) -> Because | None:
        """The first condition that ``news`` does not meet; None: it is this route's."""
        if self.event and news.telling not in self.event:
            return Because.OTHER_EVENT
        if self.component and news.components.isdisjoint(self.component):
            return Because.OTHER_COMPONENT
        if self.impact and news.impact not in self.impact:
            return Because.OTHER_IMPACT
        if self.reason and news.reason not in self.reason:
            return Because.OTHER_REASON
        if self.region and _plain(news.region) not in map(_plain, self.region):
            return Because.OTHER_REGION
        if self.time and not any(hours.hold(news.at, self.zone) for hours in self.time):
            return Because.OTHER_TIME
        return None


def _plain(region: str) -> str:
    """Regions are typed by hand."""
    return " ".join(region.casefold().replace("ё", "е").split())
