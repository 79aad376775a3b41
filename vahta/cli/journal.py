"""``vahta journal``: the record itself, checked, taken out and brought in."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from sqlite_utils import Database

from incidents import audit
from incidents.archive import ArchiveError, export, take_in
from incidents.audit import Audit
from incidents.chain import Head, Verdict
from incidents.sqlite import head
from incidents.statefile import is_damage, replacing
from notify.tables.plans import move_cursor
from vahta.cli.common import BAD, desk, told_plainly
from vahta.cli.options import Common, common_options, json_text
from vahta.state import held


@click.group()
def journal() -> None:
    """The hash-chained record of all events."""


def _heads(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> Sequence[Head]:
    """Each value is SEQ:HASH, or a file of such lines."""
    try:
        texts = [Path(v).read_text() if Path(v).is_file() else v for v in values]
        return [Head.parse(line) for text in texts for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise click.BadParameter(str(error), context, option) from error


@journal.command()
@common_options
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option(
    "--head",
    "heads",
    callback=_heads,
    metavar="FILE|SEQ:HASH",
    multiple=True,
    help="What `journal head` once printed, or a file of that: finds a tail that was cut off.",
)
@click.pass_obj
def verify(common: Common, *, as_json: bool, heads: Sequence[Head]) -> None:
    """Check the hash chain, and the register against it; exit 1 if either doesn't hold."""

    async def work() -> tuple[Verdict, Audit]:
        async with desk(common, fold=False) as it:
            try:
                return await it.state.store.read(lambda db: audit.verify(db, heads))
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                click.echo(it.state.store.damage, err=True)
                raise click.exceptions.Exit(1) from error

    verdict, register = told_plainly(work)
    click.echo(_as_json(verdict, register) if as_json else _in_words(verdict, register))
    if verdict.flaw or register.flaws or register.disagreements:
        raise click.exceptions.Exit(1)


def _as_json(verdict: Verdict, register: Audit) -> str:
    flaw = verdict.flaw or next(iter(register.flaws), None)
    found = {"seq": flaw.seq, "problem": flaw.problem} if flaw else None
    differ = [{"incident": d.incident, "problem": d.problem} for d in register.disagreements]
    return json_text(
        {
            "entries": verdict.entries,
            "seq": verdict.seq,
            "head": verdict.head,
            "flaw": found,
            "register": {
                "incidents": register.incidents,
                "seq": register.cursor,
                "disagreements": differ,
            },
        },
        indent=None,
    )


def _in_words(verdict: Verdict, register: Audit) -> str:
    lines = [f"entry {flaw.seq} {flaw.problem}" for flaw in register.flaws]
    lines += [f"{d.incident}: {d.problem}".lstrip(": ") for d in register.disagreements]
    if register.disagreements:
        lines.append(
            "the register is derived: stop the service, and `vahta journal rebuild-register`"
        )
    elif not register.flaws:
        lines.append(f"the register agrees; incidents: {register.incidents}")
    if verdict.flaw:
        return "\n".join([str(verdict), *lines])
    return "\n".join([*lines, str(verdict)])  # the last line is the head, to be kept


@journal.command("head")
@common_options
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def head_(common: Common, *, as_json: bool) -> None:
    """Print the last entry's SEQ:HASH, to be kept elsewhere and given to verify --head."""

    async def work() -> Head:
        async with desk(common, fold=False) as it:
            return await it.state.store.read(head)

    found = told_plainly(work)
    answer = {"seq": found.seq, "hash": found.hash}
    click.echo(json_text(answer, indent=None) if as_json else str(found))


@journal.command("export")
@common_options
@click.option("--out", type=click.Path(path_type=Path), help="A file instead of standard output.")
@click.pass_obj
def export_(common: Common, *, out: Path | None) -> None:
    """Write every entry as a line of JSON, exactly as it is kept."""

    async def work() -> Head:
        async with desk(common, fold=False) as it:
            with _sink(out) as sink:
                return await it.state.store.read(lambda db: export(db, sink.write))

    click.echo(f"exported up to {told_plainly(work)}", err=True)


@contextmanager
def _sink(out: Path | None) -> Iterator[BinaryIO]:
    """Where to write: a file appears when it is whole, a pipe is written to as it is."""
    if out is None:
        yield sys.stdout.buffer
    elif out.exists() and not out.is_file():
        with out.open("wb") as sink:
            yield sink
    else:
        with replacing(out) as part, part.open("wb") as sink:
            yield sink


@journal.command("import")
@common_options
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def import_(common: Common, file: BinaryIO) -> None:
    """Take in what `journal export` wrote: all of it, or nothing.

    The state must be empty, or hold what the file begins with; no service may run on it.
    Nobody is told of what is imported.
    """

    def work_of(db: Database) -> int:
        added = take_in(db, file)
        if added:
            move_cursor(db, head(db).seq)
        return added

    async def work() -> int:
        async with desk(common, fold=False) as it:
            with held(it.config.state_dir):
                try:
                    added = await it.state.store.write(work_of)
                except ArchiveError as error:
                    click.echo(f"{error}\nnothing was imported", err=True)
                    raise click.exceptions.Exit(BAD) from error
                await it.state.register.refresh()
                return added

    click.echo(f"imported {told_plainly(work)} entries")


@journal.command("rebuild-register")
@common_options
@click.pass_obj
def rebuild_register(common: Common) -> None:
    """Fold the register of incidents from the journal anew; no service may run on the state."""

    async def work() -> int:
        async with desk(common, fold=False) as it:
            with held(it.config.state_dir):
                await it.state.store.write(audit.forget)
                await it.state.register.refresh()
                return it.state.register.seq

    click.echo(f"the register is folded from {told_plainly(work)} entries")
