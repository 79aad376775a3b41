"""What the commands that need a config or the state share, and how mistakes are told."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click

from incidents.commands import IllegalCommandError
from incidents.journal import ConflictError
from incidents.sqlite import RefusedError
from incidents.store import StoreError
from incidents.texts import Texts
from incidents.transfer import ImportFileError
from vahta import clock
from vahta.cli.options import Common
from vahta.config import Config, ConfigError, format_problems, load
from vahta.config.settings import State
from vahta.state import Opened, StateError, opened

T = TypeVar("T")

BAD = 2
"""Exit code of bad usage or config."""


def load_config(
    common: Common, *, resolve: bool = True, environ: Mapping[str, str] | None = None
) -> Config:
    """The config, with --state in force. Problems go to standard error, and exit 2."""
    environ = os.environ if environ is None else environ
    try:
        config = load(common.config_path, environ=environ, resolve=resolve)
    except ConfigError as error:
        click.echo(format_problems(error), err=True)
        raise click.exceptions.Exit(BAD) from error
    if common.state is None:
        return config
    return replace(config, state=State(dir=str(common.state.absolute())))


def told_plainly(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's coroutine; what people can mend is one sentence and exit code 2."""
    try:
        return asyncio.run(work())
    except UnicodeEncodeError as error:
        click.echo("what was given is not UTF-8 text", err=True)
        raise click.exceptions.Exit(BAD) from error
    except BrokenPipeError:
        raise  # whoever read our output has had enough; click ends quietly
    except (StoreError, StateError, IllegalCommandError, ImportFileError, OSError) as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(BAD) from error
    except (sqlite3.Error, ConflictError, RefusedError) as error:
        click.echo(f"the state cannot be written just now: {error}: try again", err=True)
        raise click.exceptions.Exit(BAD) from error


@dataclass(frozen=True, slots=True)
class Desk:
    """The state as a command sees it, beside a running service or without one."""

    config: Config
    state: Opened
    texts: Texts

    @property
    def lang(self) -> str:
        return self.config.portal.languages[0]


@asynccontextmanager
async def desk(common: Common, *, fold: bool = True) -> AsyncIterator[Desk]:
    """Open the state for one command; nothing is resolved but where it is.

    Without ``fold`` the register is left as it is, for looking at a journal that may be damaged.
    """
    config = load_config(common, resolve=False)
    async with opened(config.state_dir, now=clock.now(), threads=False) as state:
        if fold:
            await state.register.refresh()
        texts = Texts.load(
            config.portal.languages, own=config.texts_dir, components=config.components
        )
        yield Desk(config, state, texts)
