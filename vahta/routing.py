"""The config's routes in the words of those who tell."""

from __future__ import annotations

from datetime import timedelta

from notify.oncall.directory import Directory
from notify.oncall.hours import parse_hours
from notify.planning.manner import Manner, Nights, parse_digest
from notify.planning.quiet import Quiet
from notify.planning.routing import Route
from vahta.config import Config
from vahta.config.routing import RouteSettings


def directory_of(config: Config) -> Directory:
    """Engineers and rotas."""
    return Directory(
        {one.id: one for one in config.engineers}, {one.id: one for one in config.rotas}
    )


def routes_of(config: Config) -> list[Route]:
    """In the file's order; but who is told at once by one route gets no digest by another."""
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
        for r in sorted(config.routes, key=lambda r: r.digest is not None)
    ]


def quiet_of(config: Config) -> Quiet:
    """How much one recipient is told at once."""
    return Quiet(
        gather=timedelta(seconds=config.quiet.gather),
        most=config.quiet.most,
        hours=tuple(map(parse_hours, config.quiet.hours)),
        zone=config.portal.zone,
        alone={channel.id for channel in config.channels if not channel.gather},
        first={channel.id: channel.first for channel in config.channels},
        manners={r.id: _manner(r) for r in config.routes},
        nights={
            one.id: Nights(one.quiet_hours, one.zone)
            for one in config.engineers
            if one.quiet_hours is not None
        },
    )


def _manner(route: RouteSettings) -> Manner:
    hours = () if route.escalation else route.quiet_hours
    return Manner(
        wait=timedelta(seconds=route.wait),
        digest=parse_digest(route.digest) if route.digest else None,
        hours=None if hours is None else tuple(map(parse_hours, hours)),
    )
