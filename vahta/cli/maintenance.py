"""``vahta maintenance``: work announced to citizens, during which nobody is woken."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from incidents.commands import BY_HAND, UNNUMBERED
from incidents.component import in_language, listed
from incidents.events import MaintenancePlanned
from incidents.maintenance import Maintenance
from vahta import clock
from vahta.cli.common import Desk
from vahta.cli.incident import in_desk, recorder, whoever, words
from vahta.cli.options import Common, common_options, json_text
from vahta.cli.times import moment, stretch

_REPEATS = {"daily": "FREQ=DAILY", "weekly": "FREQ=WEEKLY", "monthly": "FREQ=MONTHLY"}
_AHEAD = timedelta(days=400)


@click.group()
def maintenance() -> None:
    """Announced work: probes go on, but nothing opens and nobody is woken."""


@maintenance.command()
@click.argument("components", nargs=-1, required=True)
@click.option("--from", "start", required=True, help='"2026-11-25 02:00" in the portal\'s zone.')
@click.option("--for", "lasts", help='How long, such as "2h30m".')
@click.option("--until", help="Or until when.")
@click.option("--title", required=True, help="What citizens read.")
@click.option("--text", help="More about it: what won't work, what to do meanwhile.")
@click.option(
    "--repeat", help='daily, weekly, monthly, or a rule such as "FREQ=WEEKLY;BYDAY=SU,WE".'
)
@common_options
@click.pass_obj
def add(common: Common, /, **given: Any) -> None:
    """Announce work on COMPONENTS; prints its number."""

    async def work(it: Desk) -> None:
        components: tuple[str, ...] = given["components"]
        known = listed(it.config.components, it.state.register.components())
        for name in components:
            if name not in known:
                raise click.UsageError(f"no component {name!r}; known: {', '.join(known)}")
        if not given["title"].strip():
            raise click.UsageError("announced work needs a title")
        starts_at = moment(given["start"], it.config.portal.zone)
        repeat = given["repeat"] or ""
        plan = MaintenancePlanned(
            UNNUMBERED,
            components[0],
            BY_HAND,
            tuple(dict.fromkeys(components)),
            starts_at,
            _end(it, starts_at, given["lasts"], given["until"]),
            it.config.portal.timezone,
            repeats=_REPEATS.get(repeat, repeat),
            title=words(it, given["title"]),
            text=words(it, given["text"]),
        )
        entry = await recorder(it).announce(plan, actor=whoever())
        click.echo(entry.event.incident)

    in_desk(common, work)


@maintenance.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def list_(common: Common, *, as_json: bool) -> None:
    """Work under way and ahead."""

    async def work(it: Desk) -> None:
        now = clock.now()
        found = [_fields(one, now) for one in it.state.register.maintenance() if not one.is_over]
        if as_json:
            click.echo(json_text({"maintenance": found}))
            return
        zone = it.config.portal.zone
        for one in found:
            start = datetime.fromisoformat(one["starts_at"]).astimezone(zone)
            end = datetime.fromisoformat(one["ends_at"]).astimezone(zone)
            again = f" {one['repeats']}" if one["repeats"] else ""
            title = in_language(one["title"], it.lang)
            click.echo(
                f"{one['id']}  {one['status']:<11}  {start:%Y-%m-%d %H:%M} – {end:%H:%M %Z}{again}"
                f"  {', '.join(one['components'])}  {title}"
            )

    in_desk(common, work)


@maintenance.command()
@click.argument("number")
@common_options
@click.pass_obj
def cancel(common: Common, number: str) -> None:
    """Call it off, or end it now."""

    async def work(it: Desk) -> None:
        await recorder(it).cancel(number, actor=whoever())
        click.echo(f"{number} cancelled")

    in_desk(common, work)


def _end(it: Desk, starts_at: datetime, lasts: str | None, until: str | None) -> datetime:
    if (lasts is None) == (until is None):
        raise click.UsageError("say how long it takes with --for, or when it ends with --until")
    try:
        return starts_at + stretch(lasts) if lasts else moment(until or "", it.config.portal.zone)
    except OverflowError as error:
        raise click.UsageError("announced work cannot last so long") from error


def _fields(work: Maintenance, now: datetime) -> dict[str, Any]:
    """One announced work with its stretch under way, or the next one."""
    window = work.window_at(now)
    shown = window or work.next_window(now, within=_AHEAD)
    return {
        "id": work.id,
        "status": "in_progress" if window else "scheduled",
        "components": list(work.components),
        "title": dict(work.title),
        "text": dict(work.text),
        "starts_at": (shown.starts_at if shown else work.starts_at).isoformat(),
        "ends_at": (shown.ends_at if shown else work.ends_at).isoformat(),
        "repeats": work.repeats or None,
        "timezone": work.timezone,
    }
