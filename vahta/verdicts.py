"""Who was told of an incident by which route and why not, and who would be by today's, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from desk.verdict import Verdict
from incidents.codec import tag
from incidents.journal import Entry
from incidents.sentences import Sentences
from incidents.story import Mark
from notify.delivery import Because, State
from notify.oncall.directory import Directory
from notify.oncall.people import People, Targets, Whom
from notify.oncall.rota import Override
from notify.planning.notice import News
from notify.planning.plan import goes_by_routes
from notify.planning.routing import Route
from notify.tables.told import Delivery, Silence, Told, told
from vahta.state import Opened

_MARKS = {State.SENT: Mark.PASSED, State.PLANNED: Mark.WAITING, State.SENDING: Mark.WAITING}
_HASH = 8


async def verdicts_of(state: Opened, zone: ZoneInfo, incident: str, lang: str) -> list[Verdict]:
    """What was decided about one incident; nothing for an unknown one."""
    found = await state.register.find(incident)
    if found is None:
        return []
    sentences = Sentences.load(lang, zone)
    entries = await state.register.timeline(found)
    known = await state.store.read(partial(told, incident=incident))
    return recorded(known, {one.seq: name(one, sentences) for one in entries}, sentences)


def name(entry: Entry, sentences: Sentences) -> str:
    """What an entry of the journal is called."""
    key = f"stage.{tag(entry.event)}"
    return sentences.say(key) if sentences.has(key) else tag(entry.event)


def recorded(known: Told, events: Mapping[int, str], sentences: Sentences) -> list[Verdict]:
    """What was decided, in the order of the journal. ``events`` are names of entries."""
    found = [_delivered(one, sentences) for one in known.deliveries]
    found += [_silent(one, events.get(one.seq, ""), sentences) for one in known.silences]
    return sorted(found, key=lambda one: (one.seq, one.route, one.mark is not Mark.PASSED))


def today(
    news: News, routes: Sequence[Route], people: People, sentences: Sentences
) -> list[Verdict]:
    """Whom each of the routes would reach now, were this news. An escalation: its first step."""
    if not goes_by_routes(news):
        event, words = sentences.say(f"telling.{news.telling}"), sentences.say("routes.follows")
        because = news.telling.value
        return [Verdict(news.seq, news.at, event, "", "", Mark.PASSED, because, words)]
    return [
        Verdict(news.seq, news.at, sentences.say(f"telling.{news.telling}"), route.id, *verdict)
        for route in routes
        for verdict in _of_route(route, news, people, sentences)
    ]


def people_of(
    directory: Directory, overrides: Sequence[Override], news: News, routes: Sequence[Route]
) -> People:
    """Everybody as of the news; a channel stands for whoever its own table names."""
    steps = [step.targets for r in routes if r.escalation for step in r.escalation.steps]
    steps += [r.escalation.last_resort for r in routes if r.escalation]
    named = [*(r.targets for r in routes), *steps]
    channels = {id_: (id_,) for targets in named for id_ in targets.channels}
    return directory.people(channels, overrides, news.at)


def _of_route(
    route: Route, news: News, people: People, sentences: Sentences
) -> Iterator[tuple[str, Mark, str, str]]:
    miss = route.misses(news)
    if miss is not None:
        yield "", Mark.NEVER, miss.value, why(miss, sentences)
        return
    targets: Targets = route.escalation.targets(0) if route.escalation else route.targets
    found = people.reach(route.id, targets)
    for one in found.whom:
        because = news.telling.value
        yield _whom(one), Mark.PASSED, because, sentences.say("routes.would_hear")
    for silent in found.untold:
        name = silent.who or silent.channel
        yield name, Mark.HELD, silent.because.value, why(silent.because, sentences)


def _whom(one: Whom) -> str:
    name = f"{one.engineer}, {one.channel}" if one.engineer else one.channel
    return f"{name} ({one.rota})" if one.rota else name


def _delivered(one: Delivery, sentences: Sentences) -> Verdict:
    name = f"{one.engineer}, {one.channel}" if one.engineer else f"{one.channel}/{one.who[:_HASH]}"
    words = sentences.say(f"delivery.{one.state}")
    if one.why:
        words += f", {sentences.say('telling.why', why=why(one.why, sentences))}"
    return Verdict(
        *(one.seq, one.at, sentences.say(f"telling.{one.telling}"), one.route),
        f"{name} ({one.rota})" if one.rota else name,
        _MARKS.get(one.state, Mark.HELD),
        one.because.value,
        words,
    )


def _silent(one: Silence, event: str, sentences: Sentences) -> Verdict:
    whom = f"{one.channel}/{one.who[:_HASH]}" if one.channel and one.who else one.channel or one.who
    words = why(one.because, sentences)
    return Verdict(*(one.seq, one.at, event, one.route, whom, Mark.NEVER, one.because.value, words))


def why(word: str | Because, sentences: Sentences) -> str:
    """A reason of ours in the reader's language; another, such as a channel's, as it is."""
    return sentences.say(f"untold.{word}") if sentences.has(f"untold.{word}") else str(word)
