"""The page for programs: Statuspage's public API v2, every field of it always there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import zip_longest
from typing import Any

from incidents.component import Component, Text, in_language
from incidents.health import ComponentStatus, Health
from incidents.maintenance import Window
from statuspage import links
from statuspage.affected import status_at
from statuspage.board import Board, Story
from statuspage.timeline import Turn, Update
from statuspage.view import View
from statuspage.works import Stage, Work, stage_of, turns

RECENT = 50
"""How many incidents ``incidents.json`` holds, as Statuspage's does."""

Json = dict[str, Any]


def documents(view: View) -> Mapping[str, Json]:
    """File name below ``api/v2/`` to document. Texts are in the language of ``view``."""
    listed = {h.component.id: (h, place) for place, h in enumerate(view.board.components, 1)}
    api = _Api(view, listed, view.board.by_component())
    page, status, components = api.page(), api.status(), api.components()
    unresolved = [api.incident(story) for story in view.board.open]
    recent = [api.incident(story) for story in view.board.stories[:RECENT]]
    active, upcoming = api.scheduled(Stage.IN_PROGRESS), api.scheduled(Stage.SCHEDULED)
    over = api.scheduled(Stage.COMPLETED, Stage.CANCELLED)[::-1]

    def works(*groups: Sequence[Json]) -> Json:
        return {"page": page, "scheduled_maintenances": [one for them in groups for one in them]}

    return {
        "summary.json": {
            "page": page,
            "components": components,
            "incidents": unresolved,
            "scheduled_maintenances": [*active, *upcoming],
            "status": status,
        },
        "status.json": {"page": page, "status": status},
        "components.json": {"page": page, "components": components},
        "incidents.json": {"page": page, "incidents": recent},
        "incidents/unresolved.json": {"page": page, "incidents": unresolved},
        "scheduled-maintenances.json": works(active, upcoming, over),
        "scheduled-maintenances/upcoming.json": works(upcoming),
        "scheduled-maintenances/active.json": works(active),
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


@dataclass(frozen=True, slots=True)
class _Api:
    view: View
    listed: Mapping[str, tuple[Health, int]]  # components with their places, by id
    stories: Mapping[str, Sequence[Story]]  # by component
    known: dict[str, Json] = field(default_factory=dict)  # components as they were told, by id

    @property
    def _board(self) -> Board:
        return self.view.board

    def page(self) -> Json:
        made_up = self._board.made_up_until
        return {
            "id": self._board.host,
            "name": self.view.portal,
            "url": self._board.page_url,
            "time_zone": self._board.portal.timezone,
            "updated_at": _instant(self._board.made_at),
            **({"x_made_up_until": _instant(made_up)} if made_up else {}),
        }

    def status(self) -> Json:
        indicator, description = status(self._board.components)
        return {"indicator": indicator, "description": description}

    def components(self) -> list[Json]:
        return [self._known(health.component.id, {}) for health in self._board.components]

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
            "page_id": self._board.host,
            "incident_updates": [
                self._update(story, update, before)
                for update, before in zip_longest(story.updates, story.updates[1:])
            ],
            "components": [self._known(one.component, one.name) for one in story.members],
            "reminder_intervals": None,
        }

    def scheduled(self, *stages: Stage) -> list[Json]:
        """Stretches of announced work that are so far, the earliest first; the nearest ``RECENT``.

        Repetitions are told one by one.
        """
        now = self._board.made_at
        found = [
            (work, window)
            for work in self._board.works
            for window in work.windows
            if _stage(work, window, now) in stages
        ]
        found.sort(key=lambda one: abs(one[1].starts_at - now))
        nearest = sorted(found[:RECENT], key=lambda one: (one[1].starts_at, one[0].id))
        return [self._stretch(work, window) for work, window in nearest]

    def _stretch(self, work: Work, window: Window) -> Json:
        now, path = self._board.made_at, self.view.file(links.work_page(work.id))
        id_ = f"{work.id}-{window.starts_at:%Y%m%dT%H%MZ}" if work.plan.repeats else work.id
        stage = _stage(work, window, now)
        lines = turns(work, window, now)
        return {
            "id": id_,
            "name": self.view.announced.title(work),
            "status": _WORD[stage],
            "created_at": _instant(work.plan.announced_at),
            "updated_at": _instant(lines[0][0]),
            "monitoring_at": None,
            "resolved_at": _instant(lines[0][0]) if _WORD[stage] == "completed" else None,
            "impact": "maintenance",
            "shortlink": links.absolute(self._board.page_url, path),
            "started_at": _instant(window.starts_at),
            "page_id": self._board.host,
            "incident_updates": [
                _line(id_, at, _WORD[of], self._said(work, of)) for at, of in lines
            ],
            "components": [self._known(id_, {}) for id_ in work.plan.components],
            "reminder_intervals": None,
            "scheduled_for": _instant(window.starts_at),
            "scheduled_until": _instant(window.ends_at),
        }

    def _said(self, work: Work, stage: Stage) -> str:
        """What was announced; how it goes on, in a sentence."""
        announced = self.view.announced.text(work) if stage is Stage.SCHEDULED else ""
        return announced or self.view.announced.line(stage)

    def _update(self, story: Story, update: Update, before: Update | None) -> Json:
        line = _line(
            story.id, update.at, update.status.value, self.view.text(story, update), id_=update.id
        )
        return {**line, "affected_components": self._changes(story, update, before) or None}

    def _changes(self, story: Story, update: Update, before: Update | None) -> list[Json]:
        """What each component was at the line before, and is at this one."""
        if update.turn is Turn.MERGED:
            return []  # how they are now, the other incident says
        incident = story.incident
        found = []
        for one in story.members:
            if one.component in incident.apart and not one.is_unwell:
                continue  # likewise
            new = status_at(incident, one.component, update.at)
            old = status_at(incident, one.component, before.at) if before else _WELL
            if old is not _WELL or new is not _WELL:
                name = self.view.name(one.component, one.name)
                words = {"old_status": old.value, "new_status": new.value}
                found.append({"code": one.component, "name": name, **words})
        return found

    def _known(self, id_: str, name: Text) -> Json:
        if id_ not in self.known:
            unlisted = Health(Component(id_, name), ComponentStatus.UNKNOWN), 0
            self.known[id_] = self._component(*self.listed.get(id_, unlisted))
        return self.known[id_]

    def _component(self, health: Health, position: int) -> Json:
        component = health.component
        since, changed = self._instants(component.id)
        document: Json = {
            "id": component.id,
            "name": in_language(component.name, self.view.lang) or component.id,
            "status": health.status.value,
            "created_at": _instant(since),
            "updated_at": _instant(changed),
            "position": position,
            "description": self.view.journeys_of(component) or None,
            "showcase": True,
            "start_date": None,
            "group_id": None,
            "page_id": self._board.host,
            "group": False,
            "only_show_if_degraded": False,
        }
        if health.status is ComponentStatus.UNKNOWN:
            document["x_last_known_status"] = health.last_known and health.last_known.value
        return document

    def _instants(self, component: str) -> tuple[datetime, datetime]:
        """Since when we know of a component, and when there was news of it last.

        Programs for Statuspage fail where one of them is missing.
        """
        board = self._board
        stories = self.stories.get(component, ())
        works = [
            turns(work, window, board.made_at)
            for work in board.works
            if work.touches(component)
            for window in (work.current, *work.past)
            if window
        ]
        days = board.history[component].days if component in board.history else ()
        seen = (day.date for day in days if day.seconds.total > day.seconds.unknown)
        first = next(seen, board.made_at.astimezone(board.zone).date())
        midnight = datetime.combine(first, time(), board.zone)
        since = min([midnight, *(s.incident.started_at for s in stories)])
        news = [*(s.changed_at for s in stories), *(told[0][0] for told in works)]
        return since, max([since, *news])


_WELL = ComponentStatus.OPERATIONAL
_WORD = {stage: stage.value for stage in Stage} | {Stage.CANCELLED: "completed"}


def _stage(work: Work, window: Window, now: datetime) -> Stage:
    return Stage.CANCELLED if work.stage is Stage.CANCELLED else stage_of(window, now)


def _line(about: str, moment: datetime, status: str, body: str, *, id_: str = "") -> Json:
    at = _instant(moment)
    return {
        "id": id_ or f"{about}-{status}",
        "status": status,
        "body": body,
        "incident_id": about,
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, with milliseconds and Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
