"""Several messages to one person made into one. Pure.

What is said of one incident is its latest message, with what became part of it. What is said of
several is a list, the worst first; the first line counts them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.events import Impact
from notify.delivery import Telling
from notify.message import MERGED, Message, Voice, one_line
from notify.planning.quiet import Kind, kind_of
from notify.writing.filling import ACKNOWLEDGE, Parts, filled
from notify.writing.words import SPEECH, count, listed, moment

_SHOWN = 10
"""So many are named; more than that nobody reads."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is said of one incident or work: its ``messages``, and those that became ``parts``."""

    messages: tuple[Message, ...]
    parts: tuple[Message, ...]

    @property
    def last(self) -> Message:
        return (self.messages or self.parts)[-1]

    @property
    def kind(self) -> Kind:
        """What it comes to: whatever began and is over is over."""
        if not self.last.facts or self.last.event == MERGED:
            return Kind.WORD
        return kind_of(Telling(self.last.event))

    @property
    def rank(self) -> int:
        impact = self.last.facts.get("impact")
        return Impact(impact).rank if impact else 0


def matters_of(messages: Sequence[Message]) -> list[Matter]:
    """What nobody takes first, what began before what is over, and the worst first."""
    found: dict[str, tuple[list[Message], list[Message]]] = {}
    for message in messages:
        into = message.facts.get("merged_into") if message.event == MERGED else None
        own, parts = found.setdefault(into or message.incident, ([], []))
        (parts if into else own).append(message)
    matters = [Matter(tuple(own), tuple(parts)) for own, parts in found.values()]
    order = (Kind.RING, Kind.BEGINNING, Kind.WORD, Kind.END)
    return sorted(matters, key=lambda one: (order.index(one.kind), -one.rank))


def of_one(matter: Matter, voice: Voice) -> str:
    """The latest, what people said before it, and what is part of it now."""
    last = matter.last
    text, foot, below = last.text.rstrip("\n").rpartition(f"\n\n{ACKNOWLEDGE}\n")
    blocks = [text] if foot else [below]
    if matter.messages and matter.parts:
        numbers = [one_line(one.incident) for one in matter.parts]
        blocks.append(SPEECH[voice.lang].took_in.format(listed(numbers, voice.lang, most=_SHOWN)))
    if foot:
        blocks[-1] += f"{foot}{below}"
    said = [one for one in matter.messages[:-1] if one.event == Telling.UPDATED]
    blocks += [alone(one).rstrip("\n") for one in said]
    return "\n\n".join(blocks) + "\n"


def alone(message: Message) -> str:
    """What it says, without what only its own recipient is told."""
    return filled(message, Parts()).text


def context(matters: Sequence[Matter], voice: Voice) -> dict[str, Any]:
    """What the template of a list knows."""
    shown = matters[:_SHOWN]
    return {
        "headline": ". ".join(
            _counted(alike, unit, voice) for unit, alike in _by_unit(matters).items()
        ),
        "items": [
            {
                "line": one_line(one.last.first_line),
                "number": one_line(one.last.incident),
                "title": _left_out(one.last),
                "link": voice.portal.desk(one.last.incident),
            }
            for one in shown
        ],
        "more": len(matters) - len(shown),
    }


def for_machines(message: Message) -> dict[str, Any]:
    """One of those that stand beside the first."""
    found: dict[str, Any] = {"event": message.event, "at": message.at}
    found["incident"] = dict(message.facts) or None
    if message.maintenance:
        found["maintenance"] = dict(message.maintenance)
    if message.call:
        found["call"] = dict(message.call)
    return found


_UNITS = {Kind.RING: "unanswered", Kind.BEGINNING: "outage", Kind.WORD: "word", Kind.END: "over"}
_UNITS_OF: Mapping[str, str] = {
    Telling.REOPENED: "again",
    Telling.WORSENED: "worse",
    Telling.REMINDED: "silent",
    Telling.TAKEN: "taken",
}
_STILL_BROKEN = ("outage", "again", "worse", "unanswered", "silent")


def _by_unit(matters: Sequence[Matter]) -> Mapping[str, list[Matter]]:
    found: dict[str, list[Matter]] = {}
    for one in matters:
        found.setdefault(_UNITS_OF.get(one.last.event, _UNITS[one.kind]), []).append(one)
    return found


def _left_out(message: Message) -> str:
    """What is wrong, where the first line had no room for it."""
    title = one_line(message.facts.get("title", ""))
    return "" if title in message.first_line else title


def _counted(matters: Sequence[Matter], unit: str, voice: Voice) -> str:
    words = count(len(matters), unit, voice.lang)
    since = [one.last.facts["since"] for one in matters if "since" in one.last.facts]
    if since and unit in _STILL_BROKEN:
        at, today = (
            min(map(datetime.fromisoformat, since)),
            max(datetime.fromisoformat(one.last.at) for one in matters),
        )
        when = moment(at, voice.portal.zone, voice.lang, today=today)
        words = SPEECH[voice.lang].since.format(words, when)
    names = list(dict.fromkeys(_name(one.last.facts, voice) for one in matters if one.last.facts))
    return f"{words}: {listed(names, voice.lang)}" if names else words


def _name(facts: Mapping[str, Any], voice: Voice) -> str:
    return voice.name(facts["component"], facts["component_name"])
