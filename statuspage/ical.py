"""Announced work as a calendar to subscribe to (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incidents import ical
from incidents.ical import escaped, utc
from incidents.vtimezone import vtimezone
from statuspage import links
from statuspage.view import View
from statuspage.works import Stage, Work

_PLAIN_RULE = re.compile(r"(?:RRULE:)?([A-Z]+=[A-Z0-9,+-]+(?:;[A-Z]+=[A-Z0-9,+-]+)*)", re.ASCII)
_FAR = timedelta(days=400)


def calendar(view: View) -> str:
    """Every announced work as an event, in the language of ``view``."""
    works = sorted(view.board.works, key=lambda work: work.id)
    repeated = [work for work in works if work.plan.repeats]
    parts = [
        *_zones(repeated, view.board.made_at),
        *(line for work in works for line in _event(view, work)),
    ]
    zone = view.board.portal.timezone
    return ical.calendar(parts, product="Status page", name=view.portal, zone=zone)


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
    changed = utc(plan.cancelled_at or plan.announced_at)
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
        yield f"DTSTART:{utc(first)}"
        yield f"DTEND:{utc(kept[0].ends_at if kept else plan.ends_at)}"
        return
    zone = ZoneInfo(plan.timezone)
    yield f"DTSTART;TZID={plan.timezone}:{_local(first, zone)}"
    yield f"DTEND;TZID={plan.timezone}:{_local(first + lasts, zone)}"
    plain = _PLAIN_RULE.fullmatch(plan.repeats)
    if plain is None:  # several rules, or exceptions to one: the stretches themselves say it all
        if kept[1:]:
            yield f"RDATE:{','.join(utc(window.starts_at) for window in kept[1:])}"
        return
    yield f"RRULE:{_rule(plain[1], zone, plan.cancelled_at if kept else None)}"


def _rule(given: str, zone: ZoneInfo, cancelled_at: datetime | None) -> str:
    """The rule as other calendars take it: its end in UTC, and none after it was called off."""
    parts = dict(part.split("=", 1) for part in given.split(";"))
    if until := parts.get("UNTIL"):
        shape = "%Y%m%dT%H%M%S" if "T" in until else "%Y%m%d"
        ends = datetime.strptime(until.rstrip("Z"), shape).replace(tzinfo=zone)
        parts["UNTIL"] = utc(ends)
    if cancelled_at is not None:
        parts.pop("COUNT", None)
        parts["UNTIL"] = utc(cancelled_at)
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y%m%dT%H%M%S}"
