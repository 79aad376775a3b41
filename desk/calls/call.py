"""One citizen's report, as an operator notes it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from incidents.events import Medium

CALL_BACK_WITHIN = timedelta(hours=24)
"""Whoever was promised to hear of the end hears of it, or that it lasts, within this time."""


LONGEST_TEXT = 2000
"""Characters of what a caller said; who says more has said it already."""

LONGEST_REGION = 60


class Answer(StrEnum):
    """What the operator could answer with."""

    INCIDENT = "incident"
    ARTICLE = "article"
    NOTHING = "nothing"

    @classmethod
    def of(cls, *, incident: str | None, article: str | None) -> Answer:
        """An incident that is known is the better answer of two."""
        if incident:
            return cls.INCIDENT
        return cls.ARTICLE if article else cls.NOTHING


@dataclass(frozen=True, slots=True)
class Draft:
    """A call before it has a number. ``text`` is masked when it is noted; no names are asked.

    ``looked_up_at`` is when the operator began to type, where that is known; ``repeat_of`` the
    number that a caller who rings again was given before.
    """

    text: str
    medium: Medium = Medium.PHONE
    incident: str | None = None
    article: str | None = None
    component: str | None = None
    region: str | None = None
    promised: bool = False
    escalated: bool = False
    looked_up_at: datetime | None = None
    repeat_of: str | None = None

    @property
    def answer(self) -> Answer:
        """An article that didn't help, so that the call was handed on, was no answer."""
        article = None if self.escalated else self.article
        return Answer.of(incident=self.incident, article=article)

    @property
    def symptom(self) -> str:
        """What calls are counted by: the component, else the article, else nothing known."""
        return self.component or self.article or UNKNOWN


UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is kept, ``draft`` without its text.

    ``text`` is what was said, masked; empty once it has been erased, or when its key is gone.
    """

    number: str
    at: datetime
    operator: str
    draft: Draft
    text: str
    called_back_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """When a promised answer is due; None without a promise, or once it was kept."""
        if not self.draft.promised or self.called_back_at:
            return None
        return self.at + CALL_BACK_WITHIN


def to_json(call: Call) -> dict[str, Any]:
    """A call for machines; ``text`` is null once it has been erased."""
    draft, due = call.draft, call.due_at
    return {
        "number": call.number,
        "at": call.at.isoformat(),
        "operator": call.operator,
        "answer": draft.answer.value,
        "incident": draft.incident,
        "article": draft.article,
        "component": draft.component,
        "symptom": draft.symptom,
        "region": draft.region,
        "channel": draft.medium.value,
        "text": call.text or None,
        "repeat_of": draft.repeat_of,
        "escalated": draft.escalated,
        "promised": draft.promised,
        "due_at": due.isoformat() if due else None,
        "called_back_at": call.called_back_at.isoformat() if call.called_back_at else None,
    }
