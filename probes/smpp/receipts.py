"""What a gateway reports of a message: where the standard says, or in words as most do. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from probes.smpp.pdu import Delivered

_ID = re.compile(r"\bid:\s*([\w.\-]{1,65})", re.ASCII)
_STATE = re.compile(r"\bstat:\s*([A-Z]{1,10})\b")


@dataclass(frozen=True, slots=True)
class Receipt:
    """``state`` as SMPP abbreviates it: DELIVRD, UNDELIV, EXPIRED …; empty where none is said."""

    id: str
    state: str


def receipt_of(heard: Delivered) -> Receipt:
    """Of a receipt; what it repeats of the message's text is never kept."""
    words = heard.data.decode("latin-1")
    id_, state = _ID.search(words), _STATE.search(words)
    return Receipt(heard.id or (id_[1] if id_ else ""), heard.state or (state[1] if state else ""))
