"""The shape of a story told by ``explain``: chapters of lines, one line for each step. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from incidents.events import Because, Gate, Impact, Status


class Stage(StrEnum):
    """What a line is about.

    Down to OUTCOME these are the steps from a failing check to the end, in the order in which
    they are taken; the values of the gates are those of ``events.Step``. The rest is what may
    happen in between.
    """

    OBSERVED = "observed"
    CONFIRM = "confirm"
    QUORUM = "quorum"
    WITNESS = "witness"
    DEPENDENCY = "dependency"
    STORM = "storm"
    MAINTENANCE = "maintenance"
    FLAPPING = "flapping"
    OPENED = "opened"
    SEVERITY = "severity"
    TOLD = "told"
    PUBLISHED = "published"
    UPDATES = "updates"
    RECOVERED = "recovered"
    RESOLVED = "resolved"
    TOLD_END = "told_end"
    OUTCOME = "outcome"
    IMPORTED = "imported"
    ACKNOWLEDGED = "acknowledged"
    REASSESSED = "reassessed"
    JOINED = "joined"
    MEMBERS = "members"
    CALLS = "calls"
    RELAPSED = "relapsed"
    UNSTABLE = "unstable"
    REMINDED = "reminded"
    CHANGED = "changed"
    OTHER = "other"

    @property
    def rank(self) -> int:
        """Its place among the steps; what happens in between has none and is -1."""
        return _ORDER.get(self, -1)


STEPS = tuple(Stage)[: tuple(Stage).index(Stage.OUTCOME) + 1]
"""The steps in their order."""

_ORDER = MappingProxyType({stage: rank for rank, stage in enumerate(STEPS)})


class Mark(StrEnum):
    """How it went with a step."""

    PASSED = "passed"
    HELD = "held"  # it kept the matter back, or turned it elsewhere
    WAITING = "waiting"  # it hasn't come yet
    NEVER = "never"  # it didn't come, and won't
    UNRECORDED = "unrecorded"  # the journal doesn't say


@dataclass(frozen=True, slots=True)
class Line:
    """One step in words. ``at`` is None where it has no instant of its own.

    ``who`` is the person who did it, or nothing; ``said`` what citizens were told. ``seq`` is
    the entry it comes from; ``gate`` and ``because`` hold the values that were compared.
    """

    stage: Stage
    text: str
    mark: Mark = Mark.PASSED
    at: datetime | None = None
    who: str = ""
    said: str = ""
    seq: int | None = None
    gate: Gate | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """From one opening to its end, or to now; the next one begins when it is opened again."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """All of it. ``brief`` is one sentence for who has no time to read on."""

    id: str
    title: str
    component: str
    component_name: str
    status: Status
    impact: Impact
    started_at: datetime
    brief: str
    chapters: tuple[Chapter, ...]


def taken(lines: Iterable[Line]) -> frozenset[Stage]:
    """The stages that it has come to, without the recoveries that turned out to be none."""
    done: set[Stage] = set()
    for line in lines:
        if line.mark in (Mark.PASSED, Mark.HELD):
            done.add(line.stage)
        if line.stage in (Stage.RELAPSED, Stage.JOINED, Stage.UNSTABLE):
            done.discard(Stage.RECOVERED)
    return frozenset(done)


def place(lines: Sequence[Line], line: Line) -> int:
    """Where a step goes that no entry speaks of: before the first one that is taken after it.

    What is yet to come goes to the end; what held already when it was opened, to the beginning.
    """
    if line.mark is Mark.WAITING:
        return len(lines)
    opened = next((n for n, one in enumerate(lines) if one.stage is Stage.OPENED), -1)
    is_old = line.mark is Mark.PASSED and line.stage is Stage.PUBLISHED
    for n, one in enumerate(lines[opened + 1 :], opened + 1):
        if one.stage.rank > line.stage.rank or (is_old and one.stage.rank < 0):
            return n
    return len(lines)
