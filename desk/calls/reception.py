"""Takes calls: writes each down at once, counts it where it belongs, and sees when they burst."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from desk.calls.call import LONGEST_REGION, LONGEST_TEXT, UNKNOWN, Answer, Call, Draft
from desk.calls.figures import Figures, figures
from desk.calls.kinship import components_of
from desk.calls.ledger import Ledger
from incidents.article import Article
from incidents.bursts import WINDOW, Arithmetic, past_of, reckon
from incidents.commands import BY_HAND, IllegalCommandError, Open
from incidents.component import Component, Text
from incidents.events import Because, Called, Opened, Origin
from incidents.incident import Incident
from incidents.journal import PROBES
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.texts import Texts

BURST = "burst_of_calls"
"""The rule by which calls open an incident."""

ESCALATED = Because("escalated")
"""Why engineers are told of a single call: an operator hands it on."""

SAMPLE = 5
"""How many of the callers' texts engineers are shown."""

_REGION = re.compile(r"[^\W\d_][^\d_@]*")
_MOST_SYMPTOMS = 12


@dataclass(kw_only=True)
class Reception:
    """One per process, over one ledger.

    ``components`` are those of the config and of the state, as they are when it is called.
    """

    ledger: Ledger
    recorder: Recorder
    register: Register
    texts: Texts
    components: Callable[[], Mapping[str, Component]]
    languages: Sequence[str]
    zone: tzinfo
    clock: Callable[[], datetime]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _kin: Mapping[str, str] | None = field(default=None, init=False)

    async def note(self, draft: Draft, *, operator: str) -> Call:
        """Write a call down; answers it with its number, and the incident it is counted on.

        That is the one it was noted against, or one that such calls have opened, be it by this
        very call. Raises IllegalCommandError for what doesn't exist or is too long, sqlite3.Error
        when nothing can be written.
        """
        async with self._turn:
            whole = await self._placed(await self._checked(draft))
            call = await self.ledger.note(whole, operator=operator)
            await self.recorder.called(_event(call), actor=operator)
            if whole.incident is None and whole.repeat_of is None:
                return await self._look_for_burst(call)
            return call

    async def said(self, incident: str) -> Sequence[str]:
        """What callers said by whose calls ``incident`` was opened, the latest first, masked.

        Of a call's number, what that one caller said.
        """
        if (call := await self.ledger.find(incident)) is not None:
            return call.text.splitlines()
        found = await self.register.find(incident)
        if found is None or found.origin is not Origin.CALLS:
            return ()
        for entry in await self.register.timeline(found):
            if isinstance(entry.event, Opened):
                symptom = str(entry.event.because.values.get("symptom", ""))
                calls = await self.ledger.lately(symptom, entry.at - WINDOW, entry.at)
                return [call.text for call in reversed(calls) if call.text][:SAMPLE]
        return ()

    async def find(self, number: str) -> Call | None:
        return await self.ledger.find(number)

    async def callers(self, incidents: Sequence[str]) -> Mapping[str, int]:
        return await self.ledger.callers(incidents)

    async def promised(self) -> Sequence[Call]:
        return await self.ledger.promised()

    async def called_back(self, number: str) -> bool:
        return await self.ledger.called_back(number)

    async def figures(self, since: datetime, until: datetime) -> Figures:
        """The figures of calls from ``since`` up to ``until``."""
        calls = await self.ledger.between(since, until)
        about = {call.draft.incident for call in calls if call.draft.incident}
        known = [found for id_ in about if (found := await self.register.find(id_))]
        published = {i.id: i.published_at for i in known if i.published_at}
        return figures(calls, published, self.zone)

    def names(self, symptoms: Collection[str], lang: str) -> Mapping[str, str]:
        """What each symptom is called."""
        known = self.components()
        return {symptom: self._about(symptom, lang, known) for symptom in symptoms}

    # ── where a call belongs ──

    async def _checked(self, draft: Draft) -> Draft:
        """``draft`` with the component that it is about; refused where something isn't so."""
        if len(draft.text) > LONGEST_TEXT:
            raise IllegalCommandError(f"the text has more than {LONGEST_TEXT} characters")
        region = " ".join((draft.region or "").split()) or None
        if region and (len(region) > LONGEST_REGION or not _REGION.fullmatch(region)):
            raise IllegalCommandError("a region is a name of at most 60 letters, without figures")
        if draft.repeat_of and await self.ledger.find(draft.repeat_of) is None:
            raise IllegalCommandError(f"{draft.repeat_of}: there is no such call")
        component = draft.component or None
        if draft.incident:
            found = await self.register.find(draft.incident)
            if found is None:
                raise IllegalCommandError(f"{draft.incident}: there is no such incident")
            component = component or found.component
        elif draft.article:
            if draft.article not in self.texts.articles:
                raise IllegalCommandError(f"{draft.article}: there is no such article")
            component = component or (await self._component_of(draft.article))
        if component and component not in self.components() and component != UNKNOWN:
            raise IllegalCommandError(f"there is no component {component!r}")
        return replace(
            draft,
            region=region,
            component=None if component == UNKNOWN else component,
            incident=draft.incident or None,
            article=draft.article or None,
        )

    async def _placed(self, draft: Draft) -> Draft:
        """``draft`` with the open incident that it is counted on, if there is one.

        One that such calls have opened; or, where no article was an answer, one by which its
        component is known to be unwell.
        """
        if draft.answer is Answer.INCIDENT:
            return draft
        blamed = set(await self.ledger.blamed(draft.symptom))
        for incident in self.register.open_incidents():
            by_calls = incident.origin is Origin.CALLS and incident.id in blamed
            nameless = draft.article is None and incident.ails(draft.component or "")
            if by_calls or (nameless and _is_there(incident, draft.region)):
                return replace(draft, incident=incident.id)
        return draft

    async def _component_of(self, article: str) -> str | None:
        if self._kin is None:
            self._kin = await asyncio.to_thread(
                components_of,
                self.texts.articles.values(),
                list(self.components().values()),
                self.texts,
                languages=self.languages,
                now=self.clock(),
            )
        return self._kin.get(article)

    # ── bursts ──

    async def _look_for_burst(self, call: Call) -> Call:
        component = call.draft.component
        if component and any(i.ails(component) for i in self.register.open_incidents()):
            return call
        found = await self._reckon(call)
        if not found.is_burst:
            return call
        symptom, since = call.draft.symptom, call.at - WINDOW
        began = (await self.ledger.lately(symptom, since, call.at))[0].at
        entry = await self.recorder.open(self._opening(call, found, began), actor=PROBES)
        incident = entry.event.incident
        await self.ledger.attach(symptom, since, incident)
        return replace(call, draft=replace(call.draft, incident=incident))

    async def _reckon(self, call: Call) -> Arithmetic:
        began = await self.ledger.began() or call.at
        past = past_of(call.at, self.zone, since=began)
        own, others = await self.ledger.counts(call.draft.symptom, call.at, past)
        return reckon(own, others, past)

    def _opening(self, call: Call, found: Arithmetic, began: datetime) -> Open:
        symptom, known = call.draft.symptom, self.components()
        article = self.texts.articles.get(call.draft.article or "")
        return Open(
            call.at,
            known.get(call.draft.component or "")
            or Component(UNKNOWN, self._each(self.texts.unfamiliar)),
            self._each(lambda lang: self.texts.complaints(self._about(symptom, lang, known), lang)),
            symptoms=_symptoms(article, self.languages) if article else (),
            started_at=began,
            origin=Origin.CALLS,
            because=Because(
                BURST,
                {
                    "symptom": symptom,
                    "calls": found.calls,
                    "within_seconds": WINDOW.total_seconds(),
                    "usual": round(found.usual, 2),
                    "level": round(found.level, 2),
                    "weeks": found.weeks,
                    "one_in": _one_in(found.chance),
                },
            ),
        )

    def _about(self, symptom: str, lang: str, known: Mapping[str, Component]) -> str:
        """What a symptom is called: by its component, else its article, else "unknown"."""
        if symptom in known:
            return known[symptom].called(lang)
        article = self.texts.articles.get(symptom)
        return article.title(lang) if article else self.texts.unfamiliar(lang)

    def _each(self, words: Callable[[str], str]) -> Text:
        return {lang: words(lang) for lang in self.languages}


def _event(call: Call) -> Called:
    """What the journal holds of it: nothing that was said."""
    draft = call.draft
    return Called(
        draft.incident or "",
        draft.component or "",
        ESCALATED if draft.escalated else BY_HAND,
        call.number,
        draft.symptom,
        draft.medium,
        draft.article or "",
        draft.region or "",
    )


def _one_in(chance: float) -> int:
    """Once in how many windows there are so many calls by chance, in round figures."""
    return int(float(f"{1 / max(chance, 1e-12):.1g}"))


def _is_there(incident: Incident, region: str | None) -> bool:
    """Whether it concerns whoever calls from ``region``, as far as that is known."""
    scope = incident.scope
    if scope.carrier or scope.surface:
        return False
    return not scope.region or scope.region.casefold() == (region or "").casefold()


def _symptoms(article: Article, languages: Sequence[str]) -> tuple[Text, ...]:
    """How citizens say it, so that the next caller's words find the incident."""
    said = [{lang: phrase} for lang in languages for phrase in article.symptoms(lang)]
    return tuple(said[:_MOST_SYMPTOMS])
