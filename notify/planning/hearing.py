"""What a recipient has heard, and what is still worth telling them after that. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notify.delivery import Because, Past, State, Telling
from notify.oncall.people import Whom

TO_LISTENERS = (Telling.UPDATED, Telling.UNSTABLE, Telling.REMINDED)
"""Told to whoever knows of the incident, whatever the routes say."""

_NEED_A_BEGINNING = (*TO_LISTENERS, Telling.TAKEN)
"""Makes no sense to somebody who has heard nothing before."""

_BEGINNINGS = (
    Telling.OPENED,
    Telling.REOPENED,
    Telling.WORSENED,
    Telling.JOINED,
    Telling.SPREAD,
    Telling.UNANSWERED,
)


@dataclass(frozen=True, slots=True)
class Followers:
    """Whom to tell what follows, and which deliveries are not worth sending any more.

    ``aware``, by channel and recipient: who hears anyway of what it has become part of.
    """

    whom: Sequence[Whom]
    cancel: tuple[str, ...] = ()
    aware: frozenset[tuple[str, str]] = frozenset()


def obsolete(delivery: Past, others: Iterable[Past]) -> Because | None:
    """Why a delivery that is about to be sent should not be, after all.

    ``others`` are those of the same incident or work to the same recipient on the same channel.
    """
    others = list(others)
    before = [o for o in others if o.order < delivery.order]
    ends = delivery.telling.is_end and delivery.telling is not Telling.MISSED
    follows = ends or delivery.telling in _NEED_A_BEGINNING
    if follows and not any(o.may_be_known for o in _behind(before, delivery.telling)):
        return Because.NOT_HEARD_OPENED
    later = [o for o in others if o.order > delivery.order and o.state is not State.CANCELLED]
    if delivery.is_waiting and any(_outdates(o, delivery) for o in later):
        return Because.SUPERSEDED
    return None


def listeners(past: Sequence[Past]) -> list[Whom]:
    """Those who know of it, or will: what still waits is told before this."""
    return [
        _again(rows)
        for rows in _episodes(past, Telling.UPDATED).values()
        if any(row.may_be_known or row.is_waiting for row in rows)
    ]


def close(past: Sequence[Past], telling: Telling) -> Followers:
    """Those who may know of it; and what waits for anybody, which is no longer worth saying.

    What waits to be heard of an incident that has become part of this one is heard first.
    """
    whom = [
        _again(rows)
        for rows in _episodes(past, telling).values()
        if any(
            row.may_be_known or row.is_kept or (row.inherited and row.is_waiting) for row in rows
        )
    ]
    gone = [row.id for row in past if _is_ours_to_cancel(row) and not row.is_kept]
    return Followers(whom, tuple(gone))


def out_of_reach(past: Sequence[Past]) -> list[Whom]:
    """Those who were to hear that it began and surely have not, though it was tried.

    Of a ring that took the place of one in vain, the attempts of that one count.
    """
    return [
        _again(rows)
        for rows in _episodes(past, Telling.RESOLVED).values()
        if not any(row.may_be_known or row.inherited for row in rows)
        and any(row.tried and row.state is not State.REFUSED for row in rows)
        and any(row.state in (State.PLANNED, State.EXPIRED) for row in rows)
    ]


def hand_over(past: Sequence[Past], elsewhere: Sequence[Past]) -> Followers:
    """Those who know of it; and those who were to, unless they hear of where it goes on."""
    aware = frozenset((one.channel, one.recipient) for one in listeners(elsewhere))
    whom, cancel = [], []
    for who, rows in _episodes(past, Telling.RESOLVED).items():
        known = any(row.may_be_known for row in rows)
        waits = any(row.is_waiting for row in rows)
        if known or (waits and who not in aware):
            whom.append(_again(rows))
        if known or who in aware:
            cancel += [row.id for row in rows if _is_ours_to_cancel(row)]
    return Followers(whom, tuple(cancel), aware)


def _again(rows: Sequence[Past]) -> Whom:
    """Whoever it is, for the reason for which they first heard of it."""
    first = rows[0]
    return Whom(first.route, first.channel, first.recipient, first.engineer, first.rota)


def _is_ours_to_cancel(row: Past) -> bool:
    return row.is_waiting and not row.is_end and not row.inherited


def _outdates(later: Past, waiting: Past) -> bool:
    """Whether ``later`` makes it needless to say what still waits."""
    if waiting.telling.is_end or later.inherited:
        return False
    if waiting.is_kept and later.is_end:
        return False
    if waiting.telling is Telling.REMINDED:
        return True
    if later.telling is Telling.UNANSWERED and waiting.telling in _BEGINNINGS:
        return True  # it says all that the other would have said
    if waiting.telling is Telling.MAINTENANCE_PLANNED:
        return later.is_end or later.telling is Telling.MAINTENANCE_STARTED
    # What has become part of something else isn't over.
    return later.is_end and not later.merged


# ── what a recipient has heard ────────────────────────────────────────────────


_BEGINS = {
    Telling.MAINTENANCE_ENDED: (Telling.MAINTENANCE_STARTED,),
    Telling.MAINTENANCE_CANCELLED: (Telling.MAINTENANCE_PLANNED, Telling.MAINTENANCE_STARTED),
}
"""What must have been heard before this makes sense, where it is not just anything."""


def _episodes(past: Sequence[Past], telling: Telling) -> dict[tuple[str, str], list[Past]]:
    """By channel and recipient, what makes ``telling`` worth their while, if anything does."""
    by_recipient: dict[tuple[str, str], list[Past]] = {}
    for row in past:
        by_recipient.setdefault((row.channel, row.recipient), []).append(row)
    found = {who: _behind(rows, telling) for who, rows in by_recipient.items()}
    return {who: rows for who, rows in found.items() if rows}


def _behind(rows: Sequence[Past], telling: Telling) -> list[Past]:
    """What one recipient was to hear before ``telling``: since they last heard of an end.

    That a series of work is called off concerns whoever ever heard of it, though its stretches
    have ended many times.
    """
    begins = _BEGINS.get(telling)
    since: list[Past] = []
    for row in sorted(rows, key=lambda p: p.order):
        if not row.is_end:
            since.append(row)
        elif (row.may_be_known or row.is_waiting) and (
            telling is not Telling.MAINTENANCE_CANCELLED or row.telling is telling
        ):
            since = []
    return since if begins is None else [row for row in since if row.telling in begins]
