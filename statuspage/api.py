"""The page for programs: Statuspage's public API v2, every field of it always there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from incidents.component import Component, in_language
from incidents.health import ComponentStatus, Health
from statuspage import links
from statuspage.board import Board, Story
from statuspage.timeline import Update
from statuspage.view import View

RECENT = 50
"""How many incidents ``incidents.json`` holds, as Statuspage's does."""

Json = dict[str, Any]


def documents(view: View) -> Mapping[str, Json]:
    """File name below ``api/v2/`` to document. Texts are in the language of ``view``."""
    api = _Api(view)
    page, status, components = api.page(), api.status(), api.components()
    unresolved = [api.incident(story) for story in view.board.open]
    recent = [api.incident(story) for story in view.board.stories[:RECENT]]
    planned: Json = {"page": page, "scheduled_maintenances": []}
    return {
        "summary.json": {
            "page": page,
            "components": components,
            "incidents": unresolved,
            "scheduled_maintenances": [],
            "status": status,
        },
        "status.json": {"page": page, "status": status},
        "components.json": {"page": page, "components": components},
        "incidents.json": {"page": page, "incidents": recent},
        "incidents/unresolved.json": {"page": page, "incidents": unresolved},
        "scheduled-maintenances.json": planned,
        "scheduled-maintenances/upcoming.json": planned,
        "scheduled-maintenances/active.json": planned,
    }


def status(components: Sequence[Health]) -> tuple[str, str]:
    """Indicator and description, by Statuspage's rules; what nobody sees is at least minor."""
    seen = [health.status for health in components]
    for holds, found, indicator, description in _RULES:
        if found in seen and holds(status is found for status in seen):
            return indicator, description
    return "none", "All Systems Operational"


_RULES: tuple[tuple[Callable[..., bool], ComponentStatus, str, str], ...] = (
    (all, ComponentStatus.MAJOR, "critical", "Major System Outage"),
    (any, ComponentStatus.MAJOR, "major", "Partial System Outage"),
    (all, ComponentStatus.PARTIAL, "major", "Partial System Outage"),
    (any, ComponentStatus.PARTIAL, "minor", "Minor Service Outage"),
    (all, ComponentStatus.DEGRADED, "minor", "Degraded System Service"),
    (any, ComponentStatus.DEGRADED, "minor", "Partially Degraded Service"),
    (all, ComponentStatus.UNKNOWN, "minor", "Service State Unknown"),
    (any, ComponentStatus.UNKNOWN, "minor", "Service State Partially Unknown"),
    (any, ComponentStatus.MAINTENANCE, "maintenance", "Service Under Maintenance"),
)


def host(board: Board) -> str:
    """The name by which the page goes in ids that must be the world's only ones."""
    return urlsplit(board.page_url).hostname or "localhost"


@dataclass(frozen=True, slots=True)
class _Api:
    view: View

    @property
    def _board(self) -> Board:
        return self.view.board

    def page(self) -> Json:
        return {
            "id": host(self._board),
            "name": self.view.portal,
            "url": self._board.page_url,
            "time_zone": self._board.portal.timezone,
            "updated_at": _instant(self._board.made_at),
        }

    def status(self) -> Json:
        indicator, description = status(self._board.components)
        return {"indicator": indicator, "description": description}

    def components(self) -> list[Json]:
        numbered = enumerate(self._board.components, 1)
        return [self._component(health, position) for position, health in numbered]

    def incident(self, story: Story) -> Json:
        incident = story.incident
        return {
            "id": story.id,
            "name": self.view.title(story),
            "status": incident.status.value,
            "created_at": _instant(story.published_at),
            "updated_at": _instant(story.changed_at),
            "monitoring_at": _instant(incident.monitoring_at),
            "resolved_at": _instant(incident.resolved_at),
            "impact": incident.impact.value,
            "shortlink": links.absolute(self._board.page_url, links.incident_page(story.id)),
            "started_at": _instant(incident.started_at),
            "page_id": host(self._board),
            "incident_updates": [self._update(story, update) for update in story.updates],
            "components": [self._affected(story)],
            "reminder_intervals": None,
        }

    def _update(self, story: Story, update: Update) -> Json:
        at = _instant(update.at)
        return {
            "id": update.id,
            "status": update.status.value,
            "body": self.view.text(story, update),
            "incident_id": story.id,
            "created_at": at,
            "updated_at": at,
            "display_at": at,
            "affected_components": None,
            "deliver_notifications": True,
            "custom_tweet": None,
            "tweet_id": None,
        }

    def _affected(self, story: Story) -> Json:
        incident = story.incident
        for position, health in enumerate(self._board.components, 1):
            if health.component.id == incident.component:
                return self._component(health, position)
        gone = Component(incident.component, incident.component_name)
        return self._component(Health(gone, ComponentStatus.UNKNOWN), 0)

    def _component(self, health: Health, position: int) -> Json:
        component = health.component
        about = [s for s in self._board.stories if s.incident.component == component.id]
        changes = [story.changed_at for story in about]
        document: Json = {
            "id": component.id,
            "name": in_language(component.name, self.view.lang) or component.id,
            "status": health.status.value,
            "created_at": None,
            "updated_at": _instant(max(changes, default=None)),
            "position": position,
            "description": None,
            "showcase": True,
            "start_date": None,
            "group_id": None,
            "page_id": host(self._board),
            "group": False,
            "only_show_if_degraded": False,
        }
        if health.status is ComponentStatus.UNKNOWN:
            document["x_last_known_status"] = health.last_known and health.last_known.value
        return document


def _instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, with milliseconds and Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
