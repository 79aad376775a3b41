"""Did a message arrive, by what a gateway reports of it: for those who cannot read the message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.inbox import Bound
from probes.observation import Outcome, Reason
from probes.smpp.receipts import DELIVERED, FAILED, ON_ITS_WAY, Receipt, of_this_message

_NOTED = "receipts"


async def reported(
    visit: Visit, bound: Bound, ask: Callable[[], Awaitable[object]], *, wait: float, probe: str
) -> float:
    """The seconds after which a message that ``ask`` had sent was reported as delivered.

    A failure is believed only when the ``wait`` (seconds) is over: it may be an earlier message's
    that came late. Raises UnwellError: down, or unknown where the gateway doesn't know either or
    has never reported anything to us.
    """
    loop = asyncio.get_running_loop()
    before = await bound.receipts(visit)
    begun = loop.time()
    await ask()
    fresh: list[Receipt] = []

    async def look() -> Receipt | None:
        all_ = await bound.receipts(visit)
        fresh[:] = of_this_message(all_, before, loop.time() - begun)
        return next((one for one in fresh if one.state == DELIVERED), None)

    found, seconds = await visit.until("arrival", look, within=wait)
    notes = visit.memory.notes(probe)
    if before or fresh:
        notes[_NOTED] = True
    if found is None:
        await bound.assure(visit)
        raise _not_delivered(fresh, wait, notes)
    return seconds


def _not_delivered(fresh: Sequence[Receipt], wait: float, notes: dict[str, Any]) -> UnwellError:
    said = [one.state for one in fresh if one.state not in ON_ITS_WAY]
    failed = [state for state in said if state in FAILED]
    if failed:
        words = f"arrival: the gateway reports {failed[-1]}"
        return UnwellError(Reason.CODE_NOT_ARRIVED, words)
    if said:
        words = f"arrival: the gateway reports {said[-1]}, which says nothing either way"
        return UnwellError(Reason.CODE_NOT_ARRIVED, words, Outcome.UNKNOWN)
    if fresh:
        words = (
            f"arrival: no delivery reported within {wait:g} s, only {fresh[-1].state or 'progress'}"
        )
        return UnwellError(Reason.CODE_NOT_ARRIVED, words)
    if _NOTED not in notes:
        words = "arrival: no receipt has ever come: does the gateway copy them to this account?"
        return UnwellError(Reason.PROBE_ERROR, words, Outcome.UNKNOWN)
    return UnwellError(Reason.CODE_NOT_ARRIVED, f"arrival: no receipt within {wait:g} s")
