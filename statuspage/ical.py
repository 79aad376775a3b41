"""Announced work as a calendar to subscribe to (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from statuspage import links
from statuspage.view import View
from statuspage.vtimezone import vtimezone
from statuspage.works import Stage, Work

_OCTETS = 75
_ESCAPED = str.maketrans(
    {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None, "\x0b": None, "\x0c": None}
)
_PLAIN_RULE = re.compile(r"(?:RRULE:)?([A-Z]+=[A-Z0-9,+-]+(?:;[A-Z]+=[A-Z0-9,+-]+)*)", re.ASCII)
_FAR = timedelta(days=400)


def calendar(view: View) -> str:
    """Every announced work as an event, in the language of ``view``."""
    works = sorted(view.board.works, key=lambda work: work.id)
    repeated = [work for work in works if work.plan.repeats]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Vahta//Status page//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(view.portal)}",
        f"X-WR-TIMEZONE:{view.board.portal.timezone}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *_zones(repeated, view.board.made_at),
        *(line for work in works for line in _event(view, work)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """``text`` as a calendar's value: it can begin no new line and no new property."""
    return text.translate(_ESCAPED)


def folded(line: str) -> str:
    """``line`` broken so that no piece is longer than 75 octets, never within a letter."""
    if len(line) <= _OCTETS and line.isascii():
        return line
    pieces, piece, size = [], "", 0
    for letter in line:
        octets = len(letter.encode(errors="replace"))
        if size + octets > _OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + octets
    return "\r\n".join([*pieces, piece])


def _zones(repeated: Sequence[Work], made_at: datetime) -> Iterator[str]:
    """What repeats counts in a zone, so that has to be described; a calendar needs one part."""
    zones = {work.plan.timezone: work for work in repeated}
    for name in sorted(zones) or ["UTC"]:
        starts = [work.plan.starts_at for work in repeated if work.plan.timezone == name]
        since = min(starts, default=made_at)
        yield from vtimezone(ZoneInfo(name), since.year, made_at.year)


def _event(view: View, work: Work) -> Iterator[str]:
    """One event. What was called off before it took place is cancelled, never just gone."""
    plan, said = work.plan, view.announced
    changed = _utc(plan.cancelled_at or plan.announced_at)
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(work.id)}@{view.board.host}"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"SEQUENCE:{1 if plan.cancelled_at else 0}"
    yield from _times(work)
    yield f"SUMMARY:{escaped(said.title(work))}"
    paragraphs = [said.text(work), said.components(work)]
    yield f"DESCRIPTION:{escaped(chr(10).join(filter(None, paragraphs)))}"
    yield f"CATEGORIES:{','.join(map(escaped, said.names(work)))}"
    if view.board.page_url:
        page = view.file(links.work_page(work.id))
        yield f"URL:{links.absolute(view.board.page_url, page)}"
    yield f"STATUS:{'CANCELLED' if work.stage is Stage.CANCELLED else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _times(work: Work) -> Iterator[str]:
    """A single stretch in UTC; repetitions by the local clock, with the rule that makes them.

    A calendar takes the start for the first repetition, so it must be one.
    """
    plan = work.plan
    lasts = plan.ends_at - plan.starts_at
    kept = list(plan.windows(plan.starts_at, plan.starts_at + _FAR))
    first = kept[0].starts_at if kept else plan.starts_at
    if not plan.repeats:
        yield f"DTSTART:{_utc(first)}"
        yield f"DTEND:{_utc(kept[0].ends_at if kept else plan.ends_at)}"
        return
    zone = ZoneInfo(plan.timezone)
    yield f"DTSTART;TZID={plan.timezone}:{_local(first, zone)}"
    yield f"DTEND;TZID={plan.timezone}:{_local(first + lasts, zone)}"
    plain = _PLAIN_RULE.fullmatch(plan.repeats)
    if plain is None:  # several rules, or exceptions to one: the stretches themselves say it all
        if kept[1:]:
            yield f"RDATE:{','.join(_utc(window.starts_at) for window in kept[1:])}"
        return
    yield f"RRULE:{_rule(plain[1], zone, plan.cancelled_at if kept else None)}"


def _rule(given: str, zone: ZoneInfo, cancelled_at: datetime | None) -> str:
    """The rule as other calendars take it: its end in UTC, and none after it was called off."""
    parts = dict(part.split("=", 1) for part in given.split(";"))
    if until := parts.get("UNTIL"):
        shape = "%Y%m%dT%H%M%S" if "T" in until else "%Y%m%d"
        ends = datetime.strptime(until.rstrip("Z"), shape).replace(tzinfo=zone)
        parts["UNTIL"] = _utc(ends)
    if cancelled_at is not None:
        parts.pop("COUNT", None)
        parts["UNTIL"] = _utc(cancelled_at)
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y%m%dT%H%M%S}"
