"""``vahta lookup``: what an operator would see for a citizen's words."""

from __future__ import annotations

from collections.abc import Iterator

import click

from incidents.lookup import Lookup
from incidents.search import Findings
from vahta.cli.common import desk, told_plainly
from vahta.cli.options import Common, common_options, json_text
from vahta.cli.texts import texts_of_stdin


@click.command()
@click.argument("text", required=False)
@click.option("--stdin", is_flag=True, help='JSON Lines {"text": …} in, one answer a line out.')
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--lang", help="Language of the answer; by default the portal's first.")
@common_options
@click.pass_obj
def lookup(
    common: Common, text: str | None, *, stdin: bool, as_json_: bool, limit: int, lang: str | None
) -> None:
    """Show what an operator would see for a citizen's words; exit 1 if nothing is found."""
    if (text is None) != stdin:
        raise click.UsageError("give either TEXT or --stdin")

    async def work() -> bool:
        async with desk(common) as it:
            known = it.config.portal.languages
            if lang is not None and lang not in known:
                raise click.BadParameter(f"{lang!r}: the portal speaks {', '.join(known)}")
            finder = Lookup(it.state.register, it.texts, lang or it.lang)
            await finder.refresh()
            for asked in _asked(text):
                found = finder.find(asked, limit)
                if stdin or as_json_:
                    click.echo(json_text(found.as_json(), indent=None if stdin else 2))
                else:
                    _print(found, lang or it.lang)
                if not stdin:
                    return bool(found.incidents or found.articles)
        return True

    if not told_plainly(work):
        raise click.exceptions.Exit(1)


def _asked(text: str | None) -> Iterator[str]:
    if text is None:
        yield from texts_of_stdin()
    else:
        yield text


def _print(found: Findings, lang: str) -> None:
    nothing = {"ru": "Ничего похожего не известно.", "en": "Nothing like that is known."}
    sure = {"ru": "Известно:", "en": "Known:"}
    maybe = {"ru": "Может быть:", "en": "Perhaps:"}
    help_ = {"ru": "Что посоветовать:", "en": "What to advise:"}
    if found.incidents:
        click.echo((sure if found.confident else maybe).get(lang, "Known:"))
    else:
        click.echo(nothing.get(lang, nothing["en"]))
    for hit in found.incidents:
        click.echo(f"  {hit.id}  {hit.status:<13}  {hit.title}")
    if found.articles:
        click.echo(help_.get(lang, help_["en"]))
    for hit in found.articles:
        click.echo(f"  {hit.title}")
