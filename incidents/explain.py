"""Why an incident was opened, held back, published, told and closed, step by step. Pure.

From the events alone: every gate with the values it compared, in the order in which they are
taken. What hasn't happened says so (see ``pending``). Deliveries aren't in the journal: whoever
knows of them gives ``told``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType

from incidents.brief import brief
from incidents.events import (
    Acknowledged,
    Attached,
    Called,
    Detached,
    Event,
    Gate,
    Imported,
    Joined,
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
    Unstable,
    Updated,
)
from incidents.incident import Incident
from incidents.journal import PROBES, Entry
from incidents.narrative import Narrator, names_of
from incidents.pending import Course, missing
from incidents.rules import Rules
from incidents.story import Chapter, Line, Mark, Stage, Story, place, taken
from probes.observation import Outcome

NOBODY: Mapping[int, str] = MappingProxyType({})

_STAGES: Mapping[type[Event], Stage] = MappingProxyType(
    {
        Acknowledged: Stage.ACKNOWLEDGED,
        Attached: Stage.MEMBERS,
        Called: Stage.CALLS,
        Detached: Stage.MEMBERS,
        Imported: Stage.IMPORTED,
        Joined: Stage.JOINED,
        Merged: Stage.RESOLVED,
        Opened: Stage.OPENED,
        Published: Stage.PUBLISHED,
        Reassessed: Stage.REASSESSED,
        Recovering: Stage.RECOVERED,
        Relapsed: Stage.RELAPSED,
        Reminded: Stage.REMINDED,
        Reopened: Stage.OPENED,
        Resolved: Stage.RESOLVED,
        Unstable: Stage.UNSTABLE,
    }
)


def explain(
    incident: Incident,
    entries: Sequence[Entry],
    narrator: Narrator,
    *,
    now: datetime,
    rules: Rules | None = None,
    told: Mapping[int, str] = NOBODY,
) -> Story:
    """The story. ``entries`` are the incident's own, oldest first; ``incident`` is their fold.

    ``rules`` say how long what hasn't happened yet will take; ``told`` says, by the seq of an
    entry, who was told of it. Total over legal journals.
    """
    narrator = replace(narrator, names={**names_of(incident), **narrator.names})
    imports = [entry.seq for entry in entries if isinstance(entry.event, Imported)]
    teller = _Teller(incident, narrator, now, rules, told, max(imports, default=None))
    episodes = _episodes(entries)
    return Story(
        incident.id,
        narrator.texts.title(incident, narrator.sentences.lang),
        incident.component,
        narrator.component(incident.component),
        incident.status,
        incident.impact,
        incident.started_at,
        brief(incident, entries, narrator.sentences, now=now),
        tuple(
            Chapter(teller.chapter(episode, after))
            for episode, after in zip(episodes, [*episodes[1:], None], strict=True)
        ),
    )


def _episodes(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Each begins where the incident was opened, or opened again."""
    found: list[list[Entry]] = []
    for entry in entries:
        if not found or isinstance(entry.event, Reopened):
            found.append([])
        found[-1].append(entry)
    return found


@dataclass(frozen=True, slots=True)
class _Teller:
    incident: Incident
    narrator: Narrator
    now: datetime
    rules: Rules | None
    told: Mapping[int, str]
    imported: int | None
    """The last import, which says all that those before it said."""

    # ── an episode ──

    def chapter(self, episode: Sequence[Entry], after: Sequence[Entry] | None) -> tuple[Line, ...]:
        lines: list[Line] = []
        for is_call, some in groupby(episode, lambda entry: isinstance(entry.event, Called)):
            entries = list(some)
            if is_call and len(entries) > 1:
                lines.append(self._on(entries[0].at).calls(entries))
                continue
            for entry in entries:
                has_recovered = Stage.RECOVERED in taken(lines)
                lines += self._on(entry.at).entry(entry, has_recovered=has_recovered)
        course = Course(
            self.incident,
            self._on(episode[-1].at).narrator.sentences,
            self.now,
            self.rules,
            taken(lines),
            episode,
            after[0].at if after else None,
        )
        for line in missing(course):
            lines.insert(place(lines, line), line)
        return tuple(lines)

    def entry(self, entry: Entry, *, has_recovered: bool) -> Iterator[Line]:
        """What one entry has to say: the gates first, then what came of them."""
        event = entry.event
        match event:
            case Opened() | Reopened():
                yield from self._before(event)
                yield self._line(entry, why="" if event.because.gates else None)
                yield self._severity(entry, event)
                yield self._heard(entry, Stage.TOLD)
            case Joined():
                yield from self._gates(event.because.gates)
                yield self._line(entry, why="" if event.because.gates else None)
            case Attached() | Reassessed():
                yield self._line(entry, why=self._in_short(event))
            case Resolved() | Merged():
                yield from self._end(entry, event, has_recovered=has_recovered)
            case Imported() if entry.seq == self.imported:
                yield from self._imported(entry, event)
            case _:
                yield self._line(entry)

    def calls(self, entries: Sequence[Entry]) -> Line:
        """Many in a row are one line: on a bad day there are hundreds."""
        last = self.narrator.moment(entries[-1].at)
        said = self._say("calls", number=len(entries), at=last)
        return Line(Stage.CALLS, said, at=entries[0].at, seq=entries[-1].seq)

    # ── lines ──

    def _before(self, event: Opened | Reopened) -> Iterator[Line]:
        """What led to it."""
        if unseen := _why_unseen(event):
            yield Line(Stage.OBSERVED, self._say(unseen), Mark.NEVER)
            return
        what = self._observed(event.streak, event.started_at)
        yield Line(Stage.OBSERVED, what, at=event.started_at)
        passed = {gate.step: gate for gate in event.because.gates}
        for step in Step:
            if step is Step.SEVERITY:
                continue
            if step in passed:
                yield from self._gates([passed[step]])
            else:
                yield Line(Stage(step.value), self._say("unrecorded"), Mark.UNRECORDED)

    def _gates(self, gates: Iterable[Gate]) -> Iterator[Line]:
        for gate in gates:
            mark = Mark.HELD if gate.held else Mark.PASSED
            text = _sentence(self.narrator.compared(gate))
            yield Line(Stage(gate.step.value), text, mark, gate=gate)

    def _in_short(self, event: Attached | Reassessed) -> str:
        """Of steps taken by the way, what probes saw and what held."""
        gates = event.because.gates
        said = [self.narrator.compared(gate) for gate in gates if gate.held]
        if isinstance(event, Attached) and said:
            said[:0] = [self.narrator.compared(g) for g in gates if g.step is Step.CONFIRM]
        else:
            said[:0] = [self.narrator.why(event.because)]
        return " ".join(map(_sentence, said))

    def _severity(self, entry: Entry, event: Opened | Reopened) -> Line:
        for gate in event.because.gates:
            if gate.step is Step.SEVERITY:
                return next(self._gates([gate]))
        impact = self.narrator.sentences.say(f"impact.{event.impact}")
        if isinstance(event, Reopened):
            key = "severity_kept"
        else:
            key = "severity_by_hand" if event.origin is Origin.PERSON else "severity_plain"
        return Line(Stage.SEVERITY, _sentence(self._say(key, impact=impact)), seq=entry.seq)

    def _heard(self, entry: Entry, stage: Stage) -> Line:
        known = self.told.get(entry.seq)
        mark = Mark.PASSED if known else Mark.UNRECORDED
        return Line(stage, known or self._say("told_unknown"), mark, seq=entry.seq)

    def _end(
        self, entry: Entry, event: Resolved | Merged, *, has_recovered: bool
    ) -> Iterator[Line]:
        """Where it ends by its rule and no line has said so yet, the recovery comes first."""
        why = None
        if entry.actor == PROBES and isinstance(event, Resolved) and not has_recovered:
            said = self.narrator.why(event.because)
            yield Line(Stage.RECOVERED, said, at=entry.at, seq=entry.seq, because=event.because)
            why = ""
        yield self._line(entry, why=why)
        yield self._heard(entry, Stage.TOLD_END)

    def _imported(self, entry: Entry, event: Imported) -> Iterator[Line]:
        """What happened elsewhere, as far as it was brought along, in the order of time."""
        *past, whole = self.narrator.tell(entry)
        lines = [
            Line(Stage.UPDATES, one.what, at=one.at, said=one.said, seq=entry.seq) for one in past
        ]
        if event.published_at:
            said = self._say("published_import")
            lines.append(Line(Stage.PUBLISHED, said, at=event.published_at, seq=entry.seq))
        if not event.status.is_open:
            at = event.resolved_at or event.started_at
            lines.append(Line(Stage.RESOLVED, self._say("resolved_import"), at=at, seq=entry.seq))
        yield Line(Stage.OBSERVED, self._say("observed_import"), Mark.NEVER, at=event.started_at)
        yield from sorted(lines, key=lambda line: (line.at or event.started_at, line.stage.rank))
        yield self._line(entry, what=whole.what)

    def _line(self, entry: Entry, *, what: str = "", why: str | None = None) -> Line:
        event = entry.event
        (*_, told) = self.narrator.tell(entry)
        words = [what or told.what, told.why if why is None else why]
        return Line(
            self._stage(entry),
            " ".join(part for part in words if part),
            at=entry.at,
            who="" if entry.actor == PROBES else entry.actor,
            said=told.said,
            seq=entry.seq,
            because=event.because,
        )

    def _stage(self, entry: Entry) -> Stage:
        event = entry.event
        if not isinstance(event, Updated):
            return _STAGES.get(type(event), Stage.OTHER)
        opens = event.status is not None and event.status.is_open
        if opens and self.incident.published_at == entry.at:
            return Stage.PUBLISHED
        return Stage.UPDATES if event.text or event.status else Stage.CHANGED

    # ── words ──

    def _observed(self, streak: Sequence[Seen], started_at: datetime) -> str:
        """The first failure, as far as it is remembered: a long streak forgets its beginning."""
        first = next((s for s in streak if s.outcome.is_bad and s.at >= started_at), None)
        if first is None:
            what = self.narrator.outcome(Outcome.DOWN)
        elif first.reason is None:
            what = self.narrator.outcome(first.outcome)
        else:
            what = self.narrator.texts.reason(first.reason, self.narrator.sentences.lang)
        detail = f" ({first.detail})" if first and first.detail else ""
        return self._say("observed", what=what + detail)

    def _say(self, key: str, **values: object) -> str:
        return self.narrator.sentences.say(f"explain.{key}", **values)

    def _on(self, at: datetime) -> _Teller:
        """The same, for whom it is the day of ``at``."""
        sentences = self.narrator.sentences
        today = at.astimezone(sentences.zone).date()
        narrator = replace(self.narrator, sentences=replace(sentences, today=today))
        return replace(self, narrator=narrator)


def _why_unseen(event: Opened | Reopened) -> str:
    """Who opened it without probes; nothing where they did."""
    if isinstance(event, Reopened):
        return "observed_again" if event.because.rule == "by_hand" else ""
    others = {Origin.PERSON: "observed_not", Origin.CALLS: "observed_calls"}
    return others.get(event.origin, "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
