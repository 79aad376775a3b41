"""``vahta incident``: what the desk can do, from a terminal."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import click

from incidents.codec import tag
from incidents.commands import (
    Acknowledge,
    ByHand,
    Open,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
)
from incidents.component import Text, listed
from incidents.course import course_json
from incidents.events import Impact, Scope, Status
from incidents.incident import Incident
from incidents.recorder import Recorder
from incidents.transfer import parse, to_json
from vahta import clock
from vahta.cli.common import Desk, desk, told_plainly
from vahta.cli.options import Common, common_options, json_text
from vahta.cli.postmortem import postmortem
from vahta.cli.times import moment, stretch

_IMPACTS = [i.value for i in Impact]
_STATUSES = [s.value for s in Status if s is not Status.SUSPECTED]


@click.group()
def incident() -> None:
    """What the desk can do with incidents; import and export."""


incident.add_command(postmortem)


def recorder(it: Desk) -> Recorder:
    """Commands decide without evidence: they append through the same port as the service."""
    house = it.config.house(paces={})
    return Recorder(it.state.journal, it.state.register, house, clock=clock.now)


def whoever() -> str:
    """Who gives the command, for the journal: the account's name, or its number without one."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def words(it: Desk, text: str | None) -> Text:
    return {it.lang: text} if text else {}


def in_desk(common: Common, work: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with desk(common) as it:
            await work(it)

    told_plainly(whole)


@incident.command("open")
@click.argument("component")
@click.argument("title")
@click.option("--impact", type=click.Choice(_IMPACTS), default=Impact.MAJOR.value)
@click.option("--text", help="What citizens are told.")
@click.option("--note", help="What operators are told.")
@click.option("--region", help="Only true there.")
@click.option("--carrier", help="Only true with this mobile operator.")
@click.option("--surface", type=click.Choice(["app", "site"]), help="Only true there.")
@common_options
@click.pass_obj
def open_(common: Common, /, **given: Any) -> None:
    """Open an incident of COMPONENT by hand; prints its number."""

    async def work(it: Desk) -> None:
        known = listed(it.config.components, it.state.register.components())
        if given["component"] not in known:
            names = ", ".join(known) or "none yet: add a [[component]] to the config"
            raise click.UsageError(f"no component {given['component']!r}; known: {names}")
        command = Open(
            clock.now(),
            known[given["component"]],
            words(it, given["title"]),
            impact=Impact(given["impact"]),
            public_text=words(it, given["text"]),
            operator_note=words(it, given["note"]),
            scope=Scope(given["region"], given["carrier"], given["surface"]),
        )
        entry = await recorder(it).open(command, actor=whoever())
        click.echo(entry.event.incident)

    in_desk(common, work)


@incident.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def list_(common: Common, *, as_json: bool) -> None:
    """All incidents, unresolved first, blips and resolved included."""

    async def work(it: Desk) -> None:
        found = [*it.state.register.open_incidents(), *await it.state.register.closed()]
        if as_json:
            click.echo(json_text({"incidents": [_whole(it, i) for i in found]}))
            return
        for one in found:
            click.echo(f"{one.id}  {one.status:<13}  {it.texts.title(one, it.lang)}")

    in_desk(common, work)


@incident.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def show(common: Common, number: str, *, as_json: bool) -> None:
    """One incident and what happened to it."""

    async def work(it: Desk) -> None:
        found = await it.state.register.find(number)
        if found is None:
            raise click.UsageError(f"there is no incident {number}")
        if as_json:
            click.echo(json_text(_whole(it, found)))
            return
        zone = it.config.portal.zone
        click.echo(f"{found.id}  {it.texts.title(found, it.lang)}")
        click.echo(f"{found.status}, {found.impact}, {found.component}")
        for entry in await it.state.register.timeline(found):
            at = entry.at.astimezone(zone)
            rule = entry.event.because.rule
            click.echo(f"  {at:%Y-%m-%d %H:%M:%S %Z}  {tag(entry.event)} ({rule}, {entry.actor})")

    in_desk(common, work)


@incident.command()
@click.argument("number")
@click.option("--status", type=click.Choice(_STATUSES), help="Move it on.")
@click.option("--impact", type=click.Choice(_IMPACTS))
@click.option("--text", help="A new line for the public timeline.")
@click.option("--title", help="A better title.")
@click.option("--note", help="What operators are told.")
@click.option("--next", "next_in", help='Promise citizens the next news within "45m".')
@click.option("--lock/--unlock", default=None, help="Whether only people change its status.")
@common_options
@click.pass_obj
def update(common: Common, /, number: str, **given: Any) -> None:
    """Say something new, or move it on; moving it on publishes it."""
    if not any(value not in (None, "") for value in given.values()):
        raise click.UsageError(
            "nothing to update: give --status, --impact, --text, --title, --note, --next or --lock"
        )
    if given["status"] == Status.RESOLVED:
        rest = {**given, "status": None, "text": None}
        if any(value not in (None, "") for value in rest.values()):
            _do(common, number, lambda it: _update(it, rest))
        _do(common, number, lambda it: Resolve(words(it, given["text"])))
        return
    _do(common, number, lambda it: _update(it, given))


def _update(it: Desk, given: Mapping[str, Any]) -> Update:
    return Update(
        status=Status(given["status"]) if given["status"] else None,
        impact=Impact(given["impact"]) if given["impact"] else None,
        text=words(it, given["text"]),
        title=words(it, given["title"]),
        operator_note=words(it, given["note"]),
        locked=given["lock"],
        next_at=clock.now() + stretch(given["next_in"]) if given["next_in"] else None,
    )


@incident.command()
@click.argument("number")
@click.option("--at", help='When: "2026-11-25 09:00" in the portal\'s zone; now without it.')
@common_options
@click.pass_obj
def publish(common: Common, number: str, *, at: str | None) -> None:
    """Show it to citizens."""

    def made(it: Desk) -> Publish:
        when = moment(at, it.config.portal.zone) if at else None
        return Publish(when if when and when > clock.now() else None)

    _do(common, number, made)


@incident.command()
@click.argument("number")
@common_options
@click.pass_obj
def reopen(common: Common, number: str) -> None:
    """It isn't over after all."""
    _do(common, number, lambda _: Reopen(clock.now()))


@incident.command()
@click.argument("number")
@click.option("--into", required=True, help="The incident that it is part of.")
@common_options
@click.pass_obj
def merge(common: Common, number: str, *, into: str) -> None:
    """Close it as a part of another one, with all its components."""

    async def work(it: Desk) -> None:
        entry = await recorder(it).merge(number, into, actor=whoever())
        click.echo(f"{number} is part of {into}" + ("" if entry else " already: nothing to do"))

    in_desk(common, work)


@incident.command()
@click.argument("number")
@click.argument("component")
@common_options
@click.pass_obj
def split(common: Common, number: str, component: str) -> None:
    """Take COMPONENT out: it is another matter."""
    _do(common, number, lambda _: Split(component))


@incident.command()
@click.argument("number")
@common_options
@click.pass_obj
def ack(common: Common, number: str) -> None:
    """Say that somebody is working on it."""
    _do(common, number, lambda _: Acknowledge())


@incident.command()
@click.argument("number")
@click.option("--text", help="A last line for the public timeline.")
@common_options
@click.pass_obj
def resolve(common: Common, number: str, *, text: str | None) -> None:
    """Call it over."""
    _do(common, number, lambda it: Resolve(words(it, text)))


@incident.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@common_options
@click.pass_obj
def import_(common: Common, file: Path) -> None:
    """Bring incidents along from a JSON array or JSON Lines; nobody is told."""

    async def work(it: Desk) -> None:
        records = parse(_read(file), lang=it.lang)
        known = listed(it.config.components, it.state.register.components())
        for name in sorted({r.component for r in records} - set(known)):
            click.echo(f"component {name!r} is not in the config: created in the state", err=True)
        new = await recorder(it).import_all(records, actor=whoever())
        click.echo(f"{new} imported, {len(records) - new} were there already")

    in_desk(common, work)


@incident.command()
@common_options
@click.pass_obj
def export(common: Common) -> None:
    """All incidents as JSON Lines, in the fields of import."""

    async def work(it: Desk) -> None:
        for one in [*it.state.register.open_incidents(), *await it.state.register.closed()]:
            click.echo(json_text(_fields(it, one), indent=None))

    in_desk(common, work)


def _read(file: Path) -> str:
    data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise click.UsageError(
            f"{file}: line {line} is not UTF-8: save the file as UTF-8"
        ) from error


def _do(common: Common, number: str, make: Callable[[Desk], ByHand]) -> None:
    async def work(it: Desk) -> None:
        entry = await recorder(it).do(number, make(it), actor=whoever())
        found = await it.state.register.find(number)
        status = found.status if found else "?"
        click.echo(f"{number} {status}" if entry else f"{number} {status}: nothing to do")

    in_desk(common, work)


def _fields(it: Desk, one: Incident) -> dict[str, Any]:
    """The fields of import, with the texts that people see where nobody wrote their own."""
    shown = to_json(one, lang=it.lang)
    if shown["title"] is None:
        langs = it.config.portal.languages
        shown["title"] = {lang: it.texts.title(one, lang) for lang in langs}
        shown["public_text"] = {lang: it.texts.public_text(one, lang) for lang in langs}
    return shown


def _whole(it: Desk, one: Incident) -> dict[str, Any]:
    """The same, and what befell it."""
    return {**_fields(it, one), **course_json(one)}
