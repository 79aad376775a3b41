"""``vahta incident postmortem``: the document to begin a review with."""

from __future__ import annotations

import click

from incidents.component import listed
from incidents.history.postmortem import postmortem as written
from incidents.narrative import Narrator
from incidents.sentences import Sentences
from vahta.cli.common import desk, told_plainly
from vahta.cli.options import Common, common_options


@click.command()
@click.argument("number")
@click.option("--lang", help="Language of the document; by default the portal's first.")
@common_options
@click.pass_obj
def postmortem(common: Common, number: str, lang: str | None) -> None:
    """Print a postmortem of NUMBER as Markdown: the facts filled in, the rest left to you."""

    async def work() -> None:
        async with desk(common) as it:
            portal = it.config.portal
            if lang is not None and lang not in portal.languages:
                known = ", ".join(portal.languages)
                raise click.BadParameter(f"{lang!r}: the portal speaks {known}")
            found = await it.state.register.find(number)
            if found is None:
                raise click.UsageError(f"there is no incident {number}")
            known_components = listed(it.config.components, it.state.register.components())
            narrator = Narrator(
                it.texts,
                Sentences.load(lang or it.lang, portal.zone),
                {id_: one.name for id_, one in known_components.items() if one.name},
            )
            entries = await it.state.register.timeline(found)
            click.echo(written(found, entries, narrator), nl=False)

    told_plainly(work)
