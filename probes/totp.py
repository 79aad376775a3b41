"""One-time codes by time (RFC 6238), for any secret a portal may have issued.

pyotp refuses secrets under 112 bits since 2.12, and many portals still issue 80: the probe has
to sign in with what it was given.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from datetime import datetime

_STEP = 30
_DIGITS = 6


def key_of(secret: str) -> bytes:
    """The key in a base32 secret; spaces, case and missing padding don't matter.

    Raises ValueError, whose text doesn't repeat the secret.
    """
    text = "".join(secret.split()).rstrip("=").upper()
    try:
        key = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("expected a base32 secret: letters A-Z and digits 2-7")
    return key


def code_at(secret: str, at: datetime) -> str:
    """The six digits of the half minute around ``at`` (aware). Raises ValueError."""
    counter = struct.pack(">Q", int(at.timestamp()) // _STEP)
    digest = hmac.new(key_of(secret), counter, "sha1").digest()
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFFFFFF) % 10**_DIGITS:0{_DIGITS}d}"
