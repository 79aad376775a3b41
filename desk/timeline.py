"""What happened to an incident, line by line, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.speech import Speech
from incidents.codec import tag
from incidents.component import Text, in_language
from incidents.events import (
    Acknowledged,
    Because,
    Impact,
    Imported,
    Joined,
    Opened,
    Origin,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reopened,
    Resolved,
    Seen,
    Unrecognised,
    Updated,
)
from incidents.journal import PROBES, Entry
from incidents.texts import Texts
from probes.observation import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Line:
    """``said`` is what citizens were told; ``detail`` what the probes saw, for engineers."""

    at: datetime
    when: str
    exact: str
    who: str
    words: str
    said: str = ""
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts entries of the journal into one reader's words."""

    texts: Texts
    speech: Speech
    now: datetime

    def lines(self, entries: Sequence[Entry]) -> Sequence[Line]:
        """Oldest first; what was imported brings its own past along."""
        found = [line for entry in entries for line in self._tell(entry)]
        return sorted(found, key=lambda line: line.at)

    def _tell(self, entry: Entry) -> Iterator[Line]:
        event = entry.event
        if isinstance(event, Imported):
            for word in event.updates:
                status = self.speech.say("event.said")
                if word.status is not None:
                    status = self._status(word.status)
                yield self._line(word.at, entry.actor, status, said=word.text)
        yield self._line(
            entry.at,
            entry.actor,
            self._words(entry),
            said=event.text if isinstance(event, (Updated, Resolved)) else {},
            seen=getattr(event, "streak", ()),
        )

    def _line(
        self, at: datetime, actor: str, words: str, *, said: Text, seen: Iterable[Seen] = ()
    ) -> Line:
        return Line(
            at,
            self.speech.moment(at, self.now),
            self.speech.exact(at),
            self.speech.say("event.automatic") if actor == PROBES else actor,
            words,
            in_language(said, self.speech.lang),
            tuple(self._seen(one) for one in seen),
        )

    def _words(self, entry: Entry) -> str:
        say, event = self.speech.say, entry.event
        match event:
            case Opened():
                return self._opened(event)
            case Published():
                return self._published(event.because)
            case Updated():
                return self._updated(event)
            case Reassessed():
                impact = say(f"impact.{event.impact}")
                what = self._what(event.reason, event.outcome)
                return say("event.reassessed", what=what, impact=impact)
            case Joined():
                return say("event.joined", what=self._what(event.reason, event.outcome))
            case Acknowledged():
                return say("event.acknowledged")
            case Recovering():
                return say("event.recovering")
            case Relapsed():
                return say("event.relapsed", what=self._what(event.reason, event.outcome))
            case Resolved():
                return self._resolved(event.because)
            case Reopened():
                return say("event.reopened", what=self._what(event.reason, event.outcome))
            case Imported():
                return say("event.imported")
            case Unrecognised():
                return say("event.unrecognised", kind=event.kind)
            case _:
                return say("event.unrecognised", kind=tag(event))

    def _published(self, because: Because) -> str:
        waited = because.values.get("waited_seconds")
        if isinstance(waited, int | float):
            span = self.speech.span(timedelta(seconds=waited))
            return self.speech.say("event.published_after", span=span)
        return self.speech.say("event.published")

    def _opened(self, event: Opened) -> str:
        if event.origin is Origin.PROBE:
            return self.speech.say(
                "event.opened_probe",
                what=self._what(event.reason, event.outcome),
                probe=event.probe or "?",
                count=event.because.values.get("in_a_row", len(event.streak)),
            )
        key = "event.opened_calls" if event.origin is Origin.CALLS else "event.opened"
        title = in_language(event.title, self.speech.lang)
        return self.speech.say(key, what=title or self._impact(event.impact))

    def _updated(self, event: Updated) -> str:
        if event.status is not None:
            return self._status(event.status)
        return self.speech.say("event.said" if event.text else "event.changed")

    def _resolved(self, because: Because) -> str:
        count = because.values.get("in_a_row")
        if count is None:
            return self.speech.say("event.resolved")
        return self.speech.say("event.resolved_probe", count=count)

    def _status(self, status: str) -> str:
        return self.speech.say("event.status", status=self.speech.say(f"status.{status}"))

    def _impact(self, impact: Impact) -> str:
        return self.texts.impact(impact, self.speech.lang)

    def _what(self, reason: Reason | None, outcome: Outcome | None) -> str:
        if reason is not None:
            return self.texts.reason(reason, self.speech.lang)
        slow = outcome is Outcome.DEGRADED
        return self._impact(Impact.MINOR if slow else Impact.MAJOR)

    def _seen(self, one: Seen) -> str:
        reason = f" {one.reason}" if one.reason else ""
        return f"{self.speech.exact(one.at)}  {one.outcome}{reason}  {one.detail}".rstrip()
