"""What a message about a call may say that is handed on: to templates and to machines. Pure.

What the caller said is not in it: see notify.writing.filling.
"""

from __future__ import annotations

from typing import Any

from notify.message import Voice, one_line
from notify.planning.notice import CallNotice
from notify.writing.filling import CALLERS
from notify.writing.words import SPEECH


def context(notice: CallNotice, voice: Voice) -> dict[str, Any]:
    """What templates know."""
    event = notice.event
    speech = SPEECH[voice.lang]
    return {
        "title": voice.name(event.component) if event.component else speech.unclear,
        "medium": speech.media[event.medium],
        "region": one_line(event.region),
        "article": event.article,
        "incident": event.incident,
        "incident_link": voice.portal.desk(event.incident) if event.incident else "",
        "callers": CALLERS,
    }


def facts(notice: CallNotice) -> dict[str, Any]:
    """The call for machines. Fields are only ever added."""
    event = notice.event
    return {
        "number": event.call,
        "component": event.component or None,
        "symptom": event.symptom,
        "article": event.article or None,
        "incident": event.incident or None,
        "region": event.region or None,
        "channel": event.medium.value,
    }
