"""The keys that a state makes for itself: a file each beside the database, and in no backup."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from vahta.state import StateError

KEY = 32
"""Bytes of a key."""


def key_in(file: Path, *, lose: str) -> bytes:
    """The key in ``file``, made on first use, which only its owner may read.

    ``lose`` says what is gone without it. Raises StateError when it is not a key, and OSError
    when it cannot be read.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        key = file.read_bytes()
        if len(key) != KEY:
            raise StateError(
                f"{file}: is no key of {KEY} bytes: put the right one back, or remove it"
                f" and lose {lose}"
            ) from None
        return key
    key = secrets.token_bytes(KEY)
    with os.fdopen(handle, "wb") as target:
        target.write(key)
        target.flush()
        os.fsync(target.fileno())
    return key
