"""Whether those who were rung can be reached at all, and whom to ring at once where not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from notify.delivery import Past, State
from notify.planning.escalation import Escalation, Stand


def early(
    it: Escalation, past: Sequence[Past], shared: Collection[tuple[int, str]]
) -> Escalation | None:
    """What is rung before its time, since the ring before it surely came to nobody; None: nothing.

    ``past`` is of the incident. ``shared`` are entry and channel of what another route told to
    those whom this one names as well. Once all steps of a round have failed it is the last
    resort's turn, though further rounds come; to repeat at once what has just failed is in vain.
    """
    tries, rung = _tries(it, past, shared), it.ring - 1
    if it.stand is not Stand.RINGING or not _is_lost(tries.get(rung, ())):
        return None
    began = rung - rung % len(it.policy.steps)
    is_whole = it.ring % len(it.policy.steps) == 0
    if is_whole and all(_is_lost(tries[n]) for n in range(began, it.ring) if n in tries):
        resort = it.policy.resort
        return None if resort is None or resort in tries else replace(it, ring=resort)
    return it


def is_unreached(it: Escalation, past: Sequence[Past], shared: Collection[tuple[int, str]]) -> bool:
    """Whether nobody whom it has rung so far can know of it, and no message is on its way."""
    tries = _tries(it, past, shared)
    if not it.is_up or not all(_is_lost(rows) for rows in tries.values()):
        return False
    return bool(tries) or it.stand is Stand.UNANSWERED


def _is_lost(rows: Sequence[Past]) -> bool:
    """Whether each was refused or given up, and none of them may have arrived."""
    lost = (State.REFUSED, State.EXPIRED)
    return bool(rows) and all(one.state in lost and not one.may_be_known for one in rows)


def _tries(
    it: Escalation, past: Sequence[Past], shared: Collection[tuple[int, str]]
) -> Mapping[int, Sequence[Past]]:
    """By ring, what it rang with; as a delivery's id has its cause, see ``plan.delivery_id``."""
    cause = [str(it.seq), quote(it.route, safe="")]
    found: dict[int, list[Past]] = {}
    for one in past:
        if one.id.split("/")[:2] == cause:
            found.setdefault(one.step, []).append(one)
    rung = {(it.seq, 0), *(rows[0].order for rows in found.values())}
    for one in past:
        if one.route != it.route and one.order in rung and (one.seq, one.channel) in shared:
            found.setdefault(one.step, []).append(one)
    return found
