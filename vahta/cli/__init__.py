"""The command line. Each command's module is imported when it is called, and no sooner."""

from __future__ import annotations

import importlib
import logging
import sys
from types import MappingProxyType

import click

from vahta.cli.options import Common, common_options

_COMMANDS = MappingProxyType(
    {
        "demo": "serving",
        "run": "serving",
        "validate": "checking",
        "check": "checking",
        "lookup": "finding",
        "mask": "masking",
        "incident": "incident",
        "call": "call",
        "maintenance": "maintenance",
        "channel": "channel",
        "oncall": "oncall",
        "mute": "mute",
        "explain": "explain",
        "report": "report",
        "backtest": "backtest",
        "page": "rendering",
        "journal": "journal",
        "backup": "backup",
        "restore": "backup",
    }
)
"""Every command and the module in this package that holds it under its own name."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click says so
        return list(_COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click says so
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"vahta.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@common_options
@click.version_option(package_name="vahta", message="%(version)s")
@click.option("-v", "--verbose", is_flag=True, help="Say more on standard error.")
@click.pass_context
def vahta(context: click.Context, *, verbose: bool) -> None:
    """Watch a portal; tell operators, engineers, citizens and Prometheus what is wrong."""
    context.ensure_object(Common)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
