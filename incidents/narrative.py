"""What happened to an incident, and why, told in plain sentences from the journal alone.

For whoever tells the story as a whole: the postmortem, ``explain``. The words are in
incidents/speech/; a rule that has none there is told by its name and its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import assert_never

from incidents.component import Text, in_language
from incidents.duration_words import exact_duration
from incidents.events import (
    Acknowledged,
    Attached,
    Because,
    Called,
    Detached,
    Event,
    Gate,
    Impact,
    Imported,
    Joined,
    MaintenanceCancelled,
    MaintenanceEnded,
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
    Step,
    Unrecognised,
    Unstable,
    Updated,
    Values,
)
from incidents.incident import Incident
from incidents.journal import PROBES, Entry
from incidents.sentences import Sentences
from incidents.texts import Texts
from probes.observation import Outcome, Reason

_SECONDS = "_seconds"
_VOCABULARIES = ("outcome", "impact", "criticality", "status")
_COMPONENTS = ("component", "explained_by")

_SPECIAL = MappingProxyType(
    {
        Step.DEPENDENCY: ("depends_on", 0, "dependency_none"),
        Step.STORM: ("needed", None, "storm_off"),
        Step.FLAPPING: ("flap_after", 0, "flapping_off"),
        Step.SEVERITY: ("partial", True, "severity_partial"),
    }
)
"""Steps with a sentence of their own for one value."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the story. ``said`` is what citizens were told, ``seen`` what probes saw."""

    at: datetime
    who: str
    what: str
    why: str = ""
    said: str = ""
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrator:
    """Tells in one language. ``names`` are those of components by id; others go by their id."""

    texts: Texts
    sentences: Sentences
    names: Mapping[str, Text] = field(default_factory=dict)

    def story(self, entries: Iterable[Entry]) -> Sequence[Told]:
        """Every entry, oldest first; what was imported brings its own past along."""
        return sorted((t for entry in entries for t in self.tell(entry)), key=lambda t: t.at)

    def tell(self, entry: Entry) -> Iterator[Told]:
        """The lines of one entry: one, but for an import with a past."""
        event, who = entry.event, self.who(entry.actor)
        if isinstance(event, Imported):
            for said in event.updates:
                yield Told(said.at, who, self._said(said.status), said=self._in_words(said.text))
        yield Told(
            entry.at,
            who,
            self.event(event),
            self.why(event.because),
            self._in_words(event.text) if isinstance(event, Updated | Resolved) else "",
            getattr(event, "streak", ()),
        )

    def who(self, actor: str) -> str:
        """Who did it; what nobody did by hand, Vahta did."""
        return str(self.sentences.table["automatic"]) if actor == PROBES else actor

    def event(self, event: Event) -> str:  # noqa: PLR0911, C901, PLR0912 - one return per kind
        """What happened, in one sentence. Total: every kind of event has its own."""
        match event:
            case Opened():
                return self._opened(event)
            case Updated():
                return self._updated(event)
            case Reassessed():
                key = "reassessed_partial" if event.partial else "reassessed"
                return self._of(key, what=self._what(event), impact=self._impact(event.impact))
            case Joined() | Relapsed() | Reopened():
                return self._of(type(event).__name__.lower(), what=self._what(event))
            case Published() | Acknowledged() | Recovering() | Resolved() | Unstable() | Reminded():
                return self._of(type(event).__name__.lower())
            case Attached():
                name = in_language(event.component_name, self.sentences.lang)
                name = name or self.component(event.component)
                return self._of("attached", component=name, what=self._what(event))
            case Detached():
                key = "detached_apart" if event.apart else "detached"
                well = event.because.rule == "confirmed_recovery"
                return self._of(
                    "detached_well" if well else key, component=self.component(event.component)
                )
            case Merged():
                return self._of("merged", into=event.into)
            case Imported():
                return self._of("imported")
            case Called():
                return self._of("called", call=event.call)
            case Unrecognised():
                return self._of("unrecognised", kind=event.kind)
            case MaintenancePlanned():
                return self._planned(event)
            case MaintenanceStarted():
                return self._of("maintenance_started", ends_at=self.moment(event.ends_at))
            case MaintenanceEnded():
                last = "maintenance_ended" if event.is_last else "maintenance_ended_for_now"
                return self._of(last)
            case MaintenanceCancelled():
                return self._of("maintenance_cancelled")
            case _:
                assert_never(event)

    def why(self, because: Because) -> str:
        """The rule and the values it compared, in a sentence; empty where there is no more to say.

        The gates are not in it: see ``gate``.
        """
        rule = f"why.{_case(because)}"
        if self.sentences.has(rule):
            return self.sentences.say(rule, **self.values(because.values))
        values = ", ".join(f"{k} = {v}" for k, v in self.values(because.values).items())
        return self._say("why.other", rule=because.rule, values=f": {values}" if values else "")

    def gate(self, gate: Gate) -> str:
        """What one step compared, and whether it held the matter back: "Places: 1 of 3 …"."""
        return f"{self._say(f'stage.{gate.step}')}: {self.compared(gate)}"

    def compared(self, gate: Gate) -> str:
        """The same without the name of the step."""
        key = f"gate.{_gate_case(gate)}"
        key = key if self.sentences.has(key) else f"gate.{gate.step}"
        return self.sentences.say(key, **self.values(gate.values))

    def values(self, values: Values) -> Mapping[str, object]:
        """Each value as it is said; ``…_seconds`` becomes a duration without that ending."""
        return {
            key.removesuffix(_SECONDS): self._value(key, value) for key, value in values.items()
        }

    def component(self, id_: str) -> str:
        """Its name, or its id where nobody gave it one."""
        return in_language(self.names.get(id_, {}), self.sentences.lang) or id_

    def moment(self, at: datetime) -> str:
        return self.sentences.moment(at)

    def outcome(self, outcome: Outcome) -> str:
        return self._say(f"outcome.{outcome}")

    # ── inside ──

    def _of(self, sentence: str, /, **values: object) -> str:
        return self.sentences.say(f"event.{sentence}", **values)

    def _say(self, key: str, /, **values: object) -> str:
        return self.sentences.say(key, **values)

    def _in_words(self, text: Text) -> str:
        return in_language(text, self.sentences.lang)

    def _impact(self, impact: Impact) -> str:
        return self._say(f"impact.{impact}")

    def _opened(self, event: Opened) -> str:
        title = self._in_words(event.title)
        by = {Origin.PROBE: "opened_probe", Origin.CALLS: "opened_calls"}
        what = title or self._what(event)
        return self._of(by.get(event.origin, "opened_person"), what=what.rstrip("."))

    def _updated(self, event: Updated) -> str:
        parts = [self._say(f"change.{key}", **values) for key, values in self._changes(event)]
        if not parts:
            return self._of("updated_text" if event.text else "updated_nothing")
        if event.text:
            parts.append(self._say("change.text"))
        return self._of("updated", changes=", ".join(parts))

    def _changes(self, event: Updated) -> Iterator[tuple[str, Mapping[str, object]]]:
        if event.status is not None:
            yield "status", {"status": self._say(f"status.{event.status}")}
        if event.impact is not None:
            yield "impact", {"impact": self._impact(event.impact)}
        if event.publish_at is not None:
            yield "publish_at", {"publish_at": self.moment(event.publish_at)}
        if event.next_at is not None:
            yield "next_at", {"next_at": self.moment(event.next_at)}
        if event.locked is not None:
            yield "locked" if event.locked else "unlocked", {}
        if event.title or event.public_text or event.operator_note:
            yield "words", {}

    def _planned(self, event: MaintenancePlanned) -> str:
        return self._of(
            "maintenance_planned_repeats" if event.repeats else "maintenance_planned",
            components=", ".join(map(self.component, event.components)),
            starts_at=self.moment(event.starts_at),
            ends_at=self.moment(event.ends_at),
        )

    def _said(self, status: object) -> str:
        if status is None:
            return self._of("said")
        return self._of("said_status", status=self._say(f"status.{status}"))

    def _what(self, event: Opened | Reassessed | Joined | Relapsed | Reopened | Attached) -> str:
        """What is wrong, as after a component's name: «код не приходит»."""
        if event.reason is not None:
            return self.texts.reason(event.reason, self.sentences.lang)
        if event.outcome is Outcome.DEGRADED:
            impact = Impact.MINOR
        elif event.outcome is Outcome.DOWN or isinstance(event, Relapsed):
            impact = Impact.MAJOR
        else:
            impact = event.impact
        return self.texts.impact(impact, self.sentences.lang)

    def _value(self, key: str, value: object) -> object:
        if value is None:
            return self._say("value.none")
        if isinstance(value, bool):
            return self._say("value.yes" if value else "value.no")
        if isinstance(value, int | float):
            in_words = exact_duration(timedelta(seconds=value), self.sentences.lang)
            return in_words if key.endswith(_SECONDS) else value
        return self._word(key, str(value))

    def _word(self, key: str, value: str) -> str:
        """A word of ours in the reader's language, an instant in the zone; another as it is."""
        if key == "reason" and value in set(Reason):
            return self.texts.reason(Reason(value), self.sentences.lang)
        if key in _VOCABULARIES and self.sentences.has(f"{key}.{value}"):
            return self._say(f"{key}.{value}")
        if key in _COMPONENTS:
            return self.component(value)
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value
        return self.moment(at) if at.tzinfo else value


def _case(because: Because) -> str:
    """Which of a rule's sentences."""
    if because.rule == "by_hand" and "merged" in because.values:
        return "by_hand_merged"
    if because.rule == "publish_after" and because.values.get("publish_after_seconds") == 0:
        return "publish_after_at_once"
    return because.rule


def _gate_case(gate: Gate) -> str:
    """Which of a step's sentences."""
    if gate.held:
        together, needed = (gate.values.get(key) for key in ("failed_together", "needed"))
        few = isinstance(together, int) and isinstance(needed, int) and together < needed
        return f"{gate.step}_{'joined' if gate.step is Step.STORM and few else 'held'}"
    name, value, case = _SPECIAL.get(gate.step, ("", None, ""))
    return case if name in gate.values and gate.values[name] == value else gate.step


def names_of(incident: Incident) -> Mapping[str, Text]:
    """The names that an incident knows its components by, for a Narrator."""
    known = {one.component: one.name for one in incident.affected if one.name}
    return (
        {**known, incident.component: incident.component_name} if incident.component_name else known
    )
