"""``vahta mask``: personal data taken out of a text; needs no config and no state."""

from __future__ import annotations

import sys

import click

from incidents.mask import mask as mask_text
from vahta.cli.options import common_options, json_text
from vahta.cli.texts import texts_of_stdin


@click.command()
@click.option("--json", "as_json_", is_flag=True, help='JSON Lines {"text": …} in and out.')
@common_options
def mask(*, as_json_: bool) -> None:
    """Copy standard input with personal data masked."""
    if not as_json_:
        # Bytes that are no UTF-8 come out as they went in.
        text = sys.stdin.buffer.read().decode(errors="surrogateescape")
        sys.stdout.buffer.write(mask_text(text).encode(errors="surrogateescape"))
        return
    for text in texts_of_stdin():
        click.echo(json_text({"text": text, "masked": mask_text(text)}, indent=None))
