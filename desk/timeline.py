"""What happened to an incident, line by line, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from desk.speech import Speech
from incidents.codec import tag
from incidents.component import Text, in_language
from incidents.events import (
    Acknowledged,
    Attached,
    Because,
    Called,
    Detached,
    Event,
    Impact,
    Imported,
    Joined,
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenanceEvent,
    MaintenancePlanned,
    MaintenanceStarted,
    Merged,
    Opened,
    Origin,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reminded,
    Reopened,
    Resolved,
    Seen,
    Unrecognised,
    Unstable,
    Updated,
)
from incidents.journal import PROBES, Entry
from incidents.texts import Texts
from probes.observation import Outcome

WELL_AGAIN = "confirmed_recovery"
"""The rule by which probes say that something works again."""


@dataclass(frozen=True, slots=True)
class Look:
    """One observation in words, and the record of what was exchanged, where that was kept."""

    words: str
    capture: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """``said`` is what citizens were told; ``detail`` what the probes saw, for engineers.

    ``capture`` is the record of the failure that proved it, empty where there is none.
    """

    at: datetime
    when: str
    exact: str
    who: str
    words: str
    said: str = ""
    detail: tuple[Look, ...] = ()
    capture: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts entries of the journal into one reader's words. ``names`` are of components, by id."""

    texts: Texts
    speech: Speech
    now: datetime
    names: Mapping[str, Text] = field(default_factory=dict)

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
            self._words(event),
            said=event.text if isinstance(event, (Updated, Resolved)) else {},
            seen=getattr(event, "streak", ()),
        )

    def _line(
        self, at: datetime, actor: str, words: str, *, said: Text, seen: Iterable[Seen] = ()
    ) -> Line:
        looks = tuple(self._seen(one) for one in seen)
        return Line(
            at,
            self.speech.moment(at, self.now),
            self.speech.exact(at),
            self.speech.say("event.automatic") if actor == PROBES else actor,
            words,
            in_language(said, self.speech.lang),
            looks,
            next((look.capture for look in reversed(looks) if look.capture), ""),
        )

    def _words(self, event: Event) -> str:
        say = self.speech.say
        match event:
            case Opened():
                return self._opened(event)
            case Published():
                return self._published(event.because)
            case Updated():
                return self._updated(event)
            case Reassessed():
                impact = say(f"impact.{event.impact}")
                key = "event.reassessed_partial" if event.partial else "event.reassessed"
                return say(key, what=self._what(event), impact=impact)
            case Joined() | Relapsed() | Reopened():
                return say(f"event.{tag(event)}", what=self._what(event))
            case Acknowledged() | Recovering():
                return say(f"event.{tag(event)}")
            case Resolved():
                return self._resolved(event.because)
            case Imported():
                return say("event.imported")
            case Unrecognised():
                return say("event.unrecognised", kind=event.kind)
            case Attached() | Detached() | Merged() | Unstable() | Reminded():
                return self._beside(event)
            case Called():
                return ""  # counted on the card, not told one by one
            case _:
                return self._work(event)

    def _beside(self, event: Attached | Detached | Merged | Unstable | Reminded) -> str:
        """Of other components and other incidents."""
        say = self.speech.say
        match event:
            case Attached():
                name = in_language(event.component_name, self.speech.lang) or self._name(event)
                merged, what = event.because.values.get("merged", ""), self._what(event)
                return say(f"event.attached_{event.cause}", name=name, what=what, incident=merged)
            case Detached():
                well = "well" if event.because.rule == WELL_AGAIN else "alone"
                return say(
                    f"event.detached_{'apart' if event.apart else well}", name=self._name(event)
                )
            case Merged():
                return say("event.merged", into=event.into)
            case Unstable():
                return say("event.unstable")
            case Reminded():
                return say("event.reminded")
            case _:
                assert_never(event)

    def _work(self, event: MaintenanceEvent) -> str:
        """Of announced work."""
        say, moment = self.speech.say, self.speech.moment
        match event:
            case MaintenancePlanned():
                start, end = moment(event.starts_at, self.now), moment(event.ends_at, self.now)
                return say("event.work_planned", start=start, end=end)
            case MaintenanceStarted():
                return say("event.work_started", end=moment(event.ends_at, self.now))
            case MaintenanceEnded():
                return say("event.work_ended" if event.is_last else "event.work_ended_for_now")
            case MaintenanceCancelled():
                return say("event.work_cancelled")
            case _:
                assert_never(event)

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
                what=self._what(event),
                probe=event.probe or "?",
                count=event.because.values.get("in_a_row", len(event.streak)),
            )
        what = in_language(event.title, self.speech.lang) or self._impact(event.impact)
        values = event.because.values
        if "calls" not in values:
            key = "event.opened_calls" if event.origin is Origin.CALLS else "event.opened"
            return self.speech.say(key, what=what)
        return self.speech.say(
            "event.opened_burst",
            what=what,
            calls=self.speech.count(int(values["calls"] or 0), "call.count"),
            within=self.speech.span(timedelta(seconds=float(values.get("within_seconds") or 0))),
            usual=values.get("usual", "?"),
        )

    def _updated(self, event: Updated) -> str:
        if event.status is not None:
            return self._status(event.status)
        if event.text:
            return self.speech.say("event.said")
        if event.locked is not None:
            return self.speech.say("event.locked" if event.locked else "event.unlocked")
        if event.publish_at is not None:
            when = self.speech.moment(event.publish_at, self.now)
            return self.speech.say("event.publish_at", when=when)
        if event.next_at is not None:
            when = self.speech.moment(event.next_at, self.now)
            return self.speech.say("event.next_at", when=when)
        return self.speech.say("event.changed")

    def _resolved(self, because: Because) -> str:
        count = because.values.get("in_a_row")
        if count is None:
            return self.speech.say("event.resolved")
        return self.speech.say("event.resolved_probe", count=count)

    def _status(self, status: str) -> str:
        return self.speech.say("event.status", status=self.speech.say(f"status.{status}"))

    def _impact(self, impact: Impact) -> str:
        return self.texts.impact(impact, self.speech.lang)

    def _what(self, event: Opened | Reassessed | Joined | Relapsed | Reopened | Attached) -> str:
        if event.reason is not None:
            return self.texts.reason(event.reason, self.speech.lang)
        slow = event.outcome is Outcome.DEGRADED
        return self._impact(Impact.MINOR if slow else Impact.MAJOR)

    def _name(self, event: Event) -> str:
        name = in_language(self.names.get(event.component, {}), self.speech.lang)
        return name or event.component

    def _seen(self, one: Seen) -> Look:
        reason = f" {one.reason}" if one.reason else ""
        words = f"{self.speech.exact(one.at)}  {one.outcome}{reason}  {one.detail}".rstrip()
        # Of successes only the newest is kept: by now it is of another run.
        return Look(words, one.capture if one.outcome.is_bad else "")
