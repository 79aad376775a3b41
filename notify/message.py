"""An event and its incident in words, for one language. Pure: only templates are read.

The first line is enough on a watch. A message is never lost to a bad template: it falls back
to a plain one and says so in ``fault``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from incidents.commands import BY_HAND
from incidents.component import Text, in_language
from incidents.events import Because as Cause
from incidents.events import Joined, Opened, Reassessed, Reopened, Resolved, Seen, Updated
from incidents.incident import Incident
from notify.delivery import Telling
from notify.plan import Notice
from notify.words import SPEECH, count, duration, moment, moment_in_full
from probes.observation import Outcome, Reason

_SUBJECT_CUT = 200


class Texts(Protocol):
    """The sentences about incidents; incidents.texts.Texts keeps this."""

    def title(self, incident: Incident, lang: str) -> str: ...
    def public_text(self, incident: Incident, lang: str) -> str: ...
    def operator_note(self, incident: Incident, lang: str) -> str: ...
    def component(self, incident: Incident, lang: str) -> str: ...
    def engineer(self, reason: Reason, lang: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Portal:
    """What is watched. Links hold ``{id}`` where the incident's number goes; empty: no link."""

    name: Text
    zone: ZoneInfo
    desk_link: str = ""
    page_link: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, frozen when it was planned. Times are ISO 8601 in UTC.

    ``facts`` is the incident as plain JSON for machines.
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

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Message:
        return cls(**json.loads(text))


class Composer:
    """Writes messages. ``templates`` holds LANG/TELLING.txt.j2; the package's own by default."""

    def __init__(
        self, texts: Texts, portal: Portal, *, templates: BaseLoader | None = None
    ) -> None:
        self._texts = texts
        self._portal = portal
        self._environment = Environment(
            loader=templates or PackageLoader("notify", "templates"),
            undefined=StrictUndefined,
            autoescape=select_autoescape(),
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def compose(self, notice: Notice, lang: str) -> Message:
        """The message about ``notice``. Never raises."""
        fault = ""
        try:
            text = self._render(notice, lang)
        except Exception as error:  # noqa: BLE001 - whatever a template or a text does wrong
            text, fault = _plain(notice, self._portal, lang), f"{type(error).__name__}: {error}"
        first_line, _, _ = text.partition("\n")
        return Message(
            subject=f"{first_line} [{_one_line(notice.incident.id)}]",
            text=text,
            lang=lang,
            first_line=first_line,
            incident=notice.incident.id,
            event=notice.telling.value,
            at=notice.at.isoformat(),
            facts=_facts(notice, self._portal, _one_line(self._title(notice, lang))),
            fault=fault,
        )

    def _render(self, notice: Notice, lang: str) -> str:
        template = self._environment.get_template(f"{lang}/{notice.telling}.txt.j2")
        text = template.render(self._context(notice, lang))
        lines = [line.rstrip() for line in text.strip().splitlines()]
        return "\n".join([_one_line(lines[0]), *lines[1:]]) + "\n"

    def _context(self, notice: Notice, lang: str) -> dict[str, Any]:
        incident, speech, zone = notice.incident, SPEECH[lang], self._portal.zone
        since = _since(notice)
        said = notice.event.text if isinstance(notice.event, Updated | Resolved) else {}
        return {
            "title": _one_line(self._texts.title(incident, lang)),
            "public_text": self._texts.public_text(incident, lang),
            "operator_note": self._texts.operator_note(incident, lang),
            "said": in_language(said, lang),
            "impact": incident.impact.value,
            "impact_word": speech.impacts[incident.impact],
            "status_word": speech.statuses[incident.status],
            "since": moment(since, zone, lang, today=notice.at),
            "since_in_full": moment_in_full(since, zone, lang),
            "till_in_full": moment_in_full(notice.at, zone, lang),
            "lasted": duration(notice.at - since, lang),
            "seen": self._seen(notice, lang),
            "by_hand": notice.event.because == BY_HAND,
            "number": incident.id,
            "portal": in_language(self._portal.name, lang),
            "desk_link": _link(self._portal.desk_link, incident.id),
            "page_link": _link(self._portal.page_link, incident.id) if incident.is_public else "",
        }

    def _seen(self, notice: Notice, lang: str) -> dict[str, str] | None:
        """How we know: which probe, how often, what it saw; None when a person says so."""
        cause: Cause = notice.event.because
        values, in_a_row = cause.values, cause.values.get("in_a_row")
        if "probe" not in values or not isinstance(in_a_row, int):
            return None
        reason, streak = notice.incident.reason, _streak(notice)
        return {
            "probe": _one_line(str(values["probe"])),
            "location": _one_line(str(values.get("location") or "")),
            "times": count(in_a_row, "time", lang),
            "outcome": str(values.get("outcome") or Outcome.DOWN.value),
            "reason": self._texts.engineer(reason, lang) if reason else "",
            "detail": _one_line(next((s.detail for s in reversed(streak) if s.detail), "")),
        }

    def _title(self, notice: Notice, lang: str) -> str:
        try:
            return self._texts.title(notice.incident, lang)
        except Exception:  # noqa: BLE001 - a title that cannot be made must not stop a message
            return notice.incident.component


def _since(notice: Notice) -> datetime:
    """When it broke, or broke again: a reopening knows better than the fold, which notes when."""
    if isinstance(notice.event, Reopened):
        return notice.event.started_at
    return notice.incident.reopened_at or notice.incident.started_at


def _streak(notice: Notice) -> tuple[Seen, ...]:
    event = notice.event
    if isinstance(event, Opened | Joined | Reassessed | Reopened | Resolved):
        return event.streak
    return ()


def _plain(notice: Notice, portal: Portal, lang: str) -> str:
    """What can be said without template or texts."""
    word = notice.telling.value.upper()
    when = notice.at.astimezone(portal.zone)
    name = in_language(notice.incident.component_name, lang) or notice.incident.component
    first = _one_line(f"{word}: {name}, {when:%Y-%m-%d %H:%M} {portal.zone.key}")
    reason = f"\n{notice.incident.reason.value}" if notice.incident.reason else ""
    link = _link(portal.desk_link, notice.incident.id)
    return f"{first}\n\n{notice.incident.id}{reason}\n" + (f"{link}\n" if link else "")


def _facts(notice: Notice, portal: Portal, title: str) -> dict[str, Any]:
    incident = notice.incident
    ended = notice.at if notice.telling is Telling.RESOLVED else incident.resolved_at
    return {
        "id": incident.id,
        "component": incident.component,
        "component_name": dict(incident.component_name),
        "title": title,
        "status": incident.status.value,
        "impact": incident.impact.value,
        "origin": incident.origin.value,
        "reason": incident.reason.value if incident.reason else None,
        "started_at": _iso(incident.started_at),
        "resolved_at": _iso(ended) if ended else None,
        "url": _link(portal.desk_link, incident.id) or None,
    }


def _iso(at: datetime) -> str:
    return at.isoformat()


def _link(pattern: str, number: str) -> str:
    return pattern.replace("{id}", quote(number, safe=""))


def _one_line(text: str) -> str:
    """No line break, no control character: a subject cannot smuggle in a header."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(clean.split())[:_SUBJECT_CUT]
