"""What an operator sees of an incident or an article, ready for a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.speech import Speech
from incidents.article import Article
from incidents.events import Impact, Status
from incidents.incident import Incident
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
    escalate: str


@dataclass(frozen=True, slots=True)
class Card:
    """One incident. ``tone`` is down, slow, work, ok or past: a shape and a colour."""

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
    is_open: bool
    is_public: bool
    advice: Advice | None


def card(incident: Incident, texts: Texts, speech: Speech, now: datetime) -> Card:
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
        is_open=incident.is_open,
        is_public=incident.is_public,
        advice=advice(article, lang) if article else None,
    )


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
        escalate=article.escalate(lang),
    )


def tone(incident: Incident) -> str:
    """The look of an incident's state."""
    if not incident.is_open:
        return "past"
    if incident.status is Status.MONITORING:
        return "ok"
    return _TONES[incident.impact]
