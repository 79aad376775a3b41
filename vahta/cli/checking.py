"""``vahta validate`` and ``vahta check``: whether the config is right, and what probes see."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import click

from probes.network import Network
from probes.observation import Observation, Outcome
from probes.runner import Probe, run_once
from vahta import clock
from vahta.cli.common import BAD, load_config, told_plainly
from vahta.cli.options import Common, common_options, json_text
from vahta.config import Config, ConfigError, format_problems, load
from vahta.service import LOCATION, made_probes

_AT_ONCE = 100


@click.command()
@common_options
@click.pass_obj
def validate(common: Common) -> None:
    """Name every problem in the config as FILE:LINE: key: what is wrong, what to do."""
    try:
        load(common.config_path, environ=os.environ)
    except ConfigError as error:
        click.echo(format_problems(error))
        raise click.exceptions.Exit(BAD) from error
    click.echo(f"{common.config_path}: good")


@click.command()
@click.argument("probes", nargs=-1, metavar="[PROBE]...")
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def check(common: Common, probes: tuple[str, ...], *, as_json_: bool) -> None:
    """Run probes once (all, or those named); exit 1 if something is down."""
    config = load_config(common)
    known = [settings.id for settings in config.probes]
    if missing := [name for name in probes if name not in known]:
        raise click.UsageError(f"no probe {missing[0]!r}; known: {', '.join(known) or 'none'}")
    seen = told_plainly(lambda: _check(config, probes))
    if as_json_:
        click.echo(json_text({"observations": [_observation(one) for one in seen]}))
    else:
        for one in seen:
            click.echo(_line(one))
    if any(one.outcome is Outcome.DOWN for one in seen):
        raise click.exceptions.Exit(1)


async def _check(config: Config, only: tuple[str, ...]) -> list[Observation]:
    places = asyncio.Semaphore(_AT_ONCE)
    async with Network() as network:

        async def ask(probe: Probe) -> Observation:
            async with places:
                return await run_once(
                    probe.kind, probe.settings, location=LOCATION, clock=clock.now, network=network
                )

        probes = [probe for probe in made_probes(config) if not only or probe.id in only]
        return list(await asyncio.gather(*map(ask, probes)))


def _observation(seen: Observation) -> dict[str, Any]:
    return {
        "probe": seen.probe,
        "component": seen.component,
        "kind": seen.kind,
        "location": seen.location,
        "outcome": seen.outcome.value,
        "reason": seen.reason.value if seen.reason else None,
        "detail": seen.detail,
        "seconds": round(seen.seconds, 6),
        "steps": [
            {
                "name": step.name,
                "seconds": round(step.seconds, 6),
                "status": step.status,
                "phases": {name: round(value, 6) for name, value in step.phases.items()},
            }
            for step in seen.steps
        ],
    }


def _line(seen: Observation) -> str:
    why = f"{seen.reason}: {seen.detail}" if seen.reason else ""
    steps = ", ".join(f"{step.name} {step.seconds:.3f}" for step in seen.steps)
    return f"{seen.probe:<20} {seen.outcome:<9} {seen.seconds:7.3f} s  {why or steps}"
