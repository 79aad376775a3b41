"""Compressed bodies, inflated piece by piece, and known to be whole.

aiohttp inflates too, but takes a body that ends in the middle of its stream for a whole one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from probes.classify import UnwellError
from probes.observation import Reason

_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's wbits


class Inflate(Protocol):
    """Turns a body's bytes into what they stand for."""

    def feed(self, data: bytes, most: int) -> Iterator[bytes]:
        """Pieces of at most ``most`` bytes. Raises UnwellError (protocol_error)."""
        ...

    def finish(self) -> None:
        """The body has ended. Raises UnwellError (body_truncated) if it should not have."""
        ...


def inflater(encoding: str) -> Inflate:
    """For a Content-Encoding: gzip, deflate or none. Raises UnwellError (protocol_error)."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip"):
        return _Zlib(_GZIP)
    if name == "deflate":
        return _Zlib(_ZLIB)
    raise UnwellError(
        Reason.PROTOCOL_ERROR, f"the body is in {name[:40]!r}, which nobody asked for"
    )


class _Plain:
    def feed(self, data: bytes, most: int) -> Iterator[bytes]:
        for start in range(0, len(data), most):
            yield data[start : start + most]

    def finish(self) -> None:
        return


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._begun = False

    def feed(self, data: bytes, most: int) -> Iterator[bytes]:
        while data:
            if self._stream.eof:  # gzip may come in several members, one after the other
                self._stream = zlib.decompressobj(self._wbits)
            yield self._inflate(data, most)
            self._begun = True
            data = self._stream.unused_data or self._stream.unconsumed_tail

    def _inflate(self, data: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(data, most)
        except zlib.error as error:
            if self._wbits == _ZLIB and not self._begun:
                # Servers that call it deflate are of two minds about what that is.
                self._wbits = _RAW
                self._stream = zlib.decompressobj(_RAW)
                return self._inflate(data, most)
            words = "the body is not compressed as it says"
            raise UnwellError(Reason.PROTOCOL_ERROR, words) from error

    def finish(self) -> None:
        if self._begun and not self._stream.eof:
            raise UnwellError(Reason.BODY_TRUNCATED, "the compressed body ends too soon")
