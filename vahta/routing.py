"""The config's routes in the words of those who tell."""

from __future__ import annotations

from notify.directory import Directory
from notify.hours import parse_hours
from notify.routing import Route
from vahta.config import Config


def directory_of(config: Config) -> Directory:
    """Engineers and rotas."""
    return Directory(
        {one.id: one for one in config.engineers}, {one.id: one for one in config.rotas}
    )


def routes_of(config: Config) -> list[Route]:
    """In the file's order."""
    policies = {one.id: one.policy() for one in config.escalations}
    return [
        Route(
            r.id,
            r.channels,
            component=r.component,
            impact=r.impact,
            event=r.event,
            reason=r.reason,
            region=r.region,
            time=tuple(map(parse_hours, r.time)),
            zone=config.portal.zone,
            oncall=r.oncall,
            engineers=r.engineers,
            escalation=policies.get(r.escalation or ""),
        )
        for r in config.routes
    ]
