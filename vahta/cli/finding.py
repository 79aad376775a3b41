"""``vahta lookup``: what an operator would see for a citizen's words."""

from __future__ import annotations

from collections.abc import Iterator

import click

from incidents.component import in_language
from incidents.find.findings import Findings
from incidents.find.lookup import Lookup
from vahta.cli.common import Desk, desk, told_plainly
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
            finder = Lookup(it.state.register, it.texts, lang or it.lang, store=it.state.store)
            await finder.refresh()
            for asked in _asked(text):
                found = await finder.search(asked, limit)
                if stdin or as_json_:
                    click.echo(json_text(found.as_json(), indent=None if stdin else 2))
                else:
                    await _print(it, found, lang or it.lang)
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


_NOTHING = {"ru": "Ничего похожего не известно.", "en": "Nothing like that is known."}
_KNOWN = {"ru": "Это известный сбой:", "en": "This is a known fault:"}
_PERHAPS = {"ru": "Может быть, об этом:", "en": "Perhaps it is about:"}
_SAY = {"ru": "Скажите:", "en": "Say:"}
_ADVISE = {"ru": "Что посоветовать:", "en": "What to advise:"}


async def _print(it: Desk, found: Findings, lang: str) -> None:
    """The first screen of an operator's card, in words."""
    heading = (_KNOWN if found.confident else _PERHAPS) if found.incidents else _NOTHING
    click.echo(in_language(heading, lang))
    for hit in found.incidents:
        click.echo(f"  {hit.id}  {hit.title}  ({hit.status})")
    if found.confident and (incident := await it.state.register.find(found.incidents[0].id)):
        click.echo(f"{in_language(_SAY, lang)} {it.texts.operator_note(incident, lang)}")
    elif found.articles:
        article = it.texts.articles[found.articles[0].id]
        click.echo(f"{in_language(_SAY, lang)} {article.say(lang)}")
        click.echo(in_language(_ADVISE, lang))
        for number, step in enumerate(article.steps(lang), 1):
            click.echo(f"  {number}. {step}")
