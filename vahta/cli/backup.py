"""``vahta backup`` and ``vahta restore``: the whole state as one file, out and in again."""

from __future__ import annotations

from pathlib import Path

import click

from incidents.backup import back_up
from incidents.backup import restore as put_back
from incidents.chain import Verdict
from incidents.statefile import FILE_NAME
from vahta import clock
from vahta.cli.common import load_config, told_plainly
from vahta.cli.options import Common, common_options
from vahta.state import MIGRATIONS, alone

_EVERY = 10  # per cent between two words of progress


@click.command()
@common_options
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.pass_obj
def backup(common: Common, file: Path, *, force: bool) -> None:
    """Copy the state to FILE, checked, while the service runs."""
    folder = load_config(common, resolve=False).state_dir

    async def work() -> Verdict:
        return back_up(folder / FILE_NAME, file, told=_Progress(), force=force)

    verdict = told_plainly(work)
    click.echo(f"{file}: {verdict}")


@click.command()
@common_options
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def restore(common: Common, file: Path) -> None:
    """Put a backup in the place of the state; what was there is kept in its backups/.

    Only while neither the service nor another command is at work. A backup that an older
    version made is brought up to date when the state is next opened.
    """
    folder = load_config(common, resolve=False).state_dir

    async def work() -> tuple[Verdict, Path | None]:
        with alone(folder):
            return put_back(file, folder / FILE_NAME, MIGRATIONS, now=clock.now(), told=_Progress())

    verdict, kept = told_plainly(work)
    click.echo(f"{folder / FILE_NAME}: {verdict}")
    if kept is not None:
        click.echo(f"what was there is kept as {kept}", err=True)


class _Progress:
    """Says now and then on standard error how far the copy has got."""

    def __init__(self) -> None:
        self._next = _EVERY

    def __call__(self, done: int, all_: int) -> None:
        percent = 100 * done // max(all_, 1)
        if percent >= self._next:
            click.echo(f"copied {percent} %", err=True)
            self._next = percent - percent % _EVERY + _EVERY
