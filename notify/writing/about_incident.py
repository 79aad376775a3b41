"""What a message about an incident may say: to templates and to machines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from incidents.commands import BY_HAND
from incidents.component import in_language
from incidents.events import (
    Acknowledged,
    Attached,
    Cause,
    Joined,
    Merged,
    Opened,
    Origin,
    Reassessed,
    Reopened,
    Resolved,
    Seen,
    Step,
    Updated,
    Values,
)
from incidents.incident import Affected
from notify.delivery import Telling
from notify.message import Voice, one_line
from notify.planning.notice import Notice
from notify.writing.filling import CALLERS
from notify.writing.words import SPEECH, count, duration, listed, moment, moment_in_full
from probes.observation import Outcome

AT_THE_DESK = "local"
"""Who acts at a desk without users; with a stroke in it, an actor stands for an address."""

_NAMED = 12
"""So many names in a row: what stands below them should be in sight."""


def context(notice: Notice, voice: Voice) -> dict[str, Any]:
    """What templates know. The names are the templates' own: an editor uses them."""
    incident, lang, zone = notice.incident, voice.lang, voice.portal.zone
    since = _since(notice)
    said = notice.event.text if isinstance(notice.event, Updated | Resolved) else {}
    suffering = _each(_stretches(notice))
    members = [voice.name(one.component, one.name) for one in suffering]
    return {
        "title": _title(notice, voice, len(members) - 1),
        "short": _short(notice, voice, members),
        "public_text": voice.texts.public_text(incident, lang),
        "operator_note": voice.texts.operator_note(incident, lang),
        "said": in_language(said, lang),
        "impact": incident.impact.value,
        "impact_word": SPEECH[lang].impacts[incident.impact],
        "status_word": SPEECH[lang].statuses[incident.status],
        "since": moment(since, zone, lang, today=notice.at),
        "since_in_full": moment_in_full(since, zone, lang),
        "till_in_full": moment_in_full(notice.at, zone, lang),
        "lasted": duration(notice.at - since, lang),
        "seen": _seen(notice, voice),
        "by_hand": notice.event.because == BY_HAND,
        "by_calls": _by_calls(notice, voice),
        "callers": CALLERS,
        "desk_link": voice.portal.desk(incident.id),
        "page_link": voice.portal.page(incident.id) if incident.is_public else "",
        "is_public": incident.is_public,
        "members": listed(members, lang, most=_NAMED) if len(members) > 1 else "",
        "is_umbrella": incident.is_umbrella,
        "services": count(len(members), "service", lang),
        "journeys": ", ".join(_journeys((one.component for one in suffering), voice)),
        "done": _done(notice, voice),
        **_rung(notice, voice),
        **_by_kind(notice, voice),
    }


def facts(notice: Notice, voice: Voice) -> dict[str, Any]:
    """The incident for machines. Fields are only ever added."""
    incident = notice.incident
    ended = notice.at if notice.telling.is_end else incident.resolved_at
    return {
        "id": incident.id,
        "component": incident.component,
        "component_name": dict(incident.component_name),
        "title": _safe_title(notice, voice),
        "status": incident.status.value,
        "impact": incident.impact.value,
        "origin": incident.origin.value,
        "reason": incident.reason.value if incident.reason else None,
        "started_at": incident.started_at.isoformat(),
        "since": _since(notice).isoformat(),
        "resolved_at": ended.isoformat() if ended else None,
        "url": voice.portal.desk(incident.id) or None,
        "components": [one.component for one in _each(_stretches(notice))],
        "merged_into": incident.merged_into,
        "unstable": incident.unstable_since is not None,
    }


def _title(notice: Notice, voice: Voice, others: int) -> str:
    """With how many services it is about; a person's title stands as it is."""
    title = one_line(voice.texts.title(notice.incident, voice.lang))
    if others < 1 or notice.incident.title:
        return title
    if notice.incident.is_umbrella:
        return f"{title} ({others + 1})"
    return SPEECH[voice.lang].beside.format(title, count(others, "other", voice.lang))


def _short(notice: Notice, voice: Voice, members: Sequence[str]) -> dict[str, str]:
    """What stands in a first line instead, where the whole of it is too long for a watch."""
    incident, others = notice.incident, len(members) - 1
    name = voice.name(incident.component, incident.component_name)
    beside = SPEECH[voice.lang].beside.format(name, count(others, "other", voice.lang))
    return {"title": beside if others > 0 else name}


def _done(notice: Notice, voice: Voice) -> dict[str, str]:
    """What has been done about it: who took it on and when, and the latest word on it."""
    incident, zone = notice.incident, voice.portal.zone
    taken, by = incident.acknowledged_at, incident.acknowledged_by or ""
    word = next((one for one in reversed(incident.updates) if one.text), None)
    return {
        "taken": moment(taken, zone, voice.lang, today=notice.at) if taken else "",
        "by": "" if by == AT_THE_DESK or "/" in by else one_line(by),
        "word": in_language(word.text, voice.lang) if word else "",
        "word_at": moment(word.at, zone, voice.lang, today=notice.at) if word else "",
    }


def _safe_title(notice: Notice, voice: Voice) -> str:
    try:
        return one_line(voice.texts.title(notice.incident, voice.lang))
    except Exception:  # noqa: BLE001 - a title that cannot be made must not stop a message
        return notice.incident.component


def _since(notice: Notice) -> datetime:
    """When it broke, or broke again: a reopening knows better than the fold, which notes when."""
    if isinstance(notice.event, Reopened):
        return notice.event.started_at
    return notice.incident.reopened_at or notice.incident.started_at


def _seen(notice: Notice, voice: Voice) -> dict[str, str] | None:
    """How we know: which probe, how often, what it saw; None when a person says so."""
    values, in_a_row = _values(notice), _values(notice).get("in_a_row")
    if "probe" not in values or not isinstance(in_a_row, int):
        return None
    reason, streak = notice.incident.reason, _streak(notice)
    captures = (voice.portal.capture(one.capture) for one in reversed(streak))
    return {
        "probe": one_line(str(values["probe"])),
        "location": one_line(str(values.get("location") or "")),
        "times": count(in_a_row, "time", voice.lang),
        "outcome": str(values.get("outcome") or Outcome.DOWN.value),
        "reason": voice.texts.engineer(reason, voice.lang) if reason else "",
        "detail": one_line(next((s.detail for s in reversed(streak) if s.detail), "")),
        "capture_link": next(filter(None, captures), ""),
    }


def _by_calls(notice: Notice, voice: Voice) -> dict[str, str] | None:
    """How many calls there were, and how many there usually are; None where nobody called."""
    values = _values(notice)
    if not isinstance(notice.event, Opened) or notice.incident.origin is not Origin.CALLS:
        return None
    calls, within = values.get("calls"), values.get("within_seconds")
    if not isinstance(calls, int) or not isinstance(within, int | float):
        return {}
    return {
        "times": count(calls, "time", voice.lang),
        "within": duration(timedelta(seconds=within), voice.lang),
        "usual": f"{values.get('usual', '')}",
    }


def _streak(notice: Notice) -> tuple[Seen, ...]:
    event = notice.event
    if isinstance(event, Opened | Joined | Reassessed | Reopened | Resolved):
        return event.streak
    return ()


def _values(notice: Notice) -> Values:
    return notice.event.because.values


def _stretches(notice: Notice) -> Sequence[Affected]:
    """Who is unwell by it; at its end, who was since it last began."""
    incident = notice.incident
    if not notice.telling.is_end:
        return incident.ailing()
    since = incident.reopened_at
    return [a for a in incident.affected if since is None or a.until is None or a.until > since]


def _each(stretches: Iterable[Affected]) -> list[Affected]:
    """One stretch of each component, the first that failed before the rest."""
    found = list({one.component: one for one in stretches}.values())
    return sorted(found, key=lambda one: one.cause is not None)


# ── what only one kind of event has ───────────────────────────────────────────


def _by_kind(notice: Notice, voice: Voice) -> dict[str, Any]:
    match notice.event:
        case Attached():
            return _spread(notice, voice)
        case Merged():
            return _merged(notice.event, voice)
        case Acknowledged():
            return {"who": voice.engineer(notice.incident.acknowledged_by or "")}
        case _:
            return _spans(notice, voice)


def _rung(notice: Notice, voice: Voice) -> dict[str, Any]:
    """For how long nobody has taken it."""
    if notice.rung is None:
        return {}
    return {
        "waited": duration(notice.at - notice.rung.since, voice.lang),
        "last_resort": notice.rung.last_resort,
        "unreached": notice.rung.unreached,
    }


def _spread(notice: Notice, voice: Voice) -> dict[str, Any]:
    """Which services failed at once, and how many: most have yet to join when this is told."""
    values = next((g.values for g in notice.event.because.gates if g.step is Step.STORM), {})
    known = {a.component: voice.name(a.component, a.name) for a in notice.incident.ailing()}
    together = [id_ for id_ in str(values.get("components", "")).split(", ") if id_]
    names = list({**known, **{id_: known.get(id_) or voice.name(id_) for id_ in together}}.values())
    counted = values.get("failed_together")
    # What something else explains isn't counted by the rule, but fails all the same.
    explained = sum(a.cause in (Cause.DEPENDENCY, Cause.MERGE) for a in notice.incident.ailing())
    total = max(len(names), counted + explained if isinstance(counted, int) else 0)
    return {
        "first": one_line(voice.texts.component(notice.incident, voice.lang)),
        "journeys": ", ".join(_journeys((*known, *together), voice)),
        "services": count(total, "service", voice.lang),
        "some_names": listed(names, voice.lang, total=total),
        "members": listed(names, voice.lang, total=total, most=_NAMED),
    }


def _journeys(components: Iterable[str], voice: Voice) -> list[str]:
    """What citizens come to do with them, each once."""
    return list(dict.fromkeys(one for id_ in components for one in voice.journeys(id_)))


def _merged(event: Merged, voice: Voice) -> dict[str, Any]:
    because = event.because
    explained_by = str(because.values.get("explained_by", ""))
    return {
        "into": event.into,
        "into_link": voice.portal.desk(event.into),
        "rule": because.rule,
        "explained_by": voice.name(explained_by) if explained_by else "",
    }


def _spans(notice: Notice, voice: Voice) -> dict[str, Any]:
    """Every length of time that the rule compared, in words; and since when nothing was said."""
    found: dict[str, Any] = {}
    for key, value in _values(notice).items():
        if key.endswith("_seconds") and isinstance(value, int | float):
            length = timedelta(seconds=value)
            found[key.removesuffix("_seconds")] = duration(length, voice.lang)
            if notice.telling is Telling.REMINDED and key == "quiet_for_seconds":
                began, zone = notice.at - length, voice.portal.zone
                found["quiet_since"] = moment(began, zone, voice.lang, today=notice.at)
        elif key == "turns" and isinstance(value, int):
            found[key] = count(value, "time", voice.lang)
    return found
