"""``vahta report``: what was promised and what was kept, for a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from incidents.component import Component, listed
from incidents.duration_words import short_duration
from incidents.history.made_up import made_up_until
from incidents.history.measures import Summary
from incidents.history.records import measures_of, records
from incidents.history.report import Line, Report, Terms, rounded_down, sla, to_csv, to_json
from incidents.history.uptime import Period
from incidents.sentences import Sentences
from vahta import clock
from vahta.cli.common import Desk, desk, told_plainly
from vahta.cli.options import Common, common_options, json_text

_PER_CENT = 100


@click.command()
@click.option("--month", metavar="YYYY-MM", help="By default the last one that is over.")
@click.option("--component", "only", metavar="ID", help="Only this component.")
@click.option(
    "--target",
    type=click.FloatRange(0, _PER_CENT),
    help="The promised uptime in per cent, such as 99.9; says whether it was kept.",
)
@click.option("--csv", "as_csv", is_flag=True, help="One line for each component.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
@common_options
@click.pass_obj
def report(common: Common, /, out: Path | None, **given: Any) -> None:
    """Tell each component's uptime, downtime and incidents in a month, and how long they took.

    Announced work and what nobody saw are told apart, and lower nothing.
    """
    if given["as_csv"] and given["as_json"]:
        raise click.UsageError("give either --csv or --json")
    target = given["target"]
    terms = Terms(target=None if target is None else target / _PER_CENT)

    async def work() -> None:
        async with desk(common) as it:
            month = _month(given["month"], clock.now().astimezone(it.config.portal.zone))
            found = await _report(it, month, given["only"], terms)
            sentences = Sentences.load(it.lang, it.config.portal.zone)
            if made_up := await made_up_until(it.state.store):
                click.echo(f"what was before {sentences.moment(made_up)} is made up", err=True)
        if not found.is_whole:
            until = sentences.moment(found.until)
            click.echo(sentences.say("report.unfinished", until=until), err=True)
        if given["as_csv"]:
            text = to_csv(found)
        elif given["as_json"]:
            text = json_text(to_json(found)) + "\n"
        else:
            text = "".join(f"{line}\n" for line in _Table(found, sentences).lines())
        _give(text, out)

    told_plainly(work)


def _give(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="\n")


async def _report(it: Desk, month: date, only: str | None, terms: Terms) -> Report:
    zone = it.config.portal.zone
    found = await records(
        it.state.store,
        it.state.register,
        _components(it, only),
        Period.month(month, zone),
        lang=it.lang,
    )
    measures = measures_of(found)
    return sla(found, measures, month, zone=zone, now=clock.now(), terms=terms)


def _month(text: str | None, now: datetime) -> date:
    """Raises click.UsageError for what is no month, and for one still to come."""
    if text is None:
        return (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise click.UsageError(f"--month {text!r}: expected a month such as 2026-10") from None
    if month > now.date():
        raise click.UsageError(f"--month {text}: is still to come")
    return month


def _components(it: Desk, only: str | None) -> Sequence[Component]:
    known = listed(it.config.components, it.state.register.components())
    if only is None:
        return list(known.values())
    if only not in known:
        raise click.UsageError(f"no component {only!r}; known: {', '.join(known) or 'none'}")
    return [known[only]]


@dataclass(frozen=True, slots=True)
class _Table:
    """For people at a terminal, in the portal's first language."""

    report: Report
    sentences: Sentences

    def lines(self) -> Iterator[str]:
        yield self._say("title", month=self.report.month, zone=self.report.zone)
        if not self.report.lines:
            yield self._say("empty")
            return
        rows = [self._headings(), *map(self._row, self.report.lines)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for first, *rest in rows:
            cells = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
            yield "  ".join([first.ljust(widths[0]), *cells])

    def _headings(self) -> list[str]:
        names = ["component", "uptime", "met", "down", "maintenance", "unknown", "incidents"]
        names += ["detect", "acknowledge", "resolve"]
        return [self._say(name) for name in names if self._has_target or name != "met"]

    def _row(self, line: Line) -> list[str]:
        return [
            " ".join(line.name.split()),
            self._share(line.uptime),
            *([self._met(line)] if self._has_target else []),
            self._length(line.downtime),
            self._length(line.seconds.under_maintenance),
            self._length(line.seconds.unknown),
            str(line.incidents),
            *(self._median(found) for found in (line.detect, line.acknowledge, line.resolve)),
        ]

    @property
    def _has_target(self) -> bool:
        return any(line.target is not None for line in self.report.lines)

    def _met(self, line: Line) -> str:
        return self._say({True: "kept", False: "missed", None: "nothing"}[line.is_met])

    def _share(self, uptime: float | None) -> str:
        if uptime is None:
            return self._say("nothing")
        return f"{rounded_down(uptime, 1000 * _PER_CENT) * _PER_CENT:.3f} %"

    def _length(self, seconds: float) -> str:
        if not seconds:
            return self._say("nothing")
        return short_duration(timedelta(seconds=seconds), self.sentences.lang)

    def _median(self, found: Summary | None) -> str:
        if found is None:
            return self._say("nothing")
        return short_duration(found.median, self.sentences.lang)

    def _say(self, name: str, **values: object) -> str:
        return self.sentences.say(f"report.{name}", **values)
