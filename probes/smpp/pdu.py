"""SMPP's messages as bytes: the six that we say, and those that a gateway says. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from probes.smpp.parts import Part, Place, unwrapped

HEADER = 16
LONGEST = 70_000
"""Bytes of a message: 64 KiB of payload, and a little more."""

RESPONSE = 0x80000000
_VERSION = 0x34
_UDHI = 0x40
_TYPE = 0x3C
_RECEIPTED = 0x001E
_REFERENCE = 0x0204
_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER = 0x020C, 0x020E, 0x020F
_PAYLOAD = 0x0424
_STATE = 0x0427
_STATES = (
    *("SCHEDULED", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED"),
    *("UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD", "SKIPPED"),
)


class Command(IntEnum):
    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x102


class MalformedError(Exception):
    """What came is no SMPP."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One message. ``command`` and ``status`` may be numbers that the standard doesn't know."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = b""

    def __bytes__(self) -> bytes:
        size = HEADER + len(self.body)
        return struct.pack("!4I", size, self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Address:
    """A number with its type (1: international, 5: a name) and plan (1: E.164)."""

    text: str
    ton: int = 1
    npi: int = 1

    def __bytes__(self) -> bytes:
        return bytes([self.ton, self.npi]) + c_string(self.text)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a deliver_sm says. ``id`` is of the message that it is a receipt for."""

    sender: str
    recipient: str
    coding: int
    data: bytes
    is_receipt: bool = False
    place: Place | None = None
    id: str = ""
    state: str = ""


def size_of(header: bytes) -> int:
    """How long the whole message is. Raises MalformedError."""
    size = int.from_bytes(header[:4], "big")
    if not HEADER <= size <= LONGEST:
        raise MalformedError(f"a message of {size} bytes")
    return size


def read(data: bytes) -> Pdu:
    """One message whole: at least a header."""
    _, command, status, sequence = struct.unpack("!4I", data[:HEADER])
    return Pdu(command, sequence, status, data[HEADER:])


def c_string(text: str) -> bytes:
    return text.encode("latin-1", "replace").replace(b"\0", b"") + b"\0"


def bind(system_id: str, password: str, system_type: str) -> bytes:
    """The body of any bind."""
    who = c_string(system_id) + c_string(password) + c_string(system_type)
    return who + bytes([_VERSION, 0, 0]) + b"\0"


def submit(
    sender: Address, recipient: Address, part: Part, *, receipt: bool, reference: int
) -> bytes:
    """The body of submit_sm. ``reference`` (16 bits) comes again when the message is repeated."""
    flags = bytes([_UDHI if part.has_header else 0, 0, 0])
    options = bytes([int(receipt), 0, part.coding, 0, len(part.data)])
    tlv = struct.pack("!3H", _REFERENCE, 2, reference & 0xFFFF)
    return b"\0" + bytes(sender) + bytes(recipient) + flags + b"\0\0" + options + part.data + tlv


def first_string(body: bytes) -> str:
    """What an answer's body begins with: a message's id, or a gateway's name."""
    return body.partition(b"\0")[0].decode("latin-1")


def delivered(body: bytes) -> Delivered:
    """Reads a deliver_sm. Raises MalformedError."""
    try:
        return _delivered(_Fields(body))
    except (IndexError, struct.error) as error:
        raise MalformedError("a deliver_sm that breaks off") from error


def _delivered(fields: _Fields) -> Delivered:
    fields.string()  # service_type
    fields.take(2)
    sender = fields.string()
    fields.take(2)
    recipient = fields.string()
    esm_class = fields.take(3)[0]
    fields.string(), fields.string()  # schedule and validity
    coding = fields.take(4)[2]
    data = fields.take(fields.take(1)[0])
    options = fields.options()
    data = data or options.get(_PAYLOAD, b"")
    place = None
    if esm_class & _UDHI:
        place, data = unwrapped(data)
    return Delivered(
        sender=sender,
        recipient=recipient,
        coding=coding,
        data=data,
        # Some gateways mark none; others give plain messages an id, but no state.
        is_receipt=bool(esm_class & _TYPE) or {_RECEIPTED, _STATE} <= options.keys(),
        place=place or _sar(options),
        id=first_string(options.get(_RECEIPTED, b"")),
        state=_state(options.get(_STATE, b"")),
    )


def _sar(options: Mapping[int, bytes]) -> Place | None:
    reference, total, number = (
        int.from_bytes(options.get(tag, b""), "big")
        for tag in (_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER)
    )
    return Place(reference, total, number) if 1 <= number <= total else None


def _state(value: bytes) -> str:
    number = int.from_bytes(value, "big")
    return _STATES[number] if value and number < len(_STATES) else ""


@dataclass(slots=True)
class _Fields:
    body: bytes
    at: int = field(default=0, init=False)

    def take(self, size: int) -> bytes:
        taken = self.body[self.at : self.at + size]
        if len(taken) < size:
            raise IndexError
        self.at += size
        return taken

    def string(self) -> str:
        end = self.body.find(b"\0", self.at)
        if end < 0:
            raise IndexError
        return self.take(end + 1 - self.at)[:-1].decode("latin-1")

    def options(self) -> dict[int, bytes]:
        """What follows by tag. What breaks off is left out: gateways are careless there."""
        found = {}
        while self.at + 4 <= len(self.body):
            tag, size = struct.unpack("!2H", self.take(4))
            if self.at + size > len(self.body):
                break
            found[tag] = self.take(size)
        return found
