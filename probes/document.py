"""Makes the documents that probes send: real PDFs and JPEGs that say what they are for."""

from __future__ import annotations

from typing import Literal, TypeAlias

Sort: TypeAlias = Literal["pdf", "jpeg"]
CONTENT_TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg"}

_LINES = ("VAHTA SERVICE MONITORING", "Test document, made by a machine. Please ignore it.")
SMALLEST = 1024
LARGEST = 64 * 1024**2


def checked_size(value: int) -> int:
    """Itself. Raises ValueError where no document of so many bytes is made."""
    if not SMALLEST <= value <= LARGEST:
        raise ValueError("expected a size between 1KiB and 64MiB")
    return value


def make_document(marker: str, size: int, sort: Sort = "pdf") -> bytes:
    """A page of exactly ``size`` bytes (at least SMALLEST), different for each marker.

    Raises ValueError when ``size`` is too small for it.
    """
    if size < SMALLEST:
        raise ValueError(f"a document has at least {SMALLEST} bytes")
    return _padded_pdf(marker, size) if sort == "pdf" else _jpeg(marker, size)


def _padded_pdf(marker: str, size: int) -> bytes:
    bare = _pdf(marker, b"")
    # The padding stands in a comment between two objects, where readers skip it.
    padding = b"%" + (marker.encode("ascii") * (size // len(marker) + 1))[: size - len(bare) - 2]
    return _pdf(marker, padding + b"\n")


def _pdf(marker: str, padding: bytes) -> bytes:
    text = b" T* ".join(b"(%s) Tj" % line.encode("ascii") for line in (*_LINES, marker))
    drawing = b"BT /F1 14 Tf 20 TL 60 760 Td " + text + b" ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    # The offsets above stay right because the padding comes after every object.
    out += padding
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    # Ten digits, so that the file's size does not depend on where the table begins.
    return out + head + table + trailer + b"startxref\n%010d\n%%%%EOF\n" % len(out)


# A grey square of eight by eight pixels: one quantisation table, and Huffman tables whose only
# code, a single zero bit, stands for "no difference" and for "end of block".
_JPEG_HEAD = b"".join(
    (
        b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
        b"\xff\xdb\x00\x43\x00" + b"\x01" * 64,
        b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00",
        b"\xff\xc4\x00\x14\x00\x01" + bytes(15) + b"\x00",
        b"\xff\xc4\x00\x14\x10\x01" + bytes(15) + b"\x00",
    )
)
_JPEG_END = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x3f\xff\xd9"
_LONGEST_COMMENT = 65533
_COMMENT_HEAD = 4


def _jpeg(marker: str, size: int) -> bytes:
    words = f"{' '.join(_LINES)} {marker} ".encode("ascii")
    left = size - 2 - len(_JPEG_HEAD) - len(_JPEG_END)
    comments = []
    while left:
        # What stays for the last comment must have room for its head.
        length = min(left - _COMMENT_HEAD, _LONGEST_COMMENT)
        rest = left - _COMMENT_HEAD - length
        length -= max(0, _COMMENT_HEAD - rest) if rest else 0
        text = (words * (length // len(words) + 1))[:length]
        comments.append(b"\xff\xfe" + (length + 2).to_bytes(2, "big") + text)
        left -= _COMMENT_HEAD + length
    return b"".join((b"\xff\xd8", *comments, _JPEG_HEAD, _JPEG_END))
