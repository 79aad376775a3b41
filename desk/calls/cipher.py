"""Encrypts what callers said, so that the file and its backups tell nothing without the key.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); the call's number is bound in, so that
one text cannot be put in another's place.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class CipherError(Exception):
    """The key doesn't fit the text; the message says what to do."""


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
