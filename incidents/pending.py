"""The steps that an incident hasn't come to: whether they may still come, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from incidents.duration_words import exact_duration
from incidents.events import Imported, Merged, Opened, Origin, Reopened, Resolved, Status, Step
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.machine.telling import publish_at, remind_at
from incidents.rules import Rules
from incidents.sentences import Sentences
from incidents.story import Line, Mark, Stage

_GRACE = timedelta(seconds=10)
"""What is due happens within this long, where a Vahta runs and nothing holds it."""

_NO_VALUES: Mapping[str, object] = MappingProxyType({})
_Said = tuple[str, Mapping[str, object]]
"""A sentence's key, and what is put into it."""


@dataclass(frozen=True, slots=True)
class Course:
    """One episode. ``done`` are the steps that it has come to, as far as they still hold.

    ``reopened_at`` is when the next episode began; of the last one there is none.
    """

    incident: Incident
    sentences: Sentences
    now: datetime
    rules: Rules | None
    done: frozenset[Stage]
    entries: Sequence[Entry]
    reopened_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.reopened_at is not None or not self.incident.is_open

    @property
    def end(self) -> Entry | None:
        """The entry that closed it, if one did; an import may bring the end along."""
        ends = [e for e in self.entries if isinstance(e.event, Resolved | Merged)]
        return ends[-1] if ends else None

    @property
    def into(self) -> str:
        """The incident that it was merged into, if that was its end."""
        end = self.end
        return end.event.into if end and isinstance(end.event, Merged) else ""


def missing(course: Course) -> Iterator[Line]:
    """A line for each step that hasn't come, in their order, and the outcome."""
    for stage, said in (
        (Stage.PUBLISHED, _published),
        (Stage.UPDATES, _updates),
        (Stage.RECOVERED, _recovered),
        (Stage.RESOLVED, _resolved),
    ):
        if stage not in course.done:
            key, values = said(course)
            before = key == "published_before"
            mark = Mark.NEVER if course.is_over else Mark.WAITING
            yield Line(stage, _say(course, key, values), Mark.PASSED if before else mark)
    if not course.is_over:
        yield Line(Stage.TOLD_END, _say(course, "told_end_waiting", _NO_VALUES), Mark.WAITING)
    yield _outcome(course)


def _published(course: Course) -> _Said:
    one, rules, now = course.incident, course.rules, course.now
    if one.published_at is not None and one.published_at < course.entries[0].at:
        return "published_before", {"at": course.sentences.moment(one.published_at)}
    if course.is_over and course.into:
        return "published_elsewhere", {"into": course.into}
    if course.is_over:
        return "published_never", _NO_VALUES
    due = one.publish_at or (publish_at(one, now, rules) if rules else None)
    if works := _works(course):
        return "published_works", works
    if due is None:
        if one.locked:
            return "published_locked", _NO_VALUES
        is_known = rules is not None or one.origin is Origin.IMPORT
        return "published_by_hand" if is_known else "waiting", _NO_VALUES
    at = {"at": course.sentences.moment(due)}
    if now - due > _GRACE:
        return "published_late" if one.is_automatic else "published_late_people", at
    if one.publish_at is not None:
        return "published_set", at
    return "published_due", {**at, "span": _span(course, rules.publish_after if rules else None)}


def _works(course: Course) -> Mapping[str, object]:
    """The announced work that the newest gate has seen, if it is still going on."""
    gates = [gate for entry in course.entries for gate in entry.event.because.gates]
    held = [gate.values for gate in gates if gate.step is Step.MAINTENANCE and gate.held]
    if not held:
        return _NO_VALUES
    ends_at = datetime.fromisoformat(str(held[-1]["ends_at"]))
    if ends_at <= course.now:
        return _NO_VALUES
    at = course.sentences.moment(ends_at)
    return {"maintenance": held[-1]["maintenance"], "ends_at": at}


def _updates(course: Course) -> _Said:
    if course.is_over:
        return "updates_never", _NO_VALUES
    due = remind_at(course.incident, course.now, course.rules) if course.rules else None
    if due is None or due < course.now:
        return "updates_waiting", _NO_VALUES
    return "updates_reminder", {"at": course.sentences.moment(due)}


def _recovered(course: Course) -> _Said:
    one, rules = course.incident, course.rules
    if course.is_over and course.into:
        return "recovered_elsewhere", {"into": course.into}
    if course.is_over:
        seen = Stage.JOINED in course.done or one.is_automatic
        return "recovered_never" if seen else "recovered_nobody", _NO_VALUES
    if not one.is_automatic and not one.probes_agree:
        return "recovered_unseen", _NO_VALUES
    if rules is None:
        return "waiting", _NO_VALUES
    if one.unstable_since is not None:
        return "recovered_calm", {"span": _span(course, rules.calm_for)}
    return "recovered_needs", {"close_after": rules.close_after}


def _resolved(course: Course) -> _Said:
    one, rules = course.incident, course.rules
    if one.locked:
        return "resolved_locked", _NO_VALUES
    if not one.is_automatic:
        return "resolved_by_hand", _NO_VALUES
    if rules is None:
        return "waiting", _NO_VALUES
    if one.unstable_since is not None:
        return "resolved_calm", {"span": _span(course, rules.calm_for)}
    if one.status is not Status.MONITORING or one.monitoring_at is None:
        watch = {"span": _span(course, rules.monitor_for)}
        return "resolved_after_watch" if rules.monitor_for else "resolved_after", watch
    due = one.monitoring_at + rules.monitor_for
    late = course.now - due > _GRACE
    return "resolved_late" if late else "resolved_due", {"at": course.sentences.moment(due)}


def _outcome(course: Course) -> Line:
    one = course.incident
    if course.reopened_at is not None:
        values = {"at": course.sentences.moment(course.reopened_at)}
        return Line(Stage.OUTCOME, _say(course, "outcome_reopened", values))
    if one.is_open:
        return Line(Stage.OUTCOME, _say(course, "outcome_waiting", _NO_VALUES), Mark.WAITING)
    if course.into:
        return Line(Stage.OUTCOME, _say(course, "outcome_merged", {"into": course.into}))
    said = _say(course, "outcome_history" if one.is_public else "outcome_blip", _NO_VALUES)
    lasted = _lasted(course, course.end)
    return Line(Stage.OUTCOME, f"{said} {lasted}" if lasted else said)


def _lasted(course: Course, end: Entry | None) -> str:
    """How long the episode was; nothing where an import doesn't say."""
    began = [e.event.started_at for e in course.entries if isinstance(e.event, Opened | Reopened)]
    began += [e.event.started_at for e in course.entries if isinstance(e.event, Imported)]
    ended = end.at if end else course.incident.resolved_at
    if not began or ended is None or ended <= began[-1]:
        return ""
    return _say(course, "lasted", {"span": _span(course, ended - began[-1])})


def _span(course: Course, length: timedelta | None) -> str:
    return exact_duration(length or timedelta(), course.sentences.lang)


def _say(course: Course, key: str, values: Mapping[str, object]) -> str:
    return course.sentences.say(f"explain.{key}", **values)
