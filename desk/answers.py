"""What stands under the lookup box: the known incident, or those it may be, or what to say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desk.calls.call import Call
from desk.cards import Advice, Card, Known, advice, card
from desk.speech import Speech
from desk.view import View
from incidents.component import in_language
from incidents.incident import Incident

_HITS = 4
_ADVICE = 2
_REFERENCE = re.compile(r"\s*(\w{1,8})[-\s](\d{4})[-\s](\d{4,7})\s*")


@dataclass(frozen=True, slots=True)
class Channel:
    """An official channel, in the reader's words."""

    id: str
    name: str
    value: str
    hours: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A call that was noted before, as its number leads to it. ``about`` is what it was about."""

    number: str
    when: str
    about: str
    due: str
    is_late: bool
    text: str
    incident: str
    callers: str
    is_promised: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """``kind`` is waiting, known, maybe or nothing; ``first`` goes with known only.

    ``call`` is the call whose number was typed; ``is_chosen``: a person says that it is this one.
    """

    kind: str
    first: Card | None = None
    others: Sequence[Card] = ()
    articles: Sequence[Advice] = ()
    contacts: Sequence[Channel] = ()
    call: Noted | None = None
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """Puts what the house knows into one reader's words."""

    house: View

    async def find(self, query: str, speech: Speech, *, chosen: str = "") -> Answer:
        """What to show for a caller's words; ``chosen`` is the incident an operator picked."""
        if not query.strip() and not chosen:
            return Answer("waiting")
        call = await self._by_number(query)
        if call is not None:
            return await self._about(call, speech)
        house = self.house
        found = await house.find_text(query, _HITS, speech.lang)
        known = [i for hit in found.incidents if (i := await house.find(hit.id)) is not None]
        articles = [
            advice(article, speech.lang)
            for hit in found.articles[:_ADVICE]
            if (article := house.texts.articles.get(hit.id)) is not None
        ]
        picked = await house.find(chosen) if chosen else None
        if picked is None and found.confident and known and known[0].is_open:
            picked = known[0]
        if picked is not None:
            others = [one for one in known if one.id != picked.id]
            return await self._known(picked, others, articles, speech, is_chosen=bool(chosen))
        rows = await self.rows(known, speech)
        kind = "maybe" if any(one.is_open for one in known) else "nothing"
        return Answer(kind, others=rows, articles=articles, contacts=self.contacts(speech))

    async def card(self, incident: Incident, speech: Speech) -> Card:
        """All that is known of one incident."""
        house = self.house
        callers = await house.calls.callers([incident.id])
        more = Known(
            callers.get(incident.id, 0),
            await house.estimate(incident),
            house.next_word_at(incident),
        )
        return card(incident, house.texts, speech, house.clock(), more=more)

    async def rows(self, incidents: Sequence[Incident], speech: Speech) -> Sequence[Card]:
        """As much of each as a list has room for."""
        house = self.house
        ids = [incident.id for incident in incidents]
        callers = await house.calls.callers(ids) if ids else {}
        return [
            card(one, house.texts, speech, house.clock(), more=Known(callers.get(one.id, 0)))
            for one in incidents
        ]

    async def noted(self, call: Call, speech: Speech) -> Noted:
        """A call in words."""
        house, now = self.house, self.house.clock()
        draft, due = call.draft, call.due_at
        incident = await house.find(draft.incident) if draft.incident else None
        if incident is not None:
            about = house.texts.title(incident, speech.lang)
        else:
            symptom = draft.article or draft.symptom
            about = house.calls.names([symptom], speech.lang)[symptom]
        callers = await house.calls.callers([incident.id]) if incident else {}
        return Noted(
            call.number,
            speech.moment(call.at, now),
            about,
            _due(call, speech, house),
            bool(due and due <= now),
            call.text,
            draft.incident or "",
            speech.count(sum(callers.values()), "call.count") if callers else "",
            draft.promised,
        )

    def contacts(self, speech: Speech, first: str = "") -> Sequence[Channel]:
        """The official channels; the one called ``first`` before the others."""
        known = sorted(self.house.contacts, key=lambda contact: contact.id != first)
        return [
            Channel(
                one.id,
                in_language(one.name, speech.lang),
                one.value,
                in_language(one.hours, speech.lang),
            )
            for one in known
        ]

    async def _known(
        self,
        picked: Incident,
        others: Sequence[Incident],
        articles: Sequence[Advice],
        speech: Speech,
        *,
        is_chosen: bool = False,
        call: Noted | None = None,
    ) -> Answer:
        first = await self.card(picked, speech)
        own = first.advice
        return Answer(
            "known",
            first,
            await self.rows(others, speech),
            [one for one in articles if own is None or one.id != own.id],
            self.contacts(speech, own.contact if own else ""),
            call,
            is_chosen,
        )

    async def _by_number(self, query: str) -> Call | None:
        """The call whose number this is; spaces stand for hyphens as well."""
        found = _REFERENCE.fullmatch(query)
        return await self.house.calls.find("-".join(found.groups()).upper()) if found else None

    async def _about(self, call: Call, speech: Speech) -> Answer:
        noted = await self.noted(call, speech)
        incident = await self.house.find(call.draft.incident) if call.draft.incident else None
        if incident is not None:
            return await self._known(incident, (), (), speech, call=noted, is_chosen=True)
        article = self.house.texts.articles.get(call.draft.article or "")
        return Answer(
            "nothing",
            articles=[advice(article, speech.lang)] if article else (),
            contacts=self.contacts(speech),
            call=noted,
        )


def _due(call: Call, speech: Speech, house: View) -> str:
    """When a promise is due, or was kept; nothing where none was given."""
    now, due = house.clock(), call.due_at
    if call.called_back_at is not None:
        return speech.say("call.kept", when=speech.moment(call.called_back_at, now))
    if due is None:
        return ""
    if due <= now:
        return speech.say("call.late", span=speech.span(now - due))
    return speech.say("call.due", when=speech.moment(due, now), span=speech.span(due - now))
