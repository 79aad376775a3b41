"""What a message about announced work may say: to templates and to machines. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from incidents.component import in_language
from incidents.events import MaintenanceStarted
from incidents.maintenance import Maintenance, Window
from notify.delivery import Telling
from notify.message import Voice, one_line
from notify.planning.notice import WorkNotice
from notify.writing.words import duration, listed, moment_in_full, span

_AHEAD = timedelta(days=400)
"""How far ahead the next stretch is looked for: that of yearly work is found."""


def context(notice: WorkNotice, voice: Voice) -> dict[str, Any]:
    """What templates know. ``when`` is the stretch that the news is about."""
    work, lang, zone = notice.work, voice.lang, voice.portal.zone
    names = [voice.name(component) for component in work.components]
    window, was = _window(notice), _under_way(notice)
    ahead = work.next_window(max(notice.at, window.starts_at), within=_AHEAD)
    journeys = dict.fromkeys(j for c in work.components for j in voice.journeys(c))
    return {
        "title": one_line(in_language(work.title, lang)) or listed(names, lang),
        "text": in_language(work.text, lang),
        "services": listed(names, lang, most=len(names)),
        "when": span(window.starts_at, window.ends_at, zone, lang, today=notice.at),
        "starts_in_full": moment_in_full(window.starts_at, zone, lang),
        "ends_in_full": moment_in_full(window.ends_at, zone, lang),
        "lasted": duration(notice.at - was.starts_at, lang) if was else "",
        "was_under_way": was is not None,
        "next": span(ahead.starts_at, ahead.ends_at, zone, lang, today=notice.at) if ahead else "",
        "repeats": bool(work.repeats),
        "journeys": ", ".join(journeys),
        "desk_link": voice.portal.work(work.id),
        "page_link": voice.portal.work_page(work.id),
    }


def facts(notice: WorkNotice, voice: Voice) -> dict[str, Any]:
    """The work for machines. ``starts_at`` and ``ends_at`` are those of the stretch in question."""
    work, window = notice.work, _window(notice)
    return {
        "id": work.id,
        "components": list(work.components),
        "title": one_line(in_language(work.title, voice.lang)),
        "starts_at": window.starts_at.isoformat(),
        "ends_at": window.ends_at.isoformat(),
        "timezone": work.timezone,
        "repeats": work.repeats,
        "announced_at": work.announced_at.isoformat(),
        "is_over": work.is_over,
    }


def _window(notice: WorkNotice) -> Window:
    """The stretch that has begun, has ended, or comes next."""
    work, event = notice.work, notice.event
    if isinstance(event, MaintenanceStarted):
        return Window(work.id, event.starts_at, event.ends_at)
    if (was := _under_way(notice)) is not None:
        return was
    before = notice.before or work
    return before.next_window(notice.at, within=_AHEAD) or _first(work)


def _under_way(notice: WorkNotice) -> Window | None:
    """The stretch that was under way until this ended it."""
    before = notice.before
    if before is None or before.started_at is None or notice.telling is Telling.MAINTENANCE_STARTED:
        return None
    return Window(before.id, before.started_at, before.started_at + _length(before))


def _first(work: Maintenance) -> Window:
    return Window(work.id, work.starts_at, work.ends_at)


def _length(work: Maintenance) -> timedelta:
    return work.ends_at - work.starts_at
