"""What a gateway reports of a message: where the standard says, or in words as most do. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from probes.smpp.pdu import Delivered

DELIVERED = "DELIVRD"
ON_ITS_WAY = frozenset({"", "SCHEDULED", "ENROUTE", "ACCEPTD"})
FAILED = frozenset({"UNDELIV", "EXPIRED", "DELETED", "REJECTD", "SKIPPED"})
"""What is in none of these (UNKNOWN, a gateway's own word) says nothing either way."""

_ID = re.compile(r"\bid:\s*([\w.\-]{1,65})", re.ASCII)
_STATE = re.compile(r"\bstat:\s*([A-Z]{1,10})\b")
_PLAINLY = re.compile(r"\s*id:\s*[\w.\-]{1,65}\s.*\bstat:\s*[A-Z]{7}\b", re.ASCII | re.DOTALL)
"""What a gateway that doesn't mark its receipts says, and no portal."""
_DATES = re.compile(r"submit date:\s*(\d{10,12})\b.*?done date:\s*(\d{10,12})\b", re.DOTALL)
_ROUNDING = 60.0
"""Seconds: most gateways tell the time to the minute."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """``state`` as SMPP abbreviates it: DELIVRD, UNDELIV, EXPIRED …; empty where none is said.

    ``took``: seconds from the message's submission to this state, by the gateway's own clock;
    None where it doesn't say. ``order`` tells receipts that read the same apart.
    """

    id: str
    state: str
    took: float | None = None
    order: int = 0


def receipt_of(heard: Delivered) -> Receipt | None:
    """None of what is a message; what a receipt repeats of the message's text is never kept."""
    words = heard.data.decode("latin-1")
    if not heard.is_receipt and _PLAINLY.match(words) is None:
        return None
    id_, state = _ID.search(words), _STATE.search(words)
    return Receipt(
        id=heard.id or (id_[1] if id_ else ""),
        state=heard.state or (state[1] if state else ""),
        took=_took(words),
    )


def of_this_message(
    receipts: Sequence[Receipt], before: Sequence[Receipt], elapsed: float
) -> list[Receipt]:
    """Those that may report of a message asked for ``elapsed`` seconds ago, after ``before``.

    An earlier message's is told by its id, where an earlier receipt named it, and by its dates:
    a message that took longer than there was time for is not this one.
    """
    known = {receipt.id for receipt in before if receipt.id}
    return [
        receipt
        for receipt in receipts
        if receipt not in before
        and receipt.id not in known
        and (receipt.took is None or receipt.took <= elapsed + _ROUNDING)
    ]


def _took(words: str) -> float | None:
    found = _DATES.search(words)
    if found is None:
        return None
    try:
        submitted, done = (_read(date) for date in found.groups())
    except ValueError:
        return None
    return (done - submitted).total_seconds()


def _read(date: str) -> datetime:
    """The zone is the gateway's and not said; it is the same for both dates."""
    return datetime.strptime(f"{date:0<12}+0000", "%y%m%d%H%M%S%z")
