"""``vahta explain``: why an incident was opened, held back, published, told and closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from sqlite_utils import Database

from incidents.component import listed
from incidents.explain import explain as explained
from incidents.incident import Incident
from incidents.narrative import Narrator
from incidents.sentences import Sentences
from incidents.story import Line, Story
from notify.tables.told import Told, told
from vahta import clock
from vahta.cli import routing, telling
from vahta.cli.columns import Row, paragraph, plain, table
from vahta.cli.common import Desk, desk, told_plainly
from vahta.cli.options import Common, common_options, json_text


@click.command()
@click.argument("incident")
@click.option(
    "--route", "by_route", is_flag=True, help="Who heard of it by which route, who not, and why."
)
@click.option("--lang", help="Language of the story; by default the portal's first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
@click.pass_obj
def explain(
    common: Common, incident: str, *, by_route: bool, lang: str | None, as_json: bool
) -> None:
    """Tell why INCIDENT was opened, held back, published, told and closed, step by step.

    INCIDENT is a number such as ИНЦ-2026-0042; of this year's, 42 is enough. With --route it is
    the whole number of an incident, or the number of an entry in the journal.
    """

    async def work() -> None:
        async with desk(common) as it:
            portal = it.config.portal
            if lang is not None and lang not in portal.languages:
                known = ", ".join(portal.languages)
                raise click.BadParameter(f"{lang!r}: the portal speaks {known}")
            sentences = Sentences.load(lang or it.lang, portal.zone)
            if by_route:
                await routing.show(it, incident, sentences, as_json=as_json)
                return
            story, who = await _story(it, await _found(it, incident), sentences)
            if as_json:
                click.echo(json_text({**_fields(story), "told": telling.as_json(who)}))
                return
            for line in _lines(story, who, sentences):
                click.echo(line)

    told_plainly(work)


async def _story(it: Desk, incident: Incident, sentences: Sentences) -> tuple[Story, Told]:
    components = listed(it.config.components, it.state.register.components())
    names = {id_: one.name for id_, one in components.items() if one.name}
    entries = await it.state.register.timeline(incident)
    who = await it.state.store.read(lambda db: told(db, incident.id))
    story = explained(
        incident,
        entries,
        Narrator(it.texts, sentences, names),
        now=clock.now(),
        rules=it.config.house(paces={}).rules_of(incident.component),
        told=telling.heard(who, [entry.seq for entry in entries], sentences),
    )
    return story, who


async def _found(it: Desk, number: str) -> Incident:
    """The incident that somebody means. Raises click.UsageError."""
    portal = it.config.portal
    ids = [number, number.upper()]
    if number.isdecimal():
        year = clock.now().astimezone(portal.zone).year
        ids = await it.state.store.read(lambda db: _numbered(db, year, int(number)))
        if len(ids) > 1:
            raise click.UsageError(f"{number} may be {' or '.join(ids)}: write the whole number")
    for id_ in ids:
        if found := await it.state.register.find(id_):
            return found
    if any(work.id == number.upper() for work in it.state.register.maintenance()):
        raise click.UsageError(f"{number} is announced work: see vahta maintenance list")
    example = f"{portal.incident_prefix}-2026-0042"
    raise click.UsageError(
        f"there is no incident {number}: give a number such as {example},"
        " vahta incident list shows them"
    )


def _numbered(db: Database, year: int, number: int) -> list[str]:
    rows = db.execute("SELECT id FROM incident WHERE id LIKE ? ORDER BY id", [f"%-{year}-%"])
    return [id_ for (id_,) in rows.fetchall() if _number(id_) == number]


def _number(id_: str) -> int | None:
    last = id_.rpartition("-")[2]
    return int(last) if last.isdecimal() else None


# ── on a terminal ─────────────────────────────────────────────────────────────


def _lines(story: Story, who: Told, sentences: Sentences) -> Iterator[str]:
    yield f"{plain(story.id)}  {plain(story.title)}"
    status = sentences.say("explain.now", status=sentences.say(f"status.{story.status}"))
    impact = sentences.say("explain.severity", impact=sentences.say(f"impact.{story.impact}"))
    yield from paragraph(f"{status} {impact}")
    yield from paragraph(f"{story.brief}.")
    today = story.started_at.astimezone(sentences.zone).date()
    yield ""
    yield f"{today:%Y-%m-%d}, {sentences.zone_name(story.started_at)}"
    for number, chapter in enumerate(story.chapters, start=1):
        if len(story.chapters) > 1:
            count = len(story.chapters)
            yield ""
            yield sentences.say("explain.chapter", number=number, count=count)
        yield from table((_row(line, sentences) for line in chapter.lines), sentences.zone, today)
        today = (
            max([line.at for line in chapter.lines if line.at]).astimezone(sentences.zone).date()
        )
    yield ""
    yield sentences.say("telling.heading")
    everything = [line for chapter in story.chapters for line in chapter.lines]
    rows = list(telling.rows(who, everything, sentences))
    yield from table(rows, sentences.zone, today) if rows else [_nobody(sentences)]


def _nobody(sentences: Sentences) -> str:
    return sentences.say("telling.nobody_yet")


def _row(line: Line, sentences: Sentences) -> Row:
    text = f"{line.who}: {line.text}" if line.who else line.text
    said = sentences.say("explain.said", words=plain(line.said)) if line.said else ""
    return Row(line.at, line.mark, sentences.say(f"stage.{line.stage}"), text, said)


# ── for machines ──────────────────────────────────────────────────────────────


def _fields(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "title": story.title,
        "component": story.component,
        "component_name": story.component_name,
        "status": story.status.value,
        "impact": story.impact.value,
        "started_at": story.started_at.isoformat(),
        "brief": story.brief,
        "episodes": [
            {"steps": [_step(line) for line in chapter.lines]} for chapter in story.chapters
        ],
    }


def _step(line: Line) -> dict[str, Any]:
    because = line.because
    return {
        "step": line.stage.value,
        "state": line.mark.value,
        "at": line.at.isoformat() if line.at else None,
        "actor": line.who or None,
        "text": line.text,
        "said": line.said or None,
        "seq": line.seq,
        "rule": because.rule if because else None,
        "values": dict(line.gate.values if line.gate else because.values if because else {}),
        "gates": [
            {"step": gate.step.value, "held": gate.held, "values": dict(gate.values)}
            for gate in (because.gates if because else ())
        ],
    }
