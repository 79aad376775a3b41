"""``vahta journal``: the record itself."""

from __future__ import annotations

import click

from vahta.cli.common import desk, told_plainly
from vahta.cli.options import Common, common_options, json_text


@click.group()
def journal() -> None:
    """The hash-chained record of all events."""


@journal.command()
@common_options
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def verify(common: Common, *, as_json: bool) -> None:
    """Walk the hash chain from the start; exit 1 if it doesn't hold."""

    async def work() -> bool:
        async with desk(common, fold=False) as it:
            verdict = await it.state.journal.verify()
        flaw = verdict.flaw
        if as_json:
            found = {"seq": flaw.seq, "problem": flaw.problem} if flaw else None
            answer = {"entries": verdict.entries, "head": verdict.head, "flaw": found}
            click.echo(json_text(answer, indent=None))
        elif flaw:
            click.echo(f"entry {flaw.seq} {flaw.problem}; the {verdict.entries} before it hold")
        else:
            click.echo(f"{verdict.entries} entries, the chain holds; head {verdict.head}")
        return flaw is None

    if not told_plainly(work):
        raise click.exceptions.Exit(1)
