"""What a plan came to, for those who look on: each decision with its reason, logged, counted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from notify.delivery import Because, Untold
from notify.hooks import Hooks, Outcome

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decided:
    """``told`` are delivery ids and why; ``settled`` what ended at once, by channel."""

    seq: int
    told: Sequence[tuple[str, Because]] = ()
    untold: Sequence[Untold] = ()
    settled: Sequence[tuple[str, Outcome]] = ()


def make_known(decided: Decided, hooks: Hooks) -> None:
    """Once it is committed. Addresses are in no log: an id ends in a hash."""
    for id_, because in decided.told:
        _log.info("entry %d: delivery %s, because %s", decided.seq, id_, because)
        hooks.decided(because)
    for one in decided.untold:
        who = "/".join(part for part in (one.route, one.channel, one.who) if part) or "anybody"
        _log.info("entry %d: nothing for %s, because %s", decided.seq, who, one.because)
        hooks.decided(one.because)
    for channel, outcome in decided.settled:
        hooks.settled(channel, outcome)
