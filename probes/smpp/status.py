"""What a gateway's status codes mean to somebody who wants to be heard. Pure."""

from __future__ import annotations

OK = 0x00
SYSTEM_ERROR = 0x08
UNKNOWN_COMMAND = 0x03
UNUSABLE = 0x65
"""What we answer to a message that will not be understood the next time either."""

BUSY = frozenset({0x14, 0x58})
"""Queue full, throttled: later, and slower."""

NOT_KNOWN = frozenset({0x0E, 0x0F})
"""To a bind: our name or our password is wrong, until somebody puts it right."""

FOR_GOOD = frozenset(
    {
        *(0x01, 0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B, 0x33, 0x34, 0x40, 0x42, 0x43, 0x48, 0x49),
        *(0x50, 0x51, 0x53, 0x54, 0x55, 0x61, 0x62, 0x63, 0x65, 0x66, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4),
    }
)
"""About the message or the number: the same tomorrow. A gateway's own codes are not here: they
mean whatever it says, most often that something is exhausted."""

_NAMES = {
    0x01: "the message has a wrong length",
    0x04: "not allowed with this bind",
    0x05: "already bound",
    0x08: "system error",
    0x0A: "invalid sender",
    0x0B: "invalid recipient",
    0x0D: "bind failed",
    0x0E: "invalid password",
    0x0F: "invalid system_id",
    0x14: "the gateway's queue is full",
    0x45: "the message was not taken",
    0x48: "invalid type of the sender's number",
    0x50: "invalid type of the recipient's number",
    0x58: "too many messages a second",
    0x61: "invalid time",
    0x66: "refused by the recipient's side",
}


def named(status: int) -> str:
    """In words, with the number as gateways' manuals have it."""
    return f"0x{status:08X} {_NAMES.get(status, '')}".strip()
