"""Encrypts what callers said, so that the file and its backups tell nothing without the key.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); the call's number is bound in, so that
one text cannot be put in another's place.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY = 32


class CipherError(Exception):
    """The key is no good, or doesn't fit the text; the message says what to do."""


class Cipher:
    """Made from a 32-byte key."""

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def seal(self, text: str, *, number: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._aes.encrypt(nonce, text.encode(), number.encode())

    def open(self, sealed: bytes, *, number: str) -> str:
        """Raises CipherError for what was sealed with another key or for another call."""
        try:
            text = self._aes.decrypt(sealed[:_NONCE], sealed[_NONCE:], number.encode())
        except InvalidTag as error:
            raise CipherError(f"{number}: its text was kept with another key") from error
        return text.decode()


def key_in(file: Path) -> bytes:
    """The key in ``file``, made on first use, which only its owner may read.

    Raises CipherError when it is not a key, and OSError when it cannot be read.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        key = file.read_bytes()
        if len(key) != _KEY:
            raise CipherError(
                f"{file}: is no key of {_KEY} bytes: put the right one back, or remove it"
                " and lose the texts of the calls so far"
            ) from None
        return key
    key = AESGCM.generate_key(bit_length=8 * _KEY)
    with os.fdopen(handle, "wb") as target:
        target.write(key)
        target.flush()
        os.fsync(target.fileno())
    return key
