"""``vahta page``: the public site, rendered once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from incidents.evidence import Evidence
from statuspage.publisher import PublishError, render_once
from statuspage.theme import Theme
from vahta.cli.common import BAD, desk, told_plainly
from vahta.cli.options import Common, common_options
from vahta.sites import chronicler, snapshot


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--audience", metavar="ID", help="The page of that [[audience]], not the public one.")
@common_options
@click.pass_obj
def page(common: Common, directory: Path, audience: str | None) -> None:
    """Render the public site once into DIRECTORY; nothing is probed, so states show as no data."""

    async def work() -> None:
        async with desk(common) as it:
            known = {site.audience.id: site for site in it.config.sites}
            if (audience or "") not in known:
                names = ", ".join(filter(None, known)) or "none"
                raise click.UsageError(f"no audience {audience!r}; known: {names}")
            site = known[audience or ""]
            history = chronicler(it.config, it.state)
            seen = await snapshot(it.config, it.state.register, lambda _: Evidence(), history, site)
            try:
                theme = it.config.theme or Theme()
                await asyncio.to_thread(render_once, seen, directory, texts=it.texts, theme=theme)
            except PublishError as error:
                click.echo(str(error), err=True)
                raise click.exceptions.Exit(BAD) from error

    told_plainly(work)
