"""``vahta oncall``: who is on call now and next, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import click

from desk.duty import Roster, as_json
from vahta import clock
from vahta.cli.common import Desk, desk, told_plainly
from vahta.cli.incident import whoever
from vahta.cli.oncall_chart import chart
from vahta.cli.options import Common, common_options, json_text
from vahta.cli.times import moment, stretch
from vahta.duty import Watchkeepers, duty_of

_MOST_DAYS = 92
_NONE = "no rotas: add an [[oncall]] to the config"


@click.group(invoke_without_command=True)
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@click.option("--at", help='Another moment than now, such as "2026-11-25 09:00".')
@click.option("--days", type=click.IntRange(1, _MOST_DAYS), default=14, show_default=True)
@common_options
@click.pass_context
def oncall(context: click.Context, *, as_json_: bool, at: str | None, days: int) -> None:
    """Who is on call now, who is next, and the days ahead."""
    if context.invoked_subcommand is not None:
        return

    async def work(it: Desk, keepers: Watchkeepers) -> None:
        zone = it.config.portal.zone
        now = moment(at, zone) if at else clock.now()
        found = await keepers.rosters(now, days=days)
        if as_json_:
            rotas = [as_json(roster) for roster in found]
            click.echo(json_text({"at": now.isoformat(), "rotas": rotas}))
        elif not found:
            click.echo(_NONE, err=True)
        for number, roster in enumerate([] if as_json_ else found):
            click.echo("\n" if number else "", nl=False)
            _show(roster, it.lang)

    _with_rotas(context.find_object(Common) or Common(), work)


@oncall.command()
@click.argument("rota")
@common_options
@click.pass_obj
def ics(common: Common, rota: str) -> None:
    """ROTA as a calendar, for programs that show calendars."""

    async def work(it: Desk, keepers: Watchkeepers) -> None:
        text = await keepers.calendar(rota, it.lang)
        if text is None:
            known = ", ".join(keepers.duty.rotas) or "none"
            raise click.UsageError(f"no rota {rota!r}; known: {known}")
        click.echo(text.encode(), nl=False)  # its line ends are its own

    _with_rotas(common, work)


@oncall.command()
@click.argument("rota")
@click.argument("engineer")
@click.option("--from", "start", help='"2026-11-25 09:00" in the rota\'s zone; now.')
@click.option("--for", "lasts", help='How long, such as "12h".')
@click.option("--until", help="Or until when.")
@common_options
@click.pass_obj
def override(common: Common, /, **given: Any) -> None:
    """ENGINEER stands in on ROTA, whatever the rotation says; prints the override's number."""

    async def work(it: Desk, keepers: Watchkeepers) -> None:
        if (given["lasts"] is None) == (given["until"] is None):
            raise click.UsageError("say how long it takes with --for, or when it ends with --until")
        found = keepers.duty.rotas.get(given["rota"])
        zone = found.zone if found else it.config.portal.zone
        since = moment(given["start"], zone) if given["start"] else clock.now()
        until = since + stretch(given["lasts"]) if given["lasts"] else moment(given["until"], zone)
        entered = await keepers.stand_in(
            given["rota"], given["engineer"], whoever(), since=since, until=until
        )
        click.echo(str(entered.id))

    _with_rotas(common, work)


@oncall.command()
@click.argument("number", type=int)
@common_options
@click.pass_obj
def remove(common: Common, number: int) -> None:
    """Take an override back; one under way ends now."""

    async def work(_: Desk, keepers: Watchkeepers) -> None:
        await keepers.remove(number, whoever())
        click.echo(f"{number} removed")

    _with_rotas(common, work)


def _with_rotas(
    common: Common, work: Callable[[Desk, Watchkeepers], Coroutine[Any, Any, None]]
) -> None:
    async def whole() -> None:
        async with desk(common, fold=False) as it:
            try:
                await work(it, Watchkeepers(duty_of(it.config, it.state.store, clock.now)))
            except OverflowError as error:
                raise click.UsageError("that is too far away to reckon with") from error

    told_plainly(whole)


def _show(roster: Roster, lang: str) -> None:
    """Now and next in a line each, the days drawn, and who stands in."""

    def local(at: datetime) -> str:
        return f"{at.astimezone(roster.zone):%a %Y-%m-%d %H:%M}"

    until = f", until {local(roster.until)}" if roster.until else ", no end in sight"
    who = roster.now.called(lang) if roster.now else click.style("NOBODY", fg="red", bold=True)
    click.echo(f"{roster.called(lang)} ({roster.id}), {roster.zone.key}")
    click.echo(f"  now   {who}{until}")
    if roster.next and roster.next.engineer:
        name = roster.next.engineer.called(lang)
        click.echo(f"  next  {name}, from {local(roster.next.since)}")
    else:
        click.echo("  next  nobody in sight")
    click.echo("")
    for line in chart(roster, lang):
        click.echo(f"  {line}".rstrip())
    for one in roster.stand_ins:
        click.echo(
            f"  override {one.id}: {one.engineer.called(lang)},"
            f" {local(one.since)} – {local(one.until)}, entered by {one.by}"
        )
