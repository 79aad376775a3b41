"""What an operator sees of an incident or an article, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.speech import Speech
from incidents.article import Article
from incidents.component import Text, in_language
from incidents.events import Impact, Status
from incidents.history.estimate import Estimate, in_words, left_in_words
from incidents.incident import Affected, Incident
from incidents.texts import Texts

_TONES = {Impact.CRITICAL: "down", Impact.MAJOR: "down", Impact.MINOR: "slow", Impact.NONE: "work"}


@dataclass(frozen=True, slots=True)
class Advice:
    """Self-help. ``say`` is for when no incident is known."""

    id: str
    title: str
    sees: str
    usually: str
    say: str
    steps: Sequence[str]
    avoid: Sequence[str]
    meanwhile: Sequence[str]
    escalate: str
    contact: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an incident beside itself.

    Its callers, how long it may last, and when somebody should say something new.
    """

    callers: int = 0
    estimate: Estimate | None = None
    next_word_at: datetime | None = None


NO_MORE = Known()


@dataclass(frozen=True, slots=True)
class Card:
    """One incident. ``tone`` is down, slow, work, ok or past: a shape and a colour.

    ``part_of`` is the number of the incident into which it was merged.
    """

    id: str
    title: str
    component: str
    tone: str
    status: str
    status_words: str
    impact: str
    wrong: str
    say: str
    since: str
    since_exact: str
    span: str
    scope: str
    acknowledged_by: str | None
    part_of: str
    is_unstable: bool
    is_locked: bool
    publish_at: str
    is_open: bool
    is_public: bool
    advice: Advice | None
    engineering: str
    callers: str
    estimate: str
    next_word: str


def card(
    incident: Incident, texts: Texts, speech: Speech, now: datetime, *, more: Known = NO_MORE
) -> Card:
    """Everything in ``speech``'s language; people's own words win."""
    lang = speech.lang
    article = texts.article_for(incident)
    until = incident.resolved_at
    length = speech.span((until or now) - incident.started_at)
    scope = incident.scope
    return Card(
        id=incident.id,
        title=texts.title(incident, lang),
        component=texts.component(incident, lang),
        tone=tone(incident),
        status=incident.status.value,
        status_words=speech.say(f"status.{incident.status}"),
        impact=speech.say(f"impact.{incident.impact}"),
        wrong=texts.public_text(incident, lang),
        say=texts.operator_note(incident, lang),
        since=speech.say("card.since", when=speech.moment(incident.started_at, now)),
        since_exact=speech.exact(incident.started_at),
        span=speech.say("card.lasted" if until else "card.ongoing", span=length),
        scope=", ".join(filter(None, (scope.region, scope.carrier, scope.surface))),
        acknowledged_by=incident.acknowledged_by,
        part_of=incident.merged_into or "",
        is_unstable=incident.is_open and incident.unstable_since is not None,
        is_locked=incident.is_open and incident.locked,
        publish_at=_publish_at(incident, speech, now),
        is_open=incident.is_open,
        is_public=incident.is_public,
        advice=advice(article, lang) if article else None,
        engineering=texts.engineer(incident.reason, lang) if incident.reason else "",
        callers=speech.count(more.callers, "call.count") if more.callers else "",
        estimate=_estimate(incident, more, speech, now),
        next_word=_next_word(incident, more, speech, now),
    )


def _estimate(incident: Incident, more: Known, speech: Speech, now: datetime) -> str:
    """What similar ones took, and what that says of this one."""
    if more.estimate is None or not incident.is_open:
        return ""
    began = incident.reopened_at or incident.started_at
    took = in_words(more.estimate, speech.lang)
    return f"{took}; {left_in_words(more.estimate, now - began, speech.lang)}."


def _next_word(incident: Incident, more: Known, speech: Speech, now: datetime) -> str:
    at = incident.next_at or more.next_word_at  # what citizens were promised comes first
    if at is None or not incident.is_open:
        return ""
    key = "card.next_word" if at > now else "card.next_word_late"
    return speech.say(key, when=speech.moment(at, now))


def advice(article: Article, lang: str) -> Advice:
    """An article in one language."""
    return Advice(
        id=article.id,
        title=article.title(lang),
        sees=article.sees(lang),
        usually=article.usually(lang),
        say=article.say(lang),
        steps=article.steps(lang),
        avoid=article.avoid(lang),
        meanwhile=article.meanwhile(lang),
        escalate=article.escalate(lang),
        contact=article.contact or "",
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One component of an incident, with when and how it was unwell, a line each.

    ``can_leave``: it is unwell now and came from elsewhere, so a person may take it out.
    """

    id: str
    name: str
    spells: Sequence[str]
    is_unwell: bool
    can_leave: bool


def parts(
    incident: Incident, texts: Texts, speech: Speech, now: datetime, names: Mapping[str, Text]
) -> Sequence[Part]:
    """All components of ``incident``, its own first; nothing where it is about one alone."""
    ids = dict.fromkeys([incident.component, *(one.component for one in incident.affected)])
    if len(ids) == 1:
        return ()
    return [
        Part(
            id_,
            in_language(names.get(id_) or incident.stretches(id_)[0].name, speech.lang) or id_,
            [_spell(one, texts, speech, now) for one in incident.stretches(id_)],
            incident.ails(id_),
            incident.is_open and incident.ails(id_) and id_ != incident.component,
        )
        for id_ in ids
        if incident.stretches(id_)
    ]


def _spell(one: Affected, texts: Texts, speech: Speech, now: datetime) -> str:
    since = speech.moment(one.since, now)
    what = texts.reason(one.reason, speech.lang) if one.reason else ""
    if one.until is None:
        words = speech.say("part.since", since=since)
    else:
        words = speech.say("part.during", since=since, until=speech.moment(one.until, now))
    return f"{words}: {what}" if what else words


def _publish_at(incident: Incident, speech: Speech, now: datetime) -> str:
    """When a suspected one is to become public, where a person has said so."""
    if incident.status is not Status.SUSPECTED or incident.publish_at is None:
        return ""
    return speech.say("card.publish_at", when=speech.moment(incident.publish_at, now))


def tone(incident: Incident) -> str:
    """The look of an incident's state."""
    if not incident.is_open:
        return "past"
    if incident.status is Status.MONITORING:
        return "ok"
    return _TONES[incident.impact]
