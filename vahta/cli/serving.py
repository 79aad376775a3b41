"""Commands that serve or publish: demo, run, page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import click

from vahta import serving
from vahta.cli.common import load_config, told_plainly
from vahta.cli.options import Common, common_options
from vahta.cli.times import stretch
from vahta.config import Config

_PACKAGE = Path(__file__).parents[1]
_DEMO_CONFIGS = (_PACKAGE.parent / "config.toml", _PACKAGE / "demo" / "config.toml")
"""In a checkout the root config.toml; an installed wheel keeps a copy with the demo."""


_SHORTEST_PAST, _LONGEST_PAST = timedelta(days=1), timedelta(days=365)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option(
    "--past",
    metavar="90d",
    help="Begin with made-up days, marked so on the page; only in a state that is empty.",
)
@common_options
@click.pass_obj
def demo(common: Common, port: int, past: str | None) -> None:
    """Serve a toy portal to break, and a real Vahta watching it; nothing to configure."""
    if common.config is None:
        # The demo's own, whatever config.toml lies about: it is the portal's config too.
        common.config = next(file for file in _DEMO_CONFIGS if file.exists())
        if common.config != _DEMO_CONFIGS[0]:
            common.state = common.state or Path("var")
    state = load_config(common).state_dir
    back = _past(past)

    def load(environ: Mapping[str, str]) -> Config:
        return load_config(common, environ=environ)

    elsewhere = f" --state {shlex.quote(str(common.state))}" if common.state else ""
    lookup = f'./run.sh lookup "смс не приходит"{elsewhere}'
    told_plainly(
        lambda: serving.demo(
            load, state, port=port, lookup=lookup, say=serving.say_on_stdout, past=back
        )
    )


def _past(given: str | None) -> timedelta | None:
    if given is None:
        return None
    past = stretch(given)
    if not _SHORTEST_PAST <= past <= _LONGEST_PAST:
        raise click.UsageError(f"--past {given}: give from 1d to 365d; the bars show 90 days")
    return past


@click.command()
@common_options
@click.pass_obj
def run(common: Common) -> None:
    """Serve: probe, decide, write down, tell."""
    config = load_config(common)
    told_plainly(lambda: serving.run(config, say=serving.say_on_stdout))
