"""``vahta validate`` and ``vahta check``: whether the config is right, and what probes see."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import click

from incidents.mask import mask
from probes.attempt import Standpoint
from probes.network import Network
from probes.observation import Observation, Outcome
from probes.runner import Probe
from probes.take import Take
from vahta import clock
from vahta.cli.common import BAD, load_config, told_plainly
from vahta.cli.exchange import explained
from vahta.cli.options import Common, common_options, json_text
from vahta.config import Config, ConfigError, format_problems, load
from vahta.duty import doubts
from vahta.service import made_probes
from vahta.watching import LOCATION

_AT_ONCE = 100


@click.command()
@common_options
@click.pass_obj
def validate(common: Common) -> None:
    """Name every problem in the config as FILE:LINE: key: what is wrong, what to do."""
    try:
        config = load(common.config_path, environ=os.environ)
    except ConfigError as error:
        click.echo(format_problems(error))
        raise click.exceptions.Exit(BAD) from error
    for doubt in doubts(config, clock.now()):
        click.echo(f"{common.config_path}: warning: {doubt}", err=True)
    click.echo(f"{common.config_path}: good")


@click.command()
@click.argument("probes", nargs=-1, metavar="[PROBE]...")
@click.option("--json", "as_json_", is_flag=True, help="One JSON document.")
@click.option("--explain", is_flag=True, help="Show what was exchanged, without its secrets.")
@common_options
@click.pass_obj
def check(common: Common, probes: tuple[str, ...], *, as_json_: bool, explain: bool) -> None:
    """Run probes once (all, or those named); exit 1 if something is down."""
    config = load_config(common)
    known = [settings.id for settings in config.probes]
    if missing := [name for name in probes if name not in known]:
        raise click.UsageError(f"no probe {missing[0]!r}; known: {', '.join(known) or 'none'}")
    takes = told_plainly(lambda: _check(config, probes))
    if as_json_:
        found = [_observation(take, explain=explain) for take in takes]
        click.echo(json_text({"observations": found}))
    elif explain:
        for number, take in enumerate(takes):
            click.echo("\n" if number else "", nl=False)
            for line in explained(take.capture(mask)):
                click.echo(line)
    else:
        for take in takes:
            click.echo(_line(take.seen))
    if any(take.seen.outcome is Outcome.DOWN for take in takes):
        raise click.exceptions.Exit(1)


async def _check(config: Config, only: tuple[str, ...]) -> list[Take]:
    places = asyncio.Semaphore(_AT_ONCE)
    async with Network() as network:
        here = Standpoint(location=LOCATION, clock=clock.now, network=network, mask=mask)

        async def ask(probe: Probe) -> Take:
            async with places:
                return await here.take(probe.kind, probe.settings)

        probes = [probe for probe in made_probes(config) if not only or probe.id in only]
        return list(await asyncio.gather(*map(ask, probes)))


def _observation(take: Take, *, explain: bool) -> dict[str, Any]:
    seen = take.seen
    found: dict[str, Any] = {
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
    if explain:
        found["exchange"] = take.capture(mask).to_dict()
    return found


def _line(seen: Observation) -> str:
    why = f"{seen.reason}: {seen.detail}" if seen.reason else ""
    steps = ", ".join(f"{step.name} {step.seconds:.3f}" for step in seen.steps)
    besides = f"; {seen.detail}" if seen.detail else ""
    return f"{seen.probe:<20} {seen.outcome:<9} {seen.seconds:7.3f} s  {why or steps + besides}"
