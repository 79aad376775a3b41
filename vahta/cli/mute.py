"""``vahta mute``: no news of an incident or a component for a while, but always its end."""

from __future__ import annotations

from typing import Any

import click

from desk.silence import silence_json
from incidents.component import listed
from vahta import clock
from vahta.cli.common import Desk
from vahta.cli.incident import in_desk, whoever
from vahta.cli.options import Common, common_options, json_text
from vahta.cli.times import moment, stretch
from vahta.muting import Muting


@click.group()
def mute() -> None:
    """No news of an incident or a component for a while.

    What is still going on when it ends is told then. Whoever has heard of something is told that
    it is over, muted or not, and what rings until somebody takes it goes on ringing.
    """


@mute.command()
@click.argument("what")
@click.option("--for", "lasts", help='How long, such as "2h".')
@click.option("--until", help='Or until when, such as "2026-11-25 09:00" in the portal\'s zone.')
@click.option("--why", required=True, help="For whoever wonders why it is so quiet.")
@common_options
@click.pass_obj
def add(common: Common, /, **given: Any) -> None:
    """Mute WHAT, the number of an incident or the id of a component; prints the mute's number."""

    async def work(it: Desk) -> None:
        what, now = given["what"], clock.now()
        if (given["lasts"] is None) == (given["until"] is None):
            raise click.UsageError("say how long it takes with --for, or when it ends with --until")
        zone = it.config.portal.zone
        until = now + stretch(given["lasts"]) if given["lasts"] else moment(given["until"], zone)
        component = (
            what if what in listed(it.config.components, it.state.register.components()) else ""
        )
        incident = "" if component else what.upper()
        if incident and await it.state.register.find(incident) is None:
            known = ", ".join(listed(it.config.components, it.state.register.components()))
            raise click.UsageError(f"no incident or component {what!r}; components: {known}")
        asked = await _mutes(it).mute(
            whoever(), incident=incident, component=component, until=until, why=given["why"]
        )
        click.echo(str(asked.id))

    in_desk(common, work)


@mute.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def list_(common: Common, *, as_json: bool) -> None:
    """What is muted now, until when, by whom and why."""

    async def work(it: Desk) -> None:
        found = await _mutes(it).standing()
        if as_json:
            click.echo(json_text({"mutes": [silence_json(one) for one in found]}))
            return
        for one in found:
            until = f"{one.until.astimezone(it.config.portal.zone):%Y-%m-%d %H:%M}"
            what = one.incident or one.component
            click.echo(f"{one.id}  {what}  until {until}  {one.by}: {one.why}")

    in_desk(common, work)


@mute.command()
@click.argument("number", type=int)
@common_options
@click.pass_obj
def lift(common: Common, number: int) -> None:
    """End a mute now; what waited for it is told."""

    async def work(it: Desk) -> None:
        if not await _mutes(it).lift(number, whoever()):
            raise click.UsageError(f"no mute {number} stands: see vahta mute list")
        click.echo(f"{number} lifted")

    in_desk(common, work)


def _mutes(it: Desk) -> Muting:
    return Muting(it.state.store, clock.now)
