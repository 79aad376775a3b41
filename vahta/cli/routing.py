"""``vahta explain --route``: who heard of an event by which route, and who would today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import click

from desk.verdict import Verdict
from incidents.events import Called, MaintenanceEvent
from incidents.journal import Entry
from incidents.sentences import Sentences
from incidents.story import Mark
from notify.delivery import Because
from notify.oncall import overrides
from notify.planning.folding import Folds, work_at
from notify.planning.notice import News, call_notice_of, notice_of, work_notice_of
from notify.tables.told import told
from vahta.cli.columns import plain
from vahta.cli.common import Desk
from vahta.cli.options import json_text
from vahta.routing import directory_of, routes_of
from vahta.verdicts import name, people_of, recorded, today, why

_MARKS = {Mark.PASSED: "✓", Mark.HELD: "!", Mark.WAITING: "…", Mark.NEVER: "–"}


async def show(it: Desk, event: str, sentences: Sentences, *, as_json: bool) -> None:
    """The answer, on standard output."""
    found = await _routed(it, await _entries_of(it, event), sentences)
    for line in [json_text(_document(found))] if as_json else _lines(found, sentences):
        click.echo(line)


async def _entries_of(it: Desk, event: str) -> Sequence[Entry]:
    """Those that ``event`` means: a line of the journal by its number, or all of an incident."""
    if event.isdecimal():
        found = await it.state.journal.read(int(event) - 1, 1)
        if found and found[0].seq == int(event):
            return found
        raise click.UsageError(f"the journal has no entry {event}")
    for id_ in (event, event.upper()):
        if incident := await it.state.register.find(id_):
            return await it.state.register.timeline(incident)
    raise click.UsageError(
        f"there is no incident {event}: give its whole number, or that of a journal entry"
    )


async def _routed(it: Desk, entries: Sequence[Entry], sentences: Sentences) -> dict[str, Any]:
    """What was decided on each, and what today's routes would say to each that is news."""
    events = {one.seq: name(one, sentences) for one in entries}
    about = {
        one.event.call if isinstance(one.event, Called) else one.event.incident for one in entries
    }
    heard: list[Verdict] = []
    for id_ in sorted(about):
        known = await it.state.store.read(partial(told, incident=id_))
        heard += [v for v in recorded(known, events, sentences) if v.seq in events]
    would: list[Verdict] = []
    for entry in entries:
        would += await _today(it, entry, sentences)
    return {"heard": heard, "today": would}


async def _today(it: Desk, entry: Entry, sentences: Sentences) -> list[Verdict]:
    news = await _news(it, entry)
    if isinstance(news, Because):
        words = why(news, sentences)
        return [
            Verdict(
                *(entry.seq, entry.at, name(entry, sentences), "", "", Mark.NEVER),
                *(news.value, words),
            )
        ]
    routes = routes_of(it.config)

    stand_ins = await it.state.store.read(partial(overrides.at, now=entry.at))
    people = people_of(directory_of(it.config), stand_ins, news, routes)
    return today(news, routes, people, sentences)


async def _news(it: Desk, entry: Entry) -> News | Because:
    if isinstance(entry.event, MaintenanceEvent):
        return work_notice_of(entry, *await work_at(it.state.journal, entry))
    if isinstance(entry.event, Called):
        return (
            call_notice_of(entry)
            if entry.event.because.rule == "escalated"
            else Because.NOT_TOLD_KIND
        )
    return notice_of(entry, *await Folds(it.state.journal).at(entry))


def _about(entry: Entry) -> str:
    event = entry.event
    return event.call if isinstance(event, Called) else event.incident


def _lines(found: dict[str, Any], sentences: Sentences) -> Iterator[str]:
    """On a terminal."""
    for number, part in enumerate(("heard", "today")):
        if number:
            yield ""
        yield sentences.say(f"routes.{part}")
        verdicts: list[Verdict] = found[part]
        if not verdicts:
            yield f"  {sentences.say('routes.nothing')}"
        last = 0
        for one in verdicts:
            if one.seq != last:
                last = one.seq
                at = one.at.astimezone(sentences.zone)
                yield f"  {one.seq}  {at:%Y-%m-%d %H:%M:%S}  {one.event}"
            where = one.route or sentences.say("routes.any")
            whom = f", {one.whom}" if one.whom else ""
            yield plain(f"{_MARKS[one.mark]} {where}{whom}: {one.words} ({one.because})").join(
                ("      ", "")
            )


def _document(found: dict[str, Any]) -> dict[str, Any]:
    """For machines. There is no address in it."""
    return {
        part: [
            {**asdict(one), "at": one.at.isoformat(), "mark": one.mark.value} for one in found[part]
        ]
        for part in ("heard", "today")
    }
