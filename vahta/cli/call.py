"""``vahta call``: citizens' calls, noted and counted from a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import click

from desk.calls.call import Call, Draft, to_json
from desk.calls.figures import Figures, as_json, to_csv
from desk.calls.reception import Reception
from incidents.events import Medium
from vahta import clock
from vahta.calls import open_reception
from vahta.cli.common import Desk
from vahta.cli.incident import in_desk, recorder, whoever
from vahta.cli.options import Common, common_options, json_text
from vahta.cli.times import moment

_CHANNELS = [medium.value for medium in Medium]
_LATELY = timedelta(days=1)


@click.group()
def call() -> None:
    """Citizens' calls: note one, find one, count them."""


def _reception(it: Desk) -> Reception:
    return open_reception(it.config, it.state, recorder(it), it.texts)


@call.command()
@click.argument("text")
@click.option("--incident", help="The incident that it is about.")
@click.option("--article", help="The article that answered it.")
@click.option("--component", help="What it is about, where neither is known.")
@click.option("--region", help="Where the caller is.")
@click.option(
    "--channel", type=click.Choice(_CHANNELS), default=Medium.PHONE.value, show_default=True
)
@click.option("--again", metavar="NUMBER", help="The caller rings again: their first number.")
@click.option("--promise", is_flag=True, help="The caller wants to hear when it is over.")
@click.option("--escalate", is_flag=True, help="Engineers are to look into it.")
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def note(common: Common, /, **given: Any) -> None:
    """Note a call; prints its reference number. TEXT is masked and kept encrypted."""

    async def work(it: Desk) -> None:
        draft = Draft(
            given["text"],
            Medium(given["channel"]),
            given["incident"],
            given["article"],
            given["component"],
            given["region"],
            promised=given["promise"],
            escalated=given["escalate"],
            repeat_of=given["again"],
        )
        noted = await _reception(it).note(draft, operator=whoever())
        click.echo(json_text(to_json(noted)) if given["as_json_"] else noted.number)
        if noted.draft.incident != draft.incident:
            click.echo(f"counted on {noted.draft.incident}", err=True)

    in_desk(common, work)


@call.command("list")
@click.option("--from", "since", help='"2026-11-25 09:00" in the portal\'s zone; a day ago.')
@click.option("--to", "until", help="Up to then; until now.")
@click.option("--promised", is_flag=True, help="Only promises that are still to be kept.")
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def list_(common: Common, /, **given: Any) -> None:
    """Calls, oldest first, with what was said as far as it hasn't been erased."""

    async def work(it: Desk) -> None:
        ledger = _reception(it).ledger
        if given["promised"]:
            found = await ledger.promised()
        else:
            found = await ledger.between(*_period(it, given["since"], given["until"], _LATELY))
        if given["as_json_"]:
            click.echo(json_text({"calls": [to_json(one) for one in found]}))
            return
        for one in found:
            click.echo("  ".join(_line(one, it)))

    in_desk(common, work)


@call.command()
@click.argument("number")
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def show(common: Common, number: str, *, as_json_: bool) -> None:
    """One call by its reference number."""

    async def work(it: Desk) -> None:
        found = await _reception(it).ledger.find(number)
        if found is None:
            raise click.UsageError(f"there is no call {number}")
        if as_json_:
            click.echo(json_text(to_json(found)))
            return
        for key, value in to_json(found).items():
            if value not in (None, "", False):
                click.echo(f"{key + ':':<16}{value}")

    in_desk(common, work)


@call.command()
@click.argument("number")
@common_options
@click.pass_obj
def kept(common: Common, number: str) -> None:
    """The caller has been told, as was promised."""

    async def work(it: Desk) -> None:
        done = await _reception(it).ledger.called_back(number)
        click.echo(f"{number} kept" if done else f"{number}: there was no promise to keep")

    in_desk(common, work)


@call.command()
@click.option(
    "--from", "since", help="\"2026-11-25 09:00\" in the portal's zone; today's midnight."
)
@click.option("--to", "until", help="Up to then; until now.")
@click.option("--csv", "as_csv", is_flag=True, help="Calls by hour and symptom.")
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def figures(common: Common, /, **given: Any) -> None:
    """What people called about, and how well they were answered."""
    if given["as_csv"] and given["as_json_"]:
        raise click.UsageError("give either --csv or --json")

    async def work(it: Desk) -> None:
        reception = _reception(it)
        found = await reception.figures(*_period(it, given["since"], given["until"], None))
        names = reception.names({hour.symptom for hour in found.by_hour}, it.lang)
        if given["as_csv"]:
            click.echo(to_csv(found, names), nl=False)
        elif given["as_json_"]:
            click.echo(json_text(as_json(found, names)))
        else:
            for line in _table(found):
                click.echo(line)

    in_desk(common, work)


def _period(
    it: Desk, since: str | None, until: str | None, back: timedelta | None
) -> tuple[datetime, datetime]:
    """From ``since``, else so far ``back`` or today's midnight, to ``until``, else now."""
    zone, now = it.config.portal.zone, clock.now()
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = moment(since, zone) if since else now - back if back else midnight
    end = moment(until, zone) if until else now + timedelta(seconds=1)
    if end <= begin:
        raise click.UsageError("--to is no later than --from")
    return begin, end


def _line(one: Call, it: Desk) -> Iterator[str]:
    yield one.number
    yield f"{one.at.astimezone(it.config.portal.zone):%Y-%m-%d %H:%M}"
    yield one.draft.incident or one.draft.article or one.draft.symptom
    if one.due_at:
        yield f"due {one.due_at.astimezone(it.config.portal.zone):%d.%m %H:%M}"
    yield " ".join(one.text.split())


def _table(found: Figures) -> Iterator[str]:
    yield f"calls                       {found.calls}"
    for name, part in (
        ("from a known incident", found.by_incident),
        ("from an article", found.by_article),
        ("nothing was known", found.unanswered),
        ("rang again", found.repeats),
        ("escalated", found.escalated),
    ):
        share = found.share(part)
        yield f"  {name:<24}  {part}" + (f"  {share:.0%}" if share is not None else "")
    yield f"promises                    {found.promised}, {found.kept} kept"
    for name, length in (
        ("median time to note", found.to_note),
        ("median to a public word", found.to_public_word),
    ):
        yield f"{name:<26}  " + (f"{length.total_seconds():.0f} s" if length else "-")
