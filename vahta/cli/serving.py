"""Commands that serve or publish: demo, run, page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from vahta import serving
from vahta.cli.common import load_config, told_plainly
from vahta.cli.options import Common, common_options
from vahta.config import Config

_ROOT_CONFIG = Path(__file__).parents[2] / "config.toml"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@common_options
@click.pass_obj
def demo(common: Common, port: int) -> None:
    """Serve a toy portal to break, and a real Vahta watching it; nothing to configure."""
    if common.config is None and not common.config_path.exists():
        common.config = _ROOT_CONFIG if _ROOT_CONFIG.exists() else serving.DEMO_CONFIG
    state = load_config(common).state_dir

    def load(environ: Mapping[str, str]) -> Config:
        return load_config(common, environ=environ)

    told_plainly(lambda: serving.demo(load, state, port=port, say=serving.say_on_stdout))


@click.command()
@common_options
@click.pass_obj
def run(common: Common) -> None:
    """Serve: probe, decide, write down, tell."""
    config = load_config(common)
    told_plainly(lambda: serving.run(config, say=serving.say_on_stdout))
