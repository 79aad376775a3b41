"""``vahta channel``: whether messages get through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from incidents.component import in_language
from notify.catalog import open_channels
from notify.kind import Channel, Tools
from notify.receipt import redact
from notify.trial import Trial, trial_message, tried
from vahta import clock
from vahta.cli.common import load_config, told_plainly
from vahta.cli.options import Common, common_options, json_text
from vahta.config import Config

_WORDS = {
    "sent": "sent",
    "refused": "refused, for good",
    "try_later": "not taken now, would be tried again",
    "not_sent": "nothing has left, would be tried again",
}


@click.group()
def channel() -> None:
    """Try out the channels by which people are told."""


@channel.command("test")
@click.argument("id_", metavar="ID")
@click.option("--to", metavar="ENGINEER", help="Only to this engineer, wherever they are reached.")
@click.option("--dry", is_flag=True, help="Show what would be sent to whom, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def test(common: Common, /, *, id_: str, to: str | None, dry: bool, as_json: bool) -> None:
    """Send a message that says it is a test through the channel ID; prints what came of it."""
    config = load_config(common)
    one = _channel(config, id_)
    whom = _whom(config, one, to)
    name = in_language({str(k): v for k, v in config.portal.name.items()}, one.lang)
    message = trial_message(id_, name, one.lang, clock.now())

    async def work() -> list[Trial]:
        try:
            return [await tried(one.sender, recipient, message) for _, recipient in whom]
        finally:
            await one.sender.aclose()

    trials = [] if dry else told_plainly(work)
    if as_json:
        _print_json(id_, whom, trials)
        return
    if dry:
        click.echo(message.text)
        for shown, _ in whom:
            click.echo(f"would be sent to {shown}")
    for (shown, _), trial in zip(whom, trials, strict=False):
        click.echo(f"{shown}: {_said(trial)}")


def _channel(config: Config, id_: str) -> Channel:
    channels = open_channels(config.channels, Tools(clock=clock.now))
    if id_ not in channels:
        names = ", ".join(channels) or "none yet: add a [[channel]] to the config"
        raise click.UsageError(f"no channel {id_!r}; known: {names}")
    return channels[id_]


def _whom(config: Config, one: Channel, to: str | None) -> list[tuple[str, str]]:
    """As they may be shown, and as the sender wants them."""
    reached = {
        engineer.id: way.to or one.id
        for engineer in config.engineers
        for way in engineer.reach
        if way.channel == one.id
    }
    if to is None and one.recipients:
        return [(redact(recipient), recipient) for recipient in one.recipients]
    if to in reached:
        return [(to, reached[to])]
    names = ", ".join(reached) or "nobody"
    raise click.UsageError(f"give an engineer with --to; {one.id} reaches: {names}")


def _said(trial: Trial) -> str:
    words = _WORDS[trial.outcome]
    why = ": ".join(part for part in (trial.reason, trial.detail) if part)
    perhaps = "; it may have arrived all the same" if trial.may_have_arrived else ""
    return f"{words}{f' ({why})' if why else ''}{perhaps}"


def _print_json(id_: str, whom: Sequence[tuple[str, str]], trials: Sequence[Trial]) -> None:
    results: list[dict[str, object]] = [{"to": shown} for shown, _ in whom]
    for result, trial in zip(results, trials, strict=False):
        result.update(asdict(trial))
    click.echo(json_text({"channel": id_, "results": results}))
