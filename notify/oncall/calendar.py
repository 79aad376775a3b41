"""A rota as a calendar to subscribe to: one event a shift, nobody's time left empty. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from incidents import ical
from incidents.ical import escaped, utc
from incidents.vtimezone import vtimezone
from notify.oncall.engineer import Engineer
from notify.oncall.rota import Override, Rota, Shift, on_call, shifts

BEHIND = timedelta(days=31)
AHEAD = timedelta(days=183)


def calendar(
    rota: Rota,
    overrides: Sequence[Override],
    engineers: Mapping[str, Engineer],
    *,
    now: datetime,
    lang: str,
) -> str:
    """The shifts from a month ago until half a year ahead; ``overrides`` are those of that time.

    Instants are in UTC, so no clock can be misread; the zone is for programs that show it.
    """
    first = on_call(rota, overrides, now - BEHIND).since
    found = shifts(rota, overrides, first, now + AHEAD)
    parts = [
        *vtimezone(rota.zone, first.year, now.year),
        *(line for shift in found for line in _event(rota, shift, engineers, now, lang)),
    ]
    name = rota.called(lang)
    return ical.calendar(parts, product="On call", name=name, zone=rota.zone.key)


def _event(
    rota: Rota, shift: Shift, engineers: Mapping[str, Engineer], now: datetime, lang: str
) -> Iterator[str]:
    if shift.engineer is None:
        return
    person = engineers.get(shift.engineer)
    name = person.called(lang) if person else shift.engineer
    yield "BEGIN:VEVENT"
    yield f"UID:{utc(shift.since)}/{escaped(shift.engineer)}@{escaped(rota.id)}.oncall"
    yield f"DTSTAMP:{utc(now)}"
    yield f"DTSTART:{utc(shift.since)}"
    yield f"DTEND:{utc(shift.until)}"
    yield f"SUMMARY:{escaped(f'{name} · {rota.called(lang)}')}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"
