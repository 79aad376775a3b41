"""The alphabets of short messages: GSM 03.38, UCS-2, and what gateways send beside them. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

Default: TypeAlias = Literal["gsm7", "latin1", "ascii"]
"""What a gateway means by data_coding 0: the protocol leaves it to each."""

DEFAULT_CODING = 0x00
UCS2_CODING = 0x08

_ESCAPE = 0x1B
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = dict(zip(b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", "\f^{}\\[~]|€", strict=True))
_CODES = {char: bytes([code]) for code, char in enumerate(_BASIC) if code != _ESCAPE} | {
    char: bytes([_ESCAPE, code]) for code, char in _EXTENDED.items()
}
_BY_CODING = {0x01: "ascii", 0x03: "latin-1", 0x06: "iso8859-5", 0x07: "iso8859-8"}
_GENERAL = range(0x10, 0x40)
"""Codings that are bit fields of GSM 03.38, with a message class (flash)."""
_CLASSES_OF_SEPTETS = 0xF4


def gsm7(char: str) -> bytes | None:
    """The septets of one character, a byte each; None where the alphabet doesn't have it."""
    return _CODES.get(char)


def is_gsm7(text: str) -> bool:
    return all(char in _CODES for char in text)


def decoded(data: bytes, coding: int, default: Default) -> str:
    """The text of a message whole; what cannot be read is replaced, never refused."""
    if coding in _GENERAL and coding & 0x0C == 0x08:  # noqa: PLR2004 - bits for UCS-2
        coding = UCS2_CODING
    if coding == UCS2_CODING:
        return data.decode("utf-16-be", "replace")
    is_flash = (coding in _GENERAL and not coding & 0x0C) or coding & _CLASSES_OF_SEPTETS == 0xF0  # noqa: PLR2004 - as above
    if is_flash or (coding == DEFAULT_CODING and default == "gsm7"):
        return _decoded_gsm7(data)
    name = default if coding == DEFAULT_CODING else _BY_CODING.get(coding, "latin-1")
    return data.decode(name, "replace")


def _decoded_gsm7(data: bytes) -> str:
    chars: list[str] = []
    is_escaped = False
    for byte in data:
        if byte == _ESCAPE:
            is_escaped = True
            continue
        basic = _BASIC[byte] if byte < len(_BASIC) else "\ufffd"
        chars.append(_EXTENDED.get(byte, basic) if is_escaped else basic)
        is_escaped = False
    return "".join(chars)
