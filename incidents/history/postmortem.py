"""A postmortem as Markdown: all that the journal knows filled in, and headings for the rest. Pure.

What people and answers of the portal wrote is text and nothing else: it can make no heading,
link, image or HTML of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.component import in_language
from incidents.duration_words import exact_duration
from incidents.events import Acknowledged, Origin, Seen, Status
from incidents.history.measures import measure
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.narrative import Narrator, Told, names_of

_PLAIN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_MARKS = re.compile(r"([\\`*_\[\]<>|~&#$])")
_AT_START = re.compile(r"^(\d*)(?=[-+=.)])")
_ADDRESS = re.compile(r"(?i):(?=//)|(?<=mailto):|(?<=www)\.|@")
_TO_FILL = ("happened", "causes", "well", "change")


def postmortem(incident: Incident, entries: Sequence[Entry], narrator: Narrator) -> str:
    """The document. ``entries`` are the incident's own, oldest first.

    In the narrator's language; times are in its zone, which is named.
    """
    narrator = replace(narrator, names={**names_of(incident), **narrator.names})
    document = _Document(incident, entries, narrator, tuple(narrator.story(entries)))
    return "\n".join(document.lines()) + "\n"


def plain(text: str) -> str:
    """One line of somebody else's words, as Markdown that shows them as they are."""
    line = " ".join(_PLAIN.sub("", text).split())
    line = _MARKS.sub(r"\\\1", line)
    line = _ADDRESS.sub(r"\\\g<0>", line)  # or renderers make a link of it
    return _AT_START.sub(r"\1\\", line)


@dataclass(frozen=True, slots=True)
class _Document:
    incident: Incident
    entries: Sequence[Entry]
    narrator: Narrator
    story: Sequence[Told]

    def lines(self) -> Iterator[str]:
        lang = self.narrator.sentences.lang
        title = self.narrator.texts.title(self.incident, lang)
        yield f"# {self._say('title', id=plain(self.incident.id), title=plain(title))}"
        yield ""
        zone = self.narrator.sentences.zone_name(self.incident.started_at)
        yield self._say("zone", zone=plain(zone))
        if self.incident.is_open:
            yield ""
            yield f"**{self._say('open')}**"
        yield from self._section("summary", self._summary())
        yield from self._section("timeline", self._timeline())
        yield from self._section("seen", self._seen())
        yield from self._section("said", self._said())
        for name in _TO_FILL:
            yield from self._section(name, [f"<!-- {self._say(f'hint_{name}')} -->"])
        headings = [self._say(name) for name in ("action", "owner", "due")]
        yield from self._section("actions", _table(headings, [[" "] * len(headings)]))

    def _section(self, name: str, body: Iterable[str]) -> Iterator[str]:
        yield ""
        yield f"## {self._say(name)}"
        yield ""
        yield from body

    def _summary(self) -> Iterator[str]:
        rows = [[f"**{self._say(name)}**", value] for name, value in self._facts() if value]
        yield from _table([" ", " "], rows)

    def _facts(self) -> Iterator[tuple[str, str]]:
        one, narrator = self.incident, self.narrator
        sentences = narrator.sentences
        left = {one.component, *one.apart}  # what was split off has a postmortem of its own
        others = {a.component: None for a in one.affected if a.component not in left}
        yield "component", plain(narrator.component(one.component))
        yield "also", ", ".join(plain(narrator.component(other)) for other in others)
        yield "impact", sentences.say(f"impact.{one.impact}")
        yield "status", sentences.say(f"status.{one.status}")
        scope = (one.scope.region, one.scope.carrier, one.scope.surface)
        yield "scope", ", ".join(plain(part) for part in scope if part)
        if one.reason is not None:
            engineer = narrator.texts.engineer(one.reason, sentences.lang)
            yield "reason", f"{plain(engineer)} (`{one.reason}`)"
        yield from self._times()

    def _times(self) -> Iterator[tuple[str, str]]:
        one, took = self.incident, measure(self.incident)
        yield "started", self._at(one.started_at)
        if one.origin is not Origin.IMPORT:  # of which nobody knows
            yield "detected", self._after("after_start", one.opened_at, took.detect)
            yield "acknowledged", self._acknowledged(took.acknowledge)
        if one.published_at is None:
            yield "published", self._say("not_public")
        else:
            yield "published", self._after("after_opening", one.published_at, took.publish)
        if one.resolved_at is None:
            yield "resolved", self._say("ongoing")
        elif took.resolve is not None:
            yield "resolved", self._at(one.resolved_at)
            yield "lasted", self._span(took.resolve)

    def _acknowledged(self, took: timedelta | None) -> str:
        for entry in self.entries:
            if isinstance(entry.event, Acknowledged):
                at = self._after("after_opening", entry.at, took)
                return self._say("by", at=at, who=plain(self.narrator.who(entry.actor)))
        return self._say("never")

    def _timeline(self) -> Iterator[str]:
        for told in self.story:
            what = " ".join(plain(words) for words in (told.what, told.why) if words)
            yield f"- **{self._at(told.at)}** {plain(told.who)}: {what}"
            if told.said:
                yield f"  > {plain(told.said)}"

    def _seen(self) -> Iterator[str]:
        streaks = sorted({seen: None for told in self.story for seen in told.seen}, key=_instant)
        if not streaks:
            yield self._say("seen_nothing")
            return
        headings = [self._say(name) for name in ("when", "what", "why", "detail")]
        yield from _table(headings, [self._observation(seen) for seen in streaks])

    def _observation(self, seen: Seen) -> list[str]:
        lang = self.narrator.sentences.lang
        reason = self.narrator.texts.engineer(seen.reason, lang) if seen.reason else ""
        return [
            self._at(seen.at),
            self.narrator.outcome(seen.outcome),
            plain(reason) + (f" (`{seen.reason}`)" if seen.reason else ""),
            plain(seen.detail),
        ]

    def _said(self) -> Iterator[str]:
        one, lang = self.incident, self.narrator.sentences.lang
        if not one.is_public:
            yield self._say("said_nothing")
            return
        yield f"{self._say('first_words')}:"
        yield ""
        yield f"> {plain(self.narrator.texts.public_text(one, lang))}"
        for said in one.updates:
            words = in_language(said.text, lang)
            if words and said.status is not Status.SUSPECTED:
                yield ""
                yield f"{self._at(said.at)}:"
                yield ""
                yield f"> {plain(words)}"

    def _say(self, name: str, **values: object) -> str:
        return self.narrator.sentences.say(f"postmortem.{name}", **values)

    def _at(self, at: datetime) -> str:
        return self.narrator.moment(at)

    def _after(self, sentence: str, at: datetime, took: timedelta | None) -> str:
        if took is None:
            return self._at(at)
        return self._say(sentence, at=self._at(at), span=self._span(took))

    def _span(self, length: timedelta) -> str:
        return exact_duration(length, self.narrator.sentences.lang)


def _instant(seen: Seen) -> datetime:
    return seen.at


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (headings, ["---"] * len(headings), *rows):
        yield f"| {' | '.join(cell or ' ' for cell in row)} |"
