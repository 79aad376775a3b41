"""The options that every command has, before the subcommand and after its arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULT_CONFIG = Path("config.toml")


@dataclass
class Common:
    """What was given on the command line; the last one given wins."""

    config: Path | None = None
    state: Path | None = None

    @property
    def config_path(self) -> Path:
        return self.config or _DEFAULT_CONFIG


def common_options(command: F) -> F:
    """Add -c/--config and --state."""
    path = click.Path(path_type=Path)
    for names, help_ in (
        (("-c", "--config"), "Config file.  [default: config.toml]"),
        (("--state",), "Directory of the state, whatever [state] dir says."),
    ):
        option = click.option(*names, type=path, expose_value=False, callback=_remember, help=help_)
        command = option(command)
    return command


def _remember(context: click.Context, option: click.Parameter, value: Path | None) -> None:
    common = context.find_root().ensure_object(Common)
    if value is not None and option.name:
        setattr(common, option.name, value)


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """JSON text for standard output: readable, and never more lines than JSON itself makes."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    for separator in "\x85\u2028\u2029":  # line ends to some readers
        text = text.replace(separator, f"\\u{ord(separator):04x}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        return json.dumps(value, indent=indent)  # halves of characters cannot be printed
    return text
