"""What is sent, and what it is made from: the portal and the sentences about incidents. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from incidents.component import Component, Text, in_language
from incidents.incident import Incident
from notify.oncall.directory import Directory
from probes.observation import Reason

MERGED = "merged"
"""The event of a message that says that an incident goes on as a part of another."""

_LINE_CUT = 200

_NOBODY = ("", "local")
"""Whoever works at a desk without users. With a slash it is an address's (see notify.ack.grant)."""


class Texts(Protocol):
    """The sentences about incidents; incidents.texts.Texts keeps this."""

    def title(self, incident: Incident, lang: str) -> str: ...
    def public_text(self, incident: Incident, lang: str) -> str: ...
    def operator_note(self, incident: Incident, lang: str) -> str: ...
    def component(self, incident: Incident, lang: str) -> str: ...
    def engineer(self, reason: Reason, lang: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Portal:
    """What is watched. Links hold ``{id}`` where a number or an id goes; empty: no link."""

    name: Text
    zone: ZoneInfo
    desk_link: str = ""
    page_link: str = ""
    capture_link: str = ""
    work_link: str = ""
    work_page_link: str = ""

    def work(self, number: str) -> str:
        """Announced work at the desk."""
        return _link(self.work_link, number)

    def work_page(self, number: str) -> str:
        return _link(self.work_page_link, number)

    def capture(self, id_: str) -> str:
        return _link(self.capture_link, id_) if id_ else ""

    def desk(self, number: str) -> str:
        return _link(self.desk_link, number)

    def page(self, number: str) -> str:
        return _link(self.page_link, number)


@dataclass(frozen=True, slots=True)
class Voice:
    """All that one language's words are made from."""

    texts: Texts
    portal: Portal
    components: Mapping[str, Component]
    lang: str
    directory: Directory = field(default_factory=Directory)

    def engineer(self, id_: str) -> str:
        """What somebody is called; empty where it isn't known who it is."""
        return (
            ""
            if id_ in _NOBODY or "/" in id_
            else one_line(self.directory.engineer(id_, self.lang))
        )

    def name(self, component: str, known: Text | None = None) -> str:
        """What a component is called: as it was ``known`` then, else now, else its id."""
        configured = self.components.get(component)
        name = in_language(known or {}, self.lang)
        return one_line(name or (configured.called(self.lang) if configured else component))

    def journeys(self, component: str) -> tuple[str, ...]:
        """What citizens come to do with it."""
        configured = self.components.get(component)
        journeys = configured.journeys if configured else ()
        return tuple(one_line(in_language(journey, self.lang)) for journey in journeys)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, frozen when it was planned. Times are ISO 8601 in UTC.

    ``incident`` is the number of what it is about; ``facts`` are the incident as plain JSON for
    machines, ``maintenance`` is announced work likewise, ``call`` a call that is handed on: two of
    them are empty. ``also`` are the others, where one message tells of several: the worst is first.
    As it leaves, ``ack`` is the address at which its recipient acknowledges: the incident, or all
    that ``takes`` names, where it tells of several that wait for somebody; and ``thread`` the id
    of the first message about the same to the same, if this isn't the first. ``why`` says why it
    came to this recipient.
    """

    subject: str
    text: str
    lang: str
    first_line: str
    incident: str
    event: str
    at: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""
    maintenance: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    ack: str = ""
    thread: str = ""
    why: str = ""
    also: Sequence[Mapping[str, Any]] = field(default_factory=list)
    takes: Sequence[str] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Message:
        return cls(**json.loads(text))


def one_line(text: str) -> str:
    """No line break, no control character: a subject cannot smuggle in a header."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(clean.split())[:_LINE_CUT]


def _link(pattern: str, number: str) -> str:
    return pattern.replace("{id}", quote(number, safe=""))
