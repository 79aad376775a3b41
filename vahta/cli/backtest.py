"""``vahta backtest``: what other rules would have made of the recorded past."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import click

from incidents.backtest.compare import Course, Row, Total
from notify.catalog import kinds
from vahta import clock
from vahta.backtest import Compared, Reached, Telling, compared
from vahta.cli.backtest_table import Table
from vahta.cli.common import load_config, told_plainly
from vahta.cli.options import Common, common_options, json_text
from vahta.cli.times import stretch
from vahta.config import Config
from vahta.routing import directory_of, routes_of
from vahta.service import house, made_probes
from vahta.state import opened

_SAY_EVERY = 5.0


@click.command()
@click.option("--since", default="7d", show_default=True, help="How far back, such as 36h.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def backtest(common: Common, /, since: str, *, as_json: bool) -> None:
    """Tell the recorded past again by the rules of another config, beside what was opened.

    Give that config with -c, and where the past is with --state or its own [state] dir. Nothing
    is written and nobody is told. What was seen is kept for fourteen days.
    """
    config = load_config(common)
    back = stretch(since)

    async def work() -> Compared:
        now = clock.now()
        async with opened(config.state_dir, now=now, threads=False) as state:
            await state.register.refresh()

            def tell(db: Any) -> Compared:
                with db.atomic():  # one view for all
                    return compared(
                        db,
                        house(config, made_probes(config)),
                        _telling(config),
                        since=now - back,
                        until=now,
                        heard=_progress(),
                    )

            return await state.store.read(tell)

    found = told_plainly(work)
    if as_json:
        click.echo(json_text(_document(found, config)))
        return
    for line in Table(found, config).lines():
        click.echo(line)


def _telling(config: Config) -> Telling:
    """Whom the config tells; nothing is connected for that."""
    reached = {c.id: tuple(dict.fromkeys(kinds()[c.kind].recipients(c))) for c in config.channels}
    directory = directory_of(config)
    return Telling(routes_of(config), partial(directory.people, reached, ()))


def _progress() -> Callable[[datetime], None]:
    """Says on standard error how far it is, once it takes long."""
    said = time.monotonic()

    def heard(at: datetime) -> None:
        nonlocal said
        if time.monotonic() - said > _SAY_EVERY:
            said = time.monotonic()
            click.echo(f"told again up to {at:%Y-%m-%d %H:%M} UTC", err=True)

    return heard


# ── for machines ──


def _document(found: Compared, config: Config) -> dict[str, Any]:
    names = {c.id: dict(c.name) for c in config.components}
    return {
        "since": found.stretch.since.isoformat(),
        "until": found.stretch.until.isoformat(),
        "observations": found.left.observations,
        "incidents": [_row(row, names, found) for row in found.rows],
        "totals": {"was": _total(found.was), "would": _total(found.would)},
        "people": {
            "again": found.left.again,
            "left_out": [
                {
                    "at": entry.at.isoformat(),
                    "incident": entry.event.incident,
                    "what": type(entry.event).__name__.lower(),
                    "why": why,
                }
                for entry, why in found.left.dropped
            ],
        },
        "probes": {
            "not_configured": list(found.not_configured),
            "not_recorded": list(found.not_recorded),
        },
    }


def _row(row: Row, names: Mapping[str, Any], found: Compared) -> dict[str, Any]:
    only = None if row.was and row.would else "was" if row.was else "would"
    return {
        "component": row.component,
        "name": names.get(row.component, {}),
        "only": only,
        "part_of": row.part_of,
        "was": _course(row.was, found.told, found),
        "would": _course(row.would, found.would_tell, found),
    }


def _course(course: Course | None, reached: Reached, found: Compared) -> dict[str, Any] | None:
    if course is None:
        return None
    incident = course.incident
    moments: Sequence[tuple[str, datetime | None]] = (
        ("started_at", incident.started_at),
        ("opened_at", incident.opened_at),
        ("published_at", incident.published_at),
        ("resolved_at", incident.resolved_at),
    )
    return {
        "id": incident.id,
        "origin": incident.origin.value,
        "status": incident.status.value,
        "impact": incident.impact.value,
        **{name: at.isoformat() if at else None for name, at in moments},
        "seconds": course.lasted(found.stretch.until).total_seconds(),
        "public_seconds": course.public.total_seconds(),
        "messages": dict(reached.get(incident.id, {})),
    }


def _total(sums: Total) -> dict[str, Any]:
    return {
        "incidents": sums.incidents,
        "never_published": sums.blips,
        "public_seconds": sums.public.total_seconds(),
        "messages": sums.messages,
    }
