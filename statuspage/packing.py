"""Packs the site's files once, so that no web server has to do so for each reader."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import brotli

SMALLEST = 1_000
"""Bytes below which a file isn't packed: it fits into one packet of the network as it is."""

ENDINGS = {"br": ".br", "gzip": ".gz"}
"""Content-Encoding to the ending of the file that is packed so, the smaller one first."""

_TEXT = {".html", ".json", ".svg", ".atom", ".rss", ".ics", ".txt", ".css", ".js", ".xml"}
_GZIP_LEVEL = 9
_BROTLI_LEVEL, _BROTLI_WINDOW = 7, 18  # higher ones win 1 % and take ten times as long

Files = Mapping[str, bytes]


class Packer:
    """Adds to each file of text its packed siblings, made anew only when the file changed."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, Files]] = {}

    def packed(self, files: Files) -> Files:
        """``files`` and beside each text, as ``NAME.gz`` and ``NAME.br``, the same packed.

        The same bytes give the same siblings on every machine with the same libraries.
        """
        before, self._kept = self._kept, {}
        found = dict(files)
        for name, content in files.items():
            kept = before.get(name)
            if kept is None or kept[0] != content:
                kept = (content, dict(_siblings(name, content)))
            self._kept[name] = kept
            found |= kept[1]
        return found


def _siblings(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if len(content) < SMALLEST or PurePosixPath(name).suffix not in _TEXT:
        return
    small = brotli.compress(
        content, mode=brotli.MODE_TEXT, quality=_BROTLI_LEVEL, lgwin=_BROTLI_WINDOW
    )
    yield name + ENDINGS["br"], small
    yield name + ENDINGS["gzip"], gzip.compress(content, _GZIP_LEVEL, mtime=0)
