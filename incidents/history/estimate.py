"""How long it may take: what similar ones took, said only where there were enough. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import ceil

from incidents.duration_words import DAY, HOUR, MINUTE, between, up_to
from incidents.events import Origin
from incidents.history.measures import closed_between
from incidents.incident import Incident

ENOUGH = 5
"""Fewer past ones say nothing."""

_SHARE = 0.75
_STEPS: tuple[int, ...] = (
    *(n * MINUTE for n in (1, 2, 3, 4, *range(5, 60, 5))),
    *(n * HOUR for n in range(1, 24)),
)
"""What people say below a day, in seconds; from there on they count days."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """``covered`` of ``total`` similar ones took ``low`` to ``high``, and all at most ``longest``.

    Bounds are rounded outward to what people say; ``low`` is zero for less than a minute.
    """

    low: timedelta
    high: timedelta
    covered: int
    total: int
    longest: timedelta


class Outlook(StrEnum):
    """How one that already lasts for a while compares with the similar ones."""

    AHEAD = "ahead"  # it lasts less than they took
    WITHIN = "within"  # it may end any moment now
    LATE = "late"  # longer than most of them, not than all
    LONGEST = "longest"  # longer than any of them


def estimate(durations: Sequence[timedelta]) -> Estimate | None:
    """The shortest interval with at least 75 % of past durations; None for fewer than five.

    Of intervals that are equally short it is the earliest.
    """
    total = len(durations)
    if total < ENOUGH:
        return None
    took = sorted(max(length.total_seconds(), 0) for length in durations)
    many = ceil(total * _SHARE)
    widths = ((took[n + many - 1] - took[n], n) for n in range(total - many + 1))
    _, first = min(widths)
    low, high = _rounded_down(took[first]), _rounded_up(took[first + many - 1])
    covered = bisect_right(took, high) - bisect_left(took, low)  # rounding may have won some
    return Estimate(
        timedelta(seconds=low),
        timedelta(seconds=high),
        covered,
        total,
        timedelta(seconds=took[-1]),
    )


def similar(past: Iterable[Incident], incident: Incident) -> Sequence[Incident]:
    """Those of ``past`` that tell how long ``incident`` may take.

    Of the same component and for the same reason (one without a reason is like no other),
    over, and seen by citizens. What was merged into another has no length of its own, and of
    an import without an end nobody knows when it was over.
    """
    if incident.reason is None:
        return ()
    return [
        one
        for one in past
        if one.id != incident.id
        and one.component == incident.component
        and one.reason is incident.reason
        and not one.is_open
        and one.is_public
        and one.merged_into is None
        and not _is_endless_import(one)
    ]


def durations(incidents: Iterable[Incident]) -> Sequence[timedelta]:
    """How long each took from its start to its resolution; those without one are left out.

    The time in which it was closed, before it was re-opened, doesn't count.
    """
    return [
        max(one.resolved_at - one.started_at - closed_between(one), timedelta())
        for one in incidents
        if one.resolved_at is not None
    ]


def outlook(found: Estimate, elapsed: timedelta) -> Outlook:
    """How one that has lasted for ``elapsed`` stands."""
    if elapsed < found.low:
        return Outlook.AHEAD
    if elapsed < found.high:
        return Outlook.WITHIN
    return Outlook.LATE if elapsed < found.longest else Outlook.LONGEST


_TOOK = {
    "ru": "Похожие сбои длились {span} ({covered} из {total})",
    "en": "Similar ones took {span} ({covered} of {total})",
}
_LEFT = {
    "ru": {
        Outlook.AHEAD: "если этот такой же, осталось {span}",
        Outlook.WITHIN: "если этот такой же, осталось {most}",
        Outlook.LATE: "этот длится дольше, чем большинство из них",
        Outlook.LONGEST: "этот уже дольше любого из них",
    },
    "en": {
        Outlook.AHEAD: "if this one does too, {span} to go",
        Outlook.WITHIN: "if this one does too, {most} to go",
        Outlook.LATE: "this one is taking longer than most of them",
        Outlook.LONGEST: "this one has taken longer than any of them",
    },
}


def in_words(found: Estimate, lang: str) -> str:
    """«Похожие сбои длились 20–55 минут (9 из 12)», without a full stop."""
    span = between(found.low, found.high, lang)
    words = _TOOK.get(lang, _TOOK["en"])
    return words.format(span=span, covered=found.covered, total=found.total)


def left_in_words(found: Estimate, elapsed: timedelta, lang: str) -> str:
    """What that says of one that has lasted for ``elapsed``, honestly; without a full stop."""
    state = outlook(found, elapsed)
    most = timedelta(seconds=_rounded_up(max((found.high - elapsed).total_seconds(), 0)))
    least = timedelta(seconds=_rounded_down(max((found.low - elapsed).total_seconds(), 0)))
    words = _LEFT.get(lang, _LEFT["en"])[state]
    return words.format(span=between(least, most, lang), most=up_to(most, lang))


def _is_endless_import(one: Incident) -> bool:
    return one.origin is Origin.IMPORT and one.resolved_at == one.started_at


def _rounded_down(seconds: float) -> int:
    if seconds >= DAY:
        return int(seconds // DAY) * DAY
    below = bisect_right(_STEPS, seconds)
    return _STEPS[below - 1] if below else 0


def _rounded_up(seconds: float) -> int:
    if seconds > _STEPS[-1]:
        return ceil(seconds / DAY) * DAY
    return _STEPS[bisect_left(_STEPS, seconds)]
